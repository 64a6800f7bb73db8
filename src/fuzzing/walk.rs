//! Walks a session and the model side by side through random inputs, and says where a claim does not hold.

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use ftproof_core::{Effect, MemorySite};
use ftproof_model::{Code, Entry, Expected, Input, Machine, State, Transcript};

use super::claim::{Breach, Claim};
use super::input::AnyInput;
use super::knowledge::Knowledge;
use super::table::{Set, Table, set};
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

    /// Takes several lines in one segment; `inputs` is what they are. The last is the only one behind which the session
    /// may stop reading.
    fn play_segment(
        &mut self,
        site: &mut MemorySite,
        inputs: &[Input],
        segment: &[u8],
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        let lines = segment.split_inclusive(|&byte| byte == b'\n');
        for (&input, line) in inputs.iter().zip(lines) {
            self.play(site, input, line, replies, effects);
        }
    }

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

    fn play_segment(
        &mut self,
        site: &mut MemorySite,
        _: &[Input],
        segment: &[u8],
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        self.bytes(segment, site, replies, effects);
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

/// Walks the sessions that `connect` makes, as they are after connect, and the model through `inputs`; one that is not
/// possible is left out. In each step `claims` must hold. The files are as at first in each step.
///
/// # Errors
/// The first step in which a claim does not hold, with all that was sent before.
pub fn check<S: Subject>(
    connect: impl FnMut() -> S,
    inputs: &[AnyInput],
    claims: &[Claim],
) -> Result<(), Box<Nonconformance>> {
    Checker::default().check(connect, inputs, claims).map(drop)
}

/// Checks one sequence after the other; what it needs for one is used again for the next.
pub struct Checker {
    site: MemorySite,
    /// The lines of a segment, and what they are.
    wire: Vec<u8>,
    segment: Vec<Input>,
    line: Vec<u8>,
    replies: Vec<u8>,
    effects: Vec<Effect>,
    record: Record,
}

impl Default for Checker {
    fn default() -> Self {
        Checker {
            site: shared_site().clone(),
            wire: Vec::new(),
            segment: Vec::new(),
            line: Vec::new(),
            replies: Vec::new(),
            effects: Vec::new(),
            record: Record::default(),
        }
    }
}

/// One of the two sessions.
struct Seat<S> {
    session: S,
    knowledge: Knowledge,
    transfers: bool,
}

impl<S: Subject> Seat<S> {
    fn new(session: S) -> Self {
        Seat {
            session,
            knowledge: Knowledge::of(State::default(), shared_machine()),
            transfers: false,
        }
    }
}

/// What was sent and what came. Kept as numbers, because nearly always nobody asks for it.
#[derive(Default)]
struct Record {
    /// The number of each input that was sent, and where its codes end.
    steps: Vec<(usize, usize)>,
    codes: Vec<Code>,
}

impl Checker {
    /// The same as [`check`]; gives how many lines and events were sent.
    ///
    /// # Errors
    /// The first step in which a claim does not hold, with all that was sent before.
    pub fn check<S: Subject>(
        &mut self,
        mut connect: impl FnMut() -> S,
        inputs: &[AnyInput],
        claims: &[Claim],
    ) -> Result<usize, Box<Nonconformance>> {
        self.record.steps.clear();
        self.record.codes.clear();
        let (mut seat, mut other) = (Seat::new(connect()), None);
        let mut next = 0;
        while let Some(any) = inputs.get(next) {
            if *any == AnyInput::Switch {
                let there = other.take().unwrap_or_else(|| Seat::new(connect()));
                other = Some(std::mem::replace(&mut seat, there));
                next += 1;
                continue;
            }
            let from = next;
            next = self.gather(&seat, inputs, from);
            if self.segment.is_empty() {
                continue;
            }
            let breach = self.step(&mut seat, &inputs[from..next], from, claims);
            if let Some(breach) = breach {
                return Err(self.record.fails(inputs, &breach));
            }
            if matches!(seat.knowledge, Knowledge::Lost) {
                break;
            }
        }
        Ok(self.record.steps.len())
    }

    /// Puts the input at `from` into the segment, and those that are joined to it; gives where the next one is.
    fn gather<S: Subject>(&mut self, seat: &Seat<S>, inputs: &[AnyInput], from: usize) -> usize {
        self.wire.clear();
        self.segment.clear();
        inputs[from].write_to(&mut self.wire);
        let input = inputs[from].input(&self.wire);
        let is_possible = |input: &Input| {
            if input.is_event() {
                seat.transfers
            } else {
                seat.session.reads()
            }
        };
        self.segment.extend(input.filter(is_possible));
        let mut next = from + 1;
        let Knowledge::Exact(mut at) = seat.knowledge else {
            return next;
        };
        // Of the lines of a segment each must be of the alphabet, and leave a session that reads on.
        let table = Table::shared();
        while let (Some(last), [AnyInput::Join, following, ..]) =
            (self.segment.last().copied(), &inputs[next..])
        {
            let is_plain = inputs[next - 1].is_known() && following.is_known();
            let behind = table.next(at, last);
            let Some(behind) = behind.filter(|&behind| is_plain && table.reads(behind)) else {
                break;
            };
            following.write_to(&mut self.line);
            match following.input(&self.line) {
                Some(input) if !input.is_event() && may_be_followed(last) => {
                    self.segment.push(input);
                }
                _ => break,
            }
            self.wire.extend_from_slice(&self.line);
            at = behind;
            next += 2;
        }
        next
    }

    /// Sends the segment, whose first input has the number `from`, and judges the replies to each of its lines.
    fn step<S: Subject>(
        &mut self,
        seat: &mut Seat<S>,
        inputs: &[AnyInput],
        from: usize,
        claims: &[Claim],
    ) -> Option<Breach> {
        self.replies.clear();
        let (site, replies, effects) = (&mut self.site, &mut self.replies, &mut self.effects);
        match self.segment[..] {
            [input] => seat.session.play(site, input, &self.wire, replies, effects),
            _ => (seat.session).play_segment(site, &self.segment, &self.wire, replies, effects),
        }
        seat.transfers = seat.transfers && !self.segment[0].is_event();
        for effect in self.effects.drain(..) {
            seat.transfers = matches!(effect, Effect::OpenData(_))
                || seat.transfers && effect != Effect::AbortData;
        }
        if self.segment.iter().any(|input| changes_files(*input)) {
            self.site.clone_from(shared_site());
        }
        let mut begin = self.record.codes.len();
        let are_replies = read_codes(&self.replies, &mut self.record.codes);
        let end = self.record.codes.len();
        if !are_replies {
            self.record.steps.push((from, end));
            return Some(Breach {
                reason: "the bytes are not replies",
                expected: Vec::new(),
            });
        }
        for (index, &input) in self.segment.iter().enumerate() {
            let is_last = index + 1 == self.segment.len();
            let to = if is_last {
                end
            } else {
                (begin + due(&seat.knowledge, input)).min(end)
            };
            self.record.steps.push((from + 2 * index, to));
            let codes = &self.record.codes[begin..to];
            let reads = !is_last || seat.session.reads();
            let is_known = inputs[2 * index].is_known();
            let breach = judge(&mut seat.knowledge, claims, input, is_known, codes, reads);
            if breach.is_some() {
                return breach;
            }
            begin = to;
        }
        None
    }
}

/// How many replies the model has to `input`.
fn due(knowledge: &Knowledge, input: Input) -> usize {
    let Knowledge::Exact(at) = knowledge else {
        return 1;
    };
    let step = Table::shared().step(*at, input);
    step.map_or(1, |(_, due)| due.replies.len())
}

fn judge(
    knowledge: &mut Knowledge,
    claims: &[Claim],
    input: Input,
    is_known: bool,
    codes: &[Code],
    reads: bool,
) -> Option<Breach> {
    let states = knowledge.states();
    let standing = knowledge.standing(input);
    let breach = claims
        .iter()
        .find_map(|claim| claim.breach(input, is_known, states, standing, codes));
    let divergence = knowledge.follow(shared_machine(), input, is_known, codes, reads);
    breach.or(divergence.filter(|_| claims.contains(&Claim::Conforms)))
}

/// Whether another line may stand behind this one in a segment: AUTH TLS would throw it away, and files are put back
/// only behind a segment.
fn may_be_followed(input: Input) -> bool {
    !input.is_event() && input != Input::AuthTls && !changes_files(input)
}

/// Whether the line may leave other files behind.
fn changes_files(input: Input) -> bool {
    static CHANGERS: LazyLock<Set> = LazyLock::new(|| {
        let verbs = [
            "RNTO", "DELE", "RMD", "XRMD", "MKD", "XMKD", "STOR", "STOU", "APPE",
        ];
        let all = Input::ALL.iter().copied();
        set(all.filter(|input| verbs.contains(&input.verb())))
    });
    *CHANGERS & 1 << input as u32 != 0
}

impl Record {
    fn fails(&self, inputs: &[AnyInput], breach: &Breach) -> Box<Nonconformance> {
        let expect = |&code: &Code| Entry::Expect(vec![Expected::Code(code)]);
        let mut entries = vec![Entry::Comment(breach.reason.to_owned())];
        let (mut from, mut told, mut in_b) = (0, 0, false);
        for (index, &(number, end)) in self.steps.iter().enumerate() {
            for any in &inputs[told..number] {
                in_b ^= *any == AnyInput::Switch;
                let is_told = matches!(any, AnyInput::Switch)
                    || *any == AnyInput::Join && told + 1 == number && index > 0;
                entries.extend(is_told.then(|| any.entry(in_b)));
            }
            told = number + 1;
            entries.push(inputs[number].entry(in_b));
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

pub(super) fn shared_machine() -> &'static Machine<'static> {
    static MACHINE: OnceLock<Machine<'static>> = OnceLock::new();
    MACHINE.get_or_init(machine)
}

pub(super) fn shared_site() -> &'static MemorySite {
    static SITE: OnceLock<MemorySite> = OnceLock::new();
    SITE.get_or_init(embedded_site)
}
