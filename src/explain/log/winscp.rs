//! WinSCP's session log: `> 2026-01-31 12:00:00.000 USER anna`, `< 2026-01-31 12:00:00.000 331 Password please`,
//! `. ` in front of what WinSCP says.

use super::heard::{Heard, reply, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    let (mark, rest) = line.split_at_checked(2)?;
    let mut words = rest.splitn(3, ' ');
    let (date, time) = (words.next()?, words.next()?);
    let is_time = is_made_of(date, '-') && is_made_of(time, ':');
    let text = words.next().filter(|_| is_time)?;
    match mark {
        "> " => sent(text),
        "< " => reply(text),
        _ => None,
    }
}

/// Digits, and what stands between them.
fn is_made_of(word: &str, between: char) -> bool {
    word.contains(between)
        && word
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter == between || letter == '.')
}
