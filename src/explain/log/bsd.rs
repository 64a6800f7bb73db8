//! `tnftp -d` and other clients of BSD descent: `---> USER anna`; replies stand alone in their lines.

use super::heard::{Heard, maybe_reply, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    // The prompt stands in front where input is not a terminal.
    let line = line.strip_prefix("ftp> ").unwrap_or(line);
    match line.strip_prefix("---> ") {
        Some(line) => sent(line),
        None => maybe_reply(line),
    }
}
