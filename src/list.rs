//! What is checked: every rule with its strength, its source and the RFC's own sentence, and every kind of finding.

use std::fmt::{Result, Write};

use ftproof_model::{Kind, REQUIREMENTS, Source};
use serde::Serialize;

use crate::report::wrapped;

/// What was seen, for a finding of this kind.
pub fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::LoginBypass => "something that needs a login worked without one",
        Kind::Isolation => "one session satisfied or disturbed another",
        Kind::Gone => "the server no longer accepts connections: one session killed it",
        Kind::Injected => "a command sent in clear was carried out inside TLS",
        Kind::OutOfStep => {
            "an extra reply, or a reply to an earlier command (critical before login)"
        }
        Kind::NoReply => "nothing came within the deadline",
        Kind::Dropped => "the connection was closed without 221 or 421",
        Kind::Accepted => "an out-of-order command was accepted",
        Kind::SideEffect => "refused, yet the state changed",
        Kind::WrongData => "a transfer's bytes are not what the sequence calls for",
        Kind::Refused => "an in-order command was refused for its order",
        Kind::Malformed => "the reply is not a reply of RFC 959 §4.2",
        Kind::Help => "HELP got a reply that its rule does not allow",
        Kind::Adjacency => "accepted, though not immediately after its predecessor",
        Kind::WrongCode => "refused or answered with a code that the RFC does not list there",
        Kind::NotStrict => {
            "allowed by the RFCs, but not the strict reply (only with --profile strict)"
        }
    }
}

/// The list for people, at most `columns` wide.
pub fn text(columns: usize) -> String {
    let mut out = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut out, columns);
    out
}

fn write(out: &mut String, columns: usize) -> Result {
    writeln!(
        out,
        "rules: id, strength, source; what is required; the RFC's own sentence\n"
    )?;
    for rule in REQUIREMENTS {
        let source = match rule.source {
            Source::Rfc { .. } => rule.source.to_string(),
            Source::Ours(_) => "ftproof".to_owned(),
        };
        writeln!(out, "{:<29}  {:<6}  {source}", rule.id, rule.strength)?;
        wrapped(out, columns, "    ", rule.claim)?;
        match (rule.sentence, rule.source) {
            (Some(sentence), _) => wrapped(out, columns, "    ", &format!("\"{sentence}\""))?,
            (None, Source::Ours(why)) => wrapped(out, columns, "    ", &format!("({why})"))?,
            (None, Source::Rfc { .. }) => {}
        }
    }
    writeln!(
        out,
        "\nstrengths: must, should: the RFC's words or what they amount to; list: the RFC's list of replies;\n\
         ours: this project's own demand, where the RFCs leave a server free\n\
         \nkinds of findings, worst first\n"
    )?;
    for kind in Kind::all() {
        let head = format!("{:<12}  {:<8}  ", kind, kind.severity());
        wrapped(out, columns, &head, meaning(kind))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct JsonList {
    rules: Vec<JsonRule>,
    kinds: Vec<JsonKind>,
}

#[derive(Serialize)]
struct JsonRule {
    id: &'static str,
    claim: &'static str,
    strength: String,
    /// Both are absent for a rule of our own.
    rfc: Option<u16>,
    section: Option<&'static str>,
    sentence: Option<&'static str>,
    /// Why we ask for it; absent for a rule of an RFC.
    why: Option<&'static str>,
}

#[derive(Serialize)]
struct JsonKind {
    kind: String,
    severity: String,
    meaning: &'static str,
}

/// The list for programs.
pub fn json() -> String {
    let rules = REQUIREMENTS.iter().map(|rule| {
        let (rfc, section, why) = match rule.source {
            Source::Rfc { number, section } => (Some(number), Some(section), None),
            Source::Ours(why) => (None, None, Some(why)),
        };
        JsonRule {
            id: rule.id,
            claim: rule.claim,
            strength: rule.strength.to_string(),
            rfc,
            section,
            sentence: rule.sentence,
            why,
        }
    });
    let kinds = Kind::all().map(|kind| JsonKind {
        kind: kind.to_string(),
        severity: kind.severity().to_string(),
        meaning: meaning(kind),
    });
    let list = JsonList {
        rules: rules.collect(),
        kinds: kinds.collect(),
    };
    let mut text = serde_json::to_string_pretty(&list).expect("every key is a string");
    text.push('\n');
    text
}
