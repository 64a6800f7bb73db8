//! What a check of vsftpd costs beyond the traffic itself: its time, and that of a bare loop which sends the same.
//!
//! `cargo bench --bench overhead`. The check is made first, with every line and every transfer written down; then plain
//! sockets send the same lines on as many connections, from as many threads, and read the replies, nothing more. Lines
//! during which the check waited for nothing are sent without waiting. The more the two times differ, the more time the
//! check loses. Where the check waited in vain is told too.

mod bare;
#[path = "../../tests/servers/running.rs"]
mod running;
mod trace;

use std::error::Error;
use std::thread;
use std::time::Instant;

use ftproof::Options;
use ftproof::check::check;
use ftproof::tcp::{DEADLINE, TcpTarget};

use bare::Bare;
use running::{Running, absence, names};
use trace::{Did, Event, Traced, Traces};

/// The server that is measured.
const SERVER: &str = "vsftpd";
fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test` runs this too, and only wants to know whether it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    if let Some(reason) = absence(SERVER) {
        println!("skipped: {SERVER}: {reason}");
        return Ok(());
    }
    let server = Running::start(SERVER)?;
    let traces = Traces::default();
    let target = TcpTarget::new(server.address, names(), DEADLINE);
    let since = Instant::now();
    let report = check(&mut Traced::new(target, &traces), &Options::default())?;
    let checked = since.elapsed();
    let traces = traces.take();

    let since = Instant::now();
    let lost = thread::scope(|scope| {
        let threads: Vec<_> = traces
            .iter()
            .map(|trace| scope.spawn(|| Bare::new(server.address).send_all(trace)))
            .collect();
        let ended = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(usize::MAX));
        ended.fold(0, usize::saturating_add)
    });
    let bare = since.elapsed();

    println!("{}", report.summary());
    println!("mirrored: {}", contents(&traces));
    println!("replies that the bare loop missed: {lost}");
    println!("check      {:8.2} s", checked.as_secs_f64());
    println!("bare loop  {:8.2} s", bare.as_secs_f64());
    println!(
        "ratio      {:8.2}",
        checked.as_secs_f64() / bare.as_secs_f64()
    );
    println!("\nThe check waited, in all its threads, for what did not come:");
    for (awaited, wait) in trace::in_vain(&traces) {
        let (sum, longest) = (wait.sum.as_secs_f64(), wait.longest.as_secs_f64());
        println!(
            "{:6} × {awaited}: {sum:.3} s, at the most {longest:.3} s",
            wait.count
        );
    }
    Ok(())
}

/// What the traces hold, counted.
fn contents(traces: &[Vec<Event>]) -> String {
    let count = |is: fn(&Did) -> bool| {
        traces
            .iter()
            .flatten()
            .filter(|event| is(&event.did))
            .count()
    };
    format!(
        "{} threads, {} connections, {} lines, {} transfers, {} TLS handshakes, {} failed logins",
        traces.len(),
        count(|did| matches!(did, Did::Connect)),
        count(|did| matches!(did, Did::Send { .. })),
        count(|did| matches!(did, Did::OpenData)),
        count(|did| matches!(did, Did::StartTls)),
        count(
            |did| matches!(did, Did::Send { line, code: Some(530) } if line.starts_with(b"PASS"))
        ),
    )
}
