//! Framing: bytes in any chunking become lines, without their Telnet sequences (RFC 959 §4.1.3, §5.3.2).
//!
//! CRLF ends a line and nothing else does: RFC 3659 §2.2 has NVT distinguish CR, LF and CRLF. A bare LF and a NUL are
//! bytes of the line; CR NUL is a bare CR (RFC 2640 §3.1), and so is a CR before any other byte.

/// The longest line that is read, in bytes as they came: CRLF and Telnet sequences included.
pub const LINE_BYTES_MAX: usize = 4096;

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const NUL: u8 = 0;
const SE: u8 = 240;
const SB: u8 = 250;
const WILL: u8 = 251;
const DONT: u8 = 254;
const IAC: u8 = 255;

/// One line from the control connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line<'a> {
    /// The line without its CRLF and without Telnet sequences.
    Complete(&'a [u8]),
    /// The line was longer than [`LINE_BYTES_MAX`] and its text is gone. Reported once, at its CRLF.
    TooLong {
        /// How long it was, in bytes as they came, CRLF included.
        bytes: usize,
    },
}

/// Makes lines of bytes, whatever their chunking. Buffers at most [`LINE_BYTES_MAX`] bytes.
///
/// Telnet sequences are dropped wherever they stand, also when split over chunks: IAC IAC is one byte 255, IAC WILL,
/// WONT, DO and DONT take one more byte, IAC SB lasts until IAC SE, any other IAC takes the byte behind it. Their bytes
/// count towards the line's limit; a subnegotiation that is still open there is taken to be over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct LineReader {
    buffer: Vec<u8>,
    bytes: usize,
    text: Text,
    telnet: Telnet,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
enum Text {
    #[default]
    Plain,
    AfterCr,
    Ended,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
enum Telnet {
    #[default]
    Data,
    Iac,
    Option,
    Subnegotiation,
    SubnegotiationIac,
}

impl LineReader {
    /// Takes bytes from the front of `input` (advancing it) until one line is complete.
    ///
    /// `None`: the input is used up and the line is not complete. Costs a constant per byte.
    pub fn next_line<'a>(&'a mut self, input: &mut &[u8]) -> Option<Line<'a>> {
        if self.text == Text::Ended {
            self.clear();
        }
        loop {
            self.take_plain(input);
            let (&byte, rest) = input.split_first()?;
            *input = rest;
            self.bytes = self.bytes.saturating_add(1);
            if self.ends_with(byte) {
                self.text = Text::Ended;
                return Some(match self.bytes {
                    bytes if bytes > LINE_BYTES_MAX => Line::TooLong { bytes },
                    _ => Line::Complete(&self.buffer),
                });
            }
        }
    }

    /// Takes the bytes up to the next that is more than itself, all at once: nearly every line is one such piece.
    fn take_plain(&mut self, input: &mut &[u8]) {
        if self.telnet != Telnet::Data || self.text != Text::Plain {
            return;
        }
        // No further than the limit: of a line that is too long no byte is looked at twice.
        let room = LINE_BYTES_MAX.saturating_sub(self.bytes);
        let near = &input[..input.len().min(room)];
        let is_special = |byte: &u8| matches!(*byte, CR | IAC);
        let end = near.iter().position(is_special).unwrap_or(near.len());
        let (plain, rest) = input.split_at(end);
        self.buffer.extend(plain);
        self.bytes += plain.len();
        *input = rest;
    }

    /// How many bytes are held.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// Forgets a half-read line: what was sent in clear behind AUTH TLS is thrown away.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.bytes = 0;
        self.text = Text::Plain;
        self.telnet = Telnet::Data;
    }

    /// Takes one byte; true when it is the LF that ends the line.
    fn ends_with(&mut self, byte: u8) -> bool {
        if self.bytes > LINE_BYTES_MAX
            && matches!(
                self.telnet,
                Telnet::Subnegotiation | Telnet::SubnegotiationIac
            )
        {
            self.telnet = Telnet::Data;
        }
        let (telnet, text) = match (self.telnet, byte) {
            (Telnet::Data, IAC) => (Telnet::Iac, None),
            (Telnet::Data, byte) => (Telnet::Data, Some(byte)),
            (Telnet::Iac, IAC) => (Telnet::Data, Some(IAC)),
            (Telnet::Iac, SB) => (Telnet::Subnegotiation, None),
            (Telnet::Iac, WILL..=DONT) => (Telnet::Option, None),
            (Telnet::Iac | Telnet::Option, _) | (Telnet::SubnegotiationIac, SE) => {
                (Telnet::Data, None)
            }
            (Telnet::Subnegotiation, IAC) => (Telnet::SubnegotiationIac, None),
            (Telnet::Subnegotiation | Telnet::SubnegotiationIac, _) => {
                (Telnet::Subnegotiation, None)
            }
        };
        self.telnet = telnet;
        text.is_some_and(|byte| self.text_ends_with(byte))
    }

    fn text_ends_with(&mut self, byte: u8) -> bool {
        match (self.text, byte) {
            (Text::AfterCr, LF) => return true,
            (Text::AfterCr, NUL) => {
                self.push(CR);
                self.text = Text::Plain;
            }
            (Text::AfterCr, CR) => self.push(CR),
            (Text::AfterCr, byte) => {
                self.push(CR);
                self.push(byte);
                self.text = Text::Plain;
            }
            (Text::Plain | Text::Ended, CR) => self.text = Text::AfterCr,
            (Text::Plain | Text::Ended, byte) => self.push(byte),
        }
        false
    }

    fn push(&mut self, byte: u8) {
        if self.bytes > LINE_BYTES_MAX {
            self.buffer.clear();
        } else {
            self.buffer.push(byte);
        }
    }
}
