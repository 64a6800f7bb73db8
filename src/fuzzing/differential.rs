//! The fuzz target `differential`: how lines are cut, put together and spelled must not change the replies.

use ftproof_core::{Effect, MemorySite};
use ftproof_model::{Code, Input};

use super::input::{AnyInput, Inputs, Spelling};
use super::walk::{Subject, shared_site};
use crate::embedded::Embedded;
use crate::reply::read_codes;

/// How the same session is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Each line in a segment of its own.
    LineByLine,
    /// Each byte in a segment of its own.
    ByteByByte,
    /// As many lines in one segment as the session can read.
    Pipelined,
    /// With the verbs in another spelling.
    Spelled(Spelling),
}

const OTHERS: [Manner; 5] = [
    Manner::ByteByByte,
    Manner::Pipelined,
    Manner::Spelled(Spelling::LowerCase),
    Manner::Spelled(Spelling::MixedCase),
    Manner::Spelled(Spelling::Telnet),
];

/// The fuzz target `differential`: the codes of all replies are the same, whether lines come one by one, byte by byte
/// or many in a segment (RFC 959 §4.2: replies are in order), and in whatever case (RFC 959 §5.3).
///
/// # Panics
/// With the transcript, when they are not.
pub fn manner_does_not_matter(inputs: &Inputs) {
    let lines: Vec<&AnyInput> = inputs
        .iter()
        // One session is enough here, and how lines are joined is what is varied.
        .filter(|any| !matches!(any, AnyInput::Switch | AnyInput::Join))
        .collect();
    let expected = replies(&lines, Manner::LineByLine);
    for manner in OTHERS {
        let came = replies(&lines, manner);
        assert!(
            came == expected,
            "{manner:?} gets\n{came:?}\nand not\n{expected:?}{inputs:?}"
        );
    }
}

/// The codes of all replies to `lines` in a fresh session; the last transfer stays open.
fn replies(lines: &[&AnyInput], manner: Manner) -> Vec<Code> {
    let mut sender = Sender {
        session: Embedded::default(),
        site: shared_site().clone(),
        segment: Vec::new(),
        replies: Vec::new(),
        effects: Vec::new(),
    };
    let mut line = Vec::new();
    for any in lines {
        match (any, manner) {
            (AnyInput::Known { input, .. }, Manner::Spelled(spelling)) => {
                let spelled = AnyInput::Known {
                    input: *input,
                    spelling,
                };
                spelled.write_to(&mut line);
            }
            _ => any.write_to(&mut line),
        }
        let Some(input) = any.input(&line) else {
            continue;
        };
        sender.send(input, &line, manner);
    }
    sender.flush();
    let mut codes = Vec::new();
    assert!(
        read_codes(&sender.replies, &mut codes),
        "the bytes are not replies"
    );
    codes
}

struct Sender {
    session: Embedded,
    site: MemorySite,
    /// What is not sent yet.
    segment: Vec<u8>,
    replies: Vec<u8>,
    effects: Vec<Effect>,
}

impl Sender {
    fn send(&mut self, input: Input, line: &[u8], manner: Manner) {
        if input.is_event() {
            self.flush();
            let (site, replies, effects) = (&mut self.site, &mut self.replies, &mut self.effects);
            self.session.play(site, input, line, replies, effects);
            return;
        }
        match manner {
            Manner::ByteByByte => {
                for &byte in line {
                    self.segment.push(byte);
                    self.flush();
                }
            }
            Manner::LineByLine | Manner::Spelled(_) => {
                self.segment.extend_from_slice(line);
                self.flush();
            }
            Manner::Pipelined => {
                self.segment.extend_from_slice(line);
                // What is in one segment with AUTH TLS is thrown away, as it must be.
                if matches!(input.verb(), "AUTH") {
                    self.flush();
                }
            }
        }
    }

    fn flush(&mut self) {
        let (site, replies, effects) = (&mut self.site, &mut self.replies, &mut self.effects);
        self.session.bytes(&self.segment, site, replies, effects);
        self.segment.clear();
        self.effects.clear();
    }
}
