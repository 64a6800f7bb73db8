//! What cannot be drawn: one line that says what, where and what to do, and exit 2.

use ftproof::report::{Outcome, json};

use super::{file, run};
use crate::sample::report;

#[track_caller]
fn refused(arguments: &[&str], words: &[&str]) {
    let output = run(arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(output.stdout.is_empty());
    assert_eq!(told.lines().count(), 1, "{told}");
    for word in words {
        assert!(told.contains(word), "no '{word}' in: {told}");
    }
}

#[test]
fn a_name_that_nothing_has_names_what_is_near() {
    refused(
        &["--focus", "loged in"],
        &["there is no state 'loged in'", "loggedin"],
    );
    refused(&["--focus", "\u{1b}[2J"], &["there is no state '\\x1b[2J'"]);
    refused(
        &["--view", "phase", "redy"],
        &["there is no phase 'redy'", "Ready"],
    );
    refused(
        &["--around", "RNTA"],
        &["there is no command 'RNTA'", "RNTO"],
    );
    refused(&["--view", "ful"], &["there is no view 'ful'", "full"]);
    refused(&["--view", "phase"], &["--view phase NeedPass"]);
    refused(&["--view", "full", "Ready"], &["takes no 'Ready'"]);
}

#[test]
fn what_is_no_report_is_told_in_one_line() {
    let overlay =
        |path: &str, words: &[&str]| refused(&["--format", "svg", "--overlay", path], words);
    overlay(
        "/no/such/report.json",
        &["cannot read /no/such/report.json", "No such file"],
    );
    overlay("/", &["cannot read /"]);
    let remedy = "ftproof check TARGET --report json=";
    overlay(
        &file("garbage.json", "\0\u{1b}[31m"),
        &["is not a check's report", "line 1", remedy],
    );
    overlay(
        &file("other.json", "{\"states\": []}"),
        &["is not a check's report", "missing field", remedy],
    );
    let old = json(&report(Outcome::Conforms)).replacen(
        "\"schema_version\": 2",
        "\"schema_version\": 1",
        1,
    );
    overlay(
        &file("old.json", &old),
        &["it has form 1, and this ftproof reads 2"],
    );
    let cut = json(&report(Outcome::Conforms));
    overlay(
        &file("cut.json", &cut[..cut.len() / 2]),
        &["is not a check's report", "EOF"],
    );
}

#[test]
fn a_format_that_does_not_go_with_a_view_says_which_does() {
    refused(
        &["--view", "full", "--format", "mermaid"],
        &["--format svg, dot or html"],
    );
    refused(
        &["--around", "PASV", "--format", "html"],
        &["the explorer has every state"],
    );
    let path = file("right-report.json", &json(&report(Outcome::Conforms)));
    refused(
        &["--format", "aut", "--overlay", &path],
        &["hold the rules alone"],
    );
    refused(
        &["--view", "full", "--format", "svg", "--overlay", &path],
        &["--format html"],
    );
}
