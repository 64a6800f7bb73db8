//! Servers that do what the RFCs leave free: a check sees it and has no finding. One file a theme.

mod codes;
mod login;
mod replies;
mod sequence;
mod sites;
mod transfers;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::checked_as;
use crate::support::loopback::names;
use crate::support::small::{Session, small};
use ftproof::Names;
use ftproof::report::{Report, text};

/// Longer than a busy machine stands still: a server that is right lets nobody wait so long.
const DEADLINE: Duration = Duration::from_secs(2);

/// How often a server did what the test is about.
#[derive(Clone, Copy)]
struct Shown(&'static AtomicUsize);

impl Shown {
    fn once_more(self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Checks a server that does, and tells in [`Shown`] how often, what the test is about: nobody is accused of it.
#[track_caller]
fn assert_tolerated<Q>(begin: impl Fn(&mut Session, Shown) -> Q + Send + Sync + 'static) -> Report
where
    Q: FnMut(&mut Session, &str) -> Option<String>,
{
    assert_tolerated_as(&names(), DEADLINE, begin)
}

/// The same with this login, where each wait may last that long.
#[track_caller]
fn assert_tolerated_as<Q>(
    names: &Names,
    deadline: Duration,
    begin: impl Fn(&mut Session, Shown) -> Q + Send + Sync + 'static,
) -> Report
where
    Q: FnMut(&mut Session, &str) -> Option<String>,
{
    let shown = Shown(Box::leak(Box::default()));
    let address = small(move |session| begin(session, shown));
    let report = checked_as(names.clone(), deadline, address).expect("the server lets us in");
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
        "{}",
        text(&report)
    );
    assert!(shown.count() > 0, "it was not tested: {}", text(&report));
    report
}

/// A server of these verbs that says `now` wherever an honest one says `honest`.
#[track_caller]
fn assert_tolerated_saying(
    verbs: &'static [&'static str],
    honest: &'static str,
    now: &'static str,
) -> Report {
    assert_tolerated(move |session, shown| {
        session.verbs = verbs;
        move |session, line| {
            let replies = session.answer(line);
            if !replies.contains(honest) {
                return Some(replies);
            }
            shown.once_more();
            Some(replies.replace(honest, now))
        }
    })
}

/// What a line begins with.
fn verb(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// A server that takes its time.
pub fn take(time: Duration) {
    let since = Instant::now();
    while let Some(left) = time.checked_sub(since.elapsed()) {
        thread::park_timeout(left);
    }
}
