//! `lftp -d`: `---> USER anna`, `<--- 331 Password please`, `---- what lftp does`. The reply to its own `quote` has no
//! mark.

use super::heard::{Heard, maybe_reply, reply, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    if let Some(line) = line.strip_prefix("---> ") {
        return sent(line);
    }
    match line.strip_prefix("<--- ") {
        Some(line) => reply(line),
        None => maybe_reply(line),
    }
}
