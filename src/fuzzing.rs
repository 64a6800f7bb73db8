//! The bodies of the fuzz targets and of the property tests: each says why, or panics, when a claim does not hold.
//!
//! [`session_conforms`] sends random commands to our session and compares it with the model; [`bytes_are_answered`]
//! sends random bytes, and [`server_bytes_are_answered`] sends them to the server, with sockets in memory. [`check`]
//! takes any [`Subject`], so that a test can plant a bug and see it found. The [`Generator`] makes what is sent, here,
//! in [`crate::campaign`] and in the strategies for property tests.

mod claim;
mod differential;
mod due;
mod generator;
mod hunt;
mod input;
mod knowledge;
mod mutate;
mod readers;
mod script;
mod server;
mod table;
mod walk;

pub use claim::Claim;
pub use differential::manner_does_not_matter;
pub use generator::{Generator, Part, Weights};
pub use hunt::{Hunted, hunt};
pub use input::{AnyInput, INPUTS_MAX, Inputs, Spelling};
pub use mutate::mutate;
pub use readers::{known_is_read, replies_are_read, transcript_is_read};
pub use script::{Script, bytes_are_answered};
pub use server::server_bytes_are_answered;
pub use walk::{Checker, Nonconformance, Subject, check};

use crate::embedded::Embedded;

/// The fuzz target `session`: the session never gives a reply that the model forbids, and every [`Claim`] holds.
///
/// # Panics
/// With the transcript, when one does not.
pub fn session_conforms(inputs: &Inputs) {
    if let Err(nonconformance) = check(Embedded::default, inputs, Claim::ALL) {
        panic!("\n{nonconformance}");
    }
}
