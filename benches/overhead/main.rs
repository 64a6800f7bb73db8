//! What a check of a server costs beyond the traffic itself: its time, and that of a bare loop which sends the same.
//!
//! `cargo bench --bench overhead`; `cargo bench --bench overhead -- fuzz pyftpdlib` for a campaign instead of a check,
//! and another server than vsftpd. The check is made first, with every line and every transfer written down. Then plain
//! sockets send the same lines on as many connections, from as many threads, and read up to the end of each reply and of
//! each connection, nothing more. They sleep in every read, where a check is awake for the first moment, so the ratio may
//! be below one without those waits. Where the check waited in vain they do not wait, as nobody could who did not know it
//! beforehand; so the ratio is also given without those waits, and against a loop that waits a tenth of a second each
//! time. That is done a few times, and the fastest of each counts: what else the machine does at that time only makes it
//! slower.

mod bare;
#[path = "../../tests/support/certificate.rs"]
mod certificate;
#[path = "../../tests/support/port.rs"]
mod port;
#[path = "../../tests/servers/running.rs"]
mod running;
mod trace;

use std::error::Error;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use ftproof::campaign::{Campaign, fuzz};
use ftproof::check::check;
use ftproof::tcp::{DEADLINE, TcpTarget};
use ftproof::{Options, Trouble};

use bare::Bare;
use running::{Running, absence, names};
use trace::{Did, Event, Traced, Traces};

/// The servers that can be measured, the first one if none is asked for.
const SERVERS: [&str; 4] = ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"];
/// How long a campaign goes on: what is new it waits for at first.
const CAMPAIGN: Duration = Duration::from_secs(300);
/// How long a plain loop waits before it goes on without a reply.
const TIME_OUT: Duration = Duration::from_millis(100);
/// How often both are measured.
const ROUNDS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test` runs this too, and only wants to know whether it builds.
    let is_asked = |word: &str| std::env::args().any(|argument| argument == word);
    if !is_asked("--bench") {
        return Ok(());
    }
    let name = SERVERS
        .into_iter()
        .find(|name| is_asked(name))
        .unwrap_or(SERVERS[0]);
    if let Some(reason) = absence(name) {
        println!("skipped: {name}: {reason}");
        return Ok(());
    }
    let server = Running::start(name)?;
    let (mut fastest_check, mut fastest_bare) = (Duration::MAX, Duration::MAX);
    let mut traces = Vec::new();
    for round in 1..=ROUNDS {
        let checked = check_traced(server.address, is_asked("fuzz"))?;
        traces = checked.traces;
        let (bare, lost) = send_bare(server.address, &traces);
        fastest_check = fastest_check.min(checked.took);
        fastest_bare = fastest_bare.min(bare);
        let waits = trace::in_vain(&traces);
        let count: usize = waits.values().map(|wait| wait.count).sum();
        let with_time_outs = bare.as_secs_f64() + TIME_OUT.as_secs_f64() * count as f64;
        let waited: Duration = waits.values().map(|wait| wait.sum).sum();
        // Where several threads work, one may while another waits.
        let busy = checked.took.saturating_sub(waited);
        println!("round {round}: {}", checked.summary);
        println!(
            "  sent again: {}; {lost} sessions went otherwise",
            contents(&traces)
        );
        println!(
            "  check {:.2} s, without waits {:.2} s, bare loop {:.2} s, ratio {:.2}, without waits {:.2}",
            checked.took.as_secs_f64(),
            busy.as_secs_f64(),
            bare.as_secs_f64(),
            checked.took.as_secs_f64() / bare.as_secs_f64(),
            busy.as_secs_f64() / bare.as_secs_f64(),
        );
        println!(
            "  a bare loop that waited {TIME_OUT:?} for each of {count} that did not come: {with_time_outs:.2} s, ratio {:.2}",
            checked.took.as_secs_f64() / with_time_outs,
        );
    }
    let (check, bare) = (fastest_check.as_secs_f64(), fastest_bare.as_secs_f64());
    println!(
        "\nfastest check {check:.2} s, fastest bare loop {bare:.2} s, ratio {:.2}",
        check / bare
    );
    println!("\nThe last check waited, in all its threads, for what did not come:");
    // What was refused at once was not waited for.
    let waited = |wait: &trace::InVain| wait.sum >= Duration::from_millis(1);
    let waits = trace::in_vain(&traces).into_iter();
    for (awaited, wait) in waits.filter(|(_, wait)| waited(wait)) {
        let (sum, longest) = (wait.sum.as_secs_f64(), wait.longest.as_secs_f64());
        println!(
            "{:6} × {awaited}: {sum:.3} s, at the most {longest:.3} s",
            wait.count
        );
    }
    Ok(())
}

/// A check, and what it did.
struct Checked {
    summary: String,
    took: Duration,
    traces: Vec<Vec<Event>>,
}

fn check_traced(server: SocketAddr, is_fuzz: bool) -> Result<Checked, Trouble> {
    let traces = Traces::default();
    let mut target = Traced::new(TcpTarget::new(server, names(), DEADLINE), &traces);
    let since = Instant::now();
    let report = if is_fuzz {
        let campaign = Campaign {
            time: Some(CAMPAIGN),
            ..Campaign::default()
        };
        fuzz(&mut target, &campaign)?.report
    } else {
        check(&mut target, &Options::default())?
    };
    Ok(Checked {
        took: since.elapsed(),
        summary: report.summary(),
        traces: traces.take(),
    })
}

/// Sends each trace from a thread of its own; gives how long the last of them took, but for what it waited for in vain, and
/// how many sessions went otherwise.
fn send_bare(server: SocketAddr, traces: &[Vec<Event>]) -> (Duration, usize) {
    let send_all = |trace: &Vec<Event>| {
        let since = Instant::now();
        let (lost, waited) = Bare::new(server).send_all(trace);
        (since.elapsed().saturating_sub(waited), lost)
    };
    let ended: Vec<(Duration, usize)> = thread::scope(|scope| {
        let threads = traces
            .iter()
            .map(|trace| scope.spawn(move || send_all(trace)));
        let threads: Vec<_> = threads.collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended
            .map(|ended| ended.unwrap_or((Duration::ZERO, usize::MAX)))
            .collect()
    });
    let longest = ended.iter().map(|&(took, _)| took).max();
    let lost = ended
        .iter()
        .fold(0, |sum: usize, &(_, lost)| sum.saturating_add(lost));
    (longest.unwrap_or_default(), lost)
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
