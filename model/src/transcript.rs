//! Transcripts: the one text format for examples, seeds, counterexamples, crashes and regression tests.
//!
//! ```text
//! # stale rename: RNTO uses an RNFR that PWD should have ended (RFC 959 §4.1.3)
//! > USER {user}
//! < 331
//! @data read
//! ```
//!
//! `>` sends a line, `<` expects one reply, `#` is a comment, `@` is what else a session can do. Parsing and printing
//! are inverse.

use std::fmt;

use crate::Code;

/// A transcript: its entries, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transcript {
    /// The entries, one a line of the text.
    pub entries: Vec<Entry>,
}

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// `# text`.
    Comment(String),
    /// An empty line, for the reader's eye.
    Blank,
    /// `> line`: the bytes to send before CRLF; `{name}` in them is filled in when it runs.
    Send(Vec<u8>),
    /// `< 331 230`: the next reply is one of these.
    Expect(Vec<Expected>),
    /// `@data …`: what happens on the data connection.
    Data(DataAction),
    /// `@tls`: the TLS handshake.
    Tls,
    /// `@session B`: what follows is on that session; it is opened when it is first named.
    Session(String),
    /// `@close`: the client closes the control connection.
    Close,
}

/// One alternative of an expected reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// This very code.
    Code(Code),
    /// Any code of this class: its first digit, 1 to 5.
    Class(u8),
}

impl Expected {
    /// Whether `code` is what is expected.
    pub fn admits(self, code: Code) -> bool {
        match self {
            Expected::Code(expected) => code == expected,
            Expected::Class(digit) => code / 100 == Code::from(digit),
        }
    }
}

/// What happens on the data connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataAction {
    /// Read to the end; with bytes, these and no others come. `@data empty` expects none.
    Read(Option<Vec<u8>>),
    /// Read to the end; so many bytes come.
    Size(usize),
    /// Send these bytes.
    Send(Vec<u8>),
    /// Close it in good order.
    Close,
    /// Break it: a reset, not an end of file.
    Break,
    /// It could not be opened (embedded session only).
    Refuse,
    /// The server has trouble of its own, such as a full disk (embedded session only).
    Fail,
}

/// Why a text is not a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it, and what may stand there.
    pub reason: &'static str,
}

impl fmt::Display for TranscriptError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for TranscriptError {}

impl Transcript {
    /// Reads a transcript. Costs one pass over the text.
    pub fn parse(text: &str) -> Result<Self, TranscriptError> {
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate() {
            // Of a file with line ends of more than one kind.
            let line = line.trim_end_matches('\r');
            let entry = parse_entry(line).map_err(|reason| TranscriptError {
                line: index + 1,
                reason,
            })?;
            entries.push(entry);
        }
        Ok(Transcript { entries })
    }

    /// The lines that the client sends, in order.
    pub fn sent(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Send(line) => Some(line.as_slice()),
            Entry::Comment(_)
            | Entry::Blank
            | Entry::Expect(_)
            | Entry::Data(_)
            | Entry::Tls
            | Entry::Session(_)
            | Entry::Close => None,
        })
    }
}

fn parse_entry(line: &str) -> Result<Entry, &'static str> {
    let (mark, rest) = match line.chars().next() {
        None => return Ok(Entry::Blank),
        Some(mark) => (mark, &line[mark.len_utf8()..]),
    };
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    match mark {
        '#' => Ok(Entry::Comment(rest.to_owned())),
        '>' => Ok(Entry::Send(unescape(rest)?)),
        '<' => parse_expected(rest),
        '@' => parse_action(rest),
        _ => Err("a line starts with '>', '<', '#' or '@'"),
    }
}

fn parse_expected(text: &str) -> Result<Entry, &'static str> {
    const WANTED: &str = "'<' takes reply codes or classes, such as '< 331 230' or '< 5yz'";
    let mut expected = Vec::new();
    for word in text.split_whitespace() {
        let digits = word.as_bytes();
        let is_reply = digits.len() == 3 && (b'1'..=b'6').contains(&digits[0]);
        expected.push(match word.strip_suffix("yz") {
            Some(_) if is_reply => Expected::Class(digits[0] - b'0'),
            None if is_reply => Expected::Code(word.parse().map_err(|_| WANTED)?),
            _ => return Err(WANTED),
        });
    }
    if expected.is_empty() {
        return Err(WANTED);
    }
    Ok(Entry::Expect(expected))
}

fn parse_action(text: &str) -> Result<Entry, &'static str> {
    let (action, rest) = text.split_once(' ').unwrap_or((text, ""));
    Ok(match (action, rest) {
        ("tls", "") => Entry::Tls,
        ("close", "") => Entry::Close,
        ("session", name) if !name.trim().is_empty() => Entry::Session(name.to_owned()),
        ("data", "empty") => Entry::Data(DataAction::Read(Some(Vec::new()))),
        ("data", "close") => Entry::Data(DataAction::Close),
        ("data", "break") => Entry::Data(DataAction::Break),
        ("data", "refuse") => Entry::Data(DataAction::Refuse),
        ("data", "fail") => Entry::Data(DataAction::Fail),
        ("data", what) => match what.split_once(' ').unwrap_or((what, "")) {
            ("send", bytes) => Entry::Data(DataAction::Send(unescape(bytes)?)),
            ("read", "") => Entry::Data(DataAction::Read(None)),
            ("read", bytes) => Entry::Data(DataAction::Read(Some(unescape(bytes)?))),
            ("size", count) => Entry::Data(DataAction::Size(
                count
                    .parse()
                    .map_err(|_| "'@data size' takes a number of bytes")?,
            )),
            _ => {
                return Err(
                    "'@data' takes read, read TEXT, size BYTES, empty, send TEXT, close, break, refuse or fail",
                );
            }
        },
        _ => return Err("'@' takes data …, tls, session NAME or close"),
    })
}

/// The bytes that [`escape`] wrote so. `Err` says what is wrong.
pub fn unescape(text: &str) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        match rest {
            [b'\\', tail @ ..] => {
                bytes.push(b'\\');
                rest = tail;
            }
            [b'x', high, low, tail @ ..] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let (Some(high), Some(low)) = (digit(high), digit(low)) else {
                    return Err("'\\x' takes two hexadecimal digits");
                };
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(u8::MAX));
                rest = tail;
            }
            _ => return Err("'\\' stands before 'x' and two hexadecimal digits, or '\\'"),
        }
    }
    Ok(bytes)
}

/// Writes bytes in the transcript's form: what is not printable ASCII, or would be trimmed, as `\x00`.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

impl fmt::Display for Transcript {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries
            .iter()
            .try_for_each(|entry| writeln!(out, "{entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Comment(text) if text.is_empty() => out.write_str("#"),
            Entry::Comment(text) => write!(out, "# {text}"),
            Entry::Blank => Ok(()),
            Entry::Send(line) if line.is_empty() => out.write_str(">"),
            Entry::Send(line) => write!(out, "> {}", escape(line)),
            Entry::Expect(expected) => {
                out.write_str("<")?;
                expected.iter().try_for_each(|one| write!(out, " {one}"))
            }
            Entry::Data(action) => write!(out, "@data {action}"),
            Entry::Tls => out.write_str("@tls"),
            Entry::Session(name) => write!(out, "@session {name}"),
            Entry::Close => out.write_str("@close"),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Code(code) => write!(out, "{code}"),
            Expected::Class(digit) => write!(out, "{digit}yz"),
        }
    }
}

impl fmt::Display for DataAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataAction::Read(None) => out.write_str("read"),
            DataAction::Read(Some(bytes)) if bytes.is_empty() => out.write_str("empty"),
            DataAction::Read(Some(bytes)) => write!(out, "read {}", escape(bytes)),
            DataAction::Size(count) => write!(out, "size {count}"),
            DataAction::Send(bytes) if bytes.is_empty() => out.write_str("send"),
            DataAction::Send(bytes) => write!(out, "send {}", escape(bytes)),
            DataAction::Close => out.write_str("close"),
            DataAction::Break => out.write_str("break"),
            DataAction::Refuse => out.write_str("refuse"),
            DataAction::Fail => out.write_str("fail"),
        }
    }
}
