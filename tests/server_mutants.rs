//! A server with any one fault of a table is told of that fault and of nothing else. The table with the verdicts is in
//! `server_mutants/README.md`; `FTPROOF_BLESS=1` writes it anew.

mod data;
mod fault;
mod help;
mod isolation;
mod login;
mod rename;
mod replies;
mod security;
mod state;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use ftproof::check::check;
use ftproof::report::{Outcome, Report, RuleReport, text};
use ftproof::tcp::TcpTarget;
use ftproof::{Names, Options, Profile, Trouble};
use ftproof_model::{Kind, REQUIREMENTS};
use libtest_mimic::{Failed, Trial};

use crate::support::loopback::{Server, all_names, names};
use fault::Fault;

/// How long each wait lasts at the most: far longer than an honest reply takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(1);
/// A fault of transfers may be told of each of the seven transfer commands; no other needs so much.
const FINDINGS_MAX: usize = 7;
const FAULTS_MIN: usize = 60;

/// The table, by what the faults are about.
const TABLE: &[(&str, &[Fault])] = &[
    ("Login", login::LOGIN),
    ("Renaming", rename::RENAME),
    ("Data connections and transfers", data::DATA),
    ("Protection", security::SECURITY),
    ("HELP", help::HELP),
    ("What a refused command leaves", state::REFUSED),
    ("What REIN leaves", state::RESET),
    ("Bytes", state::BYTES),
    ("Replies", replies::ONE),
    ("Ends", replies::END),
    ("The form of a reply", replies::FORM),
    ("Sessions", isolation::ISOLATION),
];

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = faults()
        .map(|fault| {
            Trial::test(fault.name, move || is_told_of_just_that(fault))
                .with_ignored_flag(fault.knows("AUTH") && !cfg!(feature = "tls"))
        })
        .collect();
    for (name, profile) in [("RFC", Profile::Rfc), ("strict", Profile::Strict)] {
        let name = format!("without a fault every rule conforms ({name} replies)");
        trials.push(
            Trial::test(name, move || every_rule_conforms(profile))
                .with_ignored_flag(!cfg!(feature = "tls")),
        );
    }
    trials.push(Trial::test(
        "the table is in the readme",
        the_table_is_in_the_readme,
    ));
    trials.push(Trial::test(
        "every rule and every kind has a fault",
        every_rule_and_kind_has_a_fault,
    ));
    trials
}

fn faults() -> impl Iterator<Item = &'static Fault> {
    TABLE.iter().flat_map(|(_, faults)| *faults)
}

fn is_told_of_just_that(fault: &Fault) -> Result<(), Failed> {
    // The accounts and the host are more states, for those who tell them apart.
    let names = if fault.knows("ACCT") || fault.knows("HOST") {
        all_names()
    } else {
        names()
    };
    let options = Options {
        profile: fault.profile,
        jobs: fault.jobs,
        // Whose listener is shut takes no connections again.
        absence: DEADLINE,
        ..Options::default()
    };
    let report = checked(fault.server, names, &options)?;
    let found: BTreeSet<(&str, Kind)> = report
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.kind))
        .collect();
    let is_sure =
        report.flaky.is_empty() && report.findings.iter().all(|finding| finding.is_sure());
    let expected: BTreeSet<(&str, Kind)> = fault.verdicts.iter().copied().collect();
    if found == expected && is_sure && report.findings.len() <= FINDINGS_MAX {
        return Ok(());
    }
    let (expected, found) = (shown(&expected), shown(&found));
    Err(format!("expected: {expected}\nfound: {found}\n{}", text(&report)).into())
}

/// Our own session knows every command, and TLS.
fn every_rule_conforms(profile: Profile) -> Result<(), Failed> {
    let options = Options {
        profile,
        ..Options::default()
    };
    let report = checked(Server::HONEST, all_names(), &options)?;
    let conforms = |rule: &RuleReport| matches!(rule.outcome, Outcome::Conforms | Outcome::Allowed);
    if report.findings.is_empty() && report.rules.iter().all(conforms) {
        return Ok(());
    }
    Err(text(&report).into())
}

fn checked(server: Server, names: Names, options: &Options) -> Result<Report, Trouble> {
    check(
        &mut TcpTarget::new(server.serve(), names, DEADLINE),
        options,
    )
}

/// The verdicts as a person reads them.
fn shown<'a>(verdicts: impl IntoIterator<Item = &'a (&'a str, Kind)>) -> String {
    let each: Vec<String> = verdicts
        .into_iter()
        .map(|(rule, kind)| format!("`{rule}` {kind}"))
        .collect();
    each.join(", ")
}

fn readme() -> String {
    let mut readme = format!(
        "# Servers with one fault each\n\n\
        {} faults, each planted in our own session behind real sockets, and what `ftproof check` has to say of a\n\
        server that has it: that, and nothing else. Written by\n\
        `FTPROOF_BLESS=1 cargo test --test trials server_mutants`.\n",
        faults().count()
    );
    for (about, faults) in TABLE {
        readme += &format!("\n## {about}\n\n| fault | verdict |\n| --- | --- |\n");
        for fault in *faults {
            readme += &format!("| {} | {} |\n", fault.name, shown(fault.verdicts));
        }
    }
    readme
}

fn the_table_is_in_the_readme() -> Result<(), Failed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server_mutants/README.md");
    if std::env::var_os("FTPROOF_BLESS").is_some() {
        fs::write(&path, readme())?;
    }
    if fs::read_to_string(&path)? != readme() {
        return Err("it is of another table; FTPROOF_BLESS=1 writes it anew".into());
    }
    Ok(())
}

fn every_rule_and_kind_has_a_fault() -> Result<(), Failed> {
    let verdicts = || faults().flat_map(|fault| fault.verdicts);
    let rules: BTreeSet<&str> = verdicts().map(|&(rule, _)| rule).collect();
    let kinds: BTreeSet<Kind> = verdicts().map(|&(_, kind)| kind).collect();
    let names: BTreeSet<&str> = faults().map(|fault| fault.name).collect();
    let bare_rules: Vec<&str> = REQUIREMENTS
        .iter()
        .map(|requirement| requirement.id)
        .filter(|id| !rules.contains(id))
        .collect();
    let bare_kinds: Vec<String> = Kind::all()
        .filter(|kind| !kinds.contains(kind))
        .map(|kind| kind.to_string())
        .collect();
    if names.len() < faults().count() {
        return Err("two faults have one name".into());
    }
    if names.len() < FAULTS_MIN || !bare_rules.is_empty() || !bare_kinds.is_empty() {
        return Err(format!(
            "{} faults; rules without one: {bare_rules:?}; kinds without one: {bare_kinds:?}",
            names.len()
        )
        .into());
    }
    Ok(())
}
