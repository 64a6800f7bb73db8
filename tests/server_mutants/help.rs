//! Faults of HELP: refused or unanswered in some state, or with some argument (RFC 959 §4.1.3, RFC 1123 §4.1.2.13).

use ftproof_model::Kind::{Dropped, Help, NoReply, NotStrict, SideEffect};

use super::fault::{Fault, instead, reply};
use crate::support::loopback::{Control, verb};

/// HELP.
pub const HELP: &[Fault] = &[
    Fault::new(
        "HELP is not implemented",
        "",
        |control, line| help(control, line, |_| true, "502 No help"),
        &[("help/always", Help)],
    ),
    Fault::new(
        "HELP is refused before login",
        "",
        |control, line| {
            help(
                control,
                line,
                |control| !control.is_logged_in(),
                "530 Log in",
            )
        },
        &[("help/before-login", Help)],
    ),
    Fault::new(
        "HELP is refused while a transfer runs",
        "",
        |control, line| {
            help(
                control,
                line,
                |control| control.is_busy() && control.is_logged_in(),
                "503 Wait",
            )
        },
        &[("help/in-state", Help)],
    ),
    // Behind REIN the session is as before login (RFC 959 §4.1.1).
    Fault::new(
        "HELP is refused behind REIN",
        "",
        |control, line| {
            let is_after_rein =
                |control: &Control<'_>| control.own.is_set && !control.is_logged_in();
            let replies = help(control, line, is_after_rein, "530 Log in");
            control.own.is_set |= line == b"REIN" && replies.starts_with(b"220");
            replies
        },
        &[("help/before-login", Help)],
    ),
    Fault::new(
        "HELP is answered 250",
        "",
        |control, line| match line {
            b"HELP" if control.is_logged_in() => help(control, line, |_| true, "250 Fine"),
            _ => control.line(line),
        },
        &[("help/in-state", Help)],
    ),
    Fault::new(
        "HELP on a verb is refused",
        "",
        |control, line| match line {
            b"HELP RNTO" => help(control, line, is_idle_and_in, "504 No such help"),
            _ => control.line(line),
        },
        &[("help/arg", Help)],
    ),
    Fault::new(
        "HELP on an unknown verb is refused with 550",
        "",
        |control, line| match line {
            b"HELP XYZZY" => help(control, line, is_idle_and_in, "550 No such help"),
            _ => control.line(line),
        },
        &[("help/unknown-arg", Help)],
    ),
    Fault::new(
        "HELP before login is never answered",
        "",
        |control, line| {
            let is_out = !control.is_logged_in();
            let replies = control.line(line);
            if verb(line) == b"HELP" && is_out {
                return Vec::new();
            }
            replies
        },
        &[("help/before-login", NoReply)],
    ),
    Fault::new(
        "HELP closes the connection while logged in",
        "",
        |control, line| {
            if line == b"HELP" && control.is_logged_in() {
                control.hang_up();
                return Vec::new();
            }
            control.line(line)
        },
        &[("help/in-state", Dropped)],
    ),
    Fault::new(
        "HELP takes the passive port away",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"HELP" {
                control.forget_port();
            }
            replies
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
    Fault::new(
        "HELP is answered 211 (held to the strict replies)",
        "",
        |control, line| match line {
            b"HELP" if control.is_logged_in() => help(control, line, |_| true, "211 Fine"),
            _ => control.line(line),
        },
        &[("help/in-state", NotStrict)],
    )
    .strictly(),
    Fault::new(
        "RNTO before login is refused with 530 (held to the strict replies)",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"RNTO" && !control.is_logged_in() {
                return instead(replies, "503", "530 Log in");
            }
            replies
        },
        &[("seq/rnto", NotStrict)],
    )
    .strictly(),
];

/// Where no other rule of HELP has a say.
fn is_idle_and_in(control: &Control<'_>) -> bool {
    control.is_logged_in() && !control.is_busy()
}

/// HELP answered with `answer` in the states of `when`; like any line it ends what must follow immediately.
fn help(
    control: &mut Control<'_>,
    line: &[u8],
    when: fn(&Control<'_>) -> bool,
    answer: &str,
) -> Vec<u8> {
    if verb(line) == b"HELP" && when(control) {
        control.line(line);
        return reply(answer);
    }
    control.line(line)
}
