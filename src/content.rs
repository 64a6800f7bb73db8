//! What the bytes of a download must be: the whole file, or what a REST right before it leaves of it (RFC 3659 §5.3).

use ftproof_model::{Code, DataAction, Input, escape};

/// How much of a transfer's bytes is shown.
const SHOWN_MAX: usize = 60;
/// A longer file is told of by its size.
const EXPECTED_SHOWN_MAX: usize = 4096;
/// Where `REST 6` starts.
const OFFSET: usize = 6;

/// What is known of the file that is retrieved, and of the REST before it.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The whole file; `None`: not known, so nothing is compared.
    whole: Option<Vec<u8>>,
    rest: Rest,
}

/// A REST that was answered 350, and no transfer since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Rest {
    #[default]
    None,
    /// It was the line just before: it counts.
    Behind,
    /// Other lines came in between: it is left undefined whether it counts.
    Maybe,
}

/// A transfer's bytes that are not what the sequence calls for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The requirement that is broken.
    pub rule: &'static str,
    /// What should have come.
    pub expected: Vec<u8>,
    /// What came, cut to what is shown.
    pub came: Vec<u8>,
    /// How many bytes came.
    pub came_bytes: usize,
}

impl Difference {
    /// What came, escaped, for a comment.
    pub fn shown(&self) -> String {
        if self.came.is_empty() {
            "no bytes".to_owned()
        } else if self.is_big() {
            format!("{} bytes, '{}' …", self.came_bytes, escape(&self.came))
        } else {
            format!("'{}'", escape(&self.came))
        }
    }

    /// What a transcript awaits: the bytes, or of a big file their number.
    pub fn awaited(&self) -> DataAction {
        if self.is_big() {
            DataAction::Size(self.expected.len())
        } else {
            DataAction::Read(Some(self.expected.clone()))
        }
    }

    fn is_big(&self) -> bool {
        self.expected.len() > EXPECTED_SHOWN_MAX
    }

    /// The difference as a sentence.
    pub fn note(&self) -> String {
        let expected = if self.is_big() {
            format!("the {} bytes that were stored", self.expected.len())
        } else {
            format!("'{}'", escape(&self.expected))
        };
        format!(
            "the transfer was completed, but its bytes are {} and not {expected}",
            self.shown()
        )
    }
}

impl Content {
    /// The file holds `whole`.
    pub fn of(whole: &[u8]) -> Self {
        Content {
            whole: Some(whole.to_vec()),
            rest: Rest::None,
        }
    }

    /// Takes note of the replies to `input`.
    pub fn follow(&mut self, input: Input, codes: &[Code]) {
        if input == Input::Rest && codes.first() == Some(&350) {
            self.rest = Rest::Behind;
        } else if input.is_upload() && is_preliminary(input, codes) {
            // RFC 3659 §5.3: it is for this transfer, and for no other.
            self.rest = Rest::None;
        } else if self.rest == Rest::Behind && !input.is_event() && !is_preliminary(input, codes) {
            self.rest = Rest::Maybe;
        }
    }

    /// Whether it is known what a transfer that `input` started must bring.
    pub fn is_known(&self, input: Input) -> bool {
        self.whole.is_some() && input == Input::Retr
    }

    /// What is wrong with `bytes`, which a transfer that `input` started has brought. The transfer uses up the REST.
    pub fn difference(&mut self, input: Input, bytes: &[u8]) -> Option<Difference> {
        if input != Input::Retr && !input.is_upload() {
            // RFC 3659 §5.3: a REST before a list is misplaced, and may be saved for what comes next.
            self.rest = match self.rest {
                Rest::None => Rest::None,
                Rest::Behind | Rest::Maybe => Rest::Maybe,
            };
            return None;
        }
        let rest = std::mem::take(&mut self.rest);
        let whole = self.whole.as_deref().filter(|_| input == Input::Retr)?;
        let tail = &whole[OFFSET.min(whole.len())..];
        // In TYPE A a server may send line ends of its own.
        let same = |expected: &[u8]| {
            if expected == bytes {
                return true;
            }
            let printed = |byte: &&u8| !matches!(**byte, b'\r' | b'\n');
            expected
                .iter()
                .filter(printed)
                .eq(bytes.iter().filter(printed))
        };
        let (is_right, expected) = match rest {
            Rest::None => (same(whole), whole),
            Rest::Behind => (same(tail), tail),
            Rest::Maybe => (same(whole) || same(tail), whole),
        };
        if is_right {
            return None;
        }
        Some(Difference {
            rule: if same(whole) || same(tail) {
                "state/rest"
            } else {
                "reply/data"
            },
            expected: expected.to_vec(),
            came: bytes[..bytes.len().min(SHOWN_MAX)].to_vec(),
            came_bytes: bytes.len(),
        })
    }
}

fn is_preliminary(input: Input, codes: &[Code]) -> bool {
    input.is_transfer() && codes.first().is_some_and(|code| (100..200).contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(content: &mut Content, bytes: &[u8]) -> Option<&'static str> {
        content.follow(Input::Retr, &[150]);
        content
            .difference(Input::Retr, bytes)
            .map(|difference| difference.rule)
    }

    #[test]
    fn of_a_big_file_only_the_size_is_told() {
        let whole = [b'x'; EXPECTED_SHOWN_MAX + 1];
        let difference = Content::of(&whole).difference(Input::Retr, &whole[1..]);
        let difference = difference.unwrap();
        assert_eq!(difference.awaited(), DataAction::Size(whole.len()));
        assert!(difference.note().len() < 300, "{}", difference.note());
    }

    #[test]
    fn a_rest_counts_for_the_transfer_behind_it_and_no_other() {
        let mut content = Content::of(b"hello world\n");
        assert_eq!(rule(&mut content, b"hello world\r\n"), None);
        content.follow(Input::Rest, &[350]);
        assert_eq!(rule(&mut content, b"hello world\n"), Some("state/rest"));
        assert_eq!(rule(&mut content, b"world\n"), Some("state/rest"));
        content.follow(Input::Rest, &[350]);
        assert_eq!(rule(&mut content, b"world\n"), None);
        content.follow(Input::Rest, &[350]);
        content.follow(Input::Pwd, &[257]);
        assert_eq!(rule(&mut content, b"world\n"), None);
        assert_eq!(rule(&mut content, b""), Some("reply/data"));
        content.follow(Input::Rest, &[350]);
        content.follow(Input::Appe, &[150]);
        assert_eq!(rule(&mut content, b"hello world\n"), None);
    }
}
