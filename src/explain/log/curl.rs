//! `curl -v`: `> USER anna`, `< 331 Password please`, `* what curl says`.

use super::heard::{Heard, is_command, reply, reply_code, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    if let Some(line) = line.strip_prefix("> ") {
        return sent(line).filter(|_| is_command(line));
    }
    let line = line.strip_prefix("< ")?;
    reply(line).filter(|_| reply_code(line).is_some())
}
