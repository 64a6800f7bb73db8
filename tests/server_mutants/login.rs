//! Faults of the login: a step is skipped, counts too long, or does not end the old login (RFC 959 §4.1.1).

use ftproof_model::Kind::{Accepted, Adjacency, LoginBypass, Refused, SideEffect, WrongCode};

use super::fault::{Fault, instead, reply};
use crate::support::loopback::verb;

/// Login and its sequence (RFC 959 §4.1.1, RFC 7151 §3).
pub const LOGIN: &[Fault] = &[
    Fault::new(
        "PASS without USER logs in",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"PASS secret" && replies.starts_with(b"503") && !control.is_logged_in() {
                control.log_in();
                return reply("230 Logged in");
            }
            replies
        },
        &[("seq/pass", Accepted)],
    ),
    Fault::new(
        "SYST between USER and PASS does not end the login",
        "",
        |control, line| {
            if line == b"SYST" && control.before.starts_with(b"USER ") {
                control.aside(line)
            } else {
                control.line(line)
            }
        },
        &[("seq/pass", Adjacency)],
    ),
    Fault::new(
        "PASS works again behind one that failed",
        "",
        |control, line| match verb(line) {
            b"PASS" => control.aside_if(line, b"530"),
            _ => control.line(line),
        },
        &[("seq/pass", Accepted)],
    ),
    Fault::new(
        "PASS without USER is refused with 550",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"PASS" {
                return instead(replies, "503", "550 No");
            }
            replies
        },
        &[("seq/pass", WrongCode)],
    ),
    // RFC 959 §5.4 lists 230 and 202 for PASS, so with the right password either may be said to somebody who is logged
    // in. That a wrong one is right is said of a login that did not take place.
    Fault::new(
        "PASS with a wrong password gets 230 while logged in",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"PASS not-the-password" && control.is_logged_in() {
                return instead(replies, "503", "230 Logged in");
            }
            replies
        },
        &[("seq/pass", Accepted)],
    ),
    Fault::new(
        "ACCT in place of PASS logs in",
        "ACCT",
        |control, line| {
            let may_follow = control.before == b"USER acct";
            let replies = control.line(line);
            if line == b"ACCT billing" && may_follow && replies.starts_with(b"503") {
                control.line(b"USER acct");
                control.line(b"PASS secret");
                return control.line(line);
            }
            replies
        },
        &[("seq/acct", LoginBypass)],
    ),
    Fault::new(
        "USER is refused with 503 while logged in",
        "",
        |control, line| {
            if verb(line) == b"USER" && control.is_logged_in() {
                control.line(b"NOOP");
                return reply("503 You are logged in");
            }
            control.line(line)
        },
        &[("seq/refused", Refused)],
    ),
    Fault::new(
        "USER answered 331 leaves the old login in force",
        "",
        |control, line| {
            if std::mem::take(&mut control.own.is_set) && verb(line) != b"PASS" {
                control.log_in();
            }
            control.own.is_set = verb(line) == b"USER" && control.is_logged_in();
            control.line(line)
        },
        &[("login/flush", Accepted)],
    ),
    Fault::new(
        "PWD is answered before login",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"PWD" {
                return instead(replies, "530", "257 \"/\"");
            }
            replies
        },
        &[("login/required", LoginBypass)],
    ),
    Fault::new(
        "RNFR is answered 350 before login",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"RNFR" {
                return instead(replies, "530", "350 Send RNTO");
            }
            replies
        },
        &[("login/required", LoginBypass)],
    ),
    Fault::new(
        "MKD is refused with 553 before login",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"MKD" {
                return instead(replies, "530", "553 No");
            }
            replies
        },
        &[("login/required", WrongCode)],
    ),
    Fault::new(
        "HOST is accepted while logged in",
        "HOST",
        |control, line| {
            let replies = control.line(line);
            if line == b"HOST ftp.example" {
                return instead(replies, "503", "220 Welcome");
            }
            replies
        },
        &[("seq/host", Accepted)],
    ),
    Fault::new(
        "HOST is refused with 550 while logged in",
        "HOST",
        |control, line| {
            let replies = control.line(line);
            if line == b"HOST ftp.example" {
                return instead(replies, "503", "550 Not now");
            }
            replies
        },
        &[("seq/host", WrongCode)],
    ),
    // RFC 7151 §3.3: a refused HOST is as if it had not been sent.
    Fault::new(
        "a refused HOST between USER and PASS ends the login",
        "HOST",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"HOST" && replies.starts_with(b"504") {
                control.line(b"NOOP");
            }
            replies
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
];
