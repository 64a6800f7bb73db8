//! What the tests that speak to a port share.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod fake;
pub mod loopback;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ftproof::check::check;
use ftproof::report::Report;
use ftproof::tcp::TcpTarget;
use ftproof::{Options, Trouble};

/// How long a wait may last where a server lets us wait.
pub const DEADLINE: Duration = Duration::from_millis(400);
/// Far beyond any sum of deadlines: only what has no bound at all takes longer.
const FAR_BEYOND: Duration = Duration::from_secs(180);

/// Checks a server.
pub fn checked(deadline: Duration, address: SocketAddr) -> Result<Report, Trouble> {
    let started = Instant::now();
    let mut target = TcpTarget::new(address, loopback::names(), deadline);
    let result = check(&mut target, &Options::default());
    assert!(
        started.elapsed() < FAR_BEYOND,
        "it took {:?}",
        started.elapsed()
    );
    result
}
