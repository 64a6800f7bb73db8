//! The claims that are functions, in one program: those that wait for a server go beside those that compute, and the
//! library is linked once.
//!
//! One of them: `cargo test --test claims hostile`. What is no function is in `trials.rs`; what stands apart, and why,
//! is in `Cargo.toml`.
#![allow(
    clippy::duplicate_mod,
    reason = "some of them bring what they share with others"
)]

mod absence;
mod broken_replies;
mod campaign;
mod campaign_names;
mod campaign_together;
mod campaign_waits;
mod command_line;
mod command_results;
mod corpus;
mod discretion;
mod doctor;
mod explain;
mod framing;
mod generator;
mod graph;
mod hostile;
mod known_findings;
mod library;
mod listing;
mod memory;
mod misbehaving;
mod protected;
mod replay;
mod reports;
mod resume;
mod selection;
mod serve;
mod session;
mod shards;
mod table_mutants;
mod tls;
mod tolerance;
mod verify;

// What they share.
#[cfg(feature = "tls")]
#[path = "support/certificate.rs"]
mod certificate;
#[path = "support/port.rs"]
mod port;
#[path = "command_line/runs.rs"]
mod runs;
#[path = "reports/sample.rs"]
mod sample;
mod support;
