//! What is read and written does not depend on how it is cut, whatever it is: replies, transcripts, whole sessions.

#[path = "support/sessions.rs"]
mod sessions;

use ftproof::embedded::{Embedded, HELD_BYTES_MAX, embedded_site};
use ftproof::fuzzing::{Inputs, Script, bytes_are_answered};
use ftproof::reply::{NotAReply, REPLY_BYTES_MAX, Reply, ReplyReader, read_codes};
use ftproof_core::{LINE_BYTES_MAX, TransferOutcome};
use ftproof_model::{DataAction, Entry, Expected, Transcript};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use sessions::sessions;

/// What a reader says to these chunks, up to the first error.
fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Reply>, Option<NotAReply>) {
    let mut reader = ReplyReader::default();
    let mut replies = Vec::new();
    for chunk in chunks {
        reader.push(chunk);
        loop {
            match reader.next_reply() {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(error) => return (replies, Some(error)),
            }
        }
        assert!(reader.rest().len() <= REPLY_BYTES_MAX);
    }
    (replies, None)
}

/// `bytes` in chunks that begin at `cuts`, in whatever order these are.
fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &bytes[pair[0]..pair[1]])
        .collect()
}

/// Lines that are nearly replies: single, first, inner and last ones, and some that are none.
fn reply_bytes() -> impl Strategy<Value = Vec<u8>> {
    let code = select(&["214", "220", "421", "999", "12", ""][..]);
    let mark = select(&[" ", "-", "", "x"][..]);
    let text = vec(prop_oneof![9 => b' '..=b'~', 1 => any::<u8>()], 0..12);
    let end = select(&["\r\n", "\r\n", "\r\n", "\n", "\r", ""][..]);
    let line = (code, mark, text, end).prop_map(|(code, mark, text, end)| {
        [code.as_bytes(), mark.as_bytes(), &text, end.as_bytes()].concat()
    });
    let line_or_reply = prop_oneof![
        2 => "2(14|20) [a-z]{0,5}\r\n".prop_map(String::into_bytes),
        2 => "2(14|20)-[a-z]{0,5}\r\n(214 |220-)?[a-z]{0,3}\r\n2(14|20) ?[a-z]?\r\n".prop_map(String::into_bytes),
        1 => line,
    ];
    vec(line_or_reply, 0..12).prop_map(|lines| lines.concat())
}

/// Text of one line, as a comment or a name may be.
fn one_line() -> impl Strategy<Value = String> {
    "[^\r\n]{0,20}"
}

fn entry() -> impl Strategy<Value = Entry> {
    let bytes = || vec(any::<u8>(), 0..20);
    let expected = prop_oneof![
        (100_u16..700).prop_map(Expected::Code),
        (1_u8..=6).prop_map(Expected::Class)
    ];
    let action = prop_oneof![
        select(
            &[
                DataAction::Read(None),
                DataAction::Close,
                DataAction::Break,
                DataAction::Refuse,
                DataAction::Fail
            ][..]
        ),
        bytes().prop_map(DataAction::Send),
        any::<usize>().prop_map(DataAction::Size),
        bytes().prop_map(|bytes| DataAction::Read(Some(bytes))),
    ];
    prop_oneof![
        one_line().prop_map(Entry::Comment),
        bytes().prop_map(Entry::Send),
        vec(expected, 1..4).prop_map(Entry::Expect),
        action.prop_map(Entry::Data),
        one_line()
            .prop_filter("a session has a name", |name| !name.trim().is_empty())
            .prop_map(Entry::Session),
        select(&[Entry::Blank, Entry::Tls, Entry::Close][..]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_transcript_reads_back_the_same(entries in vec(entry(), 0..20)) {
        let transcript = Transcript { entries };
        prop_assert_eq!(Transcript::parse(&transcript.to_string()), Ok(transcript));
    }

    /// Where a text says the same in another way, printing it once is enough.
    #[test]
    fn a_text_that_is_a_transcript_is_printed_in_one_form(
        lines in vec("[#>< @][ -~]{0,12}|@data [a-z ]{0,9}|< ?[1-6]yz", 0..6),
    ) {
        if let Ok(transcript) = Transcript::parse(&lines.join("\n")) {
            prop_assert_eq!(Transcript::parse(&transcript.to_string()), Ok(transcript));
        }
    }

    #[test]
    fn replies_do_not_depend_on_chunking(bytes in reply_bytes(), cuts in vec(any::<usize>(), 0..8)) {
        let whole = read([bytes.as_slice()]);
        prop_assert_eq!(&read(cut(&bytes, &cuts)), &whole);
        prop_assert_eq!(&read(bytes.chunks(1)), &whole);
    }

    /// That what is held is bounded is asserted for each chunk.
    #[test]
    fn any_bytes_from_a_server_are_replies_or_an_error(
        bytes in vec(any::<u8>(), 0..400),
        cuts in vec(any::<usize>(), 0..8),
    ) {
        let (replies, _) = read(cut(&bytes, &cuts));
        prop_assert!(replies.iter().all(|reply| (100..700).contains(&reply.code) && !reply.lines.is_empty()));
    }

    /// A stricter reader of the same grammar must not see other replies.
    #[test]
    fn what_the_strict_reader_takes_the_lenient_one_takes_for_the_same(bytes in reply_bytes()) {
        let mut codes = Vec::new();
        if read_codes(&bytes, &mut codes) {
            let (replies, error) = read([bytes.as_slice()]);
            prop_assert_eq!(error, None);
            prop_assert_eq!(replies.iter().map(|reply| reply.code).collect::<Vec<_>>(), codes);
        }
    }

    #[test]
    fn a_session_does_not_depend_on_chunking(
        Inputs(inputs) in sessions(),
        cuts in vec((any::<usize>(), any::<bool>()), 0..8),
    ) {
        let mut text: Vec<u8> = inputs.iter().flat_map(|input| match input.entry(false) {
            Entry::Send(line) => [line, b"\r\n".to_vec()].concat(),
            Entry::Data(_) => vec![Script::END, Script::number(TransferOutcome::Completed)],
            _ => Vec::new(),
        }).collect();
        for (cut, is_end) in cuts {
            let mark: &[u8] = if is_end { &[Script::END, 0] } else { &[Script::CUT] };
            let cut = cut % (text.len() + 1);
            text.splice(cut..cut, mark.iter().copied());
        }
        bytes_are_answered(&Script::parse(&text));
    }
}

#[test]
fn a_reply_that_is_too_long_is_so_in_any_chunking() {
    let line = [b"214-".as_slice(), &[b'a'; 1018], b"\r\n"].concat();
    let too_long = [
        line.repeat(REPLY_BYTES_MAX / line.len()),
        b"214 End\r\n".to_vec(),
    ]
    .concat();
    let longest = &too_long[line.len()..];
    for size in [100, 1000, too_long.len()] {
        let is_read = |bytes: &[u8]| matches!(read(bytes.chunks(size)), (replies, None) if replies.len() == 1);
        assert!(is_read(longest), "chunks of {size}");
        let (replies, error) = read(too_long.chunks(size));
        assert!(replies.is_empty(), "chunks of {size}");
        assert_eq!(error, Some(NotAReply::TooLong), "chunks of {size}");
    }
}

#[test]
fn what_a_client_sends_behind_quit_is_held_up_to_a_bound() {
    let (mut session, mut site) = (Embedded::default(), embedded_site());
    let (mut replies, mut effects) = (Vec::new(), Vec::new());
    let start = b"USER open\r\nPASV\r\nSTOR /new.txt\r\nREIN\r\n";
    session.bytes(start, &mut site, &mut replies, &mut effects);
    for _ in 0..3 * HELD_BYTES_MAX / LINE_BYTES_MAX {
        session.bytes(
            &[b'a'; LINE_BYTES_MAX],
            &mut site,
            &mut replies,
            &mut effects,
        );
    }
    assert!((HELD_BYTES_MAX..HELD_BYTES_MAX + LINE_BYTES_MAX).contains(&session.buffered_bytes()));
    session.transfer_ended(
        TransferOutcome::Completed,
        &mut site,
        &mut replies,
        &mut effects,
    );
    assert!(session.buffered_bytes() <= LINE_BYTES_MAX);
}
