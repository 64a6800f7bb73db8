//! FileZilla's message log, and FluentFTP's, which has its form: `Command: USER anna`, `Response: 331 Password please`,
//! with a time or a level in front of them or not. In its file FileZilla gives each connection a number as well.

use super::heard::{Heard, reply, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    let (session, heard) = if let Some((front, text)) = around(line, "Command:") {
        (front, sent(text)?)
    } else {
        let (front, text) = around(line, "Response:")?;
        (front, reply(text)?)
    };
    Some(Heard {
        session: connection(session),
        ..heard
    })
}

/// What stands before `label` and behind it, if nothing but marks of a log stand in front of it.
fn around<'a>(line: &'a str, label: &str) -> Option<(&'a str, &'a str)> {
    let (front, text) = line.split_once(label)?;
    let is_front = front.len() <= FRONT_MAX
        && (front.is_empty() || front.ends_with([' ', '\t', ']', '|']))
        && !front.contains("Command:")
        && !front.contains("Response:");
    is_front.then(|| (front, text.trim_start()))
}

/// A time, a process, a level.
const FRONT_MAX: usize = 64;

/// The connection, as `2026-01-31 12:00:00 30869 1 ` has it: the process, and which of its connections.
fn connection(front: &str) -> &str {
    let mut spaces = front.trim_end().match_indices(' ').skip(1);
    let behind_time = spaces.next().map_or("", |(place, _)| front[place..].trim());
    let is_made_of_numbers = behind_time
        .split(' ')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()));
    if is_made_of_numbers && behind_time.contains(' ') {
        behind_time
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_told_apart_by_their_numbers() {
        for (line, session) in [
            ("2026-01-31 12:00:00 30869 1 Command: PWD", "30869 1"),
            ("2026-01-31 12:00:00 30869 12 Response: 257 /", "30869 12"),
            ("Command: PWD", ""),
            ("[12:00:00] Command: PWD", ""),
            ("2026-01-31 12:00:00 Command: PWD", ""),
            ("12:00:00 INFO Response: 257 /", ""),
        ] {
            assert_eq!(
                read(line).map(|heard| heard.session),
                Some(session),
                "{line}"
            );
        }
    }
}
