//! A check's report laid over the rules: what is planted in it is painted, and nothing else.

use ftproof::report::{Finding, Outcome, Report, json};
use ftproof_model::{Kind, Transcript};

use super::{file, written};
use crate::sample::{self, finding, hostile};

/// A report in which every rule conforms, but for these findings: rule, kind, transcript.
fn planted(findings: &[(&'static str, Kind, &str)]) -> Report {
    let mut report = sample::report(Outcome::Conforms);
    for &(rule, kind, transcript) in findings {
        report.findings.push(Finding {
            transcript: Transcript::parse(transcript).expect("it is a transcript"),
            also: Vec::new(),
            ..finding(rule, kind)
        });
        sample::set(&mut report, rule, Outcome::Finding, None);
    }
    report
}

/// What the picture marks with ✗ beside the legend, the words of each.
fn differs(report: &Report, name: &str, view: &[&str]) -> Vec<String> {
    let report = file(name, &json(report));
    let mermaid = written(&[view, &["--format", "mermaid", "--overlay", &report]].concat());
    let marks = mermaid
        .split("<br/>")
        .flat_map(|part| part.split('"'))
        .filter(|part| part.contains('✗'));
    marks
        .map(|mark| mark.replace("<b>", "").replace("</b>", ""))
        .collect()
}

const LOGIN: &str = "> USER {user}\n< 331\n> PASS {password}\n< 230\n";

#[test]
fn a_report_without_a_finding_paints_nothing_red() {
    let report = planted(&[]);
    assert_eq!(differs(&report, "right.json", &[]), Vec::<String>::new());
    let path = file("right.json", &json(&report));
    let svg = written(&["--format", "svg", "--layout", "own", "--overlay", &path]);
    // The sample of the legend, and its words.
    assert_eq!(svg.matches("class=\"v-differs\"").count(), 2);
    assert!(svg.matches("class=\"v-right\"").count() > 50);
}

#[test]
fn a_finding_paints_just_the_answer_that_it_is_about() {
    let accepted = format!("{LOGIN}> RNTO {{renamed}}\n< 503\n# came: 250 Renamed\n");
    let report = planted(&[("seq/rnto", Kind::Accepted, &accepted)]);
    assert_eq!(differs(&report, "rnto.json", &[]), ["✗ 503 RNTO"]);
    // An arrow: of the commands on it the one that differs.
    let refused = format!("{LOGIN}> PASV\n< 227\n> NLST\n< 150\n# came: 503 No\n");
    let report = planted(&[("seq/refused", Kind::Refused, &refused)]);
    assert_eq!(differs(&report, "nlst.json", &[]), ["✗ NLST 150"]);
    let svg = written(&[
        "--format",
        "svg",
        "--layout",
        "own",
        "--overlay",
        &file("nlst.json", &json(&report)),
    ]);
    let red = svg
        .lines()
        .filter(|line| line.contains("data-from") && line.contains("v-differs"));
    let red: Vec<&str> = red.collect();
    assert_eq!(red.len(), 1);
    assert!(
        red[0].contains("data-from=\"passive\" data-to=\"transferring\""),
        "{}",
        red[0]
    );
}

#[test]
fn a_finding_in_a_state_that_the_overview_does_not_draw_is_told_in_its_phase() {
    let behind = format!("{LOGIN}> EPSV ALL\n< 200\n> PASV\n< 503\n# came: 227 Entering\n");
    let report = planted(&[("seq/epsv-all", Kind::Accepted, &behind)]);
    let told = "✗ PASV while logged in, epsv all (seq/epsv-all:accepted)";
    assert_eq!(differs(&report, "epsv.json", &[]), [told]);
    // Where the states are drawn, it is the answer itself.
    let view = ["--focus", "logged in, epsv all"];
    assert_eq!(differs(&report, "epsv.json", &view), ["✗ 503 PASV"]);
}

#[test]
fn the_way_of_a_finding_follows_what_the_server_answered() {
    // This server logs in with USER alone: the rules allow it, though the strict reply is 331.
    let open = "> USER {user}\n< 230\n> RNTO {renamed}\n< 503\n# came: 250 Renamed\n";
    let report = planted(&[("seq/rnto", Kind::Accepted, open)]);
    let view = ["--focus", "logged in"];
    assert_eq!(differs(&report, "open.json", &view), ["✗ 503 RNTO"]);
    assert_eq!(
        differs(&report, "open.json", &["--focus", "need pass"]),
        Vec::<String>::new()
    );
}

#[test]
fn what_was_not_tested_is_neither_right_nor_wrong() {
    let mut report = planted(&[]);
    sample::set(
        &mut report,
        "seq/pass",
        Outcome::NotTested,
        Some("no account"),
    );
    let path = file("untested.json", &json(&report));
    let mermaid = written(&[
        "--around",
        "PASS",
        "--format",
        "mermaid",
        "--overlay",
        &path,
    ]);
    assert!(mermaid.contains("? 503 PASS {password}"), "{mermaid}");
    assert!(mermaid.contains("✓ PASS {password}"), "{mermaid}");
    // The same input under the same rule in other states: the report does not tell.
    let accepted = format!("{LOGIN}> RNTO {{renamed}}\n< 503\n");
    let report = planted(&[("seq/rnto", Kind::Accepted, &accepted)]);
    let path = file("rnto-around.json", &json(&report));
    let mermaid = written(&[
        "--around",
        "RNTO",
        "--format",
        "mermaid",
        "--overlay",
        &path,
    ]);
    assert!(mermaid.contains("? 503 RNTO {renamed}"), "{mermaid}");
    assert!(mermaid.contains("✓ 503 RNTO {impossible}"), "{mermaid}");
    assert_eq!(mermaid.matches('✗').count(), 1, "{mermaid}");
}

#[test]
fn hostile_text_of_a_server_harms_no_picture() {
    let path = file("hostile.json", &json(&hostile()));
    for format in ["svg", "mermaid", "dot", "html"] {
        let text = written(&["--format", format, "--layout", "own", "--overlay", &path]);
        assert!(!text.contains("<script>alert"), "{format}");
        let raw = text
            .chars()
            .find(|character| character.is_control() && *character != '\n');
        assert_eq!(raw, None, "{format}");
        if format == "svg" {
            let mut reader = quick_xml::Reader::from_str(&text);
            while reader.read_event().expect("it is XML") != quick_xml::events::Event::Eof {}
        }
    }
}
