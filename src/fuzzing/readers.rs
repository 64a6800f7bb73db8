//! The fuzz targets of what reads untrusted text: replies of a server, transcripts, files of accepted findings.

use std::path::Path;

use ftproof_model::{Entry, Transcript, escape, unescape};

use crate::known::{KnownError, KnownFindings};
use crate::reply::{NotAReply, REPLY_BYTES_MAX, Reply, ReplyReader, read_codes};

/// Chunks of these sizes, beside all at once.
const CHUNKS: [usize; 3] = [1, 3, 1000];

/// The fuzz target `reply`: whatever a server sends, the reader of replies holds a bounded number of bytes, gives the
/// same replies in any chunking, each with a code and a line, and the strict reader of the same grammar sees no others.
///
/// # Panics
/// With the bytes, escaped, when one of these does not hold.
pub fn replies_are_read(bytes: &[u8]) {
    let (replies, error) = read(bytes, bytes.len().max(1));
    for size in CHUNKS {
        assert_eq!(
            read(bytes, size),
            (replies.clone(), error.clone()),
            "in chunks of {size} '{}' reads otherwise",
            escape(bytes)
        );
    }
    for reply in &replies {
        let is_one = (100..700).contains(&reply.code) && !reply.lines.is_empty();
        assert!(is_one, "'{}' reads as {reply:?}", escape(bytes));
        let headline = reply.headline();
        let is_shown = !headline.chars().any(char::is_control);
        assert!(
            is_shown,
            "a control character is shown of '{}'",
            escape(bytes)
        );
    }
    // The strict one reads no Telnet.
    let mut codes = Vec::new();
    if !bytes.contains(&255) && read_codes(bytes, &mut codes) {
        let seen: Vec<u16> = replies.iter().map(|reply| reply.code).collect();
        assert_eq!(
            (seen, error),
            (codes, None),
            "two readers differ on '{}'",
            escape(bytes)
        );
    }
}

/// What a reader says to `bytes` in chunks of this size, up to the first error.
fn read(bytes: &[u8], size: usize) -> (Vec<Reply>, Option<NotAReply>) {
    let (mut reader, mut replies) = (ReplyReader::default(), Vec::new());
    for chunk in bytes.chunks(size) {
        reader.push(chunk);
        loop {
            match reader.next_reply() {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(error) => return (replies, Some(error)),
            }
        }
        assert!(
            reader.rest().len() <= REPLY_BYTES_MAX,
            "more is held than a reply may have"
        );
    }
    (replies, None)
}

/// The fuzz target `transcript`: a text is a transcript or an error at one of its lines, what is printed reads back as
/// the same, and escaping has an inverse.
///
/// # Panics
/// With the text, when one of these does not hold.
pub fn transcript_is_read(text: &[u8]) {
    assert_eq!(
        unescape(&escape(text)),
        Ok(text.to_vec()),
        "escaping '{}' loses something",
        escape(text)
    );
    let text = String::from_utf8_lossy(text);
    match Transcript::parse(&text) {
        Ok(transcript) => {
            let printed = transcript.to_string();
            assert_eq!(
                Transcript::parse(&printed).as_ref(),
                Ok(&transcript),
                "\n{printed}"
            );
            let sends = |entry: &&Entry| matches!(entry, Entry::Send(_));
            assert_eq!(
                transcript.sent().count(),
                transcript.entries.iter().filter(sends).count()
            );
        }
        Err(error) => {
            let lines = text.lines().count();
            assert!(
                (1..=lines).contains(&error.line),
                "line {} of {lines}\n{text}",
                error.line
            );
        }
    }
}

/// The fuzz target `known`: a text is a file of accepted findings or an error at one of its lines, on one line itself.
///
/// # Panics
/// With the text, when one of these does not hold.
pub fn known_is_read(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    if let Err(error) = KnownFindings::parse(Path::new("known.toml"), &text) {
        let message = error.to_string();
        assert!(
            !message.chars().any(char::is_control),
            "'{message}' is not one line of text"
        );
        if let KnownError::Wrong { line, .. } = error {
            let lines = text.split('\n').count();
            assert!(
                (1..=lines).contains(&line),
                "line {line} of {lines}\n{text}"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_well_formed_passes() {
        replies_are_read(b"220-a\r\n b\r\n220 c\r\n200 d\r\n");
        replies_are_read(b"\xff\0HTTP/1.0 400\r\n");
        transcript_is_read(b"# a\n> USER \\x00{user}\n< 331 5yz\n@data read\n");
        transcript_is_read(b"> a\n? b");
        known_is_read(b"[[known]]\nfinding = \"seq/rnto:adjacency\"\nreason = \"a\"\n");
        known_is_read(b"[[known]]\nfinding = 1\n");
    }
}
