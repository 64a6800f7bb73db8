//! ftproof: is every out-of-order FTP command refused with 503, and is every HELP answered with 214?
//!
//! [`verify`](verify::verify) proves it for our own session, [`check`](check::check) tests it on any [`Target`].

pub mod address;
pub mod agreement;
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
pub mod fuzzing;
pub mod known;
pub mod list;
mod login;
pub mod options;
mod patience;
mod plan;
mod reduce;
pub mod replay;
pub mod reply;
pub mod report;
pub mod selection;
#[cfg(feature = "proptest")]
pub mod strategies;
mod tally;
pub mod target;
pub mod tcp;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod tour;
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
