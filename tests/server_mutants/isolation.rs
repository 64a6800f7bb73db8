//! Faults of isolation: what one session has done counts in another.
//!
//! Each is checked with one test at a time: those of other tests would be other sessions too.

use ftproof_model::Kind::Isolation;

use super::fault::{Fault, reply};
use crate::support::loopback::{Control, Note, verb};

/// One session satisfies or disturbs another.
pub const ISOLATION: &[Fault] = &[
    Fault::new(
        "USER in one session is enough for PASS in another",
        "",
        |control, line| go_on(control, line, b"USER", b"PASS"),
        &[("isolation/login", Isolation)],
    )
    .alone(),
    Fault::new(
        "RNFR in one session is enough for RNTO in another",
        "",
        |control, line| go_on(control, line, b"RNFR", b"RNTO"),
        &[("isolation/rename", Isolation)],
    )
    .alone(),
    Fault::new(
        "PASV in one session is enough for RETR in another",
        "",
        |control, line| {
            let replies = go_on(control, line, b"PASV", b"RETR");
            if line == b"PASV" && replies.starts_with(b"227") {
                control.shared.listener = control
                    .port
                    .0
                    .as_ref()
                    .and_then(|port| port.try_clone().ok());
            }
            replies
        },
        &[("isolation/data", Isolation)],
    )
    .alone(),
    Fault::new(
        "EPSV ALL in one session binds another",
        "EPSV",
        |control, line| {
            let is_bound = control.shared.is_set && control.shared.owner != control.number;
            if line == b"PASV" && is_bound && control.is_logged_in() {
                control.line(b"NOOP");
                return reply("503 EPSV ALL was sent");
            }
            let replies = control.line(line);
            if line == b"EPSV ALL" && replies.starts_with(b"200") {
                control.shared.owner = control.number;
                control.shared.is_set = true;
            }
            if line == b"REIN" && control.shared.owner == control.number {
                control.shared.is_set = false;
            }
            replies
        },
        &[("isolation/epsv-all", Isolation)],
    )
    .alone(),
    Fault::new(
        "a session that came behind a transfer of another is not answered once that one has quit",
        "PORT",
        go_deaf,
        &[("isolation/data", Isolation)],
    )
    .alone(),
];

/// Who comes while another has transferred something depends on that one.
fn go_deaf(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    let bytes = |number: usize| number.to_le_bytes().to_vec();
    if control.before.is_empty() && control.shared.is_set {
        control.own.bytes = bytes(control.shared.owner);
    }
    if !control.shared.is_set
        && !control.own.bytes.is_empty()
        && control.own.bytes == control.shared.bytes
    {
        return Vec::new();
    }
    let replies = control.line(line);
    let has_transferred = control.shared.is_set && control.shared.owner == control.number;
    if line == b"LIST" && replies.starts_with(b"1") {
        *control.shared = Note {
            owner: control.number,
            is_set: true,
            ..Note::default()
        };
    } else if line == b"QUIT" && has_transferred {
        *control.shared = Note {
            bytes: bytes(control.number),
            ..Note::default()
        };
    }
    replies
}

/// Lets `second` follow a `first` that another session has sent last, as if this one had.
fn go_on(control: &mut Control<'_>, line: &[u8], first: &[u8], second: &[u8]) -> Vec<u8> {
    let is_own = control.shared.owner == control.number;
    let is_refused = verb(line) == second && control.would_answer(line, b"503");
    if is_refused && !is_own && control.shared.is_set {
        let shared = std::mem::take(control.shared);
        control.line(&shared.bytes);
        if shared.listener.is_some() {
            control.port.0 = shared.listener;
        }
        return control.line(line);
    }
    let replies = control.line(line);
    if verb(line) == first && matches!(replies.first(), Some(b'2' | b'3')) {
        *control.shared = Note {
            owner: control.number,
            is_set: true,
            bytes: line.to_vec(),
            listener: None,
        };
    } else if is_own {
        *control.shared = Note::default();
    }
    replies
}
