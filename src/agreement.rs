//! The proof that our session and the model agree: a joint exploration of both, to the end.
//!
//! Starts both at connect and walks every pair (session, model state) that can be reached, under every input: each
//! time the session gets the line as bytes, and the replies that come as bytes must carry the model's strict codes, in
//! order. Both must also agree on whether lines are read and whether the connection is open, and an input that is
//! possible must have a row. When no new pair turns up, this is a proof for every sequence, of any length, of the
//! inputs in the model's alphabet. It shows nothing of arguments that no input has. The files are as at first in each
//! step, as each input says what it finds there.
//!
//! Costs one step of each for every pair and input.

use std::collections::HashSet;

use ftproof_core::{Effect, MemorySite, TransferOutcome};
use ftproof_model::{
    Code, Entry, Expected, Input, Machine, Security, State, Step, Transcript, Transfer,
};

use crate::embedded::{Embedded, embedded_names, embedded_site};
use crate::reply::read_codes;

/// What the joint exploration covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// Pairs of a session and a model state.
    pub pairs: usize,
    /// Steps: an input tried on a pair.
    pub steps: usize,
}

/// Where session and model differ: a shortest sequence of inputs that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The inputs, with the codes on which both agreed; the last one is where they differ.
    pub path: Vec<(Input, Vec<Code>)>,
    /// What the model says.
    pub expected: Vec<Code>,
    /// What the session says.
    pub came: Vec<Code>,
    /// The difference in one sentence.
    pub reason: String,
}

impl Disagreement {
    /// The sequence as a transcript.
    pub fn transcript(&self) -> Transcript {
        let mut entries = vec![Entry::Comment(self.reason.clone())];
        for (input, codes) in &self.path {
            entries.push(input.entry());
            entries.extend(
                codes
                    .iter()
                    .map(|&code| Entry::Expect(vec![Expected::Code(code)])),
            );
        }
        entries.push(Entry::Comment(format!("came: {:?}", self.came)));
        Transcript { entries }
    }
}

/// A pair, and how the search came to it.
struct Pair {
    session: Embedded,
    state: State,
    came_by: Option<(usize, Input)>,
}

/// Explores `machine` and our session together. `Err` holds a shortest disagreement.
pub fn agree(machine: &Machine<'_>) -> Result<Agreement, Box<Disagreement>> {
    let lines = lines();
    let pristine = embedded_site();
    let start = (Embedded::default(), State::default());
    let mut known = HashSet::from([start.clone()]);
    let mut pairs = vec![Pair {
        session: start.0,
        state: start.1,
        came_by: None,
    }];
    let (mut steps, mut next) = (0, 0);
    let mut bytes = Vec::new();
    let (mut codes, mut effects) = (Vec::new(), Vec::new());
    while next < pairs.len() {
        for (&input, line) in Input::ALL.iter().zip(&lines) {
            let (mut session, state) = (pairs[next].session.clone(), pairs[next].state);
            let Some(expected) = machine.strict(state, input) else {
                if is_possible(input, &session, state) {
                    return Err(undecided(state, path(machine, &pairs, next, input)));
                }
                continue;
            };
            steps += 1;
            bytes.clear();
            codes.clear();
            effects.clear();
            play(
                &mut session,
                &mut pristine.clone(),
                input,
                line,
                &mut bytes,
                &mut effects,
            );
            let is_well_formed = read_codes(&bytes, &mut codes);
            let reason = if is_well_formed {
                difference(state, input, &expected, &session, &codes, &effects)
            } else {
                Some("the session's bytes are not replies")
            };
            if let Some(reason) = reason {
                return Err(Box::new(Disagreement {
                    path: path(machine, &pairs, next, input),
                    expected: expected.replies.to_vec(),
                    came: codes,
                    reason: format!(
                        "{reason}: {input:?} in {state:?}, by the row '{}'",
                        expected.rule.name
                    ),
                }));
            }
            let pair = (session, expected.next);
            if !known.contains(&pair) {
                known.insert(pair.clone());
                pairs.push(Pair {
                    session: pair.0,
                    state: pair.1,
                    came_by: Some((next, input)),
                });
            }
        }
        next += 1;
    }
    Ok(Agreement {
        pairs: pairs.len(),
        steps,
    })
}

/// The model has no row for the last input of `path`, in `state`.
fn undecided(state: State, path: Vec<(Input, Vec<Code>)>) -> Box<Disagreement> {
    Box::new(Disagreement {
        path,
        expected: Vec::new(),
        came: Vec::new(),
        reason: format!("no row of the table decides in {state:?}"),
    })
}

/// Whether a row must decide: a line while one is read, an event while a transfer runs.
fn is_possible(input: Input, session: &Embedded, state: State) -> bool {
    if input.is_event() {
        state.transfer == Transfer::Running
    } else {
        session.reads()
    }
}

/// What the session, behind its step, does otherwise than the model's step says.
fn difference(
    state: State,
    input: Input,
    expected: &Step<'_>,
    session: &Embedded,
    codes: &[Code],
    effects: &[Effect],
) -> Option<&'static str> {
    if codes != expected.replies {
        Some("the replies differ")
    } else if session.reads() != expected.next.reads() {
        Some("only one of the two reads on")
    } else if session.is_closed() == expected.next.is_open() {
        Some("only one of the two is closed")
    } else if !effects.iter().map(asked).eq(due(state, input, expected)) {
        Some("the session asks the transport for something else")
    } else {
        None
    }
}

/// What a transport is asked to do.
#[derive(PartialEq)]
enum Asked {
    OpenData,
    AbortData,
    StartTls,
    StopTls,
    Close,
}

fn asked(effect: &Effect) -> Asked {
    match effect {
        Effect::OpenData(_) => Asked::OpenData,
        Effect::AbortData => Asked::AbortData,
        Effect::StartTls => Asked::StartTls,
        Effect::StopTls => Asked::StopTls,
        Effect::Close => Asked::Close,
    }
}

/// What the replies of the model's step oblige the transport to do (RFC 959 §4.1.1, §5.4; RFC 4217 §4, §5, §13).
fn due(state: State, input: Input, step: &Step<'_>) -> Option<Asked> {
    match (input, step.replies) {
        _ if !step.next.is_open() => Some(Asked::Close),
        (_, [150]) => Some(Asked::OpenData),
        (Input::Abor, [426, 226]) => Some(Asked::AbortData),
        (Input::AuthTls, [234]) => Some(Asked::StartTls),
        (Input::Ccc, [200]) => Some(Asked::StopTls),
        (_, [.., 220]) if input != Input::Host && state.security == Security::Tls => {
            Some(Asked::StopTls)
        }
        _ => None,
    }
}

/// Every input's line as it goes over the wire; empty for an event.
fn lines() -> Vec<Vec<u8>> {
    let names = embedded_names();
    Input::ALL
        .iter()
        .map(|input| match input.line() {
            None => Vec::new(),
            Some(template) => {
                let mut line = names
                    .fill(template.as_bytes())
                    .expect("the embedded target has every name of the alphabet");
                line.extend_from_slice(b"\r\n");
                line
            }
        })
        .collect()
}

/// Gives one input to the session and collects the bytes of its replies, and its effects.
pub(crate) fn play(
    session: &mut Embedded,
    site: &mut MemorySite,
    input: Input,
    line: &[u8],
    replies: &mut Vec<u8>,
    effects: &mut Vec<Effect>,
) {
    let outcome = match input {
        Input::DataDone => TransferOutcome::Completed,
        Input::DataRefused => TransferOutcome::NotOpened,
        Input::DataBroken => TransferOutcome::Broken,
        Input::DataFailed => TransferOutcome::LocalError,
        _ => return session.bytes(line, site, replies, effects),
    };
    session.transfer_ended(outcome, site, replies, effects);
}

fn path(
    machine: &Machine<'_>,
    pairs: &[Pair],
    last: usize,
    input: Input,
) -> Vec<(Input, Vec<Code>)> {
    let mut inputs = vec![(last, input)];
    let mut at = last;
    while let Some((before, input)) = pairs[at].came_by {
        inputs.push((before, input));
        at = before;
    }
    inputs.reverse();
    inputs
        .into_iter()
        .map(|(from, input)| {
            let step = machine.strict(pairs[from].state, input);
            (
                input,
                step.map(|step| step.replies.to_vec()).unwrap_or_default(),
            )
        })
        .collect()
}
