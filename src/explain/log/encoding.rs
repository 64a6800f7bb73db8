//! The bytes of a log as text: UTF-8, or UTF-16 with its mark in front, which is what `>` of Windows PowerShell writes.

use std::borrow::Cow;

/// The text that `bytes` are. What is no letter in its encoding becomes U+FFFD.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let pairs = bytes.chunks_exact(2);
    // Half a unit at the end: the log was cut off.
    let half = pairs
        .remainder()
        .first()
        .map(|_| char::REPLACEMENT_CHARACTER);
    char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]])))
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .chain(half)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_in_front_tells_the_encoding() {
        for bytes in [
            &b"> PWD \xc3\xa9"[..],
            b"\xef\xbb\xbf> PWD \xc3\xa9",
            b"\xff\xfe>\0 \0P\0W\0D\0 \0\xe9\0",
            b"\xfe\xff\0>\0 \0P\0W\0D\0 \0\xe9",
        ] {
            assert_eq!(text(bytes), "> PWD é", "{bytes:?}");
        }
        assert_eq!(text(b"\xff\xfe\0\xd8 \0\x01"), "\u{fffd} \u{fffd}");
    }
}
