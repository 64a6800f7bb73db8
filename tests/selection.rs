//! A rule that is asked for alone is tested by all that can break it, and nothing is said of one that is left out.

use std::collections::BTreeSet;
use std::time::Duration;

use ftproof::check::check;
use ftproof::embedded::EmbeddedTarget;
use ftproof::report::{Outcome, Report, junit};
use ftproof::tcp::TcpTarget;
use ftproof::{Options, Target};
use ftproof_model::Input;

use crate::support::loopback::{Control, Server, Serving, names, verb};

/// Far longer than any reply takes here.
const DEADLINE: Duration = Duration::from_secs(5);

/// Checks the rules that match `rules` but for those that match `skip`.
fn checked(target: &mut dyn Target, rules: &[&str], skip: &[&str]) -> Report {
    let own = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect();
    let options = Options {
        rules: own(rules),
        skip: own(skip),
        ..Options::default()
    };
    check(target, &options).expect("the target lets us in")
}

/// A server with few verbs that answers lines as `line` does.
fn server(line: Serving) -> TcpTarget {
    let server = Server {
        line,
        verbs: [
            "USER PASS REIN QUIT PASV RETR STOR CWD PWD MKD RMD DELE",
            "NOOP HELP",
        ],
        ..Server::HONEST
    };
    TcpTarget::new(server.serve(), names(), DEADLINE)
}

fn found<'a>(report: &'a Report, rule: &str) -> BTreeSet<&'a str> {
    let of_rule = report.findings.iter().filter(|found| found.rule == rule);
    of_rule.map(|found| found.id.as_str()).collect()
}

/// No command is in a row of the table under these.
#[test]
fn a_rule_that_no_row_is_under_is_tested_alone() {
    for rule in ["help/always", "state/refused-changes-nothing"] {
        let report = checked(&mut EmbeddedTarget::default(), &[rule], &[]);
        let rules: Vec<(&str, Outcome)> = report
            .rules
            .iter()
            .map(|rule| (rule.id, rule.outcome))
            .collect();
        assert_eq!(rules, [(rule, Outcome::Conforms)]);
    }
}

fn logs_out(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    let replies = control.line(line);
    if verb(line) == b"CWD" && replies.starts_with(b"550") {
        control.log_out();
    }
    replies
}

fn knows_no_help(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    match verb(line) {
        b"HELP" => b"502 No help\r\n".to_vec(),
        _ => control.line(line),
    }
}

fn says_too_much(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    match verb(line) {
        b"NOOP" => b"200 Yes\r\n200 Yes\r\n".to_vec(),
        _ => control.line(line),
    }
}

#[test]
fn a_rule_alone_has_the_findings_that_it_has_in_a_whole_check() {
    for (rule, line) in [
        ("state/refused-changes-nothing", logs_out as Serving),
        ("help/always", knows_no_help),
        ("reply/one", says_too_much),
    ] {
        let whole = checked(&mut server(line), &[], &[]);
        let alone = checked(&mut server(line), &[rule], &[]);
        assert!(!found(&whole, rule).is_empty(), "{rule}");
        assert_eq!(found(&alone, rule), found(&whole, rule));
        assert_eq!(alone.findings.len(), found(&alone, rule).len(), "{rule}");
    }
}

fn knows_help_of_nothing_else(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    if Some(line) != Input::HelpUnknown.line().map(str::as_bytes) {
        control.line(line)
    } else if control.is_logged_in() {
        b"550 What?\r\n".to_vec()
    } else {
        b"530 Who?\r\n".to_vec()
    }
}

/// What HELP is answered without a login is another rule's affair than what it is answered with one.
#[test]
fn nothing_is_said_of_a_rule_that_is_left_out() {
    let mut target = server(knows_help_of_nothing_else);
    let both = checked(&mut target, &["help/*"], &[]);
    let (before, unknown) = ("help/before-login", "help/unknown-arg");
    assert!(!found(&both, before).is_empty() && !found(&both, unknown).is_empty());
    for (rules, skip) in [
        (&["help/*"][..], &[before][..]),
        (&[unknown], &[before]),
        (&[unknown], &[]),
    ] {
        let report = checked(&mut target, rules, skip);
        assert_eq!(found(&report, unknown), found(&both, unknown));
        for found in &report.findings {
            let case = format!("<testcase name=\"{}\"", found.rule);
            assert!(
                found.rule != before && junit(&report).contains(&case),
                "{}",
                found.id
            );
        }
    }
}
