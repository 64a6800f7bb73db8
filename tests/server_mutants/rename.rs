//! Faults of RNFR and RNTO, the shortest sequence that there is (RFC 959 §4.1.3).

use ftproof_model::Kind::{Accepted, Adjacency, NoReply, Refused, WrongCode};

use super::fault::{Fault, instead, reply};
use crate::support::loopback::verb;

/// RNFR and RNTO (RFC 959 §4.1.3).
pub const RENAME: &[Fault] = &[
    Fault::new(
        "RNTO without RNFR is accepted",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"RNTO" {
                return instead(replies, "503", "250 Renamed");
            }
            replies
        },
        &[("seq/rnto", Accepted)],
    ),
    Fault::new(
        "PWD between RNFR and RNTO does not end the rename",
        "",
        |control, line| {
            if line == b"PWD" && control.before.starts_with(b"RNFR") {
                control.aside(line)
            } else {
                control.line(line)
            }
        },
        &[("seq/rnto", Adjacency)],
    ),
    Fault::new(
        "a refused second RNFR does not end the first",
        "",
        |control, line| match verb(line) {
            b"RNFR" => control.aside_if(line, b"550"),
            _ => control.line(line),
        },
        &[("seq/rnto", Accepted)],
    ),
    Fault::new(
        "RNTO works again behind one that failed",
        "",
        |control, line| match verb(line) {
            b"RNTO" => control.aside_if(line, b"553"),
            _ => control.line(line),
        },
        &[("seq/rnto", Accepted)],
    ),
    // It is a line of the sequence that failed, whatever for: RFC 959 §4.2 has the whole sequence begun again.
    Fault::new(
        "RNTO works behind one without an argument",
        "",
        |control, line| match line {
            b"RNTO" if control.before.starts_with(b"RNFR") => control.aside_if(line, b"501"),
            _ => control.line(line),
        },
        &[("seq/rnto", Accepted)],
    ),
    Fault::new(
        "RNTO works twice",
        "",
        |control, line| {
            let was_renamed = std::mem::take(&mut control.own.is_set);
            let replies = control.line(line);
            if verb(line) != b"RNTO" {
                return replies;
            }
            control.own.is_set = replies.starts_with(b"250");
            if was_renamed {
                return instead(replies, "503", "250 Renamed");
            }
            replies
        },
        &[("seq/rnto", Accepted)],
    ),
    Fault::new(
        "RNTO without RNFR is refused with 550",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"RNTO" {
                return instead(replies, "503", "550 No");
            }
            replies
        },
        &[("seq/rnto", WrongCode)],
    ),
    Fault::new(
        "RNTO without RNFR is never answered",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"RNTO" && replies.starts_with(b"503") {
                return Vec::new();
            }
            replies
        },
        &[("seq/rnto", NoReply)],
    ),
    Fault::new(
        "RNTO behind RNFR is refused with 503",
        "",
        |control, line| {
            if line.starts_with(b"RNTO ") {
                control.line(b"NOOP");
                return reply("503 Send RNFR first");
            }
            control.line(line)
        },
        &[("seq/refused", Refused)],
    ),
];
