//! Faults of set-up and transfer commands: without one another, after one another, at once (RFC 959 §4.1.2, RFC 2428).

use ftproof_core::{DataConnection, Transfer};
use ftproof_model::Kind::{Accepted, NoReply, Refused, SideEffect};

use super::fault::{Fault, instead, reply};
use crate::support::loopback::{Control, verb};

/// Data connections (RFC 959 §4.1.2, RFC 2428 §3).
pub const DATA: &[Fault] = &[
    Fault::new(
        "LIST without a set-up is answered 150 and then nothing",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"LIST" && !control.is_busy() {
                return instead(replies, "503", "150 Here it comes");
            }
            replies
        },
        &[("seq/transfer", Accepted)],
    ),
    Fault::new(
        "RETR without a set-up completes",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"RETR" && !control.is_busy() {
                return instead(replies, "503", "150 Here it comes\r\n226 Done");
            }
            replies
        },
        &[("seq/transfer", Accepted)],
    ),
    Fault::new(
        "EPSV ALL binds nobody",
        "EPSV",
        |control, line| match line {
            b"EPSV ALL" => {
                let replies = control.aside_if(line, b"200");
                if replies.starts_with(b"200") {
                    control.line(b"EPSV");
                    control.line(b"ABOR");
                }
                replies
            }
            _ => control.line(line),
        },
        &[("seq/epsv-all", Accepted)],
    ),
    // PASV is out of order, and works because a refused command took EPSV ALL away.
    Fault::new(
        "a RETR that fails takes EPSV ALL back",
        "EPSV",
        epsv_all_until_retr_fails,
        &[("state/refused-changes-nothing", SideEffect)],
    ),
    Fault::new(
        "LIST is answered 150 while a transfer runs",
        "",
        |control, line| {
            let is_busy = control.is_busy();
            let replies = control.line(line);
            match line {
                b"LIST" if is_busy => {
                    control.own.is_set = replies.starts_with(b"503");
                    instead(replies, "503", "150 Here it comes")
                }
                b"ABOR" => {
                    control.own.is_set = false;
                    replies
                }
                _ => replies,
            }
        },
        &[("seq/busy", Accepted)],
    )
    .ending(|control, outcome| {
        let mut replies = control.end(outcome);
        if std::mem::take(&mut control.own.is_set) {
            replies.extend(reply("226 Done too"));
        }
        replies
    }),
    Fault::new(
        "PASV while a transfer runs is never answered",
        "",
        |control, line| {
            let is_busy = control.is_busy();
            let replies = control.line(line);
            if line == b"PASV" && is_busy {
                return Vec::new();
            }
            replies
        },
        &[("seq/busy", NoReply)],
    ),
    Fault::new(
        "NOOP takes the passive port away",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"NOOP" {
                control.forget_port();
            }
            replies
        },
        &[("seq/refused", Refused)],
    ),
    Fault::new(
        "a second PASV leaves no port to LIST",
        "",
        |control, line| {
            let had_port = control.would_answer(b"LIST", b"150");
            if line == b"LIST" && control.own.is_set && had_port {
                control.line(b"NOOP");
                return reply("503 Send PASV first");
            }
            let replies = control.line(line);
            control.own.is_set = match line {
                b"PASV" => had_port && replies.starts_with(b"227"),
                _ => control.own.is_set && control.would_answer(b"LIST", b"150"),
            };
            replies
        },
        &[("seq/refused", Refused)],
    ),
    // RFC 959 §4.1.2: what PORT has said is remembered.
    Fault::new(
        "PORT serves one transfer only",
        "PORT",
        |control, line| {
            let replies = control.line(line);
            let is_active =
                |transfer: &mut Transfer| matches!(transfer.connection, DataConnection::Active(_));
            if control.transfer().is_some_and(is_active) {
                control.own.is_set = true;
            }
            replies
        },
        &[("seq/refused", Refused)],
    )
    .ending(|control, outcome| {
        let replies = control.end(outcome);
        if std::mem::take(&mut control.own.is_set) {
            control.line(b"PASV");
            control.line(b"ABOR");
        }
        replies
    }),
    Fault::new(
        "ABOR is refused with 503 when there is nothing to abort",
        "",
        |control, line| {
            if line == b"ABOR" && control.is_logged_in() && !control.is_busy() {
                control.line(b"NOOP");
                return reply("503 Nothing to abort");
            }
            control.line(line)
        },
        &[("seq/refused", Refused)],
    ),
    Fault::new(
        "STAT is refused with 503 while a transfer runs",
        "",
        |control, line| {
            let is_busy = control.is_busy();
            let replies = control.line(line);
            if line == b"STAT" && is_busy {
                return instead(replies, "211", "503 Wait for the transfer");
            }
            replies
        },
        &[("seq/refused", Refused)],
    ),
    // RFC 959 §4.1.1: a transfer in progress may be completed first.
    Fault::new(
        "REIN is refused with 503 while a transfer runs",
        "",
        |control, line| refused_while_busy(control, line, b"REIN"),
        &[("seq/refused", Refused)],
    ),
    Fault::new(
        "QUIT is refused with 503 before login",
        "",
        |control, line| {
            if line == b"QUIT" && !control.is_logged_in() {
                control.line(b"NOOP");
                return reply("503 Log in first");
            }
            control.line(line)
        },
        &[("seq/refused", Refused)],
    ),
];

fn refused_while_busy(control: &mut Control<'_>, line: &[u8], refused: &[u8]) -> Vec<u8> {
    if verb(line) == refused && control.is_busy() {
        control.line(b"NOOP");
        return reply("503 Wait for the transfer");
    }
    control.line(line)
}

/// EPSV ALL as it should be, but kept beside the session, until a RETR fails.
fn epsv_all_until_retr_fails(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    match line {
        b"EPSV ALL" => {
            let replies = control.aside_if(line, b"200");
            if replies.starts_with(b"200") {
                control.own.is_set = true;
                control.line(b"EPSV");
                control.line(b"ABOR");
            }
            return replies;
        }
        b"PASV" if control.own.is_set && control.is_logged_in() => {
            control.line(b"NOOP");
            return reply("503 EPSV ALL was sent");
        }
        _ => {}
    }
    let replies = control.line(line);
    let is_over = match verb(line) {
        b"RETR" => replies.starts_with(b"550"),
        b"REIN" => replies.starts_with(b"220"),
        _ => false,
    };
    control.own.is_set &= !is_over;
    replies
}
