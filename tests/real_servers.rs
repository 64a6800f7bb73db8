//! Real servers, checked on loopback: each has the findings that `tests/known/` lists, and no other, and `replay`
//! shows each of them again.
//!
//! `tests/servers/get` brings them. One that is not there is skipped by name; with `FTPROOF_SERVERS=required` it fails.

use std::thread;

use ftproof::check::check;
use ftproof::known::KnownFindings;
use ftproof::options::JOBS;
use ftproof::replay::{self, Verdict};
use ftproof::report::{self, Outcome, Report};
use ftproof::tcp::{DEADLINE, TcpTarget};
use ftproof::{Options, Shard};
use libtest_mimic::{Failed, Trial};

use crate::running::{Running, absence, names, root};

/// A server, and how its check is made so that its waits go beside one another.
#[derive(Clone, Copy)]
struct Tested {
    name: &'static str,
    /// With how many sessions at once.
    jobs: usize,
    /// In how many parts, each on a server of its own.
    parts: usize,
}

#[rustfmt::skip]
const SERVERS: [Tested; 4] = [
    // Its sessions disturb each other: tests/known/pyftpdlib.toml.
    Tested { name: "pyftpdlib", jobs: 1, parts: 4 },
    // Nearly all of its time goes in waiting for replies that it does not give.
    Tested { name: "proftpd", jobs: 12, parts: 1 },
    Tested { name: "vsftpd", jobs: JOBS, parts: 1 },
    Tested { name: "pure-ftpd", jobs: JOBS, parts: 1 },
];

pub fn trials() -> Vec<Trial> {
    let is_required = std::env::var("FTPROOF_SERVERS").is_ok_and(|value| value == "required");
    let trials = SERVERS.map(|tested| match absence(tested.name) {
        Some(reason) if !is_required => {
            eprintln!("skipped: {}: {reason}", tested.name);
            Trial::test(tested.name, || Ok(())).with_ignored_flag(true)
        }
        _ => Trial::test(tested.name, move || has_just_its_known_findings(tested)),
    });
    trials.into()
}

fn has_just_its_known_findings(tested: Tested) -> Result<(), Failed> {
    let servers: Vec<Running> = (0..tested.parts)
        .map(|_| Running::start(tested.name))
        .collect::<Result<_, _>>()?;
    let mut report = checked(tested, &servers)?;
    println!("{}", report.summary());
    let known = root()
        .join("tests/known")
        .join(format!("{}.toml", tested.name));
    let known = KnownFindings::read(&[known])?;
    known.accept(&mut report, true);
    if !report.findings.is_empty() || !report.stale.is_empty() {
        return Err(format!("not just what is known:\n{}", report::text(&report)).into());
    }
    let mut target = target(&servers[0]);
    for (finding, _) in &report.known {
        let verdict = replay::verdict(&mut target, &finding.transcript);
        if !matches!(verdict, (Verdict::Still(_), None)) {
            return Err(format!("{}: replay says {verdict:?}", finding.id).into());
        }
    }
    Ok(())
}

fn target(server: &Running) -> TcpTarget {
    TcpTarget::new(server.address, names(), DEADLINE)
}

/// Checks a part on each of the servers, all at once.
fn checked(tested: Tested, servers: &[Running]) -> Result<Report, Failed> {
    let part = |index: usize, server: &Running| {
        let shard = Shard {
            index,
            count: servers.len(),
        };
        let options = Options {
            jobs: tested.jobs,
            shard,
            ..Options::default()
        };
        check(&mut target(server), &options)
    };
    let parts = thread::scope(|scope| {
        let started: Vec<_> = servers
            .iter()
            .enumerate()
            .map(|(index, server)| scope.spawn(move || part(index, server)))
            .collect();
        let ended = started.into_iter().map(|thread| thread.join());
        ended.collect::<Result<Vec<_>, _>>()
    });
    let parts = parts.map_err(|_| "a part panicked")?;
    let parts: Vec<Report> = parts.into_iter().collect::<Result<_, _>>()?;
    parts
        .into_iter()
        .reduce(together)
        .ok_or_else(|| "there is no part".into())
}

/// What two parts tell together: a rule is tested where one of them has tested it.
fn together(mut one: Report, other: Report) -> Report {
    one.findings.extend(other.findings);
    one.flaky.extend(other.flaky);
    one.untested.extend(other.untested);
    one.commands_sent += other.commands_sent;
    one.connections += other.connections;
    one.seconds = one.seconds.max(other.seconds);
    one.interrupted |= other.interrupted;
    for (rule, of_other) in one.rules.iter_mut().zip(other.rules) {
        assert_eq!(rule.id, of_other.id);
        rule.tests += of_other.tests;
        let is_untested = matches!(rule.outcome, Outcome::NotTested | Outcome::NotApplicable);
        if is_untested || of_other.outcome == Outcome::Finding {
            rule.outcome = of_other.outcome;
        }
    }
    one
}
