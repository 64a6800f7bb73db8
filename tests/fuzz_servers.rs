//! A campaign against real servers, from nothing and with several seeds: it finds every known finding that needs no
//! TLS, and nothing that is not listed.
//!
//! `tests/servers/get` brings them. A campaign takes minutes, so it is made only where `FTPROOF_FUZZ_SERVERS` is set;
//! what is not made is skipped by name.

#[path = "support/port.rs"]
mod port;
#[path = "servers/running.rs"]
mod running;

use std::collections::BTreeSet;
use std::fs;

use ftproof::campaign::{Campaign, fuzz};
use ftproof::known::KnownFindings;
use ftproof::report;
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
}

const SERVERS: &[Expected] = &[
    Expected {
        server: "vsftpd",
        runs: 1_000,
        beyond: &["seq/prot:accepted", "seq/auth-reset:accepted"],
    },
    Expected {
        server: "pyftpdlib",
        runs: 12_000,
        beyond: &[
            "tls/inject:injected",
            "seq/refused:refused:503",
            "seq/auth-reset:accepted",
        ],
    },
];

/// With which seeds.
const SEEDS: [u64; 3] = [0, 1, 2];

fn main() {
    let mut arguments = Arguments::from_args();
    // How soon something is found depends on what else the machine does.
    arguments.test_threads.get_or_insert(1);
    let is_asked = std::env::var_os("FTPROOF_FUZZ_SERVERS").is_some();
    let all = SERVERS
        .iter()
        .flat_map(|expected| SEEDS.map(|seed| (expected, seed)));
    let trials = all.map(|(expected, seed)| {
        let name = format!("{}, seed {seed}", expected.server);
        let takes_long =
            (!is_asked).then_some("takes minutes; to run it, set FTPROOF_FUZZ_SERVERS");
        match absence(expected.server).or(takes_long) {
            Some(reason) => {
                eprintln!("skipped: {name}: {reason}");
                Trial::test(name, || Ok(())).with_ignored_flag(true)
            }
            None => Trial::test(name, move || finds_what_is_known(expected, seed)),
        }
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn finds_what_is_known(expected: &Expected, seed: u64) -> Result<(), Failed> {
    let server = Running::start(expected.server)?;
    let mut target = TcpTarget::new(server.address, names(), DEADLINE);
    let campaign = Campaign {
        runs: Some(expected.runs),
        seed,
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
        .filter(|id| !expected.beyond.contains(&id.as_str()) && !is_found(&found, id))
        .collect();
    if !missed.is_empty() || !report.findings.is_empty() {
        let text = report::text(&report);
        return Err(
            format!("missed {missed:?}, found {found:?}, and what is not known:\n{text}").into(),
        );
    }
    Ok(())
}

/// Whether it was found; of what many commands show, few are enough, and are told of one by one.
fn is_found(found: &BTreeSet<&str>, id: &str) -> bool {
    let is_it = |found: &&str| {
        let rest = found.strip_prefix(id);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    found.iter().any(is_it)
}

/// The ids of a file of known findings, which here has no globs.
fn listed(text: &str) -> Vec<String> {
    let ids = text
        .lines()
        .filter_map(|line| line.strip_prefix("finding = "));
    ids.map(|id| id.trim_matches('"').to_owned()).collect()
}
