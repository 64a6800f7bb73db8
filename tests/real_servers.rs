//! Real servers, checked on loopback: each has the findings that `tests/known/` lists, and no other, and `replay`
//! shows each of them again.
//!
//! `tests/servers/get` brings them. One that is not there is skipped by name; with `FTPROOF_SERVERS=required` it fails.

use ftproof::Options;
use ftproof::check::check;
use ftproof::known::KnownFindings;
use ftproof::replay::{self, Verdict};
use ftproof::report;
use ftproof::tcp::{DEADLINE, TcpTarget};
use libtest_mimic::{Failed, Trial};

use crate::running::{Running, absence, names, root};

const SERVERS: [&str; 4] = ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"];

pub fn trials() -> Vec<Trial> {
    let is_required = std::env::var("FTPROOF_SERVERS").is_ok_and(|value| value == "required");
    let trials = SERVERS.map(|name| match absence(name) {
        Some(reason) if !is_required => {
            eprintln!("skipped: {name}: {reason}");
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
        _ => Trial::test(name, move || has_just_its_known_findings(name)),
    });
    trials.into()
}

fn has_just_its_known_findings(name: &str) -> Result<(), Failed> {
    let server = Running::start(name)?;
    let mut target = TcpTarget::new(server.address, names(), DEADLINE);
    let mut options = Options::default();
    match name {
        // Its sessions disturb each other: tests/known/pyftpdlib.toml.
        "pyftpdlib" => options.jobs = 1,
        // Nearly all of its time goes in waiting for replies that it does not give.
        "proftpd" => options.jobs = 12,
        _ => {}
    }
    let mut report = check(&mut target, &options)?;
    println!("{}", report.summary());
    let known = root().join("tests/known").join(format!("{name}.toml"));
    let known = KnownFindings::read(&[known])?;
    known.accept(&mut report, true);
    if !report.findings.is_empty() || !report.stale.is_empty() {
        return Err(format!("not just what is known:\n{}", report::text(&report)).into());
    }
    for (finding, _) in &report.known {
        let verdict = replay::verdict(&mut target, &finding.transcript);
        if !matches!(verdict, (Verdict::Still(_), None)) {
            return Err(format!("{}: replay says {verdict:?}", finding.id).into());
        }
    }
    Ok(())
}
