//! Servers that take no connections for a while, or from some time on: a limit is no crash, and what was seen counts.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::port::kept;
use crate::support::fake::{Login, Peer, fake};
use crate::support::loopback::names;
use crate::support::small::small;
use crate::support::{ABSENCE, DEADLINE, checked};
use ftproof::check::check;
use ftproof::options::JOBS;
use ftproof::report::{Report, text};
use ftproof::tcp::TcpTarget;
use ftproof::{Options, Trouble};

/// A server that behind so many connections listens no more for so long, once.
fn away_once(behind: usize, time: Duration, was_away: &'static AtomicBool) -> SocketAddr {
    let mut listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
    let address = listener.local_addr().expect("a listener has an address");
    thread::spawn(move || {
        for count in 1.. {
            let (stream, _) = listener.accept().expect("a client comes");
            thread::spawn(move || Peer::new(stream).serve(|_| None));
            if count == behind {
                drop(listener);
                let kept = kept(address);
                was_away.store(true, Ordering::SeqCst);
                let since = Instant::now();
                while let Some(left) = time.checked_sub(since.elapsed()) {
                    thread::park_timeout(left);
                }
                listener = TcpListener::bind(address).expect("the port was kept");
                drop(kept);
            }
        }
    });
    address
}

/// As xinetd does where too many come in a second.
#[test]
fn a_server_that_comes_back_is_waited_for() {
    static WAS_AWAY: AtomicBool = AtomicBool::new(false);
    let address = away_once(30, Duration::from_secs(4), &WAS_AWAY);
    let mut target = TcpTarget::new(address, names(), DEADLINE);
    let report = check(&mut target, &Options::default()).expect("it comes back");
    assert!(WAS_AWAY.load(Ordering::SeqCst));
    let told = text(&report);
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
        "{told}"
    );
    assert!(!told.contains("takes no connections"), "{told}");
}

/// The report tells what was seen before the server took no more connections, and accuses nobody.
#[track_caller]
fn assert_tells_the_rest(report: Result<Report, Trouble>) -> Report {
    let report = report.expect("what was seen is told");
    let told = text(&report);
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
        "{told}"
    );
    assert!(report.rules.iter().any(|rule| rule.tests > 0), "{told}");
    let is_it = |reason: &String| reason.contains("the server takes no connections for now");
    assert!(report.untested.iter().any(is_it), "{told}");
    report
}

/// Whoever fails to log in twice is shut out.
#[test]
fn a_ban_for_failed_logins_loses_nothing_else() {
    const FAILED_MAX: usize = 2;
    static FAILED: AtomicUsize = AtomicUsize::new(0);
    let address = small(|session| {
        session.verbs = &["PWD"];
        if FAILED.load(Ordering::SeqCst) >= FAILED_MAX {
            session.greeting = "421 too many failed logins".into();
            session.is_over = true;
        }
        |session, line| {
            let is_failure = session.login == Login::NeedsPass && line.starts_with("PASS not");
            FAILED.fetch_add(usize::from(is_failure), Ordering::SeqCst);
            None
        }
    });
    let report = assert_tells_the_rest(checked(DEADLINE, address));
    // All that needs no failed login was seen.
    for id in ["login/required", "isolation/login", "help/in-state"] {
        let rule = report.rules.iter().find(|rule| rule.id == id).unwrap();
        assert!(rule.tests > 0, "{id}: {}", text(&report));
    }
    assert_eq!(FAILED.load(Ordering::SeqCst), FAILED_MAX);
}

/// Each is counted, and with the pauses between them few are made.
#[test]
fn ten_thousand_refused_connections_are_not_all_tried() {
    let report = refused_behind(40);
    assert!(report.seconds > ABSENCE.as_secs_f64());
    assert_tells_the_rest(Ok(report));
}

/// Where so few are let in, not every worker is.
#[test]
fn the_tries_of_a_worker_who_never_gets_in_count() {
    refused_behind(12);
}

/// Checks a server that lets `welcome` connections in and refuses the next ten thousand.
#[track_caller]
fn refused_behind(welcome: usize) -> Report {
    const REFUSED: usize = 10_000;
    const TRIES_MAX: usize = 100;
    // One looks at the server, and each worker tries to log in to look after files: they are no test's.
    const UNCOUNTED_MAX: usize = 1 + JOBS;
    let counter = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&counter);
    let address = fake(move |mut peer| {
        if (welcome..welcome + REFUSED).contains(&count.fetch_add(1, Ordering::SeqCst)) {
            peer.say(b"421 too many connections\r\n");
        } else {
            peer.serve(|_| None);
        }
    });
    let report = checked(DEADLINE, address).expect("what was seen is told");
    let came = counter.load(Ordering::SeqCst);
    let told = text(&report);
    assert!(
        (welcome + 1..=welcome + TRIES_MAX).contains(&came),
        "{came}: {told}"
    );
    assert!(
        (came - UNCOUNTED_MAX..=came).contains(&report.connections),
        "{came}: {told}"
    );
    report
}
