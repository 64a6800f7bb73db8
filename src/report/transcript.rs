//! Findings as transcript files, each of which says what it shows: `ftproof replay` tells whether it is still so.

use ftproof_model::{Entry, Transcript};

use super::escaped::{brief, clean};
use super::{Finding, Report};
use crate::list::meaning;

/// The findings of `report`, those that are known among them: for each the name of its file and the transcript.
pub fn transcripts(report: &Report) -> Vec<(String, Transcript)> {
    let new = report.findings.iter().map(|found| (found, None));
    let known = report
        .known
        .iter()
        .map(|(found, reason)| (found, Some(reason.as_str())));
    new.chain(known)
        .map(|(found, reason)| (file_name(&found.id), with_header(found, reason)))
        .collect()
}

/// `seq/rnto:adjacency` is in `seq-rnto-adjacency.ftp`.
fn file_name(id: &str) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() {
            character
        } else {
            '-'
        }
    };
    let name: String = id.chars().map(plain).collect();
    name + ".ftp"
}

fn with_header(found: &Finding, reason: Option<&str>) -> Transcript {
    let grounds = found.grounds();
    let mut header = vec![
        grounds.claim.to_owned(),
        format!("id: {}", found.id),
        format!("rule: {} ({})", found.rule, grounds.strength),
        format!(
            "kind: {}, {}: {}",
            found.kind,
            found.severity,
            meaning(found.kind)
        ),
        format!("source: {}", grounds.source),
    ];
    header.extend(grounds.sentence.map(|sentence| format!("\"{sentence}\"")));
    header.push(format!("expected: {}", found.what_was_expected()));
    header.push(format!("came: {}", found.what_came()));
    header.extend(
        found
            .note
            .as_ref()
            .map(|note| format!("note: {}", brief(note))),
    );
    header.extend(reason.map(|reason| format!("known: {reason}")));
    let comments = header.iter().map(|line| Entry::Comment(clean(line)));
    let blank = std::iter::once(Entry::Blank);
    let own = found.transcript.entries.iter().cloned().map(on_one_line);
    Transcript {
        entries: comments.chain(blank).chain(own).collect(),
    }
}

/// A comment of several lines would read back as something else.
fn on_one_line(entry: Entry) -> Entry {
    match entry {
        Entry::Comment(text) => Entry::Comment(clean(&text)),
        other => other,
    }
}
