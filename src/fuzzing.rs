//! The bodies of the fuzz targets and of the property tests: each says why, or panics, when a claim does not hold.
//!
//! [`session_conforms`] sends random commands to our session and compares it with the model; [`bytes_are_answered`]
//! sends random bytes, and [`server_bytes_are_answered`] sends them to the server, with sockets in memory. [`check`]
//! takes any [`Subject`], so that a test can plant a bug and see it found.

mod claim;
mod input;
mod knowledge;
mod script;
mod server;
mod walk;

pub use claim::Claim;
pub use input::{AnyInput, INPUTS_MAX, Inputs};
pub use script::{Script, bytes_are_answered};
pub use server::server_bytes_are_answered;
pub use walk::{Nonconformance, Subject, check};

use crate::embedded::Embedded;

/// The fuzz target `session`: the session never gives a reply that the model forbids, and every [`Claim`] holds.
///
/// # Panics
/// With the transcript, when one does not.
pub fn session_conforms(inputs: &Inputs) {
    if let Err(nonconformance) = check(Embedded::default(), inputs, Claim::ALL) {
        panic!("\n{nonconformance}");
    }
}
