//! Faults of replies: too many, none, late, of no form, and a connection or a server that ends (RFC 959 §4.2, §5.4).

use ftproof_model::Kind::{Dropped, Gone, Malformed, NoReply, OutOfStep, WrongCode};

use super::fault::{Fault, instead, reply};
use crate::support::loopback::{Control, verb};

/// Every command gets exactly one final reply.
pub const ONE: &[Fault] = &[
    Fault::new(
        "STAT is answered twice",
        "",
        |control, line| match line {
            b"STAT" => {
                let replies = control.line(line);
                [&replies[..], &replies].concat()
            }
            _ => control.line(line),
        },
        &[("reply/one", OutOfStep)],
    ),
    Fault::new(
        "SYST is answered twice before login",
        "",
        |control, line| {
            let is_out = !control.is_logged_in();
            let replies = control.line(line);
            if line == b"SYST" && is_out {
                return [&replies[..], &replies].concat();
            }
            replies
        },
        &[("reply/one", OutOfStep)],
    ),
    Fault::new(
        "a CWD that fails is answered 550 and then 250",
        "",
        |control, line| {
            let mut replies = control.line(line);
            if verb(line) == b"CWD" && replies.starts_with(b"550") {
                replies.extend(reply("250 Done"));
            }
            replies
        },
        &[("reply/one", OutOfStep)],
    ),
    Fault::new(
        "RETR is answered 150 twice",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"RETR" && replies.starts_with(b"150") {
                return [&replies[..], &replies].concat();
            }
            replies
        },
        &[("reply/one", OutOfStep)],
    ),
    Fault::new(
        "a transfer ends with 226 twice",
        "",
        |control, line| control.line(line),
        &[("reply/one", OutOfStep)],
    )
    .ending(|control, outcome| {
        let replies = control.end(outcome);
        if replies.starts_with(b"226") {
            return [&replies[..], b"226 Done\r\n"].concat();
        }
        replies
    }),
    Fault::new(
        "SYST is answered only with the next command",
        "",
        |control, line| {
            let late = std::mem::take(&mut control.own.bytes);
            let replies = control.line(line);
            if line == b"SYST" {
                control.own.bytes = replies;
                return late;
            }
            [late, replies].concat()
        },
        &[("reply/one", OutOfStep)],
    ),
    Fault::new(
        "TYPE I is never answered",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"TYPE I" {
                return Vec::new();
            }
            replies
        },
        &[("reply/one", NoReply)],
    ),
    Fault::new(
        "the end of a RETR is never announced",
        "",
        |control, line| {
            control.own.is_set = match verb(line) {
                b"RETR" => true,
                b"STOR" | b"LIST" | b"NLST" => false,
                _ => control.own.is_set,
            };
            control.line(line)
        },
        &[("reply/one", NoReply)],
    )
    .ending(|control, outcome| {
        let replies = control.end(outcome);
        if control.own.is_set {
            return Vec::new();
        }
        replies
    }),
    Fault::new(
        "RNFR is answered 250",
        "",
        |control, line| match verb(line) {
            b"RNFR" => instead(control.line(line), "350", "250 Go on"),
            _ => control.line(line),
        },
        &[("reply/one", WrongCode)],
    ),
    Fault::new(
        "SITE is answered 421, and the connection stays",
        "SITE",
        |control, line| match verb(line) {
            b"SITE" => instead(control.line(line), "202", "421 Closing"),
            _ => control.line(line),
        },
        &[("reply/one", WrongCode)],
    ),
];

/// The connection, or the server, ends where it should not.
pub const END: &[Fault] = &[
    Fault::new(
        "TYPE E closes the connection",
        "",
        |control, line| closes(control, line, b"TYPE E"),
        &[("reply/one", Dropped)],
    ),
    Fault::new(
        "QUIT closes the connection and says nothing",
        "",
        |control, line| closes(control, line, b"QUIT"),
        &[("reply/one", Dropped)],
    ),
    Fault::new(
        "PASS without USER closes the connection",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"PASS" && replies.starts_with(b"503") {
                control.hang_up();
                return Vec::new();
            }
            replies
        },
        &[("seq/pass", Dropped)],
    ),
    Fault::new(
        "QUIT while a transfer runs is never answered",
        "",
        |control, line| {
            control.own.is_set = line == b"QUIT" && control.is_busy();
            control.line(line)
        },
        &[("reply/one", Dropped)],
    )
    .ending(|control, outcome| {
        let mut replies = control.end(outcome);
        if control.own.is_set {
            let length = replies.windows(5).position(|part| part == b"\r\n221");
            replies.truncate(length.map_or(0, |end| end + 2));
        }
        replies
    }),
    Fault::new(
        "STRU P ends the whole server",
        "STRU",
        |control, line| ends_the_server(control, line, b"STRU P"),
        &[("reply/one", Gone)],
    ),
    Fault::new(
        "ADAT ends the whole server",
        "ADAT",
        |control, line| ends_the_server(control, line, b"ADAT AAAA"),
        &[("seq/adat", Gone)],
    ),
];

/// A reply is a code, a space or a hyphen, and text.
pub const FORM: &[Fault] = &[
    Fault::new(
        "PWD is answered without a code",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"PWD" {
                return instead(replies, "257", "The directory is /");
            }
            replies
        },
        &[("reply/format", Malformed)],
    ),
    Fault::new(
        "SYST is answered with a code of four digits",
        "",
        |control, line| match line {
            b"SYST" => instead(control.line(line), "215", "2150 UNIX"),
            _ => control.line(line),
        },
        &[("reply/format", Malformed)],
    ),
    Fault::new(
        "the reply to NOOP ends with a bare LF",
        "",
        |control, line| {
            let mut replies = control.line(line);
            if line == b"NOOP" {
                replies.retain(|&byte| byte != b'\r');
            }
            replies
        },
        &[("reply/format", Malformed)],
    ),
];

fn closes(control: &mut Control<'_>, line: &[u8], which: &[u8]) -> Vec<u8> {
    if line == which {
        control.hang_up();
        return Vec::new();
    }
    control.line(line)
}

fn ends_the_server(control: &mut Control<'_>, line: &[u8], which: &[u8]) -> Vec<u8> {
    if line == which {
        control.shut_down();
        return Vec::new();
    }
    control.line(line)
}
