//! `wget -d`: `--> USER anna`; replies stand alone in their lines, or behind what wget was saying.

use super::heard::{Heard, maybe_reply, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    match line.strip_prefix("--> ") {
        Some(line) => sent(line),
        None => maybe_reply(line),
    }
}
