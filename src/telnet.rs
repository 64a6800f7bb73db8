//! Telnet commands within replies: the control connection is a Telnet connection (RFC 959 §2.3), so a server may put
//! them anywhere (RFC 854). They say nothing of FTP, and none is answered.

const SE: u8 = 240;
const SB: u8 = 250;
const WILL: u8 = 251;
const IAC: u8 = 255;
/// How much may stand between SB and SE; of more than that the rest is text.
const PARAMETERS_MAX: usize = 1024;

/// Where in a command the bytes so far end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    /// Behind IAC.
    Command,
    /// Behind WILL, WONT, DO or DONT, which one option follows.
    Option(u8),
    /// Behind SB and so many bytes.
    Parameters(usize),
    /// The same, and an IAC.
    End(usize),
}

/// Takes Telnet commands out of bytes that come in any chunking. Keeps no bytes but part of one command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telnet(Place);

impl Telnet {
    /// Adds what is no command of `bytes` to `text`. The byte 255 is in no UTF-8; in another text it counts as a
    /// command only if one follows.
    pub(crate) fn text(&mut self, mut bytes: &[u8], text: &mut Vec<u8>) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.0 == Place::Text {
                let length = bytes.iter().position(|&byte| byte == IAC);
                let (plain, others) = bytes.split_at(length.unwrap_or(bytes.len()));
                text.extend_from_slice(plain);
                if !others.is_empty() {
                    self.0 = Place::Command;
                }
                bytes = others.get(1..).unwrap_or_default();
                continue;
            }
            self.0 = self.behind(first, text);
            bytes = rest;
        }
    }

    /// Where `byte` leads, outside of text.
    fn behind(&self, byte: u8, text: &mut Vec<u8>) -> Place {
        match (self.0, byte) {
            (Place::Command, SB) => return Place::Parameters(0),
            (Place::Command, WILL..IAC) => return Place::Option(byte),
            (Place::Command, SE..SB) => {}
            // Doubled, it is a byte of the text.
            (Place::Command, IAC) => text.push(IAC),
            (Place::Command, _) => text.extend([IAC, byte]),
            // The end of a line is no option.
            (Place::Option(command), b'\r' | b'\n') => text.extend([IAC, command, byte]),
            (Place::Parameters(count) | Place::End(count), _) if count >= PARAMETERS_MAX => {}
            (Place::Parameters(count), IAC) => return Place::End(count),
            (Place::End(_), SE) | (Place::Text | Place::Option(_), _) => {}
            (Place::Parameters(count) | Place::End(count), _) => {
                return Place::Parameters(count + 1);
            }
        }
        Place::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of `bytes`, whole and byte by byte.
    #[track_caller]
    fn assert_text(bytes: &[u8], expected: &[u8]) {
        for size in [1, 2, bytes.len()] {
            let (mut telnet, mut text) = (Telnet::default(), Vec::new());
            for chunk in bytes.chunks(size) {
                telnet.text(chunk, &mut text);
            }
            assert_eq!(text, expected, "in chunks of {size}");
        }
    }

    #[test]
    fn commands_are_taken_out_wherever_they_are() {
        assert_text(b"\xff\xfd\x18\xff\xfb\x01220 ready\r\n", b"220 ready\r\n");
        assert_text(b"2\xff\xf120 re\xff\xf9ady\r\xff\xf1\n", b"220 ready\r\n");
        assert_text(b"\xff\xfa\x18\x01xterm\xff\xff\xff\xf0220\r\n", b"220\r\n");
    }

    #[test]
    fn text_stays_as_it_is() {
        let utf8 = "220 Grüß Gott, 你好 ÿþ\r\n".as_bytes();
        assert_text(utf8, utf8);
        for latin1 in [
            &b"257 \"/\xffa\"\r\n"[..],
            b"257 \xff\r\n",
            b"257 \xff\xfe\r\n",
        ] {
            assert_text(latin1, latin1);
        }
        assert_text(b"257 \xff\xff\r\n", b"257 \xff\r\n");
    }

    #[test]
    fn parameters_without_an_end_are_bounded() {
        let endless = [&b"\xff\xfa"[..], &[0; PARAMETERS_MAX + 1], b"220 ready\r\n"].concat();
        assert_text(&endless, b"220 ready\r\n");
    }
}
