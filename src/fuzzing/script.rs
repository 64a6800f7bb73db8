//! Bytes of the control connection in any chunking, with the ends of transfers between them.

use std::fmt;
use std::sync::OnceLock;

use arbitrary::{Arbitrary, Unstructured};
use ftproof_core::{Effect, LINE_BYTES_MAX, MemorySite, Path, Site, TransferOutcome};
use ftproof_model::{DataAction, Entry, Transcript};

use crate::embedded::{Embedded, HELD_BYTES_MAX, embedded_site};
use crate::reply::read_codes;

/// What a client sends. As `Debug` it is a transcript; a last line without CRLF is shown like the others.
///
/// It is read from bytes: 0xC0 and the byte behind it end the running transfer (with the outcome that the byte stands
/// for), 0xC1 begins a new chunk, and every other byte is sent. UTF-8 has neither of the two.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Script {
    pub(super) bytes: Vec<u8>,
    /// Where chunks begin, in ascending order.
    pub(super) cuts: Vec<usize>,
    /// Where a transfer ends, and how, in ascending order.
    pub(super) ends: Vec<(usize, TransferOutcome)>,
}

impl Script {
    /// Stands before the number of a transfer's outcome.
    pub const END: u8 = 0xc0;
    /// Begins a new chunk.
    pub const CUT: u8 = 0xc1;
    const OUTCOMES: [TransferOutcome; 4] = [
        TransferOutcome::Completed,
        TransferOutcome::NotOpened,
        TransferOutcome::Broken,
        TransferOutcome::LocalError,
    ];

    /// Reads a script. Costs one pass over the bytes.
    pub fn parse(text: &[u8]) -> Self {
        let mut script = Script {
            bytes: Vec::with_capacity(text.len()),
            ..Script::default()
        };
        let mut text = text.iter();
        while let Some(&byte) = text.next() {
            let here = script.bytes.len();
            match byte {
                Script::END => {
                    let number = usize::from(text.next().copied().unwrap_or_default());
                    script
                        .ends
                        .push((here, Script::OUTCOMES[number % Script::OUTCOMES.len()]));
                }
                Script::CUT => script.cuts.push(here),
                byte => script.bytes.push(byte),
            }
        }
        script
    }

    /// The number that stands for `outcome` behind [`Script::END`].
    pub fn number(outcome: TransferOutcome) -> u8 {
        outcome as u8
    }
}

impl<'a> Arbitrary<'a> for Script {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        bytes.bytes(bytes.len()).map(Script::parse)
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut entries = Vec::new();
        let mut from = 0;
        let last = (self.bytes.len(), None);
        for (end, outcome) in self
            .ends
            .iter()
            .map(|&(end, outcome)| (end, Some(outcome)))
            .chain([last])
        {
            let mut rest = &self.bytes[from..end];
            while !rest.is_empty() {
                let length = rest
                    .windows(2)
                    .position(|pair| pair == b"\r\n")
                    .unwrap_or(rest.len());
                entries.push(Entry::Send(rest[..length].to_vec()));
                rest = rest.get(length + 2..).unwrap_or_default();
            }
            entries.extend(outcome.map(|outcome| {
                Entry::Data(match outcome {
                    TransferOutcome::Completed => DataAction::Close,
                    TransferOutcome::NotOpened | TransferOutcome::NotProtected => {
                        DataAction::Refuse
                    }
                    TransferOutcome::Broken => DataAction::Break,
                    TransferOutcome::LocalError => DataAction::Fail,
                })
            }));
            from = end;
        }
        write!(out, "\n{}", Transcript { entries })
    }
}

/// The fuzz target `bytes`: whatever bytes come, the session does not panic, what it says are replies, what it holds is
/// bounded, and neither what it says nor what it is afterwards depends on how the bytes are cut into chunks.
///
/// Cuts decide one thing: what came behind AUTH TLS in the clear is thrown away, and the client does not wait for the
/// reply. So here all is thrown away up to the next end of a transfer.
///
/// # Panics
/// With the transcript, when one of these does not hold.
pub fn bytes_are_answered(script: &Script) {
    let (replies, session) = run(script, &[]);
    assert!(
        read_codes(&replies, &mut Vec::new()),
        "not replies: {}{script:?}",
        ftproof_model::escape(&replies)
    );
    let every_byte: Vec<usize> = (0..script.bytes.len()).collect();
    for cuts in [&script.cuts, &every_byte] {
        let (cut_replies, cut_session) = run(script, cuts);
        assert!(
            replies == cut_replies && session == cut_session,
            "it depends on the chunks:\n{}\n{}{script:?}",
            ftproof_model::escape(&replies),
            ftproof_model::escape(&cut_replies)
        );
    }
}

/// Everything that a fresh session says to these bytes in these chunks, and the session. The transfer that runs last
/// ends with the bytes.
fn run(script: &Script, cuts: &[usize]) -> (Vec<u8>, Embedded) {
    let mut session = Embedded::default();
    let mut site = shared_site().clone();
    let (mut replies, mut effects) = (Vec::new(), Vec::new());
    let mut cuts = cuts.iter().copied().peekable();
    let mut from = 0;
    let last = (script.bytes.len(), TransferOutcome::Completed);
    for (end, outcome) in script.ends.iter().copied().chain([last]) {
        while from < end {
            while cuts.next_if(|&cut| cut <= from).is_some() {}
            let to = cuts.peek().map_or(end, |&cut| cut.min(end));
            session.bytes(
                &script.bytes[from..to],
                &mut site,
                &mut replies,
                &mut effects,
            );
            let held = session.buffered_bytes();
            assert!(
                held <= LINE_BYTES_MAX + HELD_BYTES_MAX,
                "{held} bytes are held{script:?}"
            );
            from = if effects.contains(&Effect::StartTls) {
                end
            } else {
                to
            };
            effects.clear();
        }
        session.transfer_ended(outcome, &mut site, &mut replies, &mut effects);
        effects.clear();
    }
    (replies, session)
}

/// The files of the embedded target without the big one, whose lines SIZE would count for most of the time.
pub(super) fn shared_site() -> &'static MemorySite {
    static SITE: OnceLock<MemorySite> = OnceLock::new();
    SITE.get_or_init(|| {
        let mut site = embedded_site();
        site.delete(&Path::root().join(b"big.bin"))
            .expect("the fixture has this file");
        site
    })
}
