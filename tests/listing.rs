//! `ftproof list`: every rule and every kind, for people and for programs.

use std::process::Command;

use ftproof::list;
use ftproof_model::{Kind, REQUIREMENTS};
use serde_json::Value;

#[test]
fn every_rule_is_listed_with_its_source_and_sentence_in_100_columns() {
    let text = list::text(100);
    let on_one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for rule in REQUIREMENTS {
        let head = format!("{:<29}  {:<6}  ", rule.id, rule.strength);
        assert!(
            text.lines().any(|line| line.starts_with(&head)),
            "{}",
            rule.id
        );
        assert!(on_one_line.contains(rule.claim), "{}", rule.claim);
        if let Some(sentence) = rule.sentence {
            assert!(
                on_one_line.contains(&format!("\"{sentence}\"")),
                "{sentence}"
            );
        }
    }
    for kind in Kind::all() {
        let head = format!("{kind:<12}  {:<8}  ", kind.severity());
        assert!(text.lines().any(|line| line.starts_with(&head)), "{kind}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn programs_get_the_same_as_json() {
    let list: Value = serde_json::from_str(&list::json()).expect("the list is JSON");
    let rules = list["rules"].as_array().expect("rules are listed");
    assert_eq!(rules.len(), REQUIREMENTS.len());
    for (listed, rule) in rules.iter().zip(REQUIREMENTS) {
        assert_eq!(listed["id"], rule.id);
        assert_eq!(listed["strength"], rule.strength.to_string());
        assert_eq!(listed["sentence"].as_str(), rule.sentence);
        // Each is either an RFC's or has our reason.
        assert_ne!(
            listed["section"].is_string(),
            listed["why"].is_string(),
            "{}",
            rule.id
        );
    }
    let kinds = list["kinds"].as_array().expect("kinds are listed");
    let names: Vec<&str> = kinds
        .iter()
        .filter_map(|kind| kind["kind"].as_str())
        .collect();
    assert_eq!(
        names,
        Kind::all().map(|kind| kind.to_string()).collect::<Vec<_>>()
    );
}

#[test]
fn the_command_prints_just_that() {
    for (arguments, expected) in [
        (&["list"][..], list::text(100)),
        (&["list", "--format", "json"], list::json()),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_ftproof"))
            .args(arguments)
            .env_remove("COLUMNS")
            .output()
            .expect("the command runs");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        assert_eq!(output.stderr, b"");
    }
}
