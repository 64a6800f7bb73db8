//! Reports as their readers see them: each format read back by a parser that is not ours, and hostile text in each.

use std::collections::BTreeMap;

use crate::sample::{HOSTILE, full, hostile, report};
use ftproof::report::{
    Format, Outcome, Report, is_cut_off, json, junit, junit_trouble, markdown, text, transcripts,
};
use ftproof_model::{Kind, REQUIREMENTS, Transcript};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

fn value(report: &Report) -> Value {
    serde_json::from_str(&json(report)).expect("the report is JSON")
}

fn schema() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let text = std::fs::read_to_string(file).expect("the schema is there");
    serde_json::from_str(&text).expect("the schema is JSON")
}

#[test]
fn json_reports_are_as_the_schema_says() {
    let schema = schema();
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is one");
    let validator = jsonschema::validator_for(&schema).expect("the schema can be used");
    for report in [full(), hostile(), report(Outcome::NotTested)] {
        let errors: Vec<String> = validator
            .iter_errors(&value(&report))
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema can be used");
    let good = value(&full());
    for (pointer, wrong) in [
        ("/schema_version", Value::from(1)),
        ("/findings/0/kind", Value::from("acepted")),
        ("/findings/0/runs", Value::from("3 of 3")),
        ("/findings/0/expected/0", Value::from("503")),
        ("/known/0/reason", Value::Null),
        ("/rules/0/outcome", Value::from("passed")),
        ("/summary/seconds", Value::from(-1)),
    ] {
        let mut broken = good.clone();
        *broken.pointer_mut(pointer).expect("the field is there") = wrong;
        assert!(!validator.is_valid(&broken), "{pointer}");
    }
    for (pointer, field) in [
        ("", "flaky"),
        ("/findings/0", "sentence"),
        ("/summary/rules", "known"),
    ] {
        let mut broken = good.clone();
        let object = broken.pointer_mut(pointer).and_then(Value::as_object_mut);
        let object = object.expect("the object is there");
        let taken = object.remove(field).expect("the field is there");
        object.insert(format!("{field}x"), taken);
        assert!(!validator.is_valid(&broken), "{pointer} {field}");
    }
}

#[test]
fn the_schema_names_every_kind_and_every_outcome() {
    let schema = schema();
    let named = |pointer: &str| -> Vec<String> {
        let names = schema.pointer(pointer).and_then(Value::as_array);
        let names = names.expect("they are listed").iter();
        names
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    let kinds: Vec<String> = Kind::all().map(|kind| kind.to_string()).collect();
    assert_eq!(named("/$defs/finding/properties/kind/enum"), kinds);
    let outcomes: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
    assert_eq!(
        named("/properties/rules/items/properties/outcome/enum"),
        outcomes
    );
}

#[test]
fn every_format_has_every_part() {
    let report = full();
    for (format, words) in [
        (
            Format::Text,
            &[
                "interrupted",
                "clients do that",
                "known.toml:7: help/arg:help",
            ][..],
        ),
        (
            Format::Markdown,
            &[
                "interrupted",
                "clients do that",
                "known.toml:7: help/arg:help",
            ],
        ),
        (
            Format::Junit,
            &[
                "interrupted",
                "clients do that",
                "known.toml:7: help/arg:help",
            ],
        ),
        (
            Format::Html,
            &[
                "\"interrupted\":true",
                "clients do that",
                "known.toml:7: help/arg:help",
            ],
        ),
        (
            Format::Json,
            &[
                "\"interrupted\": true",
                "clients do that",
                "known.toml:7: help/arg:help",
            ],
        ),
    ] {
        let written = format.write(&Report {
            interrupted: true,
            ..report.clone()
        });
        let common = [
            "seq/rnto",
            "adjacency",
            "the file had moved",
            "250 Renamed",
            "no directory can be made",
            "seq/host",
            "no TLS here",
            "2 \u{d7} no account",
            "220 ready",
            "215 UNIX",
            "ftproof check ftp://ftptest@127.0.0.1:2121",
            "NOOP",
            "RNTO {renamed}",
        ];
        for word in common.iter().chain(words) {
            assert!(
                written.contains(word),
                "no '{word}' in {format:?}:\n{written}"
            );
        }
    }
}

#[test]
fn the_last_line_is_the_sentence_of_the_summary() {
    let report = full();
    let sentence = "ftp://127.0.0.1:2121: 2 findings (0 critical, 1 high, 0 medium, 1 low), 1 known, 1 flaky; rules: \
        1 finding, 1 known, 1 flaky, 27 conforms, 1 allowed, 1 not applicable, 1 not tested; 100 commands on 10 \
        connections in 1.5 s";
    assert_eq!(REQUIREMENTS.len(), 33);
    assert_eq!(report.summary(), sentence);
    assert_eq!(text(&report).lines().last(), Some(sentence));
    assert_eq!(markdown(&report).lines().last(), Some(sentence));
    assert_eq!(value(&report)["summary"]["sentence"], sentence);
    let interrupted = Report {
        interrupted: true,
        ..report
    };
    assert!(
        interrupted
            .summary()
            .contains(": interrupted, so far 2 findings")
    );
}

/// What a test case has inside: the names of its elements, with their attributes and texts.
type Inside = Vec<(String, BTreeMap<String, String>, String)>;

/// The test cases of a JUnit report by name, and the counts of the whole.
fn read_junit(xml: &str) -> (BTreeMap<String, Inside>, BTreeMap<String, String>) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut cases, mut counts) = (BTreeMap::new(), BTreeMap::new());
    let (mut case, mut inside): (Option<String>, Inside) = (None, Vec::new());
    loop {
        match reader.read_event().expect("the report is XML") {
            Event::Eof => return (cases, counts),
            Event::Start(tag) if tag.name().as_ref() == b"testsuites" => counts = attributes(&tag),
            Event::Start(tag) if tag.name().as_ref() == b"testcase" => {
                case = attributes(&tag).remove("name");
                inside.clear();
            }
            Event::Empty(tag) if tag.name().as_ref() == b"testcase" => {
                let name = attributes(&tag).remove("name").expect("a case has a name");
                assert!(cases.insert(name, Vec::new()).is_none());
            }
            Event::Start(tag) | Event::Empty(tag) => {
                let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                inside.push((name, attributes(&tag), String::new()));
            }
            Event::Text(text) => {
                if let Some((_, _, all)) = inside.last_mut() {
                    all.push_str(&text.decode().expect("it is UTF-8"));
                }
            }
            Event::GeneralRef(name) => {
                let name = name.decode().expect("it is UTF-8").into_owned();
                let stands_for = match name.as_str() {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    "apos" => "'",
                    other => panic!("an unknown entity: {other}"),
                };
                if let Some((_, _, all)) = inside.last_mut() {
                    all.push_str(stands_for);
                }
            }
            Event::End(tag) if tag.name().as_ref() == b"testcase" => {
                let name = case.take().expect("a case began");
                assert!(cases.insert(name, std::mem::take(&mut inside)).is_none());
            }
            Event::End(_) if case.is_none() => inside.clear(),
            _ => {}
        }
    }
}

fn attributes(tag: &BytesStart<'_>) -> BTreeMap<String, String> {
    let pairs = tag.attributes().map(|attribute| {
        let attribute = attribute.expect("an attribute is well-formed");
        let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        let value = String::from_utf8_lossy(&attribute.value).into_owned();
        let value = quick_xml::escape::unescape(&value).expect("its entities are known");
        (name, value.into_owned())
    });
    pairs.collect()
}

#[test]
fn junit_has_one_case_a_rule_with_its_outcome() {
    let (cases, counts) = read_junit(&junit(&full()));
    let mut ids: Vec<&str> = REQUIREMENTS
        .iter()
        .map(|requirement| requirement.id)
        .collect();
    ids.sort_unstable();
    assert_eq!(cases.keys().map(String::as_str).collect::<Vec<_>>(), ids);
    for (name, count) in [
        ("tests", "33"),
        ("failures", "1"),
        ("errors", "0"),
        ("skipped", "2"),
    ] {
        assert_eq!(counts[name], count, "{name}");
    }
    let (element, said, inside) = &cases["seq/rnto"][0];
    assert_eq!(
        (element.as_str(), said["type"].as_str()),
        ("failure", "accepted")
    );
    assert_eq!(
        said["message"],
        "accepted (high): expected 503 (or 530); came 250 Renamed; adjacency (low): expected 503 (or 530); came \
            250 Renamed"
    );
    assert!(
        inside.contains("> RNTO {renamed}\n") && inside.contains("low: seq/rnto:adjacency"),
        "{inside}"
    );
    let (element, said, _) = &cases["seq/adat"][0];
    assert_eq!(
        (element.as_str(), said["message"].as_str()),
        ("skipped", "not tested: 3 × there is no TLS here")
    );
    let (element, said, _) = &cases["seq/ccc"][0];
    assert_eq!(
        (element.as_str(), said["message"].as_str()),
        ("skipped", "not applicable")
    );
    let (element, _, inside) = &cases["seq/pass"][0];
    assert_eq!(element, "system-out");
    assert!(
        inside.contains("known: seq/pass:adjacency: clients do that\nnot tested: 2 × no account"),
        "{inside}"
    );
    let (element, said, _) = &cases["seq/host"][0];
    assert_eq!(element, "flakyFailure");
    assert!(
        said["message"].ends_with("; 1 of 3 tries, each on a fresh connection"),
        "{}",
        said["message"]
    );
    assert_eq!(cases["help/arg"], []);
}

#[test]
fn junit_calls_trouble_of_ours_an_error() {
    let interrupted = Report {
        interrupted: true,
        ..full()
    };
    for xml in [
        junit(&interrupted),
        junit_trouble("ftp://127.0.0.1:1", HOSTILE),
    ] {
        let (cases, counts) = read_junit(&xml);
        assert_eq!(
            (
                counts["errors"].as_str(),
                cases["the run itself"][0].0.as_str()
            ),
            ("1", "error")
        );
    }
}

/// No format lets through what steers a terminal, ends a document or turns letters around.
#[test]
fn hostile_text_is_shown_and_does_nothing() {
    let report = hostile();
    for format in [Format::Text, Format::Junit, Format::Markdown, Format::Html] {
        let written = format.write(&report);
        for character in written.chars() {
            let is_harmless = character == '\n' || !character.is_control();
            assert!(
                is_harmless && !matches!(character, '\u{202e}' | '\u{fffe}'),
                "{character:?} in {format:?}"
            );
        }
        assert!(written.contains("\\x1b[2J"), "{format:?} hides what came");
        if format != Format::Markdown {
            assert!(written.contains("alert(1)"), "{format:?} hides what came");
        }
        let heading = written
            .lines()
            .filter(|line| line.starts_with("## h"))
            .count();
        assert_eq!(heading, 0, "{format:?}");
    }
    assert!(
        json(&report)
            .chars()
            .all(|character| character == '\n' || u32::from(character) >= 0x20)
    );
    let (cases, _) = read_junit(&junit(&report));
    assert_eq!(cases.len(), REQUIREMENTS.len());
    let (_, _, inside) = &cases["seq/rnto"][0];
    assert!(inside.contains("]]> <script>alert(1)</script>"), "{inside}");
}

/// Follows the fences and the code spans of CommonMark: what is outside of them is ours.
#[test]
fn hostile_text_stays_inside_its_code_in_markdown() {
    let written = markdown(&hostile());
    let (mut fence, mut outside) = (None::<String>, String::new());
    for line in written.lines() {
        let ticks: String = line
            .chars()
            .take_while(|&character| character == '`')
            .collect();
        match &fence {
            Some(open) => {
                if line.trim_end() == ticks && ticks.len() >= open.len() {
                    fence = None;
                }
            }
            None if ticks.len() >= 3 && !line[ticks.len()..].contains('`') => fence = Some(ticks),
            None => {
                outside.push_str(&without_code_spans(line));
                outside.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a fence is left open");
    // The sentence at the end has the target, with every mark escaped.
    let (body, summary) = outside
        .trim_end()
        .rsplit_once('\n')
        .expect("there are lines");
    for word in ["script", "evil", "@team", "2J"] {
        assert!(!body.contains(word), "'{word}' is outside of code:\n{body}");
    }
    assert!(
        summary.contains("\\<script\\>")
            && summary.contains("\\[x\\]")
            && summary.contains("\\@team"),
        "{summary}"
    );
}

fn without_code_spans(line: &str) -> String {
    let mut outside = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        outside.push_str(&rest[..start]);
        let open = rest[start..]
            .chars()
            .take_while(|&character| character == '`')
            .count();
        let behind = &rest[start + open..];
        let mut at = 0;
        let end = loop {
            let next = behind[at..].find('`').map(|next| at + next);
            let Some(next) = next else { break None };
            let run = behind[next..]
                .chars()
                .take_while(|&character| character == '`')
                .count();
            if run == open {
                break Some(next + run);
            }
            at = next + run;
        };
        match end {
            Some(end) => rest = &behind[end..],
            None => {
                outside.push_str(&rest[start..]);
                return outside;
            }
        }
    }
    outside + rest
}

#[test]
fn findings_become_transcripts_that_say_what_they_show() {
    let files = transcripts(&full());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "seq-rnto-accepted.ftp",
            "seq-rnto-adjacency.ftp",
            "seq-pass-adjacency.ftp"
        ]
    );
    let header = "# RNTO is refused unless the command just before was an RNFR answered 350\n# id: seq/rnto:accepted\n\
        # rule: seq/rnto (must)\n# kind: accepted, high: an out-of-order command was accepted\n\
        # source: RFC 959 §4.1.3\n# \"This command specifies";
    assert!(files[0].1.to_string().starts_with(header), "{}", files[0].1);
    assert!(
        files[0]
            .1
            .to_string()
            .contains("# note: the file had moved\n\n> RNFR {file}\n"),
        "{}",
        files[0].1
    );
    assert!(
        files[2]
            .1
            .to_string()
            .contains("# known: clients do that\n"),
        "{}",
        files[2].1
    );
    for (_, transcript) in &files {
        assert!(!is_cut_off(transcript) && transcript.to_string().ends_with("\n# end\n"));
    }
    for (name, transcript) in transcripts(&hostile()) {
        assert_eq!(
            Transcript::parse(&transcript.to_string()),
            Ok(transcript),
            "{name}"
        );
    }
}
