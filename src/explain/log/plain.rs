//! A session with no marks at all, as people paste it: `pasv`, then `227 Entering Passive Mode`. A line that begins
//! with a verb is taken for a command, one that begins with a code for a reply.

use ftproof_model::verb_named;

use super::heard::{Heard, is_command, reply, reply_code, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    let line = line.trim_start();
    if reply_code(line).is_some() {
        return reply(line);
    }
    let verb = line.split(' ').next().unwrap_or_default();
    let is_known = is_command(line) && verb_named(&verb.to_ascii_uppercase()).is_some();
    // In talk a verb is a word like others; as a command it is written in one case.
    let is_one_case = verb == verb.to_ascii_uppercase() || verb == verb.to_ascii_lowercase();
    sent(line).filter(|_| is_known && is_one_case)
}
