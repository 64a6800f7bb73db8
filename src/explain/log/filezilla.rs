//! FileZilla's message log, and FluentFTP's, which has its form: `Command: USER anna`, `Response: 331 Password please`,
//! with a time or a level in front of them or not.

use super::heard::{Heard, reply, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    if let Some(text) = behind(line, "Command:") {
        return sent(text);
    }
    reply(behind(line, "Response:")?)
}

/// What stands behind `label`, if nothing but marks of a log stand in front of it.
fn behind<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    let (front, text) = line.split_once(label)?;
    let is_front = front.len() <= FRONT_MAX
        && (front.is_empty() || front.ends_with([' ', '\t', ']', '|']))
        && !front.contains("Command:")
        && !front.contains("Response:");
    is_front.then(|| text.trim_start())
}

/// A time, a process, a level.
const FRONT_MAX: usize = 64;
