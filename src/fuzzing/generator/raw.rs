//! Lines that are no command. Finds what garbage does to a session.

use std::borrow::Cow;

use super::Generator;
use crate::fuzzing::input::AnyInput;

#[rustfmt::skip]
const LINES: &[&[u8]] = &[
    b"\0", b"\0\0\0\0", b"NOOP\0", b"\0NOOP", b" NOOP", b"\tNOOP", b"NOOP\tx", b"NO OP", b"NOOP\nHELP", b"NOOP\x0b",
    b"\xff", b"\xff\xff", b"\x80\x81\x82", b"\xe2\x98\x83", b"\x1b[2J", b"200 OK", b"331-", b"220 ready",
    b"GET / HTTP/1.0", b"EHLO x", b"SSH-2.0-x", b"\x16\x03\x01\x02\x00", b"A", b"AB", b"ABCDE", b"USERX", b"PASS1",
    b"RNTOx", b"QUITX", b"%s%s%s%n", b"$(id)", b"../../etc/passwd", b"USER", b"USER ", b"PASS", b"RNTO", b"RETR",
    b"EPSVALL", b"AUTHTLS", b"HELP\0", b"hELP \0", &[b' '; 300], &[b'A'; 512], &[b'A'; 4_094], &[b'A'; 4_095],
    &[b'\0'; 5_000], &[b'A'; 70_000],
];

pub(super) fn plan(generator: &mut Generator) {
    if let Some(line) = generator.random.choice(LINES) {
        generator.planned.push(AnyInput::Raw(Cow::Borrowed(line)));
    }
}
