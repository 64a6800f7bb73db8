//! The bodies of the fuzz targets and of the property tests: each panics, or says why, when a claim does not hold.

use std::fmt;
use std::sync::OnceLock;

use arbitrary::{Arbitrary, Unstructured};
use ftproof_core::{Effect, TransferOutcome};
use ftproof_model::{Code, Entry, Expected, Input, Judgement, Machine, Oracle, State, Transcript, out_of_order};

use crate::agreement::play;
use crate::embedded::{Embedded, embedded_names, embedded_site};
use crate::reply::read_codes;
use crate::verify::machine;

/// One step of a random session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyInput {
    /// An input of the model's alphabet; verbs count in any case.
    Known {
        /// The input.
        input: Input,
        /// Whether its verb is sent in lower case.
        lower_case: bool,
    },
    /// The verb of an input with another argument. What it means is left open: any reply that the RFCs allow will do.
    Argued {
        /// The input whose verb it is.
        input: Input,
        /// The argument: any bytes but CR and LF.
        argument: Vec<u8>,
    },
    /// A line that no verb starts: any bytes but CR and LF behind an exclamation mark.
    Garbage(Vec<u8>),
}

impl AnyInput {
    /// The line without CRLF; `None` for an event.
    fn line(&self) -> Option<Vec<u8>> {
        match self {
            AnyInput::Known { input, lower_case } => {
                let template = input.line()?.as_bytes();
                let mut line = embedded_names().fill(template).expect("the embedded target has every name");
                if *lower_case {
                    line[..input.verb().len()].make_ascii_lowercase();
                }
                Some(line)
            }
            AnyInput::Argued { input, argument } => {
                let argument = argument.iter().filter(|byte| !matches!(byte, b'\r' | b'\n'));
                Some(input.verb().bytes().chain([b' ']).chain(argument.copied()).collect())
            }
            AnyInput::Garbage(bytes) => {
                let bytes = bytes.iter().filter(|byte| !matches!(byte, b'\r' | b'\n'));
                Some([b'!'].into_iter().chain(bytes.copied()).collect())
            }
        }
    }

    /// The input that the model takes it for.
    fn input(&self) -> Input {
        match self {
            AnyInput::Known { input, .. } | AnyInput::Argued { input, .. } => *input,
            AnyInput::Garbage(_) => Input::Unknown,
        }
    }

    /// Whether `input` may be sent with any argument: it has a verb, and `EPSV ALL` is not hidden behind it.
    pub fn takes_any_argument(input: Input) -> bool {
        !input.verb().is_empty() && !matches!(input.verb(), "EPSV" | "XYZZY" | "MAIL")
            && !matches!(input, Input::NoArgument | Input::SurplusArgument)
    }
}

impl<'a> Arbitrary<'a> for AnyInput {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let choice = usize::from(u8::arbitrary(bytes)?);
        if let Some(&input) = Input::ALL.get(choice) {
            return Ok(AnyInput::Known { input, lower_case: false });
        }
        let input = *bytes.choose(Input::ALL)?;
        Ok(match choice % 3 {
            0 => AnyInput::Known { input, lower_case: true },
            1 if AnyInput::takes_any_argument(input) => AnyInput::Argued { input, argument: Vec::arbitrary(bytes)? },
            _ => AnyInput::Garbage(Vec::arbitrary(bytes)?),
        })
    }
}

/// A reply of our session that the model forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonconformance {
    /// What to send, what was expected, and what came.
    pub transcript: Transcript,
}

impl fmt::Display for Nonconformance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.transcript.fmt(out)
    }
}

/// What the model knows of the session.
enum Knowledge {
    /// The strict state: every argument so far was one of the alphabet's.
    Exact(State),
    /// What the replies allow: some argument was another.
    Observed(Oracle<'static>),
}

/// Walks our session and the model through `inputs`; an input that is not possible is left out. Each reply must be the
/// strict one, or, once an argument was not of the alphabet, one that the RFC layer allows. The files are as at first
/// in each step.
pub fn conforms(inputs: &[AnyInput]) -> Result<(), Box<Nonconformance>> {
    let machine = shared_machine();
    let pristine = embedded_site();
    let mut session = Embedded::default();
    let mut knowledge = Knowledge::Exact(State::default());
    let mut entries = Vec::new();
    let mut codes = Vec::new();
    let mut transfers = false;
    for any in inputs {
        let input = any.input();
        let is_possible = if input.is_event() { transfers } else { session.reads() };
        if !is_possible {
            continue;
        }
        let line = any.line();
        entries.push(line.clone().map_or_else(|| input.entry(), Entry::Send));
        let (mut bytes, mut effects) = (Vec::new(), Vec::new());
        let wire = line.map(|line| [&line, &b"\r\n"[..]].concat()).unwrap_or_default();
        play(&mut session, &mut pristine.clone(), input, &wire, &mut bytes, &mut effects);
        transfers = transfers && !input.is_event();
        for effect in effects {
            transfers = matches!(effect, Effect::OpenData(_)) || transfers && effect != Effect::AbortData;
        }
        codes.clear();
        if !read_codes(&bytes, &mut codes) {
            return Err(fails(&mut entries, "the bytes are not replies", &[], &[]));
        }
        knowledge = judge(machine, knowledge, any, input, &codes, &mut entries)?;
        entries.extend(codes.iter().map(|&code| Entry::Expect(vec![Expected::Code(code)])));
    }
    Ok(())
}

fn judge(
    machine: &'static Machine<'static>,
    knowledge: Knowledge,
    any: &AnyInput,
    input: Input,
    codes: &[Code],
    entries: &mut Vec<Entry>,
) -> Result<Knowledge, Box<Nonconformance>> {
    let mut oracle = match (knowledge, any) {
        (Knowledge::Exact(state), AnyInput::Known { .. } | AnyInput::Garbage(_)) => {
            let step = machine.strict(state, input).expect("the session reads when the model does");
            if step.replies != codes {
                return Err(fails(entries, step.rule.name, step.replies, codes));
            }
            return Ok(Knowledge::Exact(step.next));
        }
        (Knowledge::Exact(state), AnyInput::Argued { .. }) => Oracle::at(machine, state),
        (Knowledge::Observed(oracle), _) => oracle,
    };
    // 503 is the reply to a command that is out of order in every state that is possible, and to no other.
    let states = oracle.states();
    let all_out = states.iter().all(|state| out_of_order(state, input).is_some());
    let none_out = states.iter().all(|state| out_of_order(state, input).is_none());
    if codes == [503] && none_out || codes.first().is_some_and(|code| *code < 400) && all_out {
        return Err(fails(entries, "503 is for what is out of order, and for nothing else", &[503], codes));
    }
    match oracle.observe(input, codes) {
        Judgement::Diverges(divergence) => Err(fails(entries, divergence.row, &divergence.strict, codes)),
        Judgement::Lost => Err(fails(entries, "the oracle was lost", &[], codes)),
        Judgement::Strict | Judgement::Allowed | Judgement::UnlessImplemented(_) => Ok(Knowledge::Observed(oracle)),
    }
}

fn fails(entries: &mut Vec<Entry>, reason: &str, expected: &[Code], came: &[Code]) -> Box<Nonconformance> {
    let mut entries = std::mem::take(entries);
    entries.insert(0, Entry::Comment(reason.to_owned()));
    entries.extend(expected.iter().map(|&code| Entry::Expect(vec![Expected::Code(code)])));
    entries.push(Entry::Comment(format!("came: {came:?}")));
    Box::new(Nonconformance { transcript: Transcript { entries } })
}

fn shared_machine() -> &'static Machine<'static> {
    static MACHINE: OnceLock<Machine<'static>> = OnceLock::new();
    MACHINE.get_or_init(machine)
}

/// The fuzz target `session`: the session never gives a reply that the model forbids.
///
/// # Panics
/// With the transcript, when it does.
pub fn session_conforms(inputs: &[AnyInput]) {
    if let Err(nonconformance) = conforms(inputs) {
        panic!("\n{nonconformance}");
    }
}

/// The fuzz target `bytes`: whatever bytes come, in whatever chunks, the session does not panic, what it says are
/// replies, and chunking makes no difference.
///
/// # Panics
/// When one of these does not hold.
pub fn bytes_are_answered(chunks: &[Vec<u8>]) {
    let whole = chunks.concat();
    let at_once = answers([whole.as_slice()].into_iter());
    let in_chunks = answers(chunks.iter().map(Vec::as_slice));
    let by_byte = answers(whole.chunks(1));
    assert!(read_codes(&at_once, &mut Vec::new()), "not replies: {}", ftproof_model::escape(&at_once));
    assert_eq!(at_once, in_chunks, "the answer depends on how the bytes come");
    assert_eq!(at_once, by_byte, "the answer depends on how the bytes come");
}

/// Everything that a fresh session says to these bytes. A transfer ends when the bytes do.
fn answers<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut session = Embedded::default();
    let mut site = embedded_site();
    let (mut replies, mut effects) = (Vec::new(), Vec::new());
    for chunk in chunks {
        session.bytes(chunk, &mut site, &mut replies, &mut effects);
    }
    session.transfer_ended(TransferOutcome::Completed, &mut site, &mut replies, &mut effects);
    replies
}
