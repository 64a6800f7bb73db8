//! `ncftp -d`, `ncftpls -d`: `Cmd: USER anna`, `331: Password please`; further lines of a reply are indented.

use super::heard::{Heard, What, reply_code, sent};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    if let Some(line) = line.strip_prefix("Cmd: ") {
        return sent(line.trim_start());
    }
    // The completion reply of a transfer stands behind what shows how far it is: `59.79 kB/s  226: Done`.
    reply(line).or_else(|| reply(line.rsplit_once("B/s  ")?.1))
}

fn reply(line: &str) -> Option<Heard<'_>> {
    let (code, text) = line.split_once(": ")?;
    let is_code = code.len() == 3 && reply_code(code).is_some();
    is_code.then(|| Heard {
        session: "",
        what: What::Reply(format!("{code} {text}").into()),
    })
}
