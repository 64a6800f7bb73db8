//! Framing: lines do not depend on how the bytes were cut, and nothing makes the reader grow.

use ftproof_core::{LINE_BYTES_MAX, Line, LineReader};

/// Lines as text, a line that is too long as its length.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    Complete(Vec<u8>),
    TooLong(usize),
}

fn read(reader: &mut LineReader, mut input: &[u8]) -> Vec<Read> {
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line(&mut input) {
        lines.push(match line {
            Line::Complete(bytes) => Read::Complete(bytes.to_vec()),
            Line::TooLong { bytes } => Read::TooLong(bytes),
        });
    }
    assert!(input.is_empty());
    lines
}

fn lines(input: &[u8]) -> Vec<Read> {
    read(&mut LineReader::default(), input)
}

fn complete(text: &[u8]) -> Read {
    Read::Complete(text.to_vec())
}

const HARD: &[u8] =
    b"USER a\r\n\r\nPA\xff\xfbxSS \xff\xff\xff\xf1b\r\n\xff\xfaab\xff\xffc\xff\xf0QUIT\r\n\
    a\rb\r\0c\nd\0e\r\r\n\r\xff\xf4\n\xff\xff\r\nhalf";

#[test]
fn framing_does_not_depend_on_chunking() {
    let whole = lines(HARD);
    for size in 1..HARD.len() {
        let mut reader = LineReader::default();
        let cut: Vec<_> = HARD
            .chunks(size)
            .flat_map(|chunk| read(&mut reader, chunk))
            .collect();
        assert_eq!(cut, whole, "chunks of {size}");
    }
    for split in 0..=HARD.len() {
        let (front, back) = HARD.split_at(split);
        let mut reader = LineReader::default();
        let mut cut = read(&mut reader, front);
        cut.extend(read(&mut reader, back));
        assert_eq!(cut, whole, "split at {split}");
    }
}

#[test]
fn telnet_sequences_are_removed_and_doubled_iac_is_one_byte() {
    assert_eq!(
        lines(HARD),
        [
            complete(b"USER a"),
            complete(b""),
            complete(b"PASS \xffb"),
            complete(b"QUIT"),
            complete(b"a\rb\rc\nd\0e\r"),
            complete(b""),
            complete(b"\xff"),
        ]
    );
    for abor in [
        b"\xff\xf4\xff\xf2ABOR\r\n".as_slice(),
        b"A\xff\xf4BO\xff\xf2R\r\n",
        b"ABOR\xff\xf9\r\n",
    ] {
        assert_eq!(lines(abor), [complete(b"ABOR")]);
    }
}

#[test]
fn only_crlf_ends_a_line() {
    assert_eq!(
        lines(b"NOOP\nNOOP\rNOOP\r\0\n\r\n"),
        [complete(b"NOOP\nNOOP\rNOOP\r\n")]
    );
}

#[test]
fn the_longest_line_is_4096_bytes_with_its_crlf() {
    let mut input = vec![b'a'; LINE_BYTES_MAX - 2];
    input.extend(b"\r\nNOOP\r\n");
    assert_eq!(
        lines(&input),
        [complete(&[b'a'; LINE_BYTES_MAX - 2]), complete(b"NOOP")]
    );
    input.insert(0, b'a');
    assert_eq!(
        lines(&input),
        [Read::TooLong(LINE_BYTES_MAX + 1), complete(b"NOOP")]
    );
}

#[test]
fn a_line_without_end_is_reported_once_at_its_end() {
    let mut reader = LineReader::default();
    for _ in 0..100 {
        assert_eq!(read(&mut reader, &[b'a'; 1000]), []);
    }
    assert_eq!(
        read(&mut reader, b"\r\nNOOP\r\n"),
        [Read::TooLong(100_002), complete(b"NOOP")]
    );
}

#[test]
fn a_subnegotiation_without_end_hides_no_more_than_a_line() {
    let mut input = b"\xff\xfa".to_vec();
    input.extend([b'\r', b'\n'].repeat(LINE_BYTES_MAX));
    input.extend(b"NOOP\r\n");
    let read = lines(&input);
    assert_eq!(read.first(), Some(&Read::TooLong(LINE_BYTES_MAX + 2)));
    assert_eq!(read.last(), Some(&complete(b"NOOP")));
}

#[test]
fn clear_forgets_a_half_read_line() {
    let mut reader = LineReader::default();
    assert_eq!(read(&mut reader, b"PASS sec\xff\xfa"), []);
    reader.clear();
    assert_eq!(reader, LineReader::default());
    assert_eq!(read(&mut reader, b"NOOP\r\n"), [complete(b"NOOP")]);
}
