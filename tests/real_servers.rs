//! Four real servers, checked on loopback: each has the findings that `tests/known/` lists, and no other.
//!
//! `tests/servers/get` brings them. One that is not there is skipped by name; with `FTPROOF_SERVERS=required` it fails.

#[path = "servers/running.rs"]
mod running;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use ftproof::Options;
use ftproof::check::check;
use ftproof::report;
use ftproof::tcp::{DEADLINE, TcpTarget};
use libtest_mimic::{Arguments, Failed, Trial};

use running::{Running, absence, names, root};

const SERVERS: [&str; 4] = ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"];

fn main() {
    let arguments = Arguments::from_args();
    let is_required = std::env::var("FTPROOF_SERVERS").is_ok_and(|value| value == "required");
    let trials = SERVERS.map(|name| match absence(name) {
        Some(reason) if !is_required => {
            eprintln!("skipped: {name}: {reason}");
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
        _ => Trial::test(name, move || has_just_its_known_findings(name)),
    });
    libtest_mimic::run(&arguments, trials.into()).exit();
}

fn has_just_its_known_findings(name: &str) -> Result<(), Failed> {
    let server = Running::start(name)?;
    let mut target = TcpTarget::new(server.address, names(), DEADLINE);
    let report = check(&mut target, &Options::default())?;
    println!("{}", report.summary());
    let found: BTreeSet<String> = report
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.rule, finding.kind))
        .collect();
    let known = Known::read(&root().join("tests/known").join(format!("{name}.txt")))?;
    let missing: Vec<_> = known.always.difference(&found).collect();
    let new: Vec<_> = found
        .iter()
        .filter(|found| !known.always.contains(*found) && !known.sometimes.contains(*found))
        .collect();
    if missing.is_empty() && new.is_empty() {
        return Ok(());
    }
    Err(format!(
        "no longer found: {missing:?}; not listed: {new:?}\n{}",
        report::text(&report)
    )
    .into())
}

/// What a server is known to do: lines of `always RULE KIND` and, where its timing decides, `sometimes RULE KIND`.
#[derive(Default)]
struct Known {
    always: BTreeSet<String>,
    sometimes: BTreeSet<String>,
}

impl Known {
    fn read(path: &PathBuf) -> Result<Self, Failed> {
        let mut known = Known::default();
        for line in fs::read_to_string(path)?
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            match line.split_once(' ') {
                Some(("always", finding)) => known.always.insert(finding.to_owned()),
                Some(("sometimes", finding)) => known.sometimes.insert(finding.to_owned()),
                _ => {
                    return Err(format!(
                        "{}: '{line}' is not 'always|sometimes RULE KIND'",
                        path.display()
                    )
                    .into());
                }
            };
        }
        Ok(known)
    }
}
