//! What a log tells of a session: lines sent and lines of replies, each with its place in the log.

use std::borrow::Cow;

/// What one line of a log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard<'a> {
    /// The session that it is about, where the form tells sessions apart.
    pub session: &'a str,
    /// What was said.
    pub what: What<'a>,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What<'a> {
    /// The client sent this line.
    Sent(Cow<'a, str>),
    /// The server sent this line of a reply.
    Reply(Cow<'a, str>),
    /// This looks like a reply, but is one only where a reply is awaited: data and talk can look so too.
    MaybeReply(&'a str),
}

/// The client sent `line`.
pub(super) fn sent(line: &str) -> Option<Heard<'_>> {
    Some(Heard {
        session: "",
        what: What::Sent(line.trim_end().into()),
    })
}

/// The server sent `line`.
pub(super) fn reply(line: &str) -> Option<Heard<'_>> {
    Some(Heard {
        session: "",
        what: What::Reply(line.trim_end().into()),
    })
}

/// `line`, if it has the form of a reply's last or first line (RFC 959 §4.2).
pub(super) fn maybe_reply(line: &str) -> Option<Heard<'_>> {
    reply_code(line).map(|_| Heard {
        session: "",
        what: What::MaybeReply(line),
    })
}

/// The code in front of a reply line, and whether more lines follow.
pub(super) fn reply_code(line: &str) -> Option<(u16, bool)> {
    let bytes = line.as_bytes();
    let digits = bytes.get(..3)?;
    let is_code = (b'1'..=b'6').contains(&digits[0]) && digits.iter().all(u8::is_ascii_digit);
    let more = match bytes.get(3) {
        None | Some(b' ' | b'\r' | b'\n') => false,
        Some(b'-') => true,
        Some(_) => return None,
    };
    let number = |code, digit: &u8| code * 10 + u16::from(digit.wrapping_sub(b'0'));
    is_code.then(|| (digits.iter().fold(0, number), more))
}

/// Whether `line` begins with what can be a verb: three or four letters, alone or with an argument behind them.
pub(super) fn is_command(line: &str) -> bool {
    let verb = line.split([' ', '\r', '\n']).next().unwrap_or_default();
    (3..=4).contains(&verb.len()) && verb.bytes().all(|byte| byte.is_ascii_alphabetic())
}
