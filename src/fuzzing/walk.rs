//! Walks a session and the model side by side through random inputs, and says where a claim does not hold.

use std::fmt;
use std::sync::OnceLock;

use ftproof_core::{Effect, MemorySite};
use ftproof_model::{Code, Entry, Expected, Input, Machine, State, Transcript};

use super::claim::{Breach, Claim, Standing};
use super::input::AnyInput;
use super::knowledge::Knowledge;
use crate::agreement::play;
use crate::embedded::{Embedded, embedded_site};
use crate::reply::read_codes;
use crate::verify::machine;

/// What the claims are about: our session, or in a test of these checks one with a planted bug.
pub trait Subject {
    /// Takes `line` (CRLF included), or if `input` is an event the end of the transfer. Adds the bytes of its replies,
    /// and what it asks of the data connection.
    fn play(
        &mut self,
        site: &mut MemorySite,
        input: Input,
        line: &[u8],
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    );

    /// Whether lines are read.
    fn reads(&self) -> bool;
}

impl Subject for Embedded {
    fn play(
        &mut self,
        site: &mut MemorySite,
        input: Input,
        line: &[u8],
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        play(self, site, input, line, replies, effects);
    }

    fn reads(&self) -> bool {
        Embedded::reads(self)
    }
}

/// A claim that does not hold.
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

/// Walks `session`, as it is after connect, and the model through `inputs`; one that is not possible is left out. In
/// each step `claims` must hold. The files are as at first in each step.
///
/// # Errors
/// The first step in which a claim does not hold, with all that was sent before.
pub fn check(
    mut session: impl Subject,
    inputs: &[AnyInput],
    claims: &[Claim],
) -> Result<(), Box<Nonconformance>> {
    let machine = shared_machine();
    let pristine = shared_site();
    let mut knowledge = Knowledge::Exact(State::default());
    let mut record = Record {
        inputs,
        steps: Vec::with_capacity(inputs.len()),
        codes: Vec::new(),
    };
    let (mut wire, mut bytes, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    let mut transfers = false;
    for (number, any) in inputs.iter().enumerate() {
        any.write_to(&mut wire);
        let input = any.input(&wire);
        let is_possible = if input.is_event() {
            transfers
        } else {
            session.reads()
        };
        if !is_possible {
            continue;
        }
        bytes.clear();
        session.play(
            &mut pristine.clone(),
            input,
            &wire,
            &mut bytes,
            &mut effects,
        );
        transfers = transfers && !input.is_event();
        for effect in effects.drain(..) {
            transfers =
                matches!(effect, Effect::OpenData(_)) || transfers && effect != Effect::AbortData;
        }
        let from = record.codes.len();
        let are_replies = read_codes(&bytes, &mut record.codes);
        record.steps.push((number, record.codes.len()));
        if !are_replies {
            return Err(record.fails(&Breach {
                reason: "the bytes are not replies",
                expected: Vec::new(),
            }));
        }
        let codes = &record.codes[from..];
        let (states, is_known) = (knowledge.states(), any.is_known());
        let standing = Standing::of(states, input);
        let breach = claims
            .iter()
            .find_map(|claim| claim.breach(input, is_known, states, standing, codes));
        let divergence = knowledge.follow(machine, input, is_known, codes, session.reads());
        if let Some(breach) = breach.or(divergence.filter(|_| claims.contains(&Claim::Conforms))) {
            return Err(record.fails(&breach));
        }
        if matches!(knowledge, Knowledge::Lost) {
            break;
        }
    }
    Ok(())
}

/// What was sent and what came. Kept as numbers, because nearly always nobody asks for it.
struct Record<'a> {
    inputs: &'a [AnyInput],
    /// The number of each input that was sent, and where its codes end.
    steps: Vec<(usize, usize)>,
    codes: Vec<Code>,
}

impl Record<'_> {
    fn fails(self, breach: &Breach) -> Box<Nonconformance> {
        let expect = |&code: &Code| Entry::Expect(vec![Expected::Code(code)]);
        let mut entries = vec![Entry::Comment(breach.reason.to_owned())];
        let mut from = 0;
        for (index, &(number, end)) in self.steps.iter().enumerate() {
            entries.push(self.inputs[number].entry());
            if index + 1 == self.steps.len() {
                entries.extend(breach.expected.iter().map(expect));
                entries.push(Entry::Comment(format!(
                    "came: {:?}",
                    &self.codes[from..end]
                )));
            } else {
                entries.extend(self.codes[from..end].iter().map(expect));
            }
            from = end;
        }
        Box::new(Nonconformance {
            transcript: Transcript { entries },
        })
    }
}

fn shared_machine() -> &'static Machine<'static> {
    static MACHINE: OnceLock<Machine<'static>> = OnceLock::new();
    MACHINE.get_or_init(machine)
}

fn shared_site() -> &'static MemorySite {
    static SITE: OnceLock<MemorySite> = OnceLock::new();
    SITE.get_or_init(embedded_site)
}
