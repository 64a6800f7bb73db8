//! A line in another spelling that means the same (RFC 959 §5.3: any case; §4.1.3: Telnet sequences), or with an
//! argument that is nearly right. Finds checks of the order that look at the bytes of a line.

use std::borrow::Cow;

use super::{Generator, Part, any, refused, walk};
use crate::fuzzing::input::{AnyInput, Spelling};

/// Arguments of which a parser may think otherwise than the session.
#[rustfmt::skip]
const ARGUMENTS: &[&[u8]] = &[
    b"", b" ", b"   ", b" x", b"x ", b"\t", b"\0", b"a\0b", b"\xff", b"\x80\xfe", b"-", b"--", b"*", b"?", b"~",
    b"/", b"//", b".", b"..", b"/../..", b"\"", b"\"\"", b"a\nb", b"%s%n", b"ALL", b"all", b" ALL", b"ALL x",
    b"0", b"-1", b"+1", b"00", b"6 6", b"4294967296", b"18446744073709551616", b"0x10", b"1e9",
    b"tls", b"TLS ", b"TLS-C", b"SSL", b"p", b"PP", b"I 8", b"L 8", b"A N", b"l",
    b"127,0,0,1,0,0", b"127,0,0,1,8", b"127,0,0,1,8,256", b"256,0,0,1,8,73", b"|1|127.0.0.1|0|", b"|1|127.0.0.1|",
    b"||||", b"|2|::1|2121|", b"open", b"ftptest ", b"anonymous", b"[::1]", b"RNTO", b"HELP",
    &[b'a'; 255], &[b'a'; 4_080], &[b'a'; 5_000],
];

pub(super) fn plan(generator: &mut Generator) {
    match generator.random.u8(0..8) {
        0 => argued(generator),
        1..4 => generator.spell(Part::Refused),
        _ => generator.spell(Part::Walk),
    }
}

fn argued(generator: &mut Generator) {
    let at = generator.here();
    let argument = generator.random.choice(ARGUMENTS).copied();
    let (Some(input), Some(argument)) = (any::line(generator, at), argument) else {
        return;
    };
    let argument = Cow::Borrowed(argument);
    generator.planned.push(AnyInput::Argued { input, argument });
}

impl Generator {
    /// What `part` plans, in another spelling.
    fn spell(&mut self, part: Part) {
        match part {
            Part::Refused => refused::plan(self),
            _ => walk::plan(self),
        }
        let spelling = self.random.choice(Spelling::OTHERS);
        if let (Some(AnyInput::Known { spelling: own, .. }), Some(spelling)) =
            (self.planned.last_mut(), spelling)
        {
            *own = *spelling;
        }
    }
}
