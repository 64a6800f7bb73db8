//! A walk's steps as a transcript that anyone can run again.

use ftproof_model::{Code, Entry, Expected, Input, Transcript};

use super::Step;
use crate::reply::Reply;

/// The steps as a transcript that runs again: what came is what is expected, but for the last step, which expects
/// `instead` and tells what came in a comment.
pub fn transcript(steps: &[Step], instead: &[Code]) -> Transcript {
    let mut entries = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let is_last = index + 1 == steps.len();
        match &step.data {
            Some(difference) => {
                entries.push(Entry::Data(difference.awaited()));
                entries.push(Entry::Comment(format!("came: {}", difference.shown())));
            }
            None => entries.push(step.input.entry()),
        }
        if is_last && !instead.is_empty() && step.data.is_none() {
            let replies = if is_unanswered_while_busy(steps) {
                entries.extend(step.replies.iter().map(expects));
                &[][..]
            } else {
                &step.replies
            };
            let expected = instead.iter().map(|&code| Expected::Code(code));
            entries.push(Entry::Expect(expected.collect()));
            entries.extend(replies.iter().map(came));
            if replies.is_empty() {
                entries.push(Entry::Comment("came: nothing".to_owned()));
            }
        } else {
            entries.extend(step.replies.iter().map(expects));
        }
        entries.extend(handshake(step).filter(|_| !is_last));
    }
    Transcript { entries }
}

/// Whether a line was sent during a transfer and not even answered behind its end.
pub(crate) fn is_unanswered_while_busy(steps: &[Step]) -> bool {
    matches!(steps, [.., line, end]
        if line.replies.is_empty() && !line.input.is_event() && end.input == Input::DataDone)
}

/// RFC 4217 §4: behind 234 comes the TLS handshake.
fn handshake(step: &Step) -> Option<Entry> {
    let starts = step.input == Input::AuthTls && step.codes() == [234];
    starts.then_some(Entry::Tls)
}

/// The steps as a transcript that ends with QUIT: what comes beside its 221 is a reply too many.
pub fn transcript_to_quit(steps: &[Step], note: Option<&str>) -> Transcript {
    let mut entries = Vec::new();
    for step in steps.iter().filter(|step| step.input != Input::Quit) {
        entries.push(step.input.entry());
        entries.extend(step.replies.iter().map(expects));
        entries.extend(handshake(step));
    }
    entries.push(Input::Quit.entry());
    entries.push(Entry::Expect(vec![Expected::Code(221)]));
    entries.extend(note.map(|note| Entry::Comment(note.to_owned())));
    Transcript { entries }
}

/// Which of 125 and 150 comes is chance: whether the data connection is open yet (RFC 959 §4.2.2).
fn expects(reply: &Reply) -> Entry {
    let codes: &[Code] = match reply.code {
        125 => &[125, 150],
        150 => &[150, 125],
        _ => &[reply.code],
    };
    Entry::Expect(codes.iter().map(|&code| Expected::Code(code)).collect())
}

fn came(reply: &Reply) -> Entry {
    Entry::Comment(format!("came: {}", reply.headline()))
}
