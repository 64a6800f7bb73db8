//! The client's side of RFC 959 §4.2: bytes from a server to replies, with a bound on every one of them.

use ftproof_model::{Code, escape};
use thiserror::Error;

use crate::telnet::Telnet;

/// The longest reply that is read, in bytes, all its lines together.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its code, 100 to 699.
    pub code: Code,
    /// Its lines as they came, without their ends: the server's bytes, not to be shown raw.
    pub lines: Vec<Vec<u8>>,
    /// Whether each line ended with CRLF (RFC 959 §4.2: the Telnet end-of-line code).
    pub ends_well: bool,
}

impl Reply {
    /// A reply with this text, in the form of RFC 959 §4.2: each line of the text is one of the reply.
    pub fn new(code: Code, text: &str) -> Self {
        let mut lines = text.split('\n').peekable();
        let mut formed = Vec::new();
        while let Some(line) = lines.next() {
            let mark = if lines.peek().is_some() { '-' } else { ' ' };
            formed.push(format!("{code}{mark}{line}").into_bytes());
        }
        Reply {
            code,
            lines: formed,
            ends_well: true,
        }
    }

    /// The first line, escaped and cut to what a person reads at a glance.
    pub fn headline(&self) -> String {
        let line = self.lines.first().map(Vec::as_slice).unwrap_or_default();
        shown(line)
    }
}

/// Server text, made safe to print: control characters and what is not ASCII are escaped, and it is cut at 100
/// characters.
pub fn shown(bytes: &[u8]) -> String {
    const SHOWN_MAX: usize = 100;
    let mut text = String::new();
    for &byte in bytes {
        let piece = escape(&[byte]);
        if text.len() + piece.len() > SHOWN_MAX {
            return text + "…";
        }
        text += &piece;
    }
    text
}

/// Why bytes are not a reply.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAReply {
    /// The line does not start with a reply code.
    #[error("{}'{}' is not an FTP reply", like(.0), .0)]
    NoCode(String),
    /// The last line of several has no space behind its code.
    #[error(
        "a reply without an end: RFC 959 §4.2 wants a space behind the code in the last line, '{0}'"
    )]
    NoSpace(String),
    /// More than [`REPLY_BYTES_MAX`] bytes without an end.
    #[error("a reply without an end: more than {REPLY_BYTES_MAX} bytes")]
    TooLong,
}

/// What a server speaks whose first line this is, escaped, if it is a well-known protocol and not FTP.
pub fn looks_like(line: &str) -> Option<&'static str> {
    let is_smtp = || line.starts_with("220") && line.contains("SMTP");
    let is_news = || line.starts_with("20") && line.contains("NNTP");
    match line {
        _ if line.starts_with("SSH-") => Some("an SSH server"),
        _ if line.starts_with("HTTP/") => Some("a web server (HTTP)"),
        _ if line.starts_with("+OK") => Some("a mail server (POP3)"),
        _ if line.starts_with("* OK") => Some("a mail server (IMAP)"),
        _ if line.starts_with("RFB ") => Some("a screen server (VNC)"),
        _ if line.starts_with("\\x15\\x03") => Some("a server inside TLS; write ftps://"),
        _ if is_smtp() => Some("a mail server (SMTP)"),
        _ if is_news() => Some("a news server (NNTP)"),
        _ => None,
    }
}

fn like(line: &str) -> String {
    looks_like(line).map_or_else(String::new, |what| format!("it speaks like {what}: "))
}

/// Takes bytes in any chunking and gives replies. Buffers at most [`REPLY_BYTES_MAX`] bytes and one chunk.
#[derive(Debug, Clone, Default)]
pub struct ReplyReader {
    buffer: Vec<u8>,
    /// Where the first line that was not looked at begins.
    read: usize,
    /// A line of this reply ended without CR.
    ends_badly: bool,
    lines: Vec<Vec<u8>>,
    code: Option<Code>,
    telnet: Telnet,
    /// What is never shown, should the server repeat it.
    secrets: Vec<Vec<u8>>,
}

impl ReplyReader {
    /// From now on `secret` reads `{password}` wherever a reply has it.
    pub fn hide(&mut self, secret: &[u8]) {
        if !secret.is_empty() && !self.secrets.iter().any(|known| known == secret) {
            self.secrets.push(secret.to_vec());
        }
    }

    /// `line`, with what must not be shown made unreadable. The code in front stays.
    fn without_secrets(&self, line: &[u8]) -> Vec<u8> {
        let is_reply = first_line(line).is_some() || self.code.is_some();
        let (code, rest) = line.split_at(if is_reply { line.len().min(3) } else { 0 });
        let mut hidden = rest.to_vec();
        for secret in &self.secrets {
            let mut from = 0;
            while let Some(start) = position(&hidden[from..], secret) {
                let at = from + start;
                hidden.splice(at..at + secret.len(), *b"{password}");
                from = at + b"{password}".len();
            }
        }
        [code, &hidden].concat()
    }

    /// Takes what came. Telnet commands in it are passed over.
    pub fn push(&mut self, bytes: &[u8]) {
        self.telnet.text(bytes, &mut self.buffer);
    }

    /// The next reply; `None` until more bytes come. Behind an error nothing more is to be had.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, NotAReply> {
        while let Some(length) = self.buffer[self.read..]
            .iter()
            .position(|&byte| byte == b'\n')
        {
            let end = self.read + length;
            if end >= REPLY_BYTES_MAX {
                return Err(NotAReply::TooLong);
            }
            let line = &self.buffer[self.read..end];
            let stripped = line.strip_suffix(b"\r");
            self.ends_badly |= stripped.is_none();
            let line = stripped.unwrap_or(line).to_vec();
            self.read = end + 1;
            let is_last = match self.code {
                None => {
                    let (code, more) = first_line(&line)
                        .ok_or_else(|| NotAReply::NoCode(shown(&self.without_secrets(&line))))?;
                    self.code = Some(code);
                    !more
                }
                Some(code) => is_last_line(&line, code),
            };
            self.lines.push(self.without_secrets(&line));
            if is_last {
                self.buffer.drain(..self.read);
                self.read = 0;
                let lines = std::mem::take(&mut self.lines);
                let ends_well = !std::mem::take(&mut self.ends_badly);
                return Ok(self.code.take().map(|code| Reply {
                    code,
                    lines,
                    ends_well,
                }));
            }
        }
        if self.buffer.len() > REPLY_BYTES_MAX {
            return Err(NotAReply::TooLong);
        }
        Ok(None)
    }

    /// Why what came, if nothing more does, is no reply: its last line lacks the space that makes it the last.
    pub fn without_end(&self) -> Option<NotAReply> {
        let last = self
            .lines
            .last()
            .filter(|_| self.read == self.buffer.len())?;
        let ends = self.lines.len() > 1 && first_line(last) == self.code.map(|code| (code, false));
        ends.then(|| NotAReply::NoSpace(shown(last)))
    }

    /// The bytes that are not yet part of a reply.
    pub fn rest(&self) -> &[u8] {
        &self.buffer
    }
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// The code of a reply's line, and whether a hyphen says that more lines follow (RFC 959 §4.2).
fn first_line(line: &[u8]) -> Option<(Code, bool)> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !(b'1'..=b'6').contains(&digits[0]) {
        return None;
    }
    let code = digits
        .iter()
        .fold(0, |code, digit| code * 10 + Code::from(digit - b'0'));
    match rest.first() {
        None | Some(b' ') => Some((code, false)),
        Some(b'-') => Some((code, true)),
        Some(_) => None,
    }
}

/// Whether a reply of several lines ends here: at its own code and a space (RFC 959 §4.2).
fn is_last_line(line: &[u8], code: Code) -> bool {
    line.get(3) == Some(&b' ') && first_line(line) == Some((code, false))
}

/// Reads well-formed replies and nothing else: each line ends with CRLF, each reply at its own code and a space
/// (RFC 959 §4.2). Adds their codes to `codes`; false if the bytes are anything else. Allocates nothing of its own.
pub fn read_codes(bytes: &[u8], codes: &mut Vec<Code>) -> bool {
    let mut open = None;
    let mut rest = bytes;
    while !rest.is_empty() {
        // The first of these bytes must be the CR of the line's end.
        let is_special = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
        let Some(end) = rest.iter().position(is_special) else {
            return false;
        };
        let line = &rest[..end];
        let Some(behind) = rest[end..].strip_prefix(b"\r\n") else {
            return false;
        };
        rest = behind;
        match (open, first_line(line)) {
            (None, None) => return false,
            (None, Some((code, true))) => open = Some(code),
            (None, Some((code, false))) => codes.push(code),
            (Some(code), _) if is_last_line(line, code) => {
                codes.push(code);
                open = None;
            }
            (Some(_), _) => {}
        }
    }
    open.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(chunks: &[&[u8]]) -> Vec<Result<Option<Reply>, NotAReply>> {
        let mut reader = ReplyReader::default();
        let mut replies = Vec::new();
        for chunk in chunks {
            reader.push(chunk);
            loop {
                let next = reader.next_reply();
                let done = !matches!(next, Ok(Some(_)));
                if !matches!(next, Ok(None)) {
                    replies.push(next);
                }
                if done {
                    break;
                }
            }
        }
        replies
    }

    #[test]
    fn a_multi_line_reply_ends_at_its_own_code_and_a_space() {
        let replies = all(&[
            b"214-Help\r\n 214 not yet\r\n215 nor this\r\n214-nor",
            b" this\r\n214 End\r\n220 Next\r\n",
        ]);
        let codes: Vec<_> = replies
            .iter()
            .map(|reply| reply.clone().unwrap().unwrap().code)
            .collect();
        assert_eq!(codes, [214, 220]);
        assert_eq!(replies[0].clone().unwrap().unwrap().lines.len(), 5);
    }

    #[test]
    fn a_bare_code_ends_no_reply_of_several_lines() {
        let mut reader = ReplyReader::default();
        reader.push(b"214-Help\r\n214\r\n");
        assert_eq!(reader.next_reply(), Ok(None));
        assert_eq!(
            reader.without_end(),
            Some(NotAReply::NoSpace("214".to_owned()))
        );
        reader.push(b"2");
        assert_eq!(reader.without_end(), None);
        reader.push(b"14 End\r\n");
        assert_eq!(reader.next_reply().unwrap().unwrap().lines.len(), 3);
        assert_eq!(reader.without_end(), None);
    }

    #[test]
    fn a_secret_that_the_server_repeats_is_hidden_and_codes_are_not() {
        let mut reader = ReplyReader::default();
        reader.hide(b"30");
        reader.push(b"530-PASS 30\r\n30 30: 30 is wrong\r\n530 30\r\nPASS 30\r\n");
        let reply = reader.next_reply().unwrap().unwrap();
        assert_eq!(reply.code, 530);
        assert_eq!(reply.lines[0], b"530-PASS {password}");
        assert!(!reply.lines[1][3..].windows(2).any(|pair| pair == b"30"));
        assert_eq!(reply.lines[2], b"530 {password}");
        let garbage = NotAReply::NoCode("PASS {password}".to_owned());
        assert_eq!(reader.next_reply(), Err(garbage));
    }

    #[test]
    fn garbage_is_named_and_escaped() {
        assert_eq!(
            all(&[b"SSH-2.0-\x1b[2J\r\n"]),
            [Err(NotAReply::NoCode("SSH-2.0-\\x1b[2J".to_owned()))]
        );
    }

    #[test]
    fn what_is_shown_is_short_whatever_the_bytes() {
        assert_eq!(shown(b"220 ready"), "220 ready");
        assert_eq!(shown(&[0xff; 1000]), "\\xff".repeat(25) + "…");
        assert_eq!(shown(&[b'x'; 101]), "x".repeat(100) + "…");
    }

    #[test]
    fn an_endless_line_is_bounded() {
        let mut reader = ReplyReader::default();
        while reader.next_reply() == Ok(None) {
            reader.push(&[b'2'; 4096]);
        }
        assert_eq!(reader.next_reply(), Err(NotAReply::TooLong));
        assert!(reader.rest().len() <= REPLY_BYTES_MAX + 4096);
    }

    #[test]
    fn endless_lines_are_bounded() {
        let mut reader = ReplyReader::default();
        reader.push(b"214-\r\n");
        while reader.next_reply() == Ok(None) {
            reader.push(b"more and more and more\r\n");
        }
        assert_eq!(reader.next_reply(), Err(NotAReply::TooLong));
    }
}
