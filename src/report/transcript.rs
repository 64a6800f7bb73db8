//! Findings as transcript files, each of which says what it shows: `ftproof replay` tells whether it is still so.

use ftproof_model::{Entry, Transcript};

use super::escaped::{brief, clean};
use super::{Finding, Report};
use crate::list::meaning;

/// The comment that begins the name of a finding, and the one behind all else.
const ID: &str = "id: ";
const END: &str = "end";

/// Whether a transcript that [`transcripts`] gave lacks its last line: a file that is only half there would look like a
/// finding that is fixed. One without the name of a finding was written by hand, and may end anywhere.
pub fn is_cut_off(transcript: &Transcript) -> bool {
    let is_named = |entry: &Entry| matches!(entry, Entry::Comment(text) if text.starts_with(ID));
    let is_ended = matches!(transcript.entries.last(), Some(Entry::Comment(text)) if text == END);
    transcript.entries.iter().any(is_named) && !is_ended
}

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
        format!("{ID}{}", found.id),
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
    let end = std::iter::once(Entry::Comment(END.to_owned()));
    Transcript {
        entries: comments.chain(blank).chain(own).chain(end).collect(),
    }
}

/// A comment of several lines would read back as something else.
fn on_one_line(entry: Entry) -> Entry {
    match entry {
        Entry::Comment(text) => Entry::Comment(clean(&text)),
        other => other,
    }
}
