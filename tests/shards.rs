//! The parts of a check that is split are disjoint and make up the whole: its tests, and its findings.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ftproof::check::check;
use ftproof::embedded::EmbeddedTarget;
use ftproof::report::Report;
use ftproof::tcp::TcpTarget;
use ftproof::{Options, Shard, Target};

use crate::support::loopback::{Control, modest, names, serve, verb};

/// Far longer than any reply takes here.
const DEADLINE: Duration = Duration::from_secs(5);
/// What each part judges in passing, whatever it tests.
const IN_PASSING: [&str; 2] = ["reply/format", "reply/data"];

fn checked(target: &mut dyn Target, shard: Shard) -> Report {
    let options = Options {
        shard,
        ..Options::default()
    };
    check(target, &options).expect("the target lets us in")
}

/// The whole check, and its parts.
fn split(target: &mut dyn Target, count: usize) -> (Report, Vec<Report>) {
    let whole = checked(target, Shard::WHOLE);
    let parts = (0..count).map(|index| checked(target, Shard { index, count }));
    (whole, parts.collect())
}

/// How many tests of each rule were made.
fn tests<'a>(reports: impl IntoIterator<Item = &'a Report>) -> BTreeMap<&'static str, usize> {
    let mut tests = BTreeMap::new();
    for rule in reports.into_iter().flat_map(|report| &report.rules) {
        if !IN_PASSING.contains(&rule.id) {
            *tests.entry(rule.id).or_default() += rule.tests;
        }
    }
    tests
}

/// Each finding with the other lines that show it.
fn findings<'a>(
    reports: impl IntoIterator<Item = &'a Report>,
) -> BTreeMap<&'a str, BTreeSet<String>> {
    let mut findings: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for finding in reports.into_iter().flat_map(|report| &report.findings) {
        let lines = findings.entry(&finding.id).or_default();
        lines.extend(finding.also.iter().cloned());
        lines.extend(finding.input.line().map(str::to_owned));
    }
    findings
}

#[test]
fn every_test_of_our_own_session_is_in_one_part() {
    let (whole, parts) = split(&mut EmbeddedTarget::default(), 3);
    assert_eq!(tests(&parts), tests([&whole]));
    assert!(parts.iter().all(|part| part.findings.is_empty()));
    let sent: Vec<usize> = parts.iter().map(|part| part.commands_sent).collect();
    assert!(
        sent.iter().all(|&sent| sent < whole.commands_sent * 3 / 4),
        "{sent:?}"
    );
}

/// Faults that only several tests tell. PASS and RNTO need nothing before them, so that they work behind anything shows
/// nothing more; HELP is known but during a transfer; and PASV then says yes, and leads nowhere.
fn faulty(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    if verb(line) == b"HELP" && control.is_busy() {
        return b"500 What?\r\n".to_vec();
    }
    if verb(line) == b"PASV" && control.is_busy() {
        return b"227 Entering Passive Mode (127,0,0,1,0,9).\r\n".to_vec();
    }
    let replies = modest(control, line);
    match (verb(line), replies.starts_with(b"503")) {
        (b"RNTO", true) => b"250 Renamed\r\n".to_vec(),
        (b"PASS", true) if !control.is_logged_in() => {
            control.log_in();
            b"230 In\r\n".to_vec()
        }
        _ => replies,
    }
}

#[test]
fn every_finding_of_a_faulty_server_is_in_some_part() {
    let mut target = TcpTarget::new(serve(faulty), names(), DEADLINE);
    let (whole, parts) = split(&mut target, 2);
    assert_eq!(findings(&parts), findings([&whole]));
    let found: Vec<&str> = findings([&whole]).into_keys().collect();
    let expected = [
        "help/before-login:help:500",
        "help/in-state:help:500",
        "seq/pass:accepted",
        "seq/refused:refused:503",
        "seq/rnto:accepted",
    ];
    assert_eq!(found, expected);
}
