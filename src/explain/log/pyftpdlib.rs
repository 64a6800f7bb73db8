//! pyftpdlib's log at level DEBUG: `[D time] 127.0.0.1:55334-[anna] <- PASV`, `-> 227 Entering passive mode`.

use super::heard::{Heard, What};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    let (_, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let (session, rest) = rest.split_once("-[")?;
    let (_, rest) = rest.split_once("] ")?;
    let what = match rest.split_at_checked(3)? {
        ("<- ", line) => What::Sent(line.into()),
        ("-> ", line) => What::Reply(line.into()),
        _ => return None,
    };
    Some(Heard { session, what })
}
