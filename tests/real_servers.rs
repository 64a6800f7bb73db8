//! Four real servers, checked on loopback: each has the findings that `tests/known/` lists, and no other, and
//! each of these is seen again by whoever plays its transcript.
//!
//! `tests/servers/get` brings them. One that is not there is skipped by name; with `FTPROOF_SERVERS=required` it fails.

#[path = "servers/running.rs"]
mod running;

use ftproof::Options;
use ftproof::check::check;
use ftproof::known::KnownFindings;
use ftproof::replay::{Verdict, verdict};
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
    let mut report = check(&mut target, &Options::default())?;
    println!("{}", report.summary());
    let known = root().join("tests/known").join(format!("{name}.toml"));
    let known = KnownFindings::read(&[known])?;
    known.accept(&mut report, true);
    if !report.findings.is_empty() || !report.stale.is_empty() {
        return Err(format!("not just what is known:\n{}", report::text(&report)).into());
    }
    // Whoever has the transcript sees the same.
    for (found, _) in &report.known {
        match verdict(&mut target, &found.transcript) {
            (Verdict::Still(_), _) => {}
            (other, _) => {
                let transcript = &found.transcript;
                return Err(format!("{} is {other:?}:\n{transcript}", found.id).into());
            }
        }
    }
    Ok(())
}
