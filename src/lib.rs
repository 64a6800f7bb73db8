//! ftproof: is every out-of-order FTP command refused with 503, and is every HELP answered with 214?
//!
//! [`check()`] tests it on any [`Target`]: a server behind a port ([`tcp::TcpTarget`]), or one in your own process, for
//! which `examples/toy_server.rs` is a model. [`verify`](verify::verify) proves it for the session that comes with
//! ftproof. As a test of a server that listens on a port:
//!
//! ```no_run
//! use ftproof::tcp::{DEADLINE, TcpTarget};
//! use ftproof::{Names, Options, Trouble, report};
//!
//! # /*
//! #[test]
//! # */
//! fn every_command_is_answered_as_the_rfcs_say() -> Result<(), Trouble> {
//!     let address = ([127, 0, 0, 1], 2121).into();
//!     let mut server = TcpTarget::new(address, Names::login("anna", "secret"), DEADLINE);
//!     let report = ftproof::check(&mut server, &Options::default())?;
//!     assert!(report.findings.is_empty(), "{}", report::text(&report));
//!     Ok(())
//! }
//! ```
//!
//! A check makes a directory of its own on the server, and removes it. What it could not test, and why, stands in the
//! [`Report`] too; [`doctor`] tells it beforehand. For properties of your own there are strategies of command
//! sequences, behind the feature `proptest`.

mod absence;
pub mod address;
pub mod agreement;
mod bounded;
pub mod campaign;
#[cfg(feature = "tls")]
pub mod certificates;
pub mod check;
pub mod cli;
mod connection;
pub mod content;
mod control_connection;
mod crew;
pub mod data_connection;
pub mod doctor;
pub mod embedded;
pub mod explain;
pub mod fuzzing;
pub mod graph;
pub mod journal;
pub mod known;
pub mod list;
mod login;
pub mod options;
mod patience;
mod plan;
pub mod properties;
mod reduce;
pub mod replay;
pub mod reply;
pub mod report;
pub mod selection;
pub mod serve;
#[cfg(feature = "proptest")]
pub mod strategies;
mod suites;
mod tally;
pub mod target;
pub mod tcp;
mod telnet;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod tour;
mod verdict;
pub mod verify;
pub mod walk;
mod workdir;
mod worker;

pub use check::check;
pub use ftproof_model::{Code, Input, Kind, Severity};
pub use options::{Options, Profile, Shard};
pub use reply::Reply;
pub use report::{Finding, Report};
pub use target::{DataEnd, Names, Session, Target, Trouble, Wait};
