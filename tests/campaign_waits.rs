//! A campaign waits for as little as it can: it waits longer for a server that needs it before anything is said of it.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ftproof::campaign::{Campaign, fuzz};
use ftproof::report::text;
use ftproof::tcp::TcpTarget;
use ftproof::{Kind, Report};

use crate::support::fake::Login;
use crate::support::loopback::names;
use crate::support::small::{Data, Session, small};
use crate::tolerance::take;

/// Far longer than an honest reply takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(5);

fn campaign(address: SocketAddr, runs: u64) -> Report {
    let campaign = Campaign {
        runs: Some(runs),
        ..Campaign::default()
    };
    let mut target = TcpTarget::new(address, names(), DEADLINE);
    fuzz(&mut target, &campaign).unwrap().report
}

/// A server whose NLST is over so long behind its data, or never; and how often it was.
fn lists(late: Option<Duration>) -> (SocketAddr, Arc<AtomicUsize>) {
    let count = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&count);
    let address = small(move |session| {
        session.verbs = &["PWD", "PASV", "NLST"];
        session.queues = true;
        let count = Arc::clone(&counted);
        move |session: &mut Session, line: &str| {
            if line != "NLST" || session.login != Login::In {
                return None;
            }
            let Some(Data::Passive(listener)) = session.data.take() else {
                return None;
            };
            count.fetch_add(1, Ordering::SeqCst);
            session.say(b"150 here\r\n");
            drop(listener.accept());
            let Some(late) = late else {
                return Some(String::new());
            };
            take(late);
            Some("226 done".into())
        }
    });
    (address, count)
}

/// Longer than the shortest wait, and far longer: it goes on being tried as often as one that is over at once.
#[test]
fn a_transfer_that_is_over_late_is_no_finding() {
    let counts = [0, 30, 300].map(|late| {
        let (address, count) = lists(Some(Duration::from_millis(late)));
        let report = campaign(address, 200);
        assert!(
            report.findings.is_empty() && report.flaky.is_empty(),
            "{late}: {}",
            text(&report)
        );
        count.load(Ordering::SeqCst)
    });
    let [punctual, late, very_late] = counts;
    assert!(
        punctual > 9 && late.min(very_late) * 2 > punctual,
        "{counts:?}"
    );
}

/// It was waited for as long as usual once, and is seldom started again.
#[test]
fn a_transfer_that_is_never_over_is_found() {
    let (address, count) = lists(None);
    let report = campaign(address, 300);
    let [finding] = &report.findings[..] else {
        panic!("{}", text(&report));
    };
    assert_eq!((finding.rule, finding.kind), ("reply/one", Kind::NoReply));
    let sent = finding.transcript.to_string();
    assert!(sent.contains("NLST") && sent.lines().count() < 20, "{sent}");
    let count = count.load(Ordering::SeqCst);
    assert!(count < 100, "it was started {count} times");
}

/// A server whose QUIT leaves every newer session without an answer for good; and how many lines were left so.
pub fn deafens() -> (SocketAddr, Arc<AtomicUsize>) {
    let sessions: Arc<Mutex<Vec<Arc<AtomicBool>>>> = Arc::default();
    let count = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&count);
    let address = small(move |_| {
        let is_deaf = Arc::<AtomicBool>::default();
        let (sessions, count) = (Arc::clone(&sessions), Arc::clone(&counted));
        sessions.lock().unwrap().push(Arc::clone(&is_deaf));
        move |_: &mut Session, line: &str| {
            if is_deaf.load(Ordering::SeqCst) {
                count.fetch_add(1, Ordering::SeqCst);
                return Some(String::new());
            }
            let sessions = sessions.lock().unwrap();
            let newer = sessions
                .iter()
                .skip_while(|other| !Arc::ptr_eq(other, &is_deaf))
                .skip(1);
            newer
                .filter(|_| line == "QUIT")
                .for_each(|other| other.store(true, Ordering::SeqCst));
            None
        }
    });
    (address, count)
}

/// It is told of once, and neither looked into again nor taken for a fault of the lines that were left so.
#[test]
fn what_a_session_leaves_unanswered_in_another_is_looked_into_once() {
    let (address, count) = deafens();
    let report = campaign(address, 1_000);
    let [finding] = &report.findings[..] else {
        panic!("{}", text(&report));
    };
    assert_eq!(
        (finding.rule, finding.kind),
        ("isolation/data", Kind::Isolation)
    );
    let count = count.load(Ordering::SeqCst);
    assert!(count < 20, "{count} lines were left unanswered");
}
