//! A reply and its form on the wire (RFC 959 §4.2).

use std::borrow::Cow;

const IAC: u8 = 255;

/// A three-digit code and a text of one or many lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reply {
    code: u16,
    text: Cow<'static, [u8]>,
}

impl Reply {
    /// A reply; each LF in `text` begins a new line. A code outside 100..=599 becomes the nearest one inside.
    #[must_use]
    pub fn new(code: u16, text: &'static str) -> Self {
        Self {
            code: code.clamp(100, 599),
            text: Cow::Borrowed(text.as_bytes()),
        }
    }

    /// The same with a text made at run time. A file name in it must have gone through [`printable`].
    #[must_use]
    pub(crate) fn owned(code: u16, text: Vec<u8>) -> Self {
        Self {
            code: code.clamp(100, 599),
            text: Cow::Owned(text),
        }
    }

    /// The code, 100..=599.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The text, its lines separated by LF.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether another reply to the same command follows: the code is 1yz (RFC 959 §4.2).
    #[must_use]
    pub fn is_preliminary(&self) -> bool {
        self.code < 200
    }

    /// Appends the reply as it is sent: `code SP text CRLF`, or the multi-line form, whose inner lines all begin with
    /// one space (RFC 959 §4.2; RFC 2389 §3.2 and RFC 3659 §7.2 want exactly one).
    ///
    /// No bare CR, LF or NUL is written: CR and NUL become `?`. A byte 255 is doubled (RFC 3659 §2.2).
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let code = [
            digit(self.code / 100),
            digit(self.code / 10),
            digit(self.code),
        ];
        if !has_special(&self.text) {
            // The one line of nearly every reply.
            out.extend([code[0], code[1], code[2], b' ']);
            out.extend_from_slice(&self.text);
            out.extend(b"\r\n");
            return;
        }
        let mut lines = self.text.split(|&byte| byte == b'\n').peekable();
        let mut first = true;
        while let Some(line) = lines.next() {
            match (first, lines.peek().is_some()) {
                (true, true) => out.extend([code[0], code[1], code[2], b'-']),
                (false, true) => out.push(b' '),
                (_, false) => out.extend([code[0], code[1], code[2], b' ']),
            }
            first = false;
            write_escaped(line, out);
            out.extend(b"\r\n");
        }
    }
}

/// The last decimal digit of `number`.
fn digit(number: u16) -> u8 {
    u8::try_from(number % 10).map_or(b'?', |digit| b'0' + digit)
}

/// Whether a byte is not written as it is.
fn has_special(text: &[u8]) -> bool {
    [b'\n', b'\r', 0, IAC]
        .iter()
        .any(|special| text.contains(special))
}

fn write_escaped(line: &[u8], out: &mut Vec<u8>) {
    if !has_special(line) {
        out.extend(line);
        return;
    }
    for &byte in line {
        match byte {
            b'\r' | 0 => out.push(b'?'),
            IAC => out.extend([IAC, IAC]),
            byte => out.push(byte),
        }
    }
}

/// `name` with CR, LF and NUL as `?`, so that it stays on its line.
pub(crate) fn printable(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().map(|&byte| {
        if matches!(byte, b'\r' | b'\n' | 0) {
            b'?'
        } else {
            byte
        }
    })
}
