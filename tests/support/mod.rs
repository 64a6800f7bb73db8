//! What the tests that speak to a port share.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod fake;
mod files;
pub mod loopback;
pub mod small;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ftproof::check::check;
use ftproof::report::{Report, json, junit, markdown, text};
use ftproof::tcp::TcpTarget;
use ftproof::{Names, Options, Trouble};

/// How long a wait may last where a server lets us wait.
pub const DEADLINE: Duration = Duration::from_millis(1_000);
/// How long a server is waited for that takes no connections.
pub const ABSENCE: Duration = Duration::from_secs(3);
/// Far beyond any sum of deadlines: only what has no bound at all takes longer.
pub const FAR_BEYOND: Duration = Duration::from_secs(600);

/// Checks a server.
pub fn checked(deadline: Duration, address: SocketAddr) -> Result<Report, Trouble> {
    checked_as(loopback::names(), deadline, address)
}

/// Checks a server with this login.
pub fn checked_as(
    names: Names,
    deadline: Duration,
    address: SocketAddr,
) -> Result<Report, Trouble> {
    let started = Instant::now();
    let mut target = TcpTarget::new(address, names, deadline);
    let options = Options {
        absence: ABSENCE,
        ..Options::default()
    };
    let result = check(&mut target, &options);
    assert!(
        started.elapsed() < FAR_BEYOND,
        "it took {:?}",
        started.elapsed()
    );
    result
}

/// Nothing in any form of the report moves a terminal's cursor.
#[track_caller]
pub fn assert_printable(report: &Report) {
    for written in [text(report), json(report), junit(report), markdown(report)] {
        let raw = written
            .chars()
            .find(|&character| character.is_control() && character != '\n');
        assert_eq!(raw, None, "{written:?}");
    }
}
