//! A campaign against real servers, from nothing: it finds every known finding that needs no TLS, and nothing that is
//! not listed.
//!
//! `tests/servers/get` brings them. A campaign takes minutes, so it is made only where `FTPROOF_FUZZ_SERVERS` is set;
//! what is not made is skipped by name.

#[path = "servers/running.rs"]
mod running;

use std::collections::BTreeSet;
use std::fs;

use ftproof::campaign::{Campaign, fuzz};
use ftproof::known::KnownFindings;
use ftproof::report::{self, Finding};
use ftproof::tcp::{DEADLINE, TcpTarget};
use libtest_mimic::{Arguments, Failed, Trial};

use running::{Running, absence, names, root};

/// What is expected of a campaign.
struct Expected {
    server: &'static str,
    /// In how many runs everything is found.
    runs: u64,
    /// What is known and needs TLS or two lines in one segment: it may be found.
    beyond: &'static [&'static str],
    /// What a check does not try, and a campaign may find.
    more: &'static [&'static str],
}

const SERVERS: &[Expected] = &[
    Expected {
        server: "vsftpd",
        runs: 1_000,
        beyond: &["seq/prot:accepted", "seq/auth-reset:accepted"],
        // Behind TYPE I a REST reaches past a LIST to a second transfer (RFC 3659 §5.3); a check tries it in TYPE A.
        more: &["state/rest:wrong-data"],
    },
    Expected {
        server: "pyftpdlib",
        runs: 1_000,
        beyond: &["tls/inject:injected", "seq/refused:refused:503"],
        // A line that is refused before it is looked at, such as RNTO without an argument, or AUTH leaves the RNFR in
        // force (RFC 959 §4.1.3, §4.2).
        more: &[
            "seq/rnto:accepted",
            "seq/rnto:wrong-code:550",
            "seq/rnto:adjacency",
        ],
    },
];

fn main() {
    let arguments = Arguments::from_args();
    let is_asked = std::env::var_os("FTPROOF_FUZZ_SERVERS").is_some();
    let trials = SERVERS.iter().map(|expected| {
        let takes_long =
            (!is_asked).then_some("takes minutes; to run it, set FTPROOF_FUZZ_SERVERS");
        match absence(expected.server).or(takes_long) {
            Some(reason) => {
                eprintln!("skipped: {}: {reason}", expected.server);
                Trial::test(expected.server, || Ok(())).with_ignored_flag(true)
            }
            None => Trial::test(expected.server, || finds_what_is_known(expected)),
        }
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn finds_what_is_known(expected: &Expected) -> Result<(), Failed> {
    let server = Running::start(expected.server)?;
    let mut target = TcpTarget::new(server.address, names(), DEADLINE);
    let campaign = Campaign {
        runs: Some(expected.runs),
        ..Campaign::default()
    };
    let mut report = fuzz(&mut target, &campaign)?.report;
    println!("{}", report.summary());
    let file = root()
        .join("tests/known")
        .join(format!("{}.toml", expected.server));
    KnownFindings::read(std::slice::from_ref(&file))?.accept(&mut report, false);
    let found: BTreeSet<&str> = report
        .known
        .iter()
        .map(|(finding, _)| finding.id.as_str())
        .collect();
    let missed: Vec<String> = listed(&fs::read_to_string(file)?)
        .into_iter()
        .filter(|id| !expected.beyond.contains(&id.as_str()) && !found.contains(id.as_str()))
        .collect();
    let is_listed = |finding: &Finding| expected.more.contains(&finding.id.as_str());
    if !missed.is_empty() || !report.findings.iter().all(is_listed) {
        let text = report::text(&report);
        return Err(
            format!("missed {missed:?}, found {found:?}, and what is not known:\n{text}").into(),
        );
    }
    Ok(())
}

/// The ids of a file of known findings, which here has no globs.
fn listed(text: &str) -> Vec<String> {
    let ids = text
        .lines()
        .filter_map(|line| line.strip_prefix("finding = "));
    ids.map(|id| id.trim_matches('"').to_owned()).collect()
}
