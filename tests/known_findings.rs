//! Findings that the user accepted: what a file of them does to a report, and what is said of a wrong one.

use std::path::{Path, PathBuf};

use crate::sample::{finding, full, hostile, report, set};
use ftproof::known::{KnownFindings, draft};
use ftproof::report::{Finding, Outcome, Report};
use ftproof_model::{Kind, Severity};

fn known(text: &str) -> KnownFindings {
    KnownFindings::parse(Path::new("known.toml"), text).expect("the file is well-formed")
}

fn entry(finding: &str) -> String {
    format!("[[known]]\nfinding = \"{finding}\"\nreason = \"we know\"\n")
}

/// Two findings of seq/rnto and one of seq/pass; every other rule conforms.
fn found() -> Report {
    let mut report = report(Outcome::Conforms);
    report.findings = vec![
        finding("seq/rnto", Kind::Accepted),
        finding("seq/rnto", Kind::Adjacency),
        finding("seq/pass", Kind::Adjacency),
    ];
    set(&mut report, "seq/rnto", Outcome::Finding, None);
    set(&mut report, "seq/pass", Outcome::Finding, None);
    report
}

fn outcome(report: &Report, id: &str) -> Outcome {
    let rule = report.rules.iter().find(|rule| rule.id == id);
    rule.expect("there is such a rule").outcome
}

fn ids(report: &Report) -> Vec<&str> {
    report
        .findings
        .iter()
        .map(|found| found.id.as_str())
        .collect()
}

#[test]
fn an_accepted_finding_is_known_and_no_longer_counted() {
    let mut report = found();
    known(&entry("seq/rnto:adjacency")).accept(&mut report, true);
    assert_eq!(ids(&report), ["seq/rnto:accepted", "seq/pass:adjacency"]);
    assert_eq!(report.known.len(), 1);
    assert_eq!(
        (report.known[0].0.id.as_str(), report.known[0].1.as_str()),
        ("seq/rnto:adjacency", "we know")
    );
    // A reason may be written in several lines.
    let long = "[[known]]\nfinding = \"seq/pass:*\"\nreason = \"\"\"we\n  know\"\"\"\n";
    known(long).accept(&mut report, true);
    assert_eq!(report.known[1].1, "we know");
    // Something else is left of it.
    assert_eq!(outcome(&report, "seq/rnto"), Outcome::Finding);
    assert_eq!(report.stale, Vec::<String>::new());
}

#[test]
fn globs_accept_what_they_match_and_the_rule_is_known_then() {
    for (glob, left, rnto, pass) in [
        (
            "*:adjacency",
            &["seq/rnto:accepted"][..],
            Outcome::Finding,
            Outcome::Known,
        ),
        (
            "seq/rnto:*",
            &["seq/pass:adjacency"],
            Outcome::Known,
            Outcome::Finding,
        ),
        ("seq/*:a*", &[], Outcome::Known, Outcome::Known),
        ("seq/rnto:accept", &[], Outcome::Finding, Outcome::Finding),
    ] {
        let Ok(entries) = KnownFindings::parse(Path::new("known.toml"), &entry(glob)) else {
            assert_eq!(glob, "seq/rnto:accept");
            continue;
        };
        let mut report = found();
        entries.accept(&mut report, true);
        assert_eq!(ids(&report), left, "{glob}");
        assert_eq!(
            (outcome(&report, "seq/rnto"), outcome(&report, "seq/pass")),
            (rnto, pass),
            "{glob}"
        );
    }
    // A kind alone does not accept what its id says more of.
    let mut report = found();
    report.findings[0].id = "seq/rnto:accepted:250".to_owned();
    known(&entry("seq/rnto:accepted")).accept(&mut report, true);
    assert_eq!(report.known.len(), 0);
    known(&entry("seq/rnto:accepted:250")).accept(&mut report, true);
    assert_eq!(report.known.len(), 1);
}

/// A part of a run may show with too few commands what the whole run shows with many.
#[test]
fn what_many_commands_show_is_accepted_with_each_of_them() {
    let seen = |ids: &[&str]| {
        let mut report = report(Outcome::Conforms);
        set(&mut report, "reply/one", Outcome::Finding, None);
        report.findings = ids
            .iter()
            .map(|&id| Finding {
                id: id.to_owned(),
                ..finding("reply/one", Kind::NoReply)
            })
            .collect();
        report
    };
    let (whole, noop) = ("reply/one:no-reply", "reply/one:no-reply:NOOP");
    let parts = &[noop, "reply/one:no-reply:STAT"][..];
    for (accepted, found, left) in [
        (whole, &[whole][..], &[][..]),
        (whole, parts, &[]),
        (noop, &[noop], &[]),
        // Of one command nothing follows for others.
        (noop, parts, &parts[1..]),
        (noop, &[whole], &[whole]),
    ] {
        let mut report = seen(found);
        known(&entry(accepted)).accept(&mut report, true);
        assert_eq!(ids(&report), left, "{accepted}");
        assert_eq!(report.stale, Vec::<String>::new(), "{accepted}");
    }
    // Another kind, and nothing at all.
    for (accepted, found) in [("reply/one:dropped", parts), (whole, &[]), (noop, &[])] {
        let mut report = seen(found);
        known(&entry(accepted)).accept(&mut report, true);
        assert_eq!(ids(&report), found, "{accepted}");
        assert_eq!(report.stale.len(), 1, "{accepted}");
    }
}

#[test]
fn what_is_known_does_not_fail_a_run_and_is_a_result() {
    let mut report = found();
    report.rules.iter_mut().for_each(|rule| rule.tests = 0);
    known(&entry("*:*")).accept(&mut report, true);
    assert!(!report.fails(Severity::Low) && !report.is_empty());
    assert!(report.summary().contains(
        ": 0 findings (0 critical, 0 high, 0 medium, 0 low), 3 known; rules: 0 finding, 2 known,"
    ));
}

#[test]
fn an_entry_that_matches_nothing_is_stale_if_its_rule_was_tested() {
    let text = entry("seq/host:accepted") + &entry("seq/pass:adjacency");
    let stale = |report: &Report, is_whole| {
        let mut report = report.clone();
        known(&text).accept(&mut report, is_whole);
        report.stale
    };
    let mut report = found();
    assert_eq!(stale(&report, true), ["known.toml:2: seq/host:accepted"]);
    // A part of a run, or an interrupted one, shows nothing about the rest.
    assert_eq!(stale(&report, false), Vec::<String>::new());
    let interrupted = Report {
        interrupted: true,
        ..report.clone()
    };
    assert_eq!(stale(&interrupted, true), Vec::<String>::new());
    // What came once may come again.
    let flaky = Report {
        flaky: vec![finding("seq/host", Kind::Accepted)],
        ..report.clone()
    };
    assert_eq!(stale(&flaky, true), Vec::<String>::new());
    for outcome in [Outcome::NotTested, Outcome::NotApplicable] {
        set(&mut report, "seq/host", outcome, None);
        assert_eq!(stale(&report, true), Vec::<String>::new());
    }
}

#[test]
fn a_wrong_file_is_named_with_its_line_and_what_to_write() {
    let good = entry("seq/rnto:adjacency");
    for (text, line, words) in [
        (
            "[[known]]\nfinding = \"seq/rnto:adjacency\"\n",
            1,
            "missing field `reason`",
        ),
        (
            "\n[[known]]\nreason = \"x\"\n",
            2,
            "missing field `finding`",
        ),
        (
            "[[known]]\nfinding = \"seq/rnto:adjacency\"\nreason = \" \"\n",
            3,
            "the reason is empty; say why",
        ),
        (
            "[[known]]\nfinding = \"seq/rnto:adjacency\"\nreason = \"x\"\nuntil = 3\n",
            4,
            "unknown field `until`",
        ),
        ("servers = \"x\"\n", 1, "unknown field `servers`"),
        (
            "server = \"x\"\n[[known]]\nfinding = \"seq/rn",
            3,
            "RULE:KIND",
        ),
        (
            "[[known]]\nfinding = \"seq/rntp:adjacency\"\nreason = \"x\"\n",
            2,
            "no rule matches 'seq/rntp'; the nearest are seq/rnto, ",
        ),
        (
            "[[known]]\nfinding = \"seq/rnto:adjacancy\"\nreason = \"x\"\n",
            2,
            "no kind 'adjacancy'; the nearest are adjacency, ",
        ),
        (
            "[[known]]\nfinding = \"seq/rnto\"\nreason = \"x\"\n",
            2,
            "write RULE:KIND, or 'seq/rnto:*'",
        ),
        (
            &format!("{good}[[known]]\nfinding = 3\nreason = \"x\"\n"),
            5,
            "invalid type",
        ),
    ] {
        let error = KnownFindings::parse(Path::new("known.toml"), text)
            .expect_err(text)
            .to_string();
        assert!(
            error.starts_with(&format!("known.toml:{line}: ")),
            "{line}: {error}"
        );
        assert!(
            error.contains(words) && error.lines().count() == 1,
            "'{words}' is not in {error}"
        );
    }
    let missing =
        KnownFindings::read(&[PathBuf::from("not-there.toml")]).expect_err("there is no such file");
    assert!(
        missing
            .to_string()
            .starts_with("cannot read not-there.toml: No such file"),
        "{missing}"
    );
}

/// What is drafted accepts just what was found, whatever a server said.
#[test]
fn a_draft_accepts_what_it_was_made_of() {
    for report in [found(), full(), hostile()] {
        let text = draft(&report);
        let entries = KnownFindings::parse(Path::new("draft.toml"), &text).expect(&text);
        let (count, mut again) = (report.findings.len() + report.known.len(), report.clone());
        again.findings.extend(
            std::mem::take(&mut again.known)
                .into_iter()
                .map(|(found, _)| found),
        );
        again.stale.clear();
        entries.accept(&mut again, true);
        assert_eq!(
            (again.findings.len(), again.known.len(), again.stale.len()),
            (0, count, 0)
        );
        let is_harmless = |character: char| character == '\n' || !character.is_control();
        assert!(text.chars().all(is_harmless));
    }
    let text = draft(&full());
    let entry = "[[known]]\nfinding = \"seq/rnto:accepted\"\nreason = \"came 250 Renamed; expected 503 (or 530)\"\n";
    assert!(text.contains(entry), "{text}");
    // A reason that was given is kept.
    assert!(
        text.contains("finding = \"seq/pass:adjacency\"\nreason = \"clients do that\"\n"),
        "{text}"
    );
}
