//! ftproof: is every out-of-order FTP command refused with 503, and is every HELP answered with 214?
//!
//! [`verify`](verify::verify) proves it for our own session, [`check`](check::check) tests it on any [`Target`].

pub mod address;
pub mod agreement;
pub mod check;
pub mod cli;
pub mod data_connection;
pub mod embedded;
pub mod fuzzing;
pub mod options;
mod patience;
pub mod replay;
pub mod reply;
pub mod report;
mod tally;
pub mod target;
pub mod tcp;
pub mod verify;
pub mod walk;
mod workdir;

pub use options::{Options, Profile, Shard};
pub use target::{DataEnd, Names, Session, Target, Trouble};
