//! The one generator: what a fuzzer sends next, from a walk over the state graph and several kinds of noise.
//!
//! Uniform sequences hardly get past the login, so most of what is sent leads on in the rules' own graph; the noise is
//! what servers were wrong about. Each part has a file, and a planted bug that it finds sooner than the others do
//! (`tests/generator.rs`). Of two inputs that a part may send, the one goes out that was tried less often in this
//! state. The same seed gives the same inputs. A step costs a few look-ups; nothing is allocated after the first
//! sequence.
//!
//! ```
//! use ftproof::fuzzing::{Generator, Inputs};
//!
//! let mut generator = Generator::new(7);
//! let mut inputs = Inputs::default();
//! generator.sequence(&mut inputs.0);
//! println!("{inputs:?}");
//! ```

mod any;
mod between;
mod event;
mod near_miss;
mod pair;
mod raw;
mod refused;
mod repeat;
mod segment;
mod stale;
mod walk;

use fastrand::Rng;
use ftproof_model::{Input, State};

use super::input::AnyInput;
use super::table::{Place, Set, Table};

/// How many items a sequence has: a number in this range, each as likely as the others.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=120;

/// How often an input that is not wanted is drawn again.
const DRAWS_MAX: usize = 8;

/// What the generator is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A line that leads to another state of the graph.
    Walk,
    /// A line that works elsewhere and is out of order here.
    Refused,
    /// Any line at all.
    Any,
    /// Something that should not matter, or should end it, between a command and the one that it is needed for.
    Between,
    /// What was in order, and has been taken away.
    Stale,
    /// The lines just before, once more.
    Repeat,
    /// A line in another spelling, or with an argument that is nearly right.
    NearMiss,
    /// A line that is no command.
    Raw,
    /// Several lines in one segment.
    Segment,
    /// A transfer, and its end.
    Event,
    /// What one session prepared, in another session.
    Pair,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 11] = [
        Part::Walk,
        Part::Refused,
        Part::Any,
        Part::Between,
        Part::Stale,
        Part::Repeat,
        Part::NearMiss,
        Part::Raw,
        Part::Segment,
        Part::Event,
        Part::Pair,
    ];

    fn plan(self, generator: &mut Generator) {
        match self {
            Part::Walk => walk::plan(generator),
            Part::Refused => refused::plan(generator),
            Part::Any => any::plan(generator),
            Part::Between => between::plan(generator),
            Part::Stale => stale::plan(generator),
            Part::Repeat => repeat::plan(generator),
            Part::NearMiss => near_miss::plan(generator),
            Part::Raw => raw::plan(generator),
            Part::Segment => segment::plan(generator),
            Part::Event => event::plan(generator),
            Part::Pair => pair::plan(generator),
        }
    }
}

/// How often each part has its turn, against the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights([u32; Part::ALL.len()]);

impl Default for Weights {
    fn default() -> Self {
        //       Walk Refused Any Between Stale Repeat NearMiss Raw Segment Event Pair
        Weights([20, 8, 6, 10, 5, 3, 4, 2, 2, 6, 2])
    }
}

impl Weights {
    /// The same without one part.
    #[must_use]
    pub fn without(mut self, part: Part) -> Self {
        self.0[part as usize] = 0;
        self
    }

    /// Only what is a single input of the alphabet, in one session: no spelling, raw line or segment.
    #[must_use]
    pub fn plain(self) -> Self {
        let others = [Part::NearMiss, Part::Raw, Part::Segment, Part::Pair];
        others.into_iter().fold(self, Weights::without)
    }

    fn pick(&self, random: &mut Rng) -> Part {
        let mut left = random.u32(0..self.0.iter().sum::<u32>().max(1));
        for (part, &weight) in Part::ALL.iter().zip(&self.0) {
            match left.checked_sub(weight) {
                None => return *part,
                Some(rest) => left = rest,
            }
        }
        Part::Any
    }
}

/// One of the two sessions, as far as the generator knows.
#[derive(Debug, Clone, Copy)]
struct Seat {
    at: Place,
    /// The last two inputs.
    last: [Option<Input>; 2],
    /// Where it was before a line put something out of order.
    before_loss: Option<Place>,
}

/// Makes inputs.
pub struct Generator {
    random: Rng,
    weights: Weights,
    table: &'static Table,
    /// By input: whether it is never sent.
    is_banned: [bool; Input::ALL.len()],
    seats: [Seat; 2],
    current: usize,
    /// What a part still wants to send, and how much of it is sent.
    planned: Vec<AnyInput>,
    sent: usize,
    /// By pair of state and input: how often it was sent.
    tried: Vec<u32>,
    covered: usize,
    /// By place: how often a session came there.
    visits: Vec<u32>,
}

impl Generator {
    /// A generator with this seed.
    pub fn new(seed: u64) -> Self {
        Generator::with(seed, Weights::default())
    }

    /// The same with other weights.
    pub fn with(seed: u64, weights: Weights) -> Self {
        let table = Table::shared();
        let seat = Seat {
            at: 0,
            last: [None; 2],
            before_loss: None,
        };
        Generator {
            random: Rng::with_seed(seed),
            weights,
            table,
            is_banned: [false; Input::ALL.len()],
            seats: [seat; 2],
            current: 0,
            planned: Vec::with_capacity(16),
            sent: 0,
            tried: vec![0; table.pairs()],
            covered: 0,
            visits: vec![0; table.places()],
        }
    }

    /// Makes its choices from this seed from now on.
    pub fn reseed(&mut self, seed: u64) {
        self.random = Rng::with_seed(seed);
    }

    /// Never sends `input` from now on.
    pub fn ban(&mut self, input: Input) {
        self.is_banned[input as usize] = true;
    }

    /// Begins a sequence: nothing was sent yet, in either session. Gives how many items it should have.
    pub fn start(&mut self) -> usize {
        self.start_at(&State::default())
    }

    /// The same where sessions do not begin in the plain state behind a greeting, such as inside TLS.
    pub fn start_at(&mut self, state: &State) -> usize {
        let seat = Seat {
            at: self.table.place(state).unwrap_or_default(),
            last: [None; 2],
            before_loss: None,
        };
        self.seats = [seat; 2];
        self.current = 0;
        self.planned.clear();
        self.sent = 0;
        self.random.usize(LENGTHS)
    }

    /// Replaces `sequence` by a whole one.
    pub fn sequence(&mut self, sequence: &mut Vec<AnyInput>) {
        sequence.clear();
        for _ in 0..self.start() {
            let Some(next) = self.next_input() else {
                return;
            };
            sequence.push(next);
        }
    }

    /// What to send next; `None`: the sessions are closed. The session is taken to be where the strict machine is.
    pub fn next_input(&mut self) -> Option<AnyInput> {
        if self.sent == self.planned.len() {
            self.planned.clear();
            self.sent = 0;
            self.plan();
        }
        let next = self.planned.get(self.sent).cloned()?;
        self.sent += 1;
        self.follow(&next);
        Some(next)
    }

    /// It is the turn of this one of the two sessions, whatever was made last.
    pub(crate) fn turn_to(&mut self, seat: usize) {
        self.current = seat;
    }

    /// Whether what comes next is sent in one segment with what came last.
    pub(crate) fn joins(&self) -> bool {
        self.planned.get(self.sent) == Some(&AnyInput::Join)
    }

    fn plan(&mut self) {
        let (here, there) = (self.here(), self.seats[self.current ^ 1].at);
        if self.table.reads(here) {
            self.weights.pick(&mut self.random).plan(self);
            if self.planned.is_empty() {
                any::plan(self);
            }
        } else if self.table.is_running(here) {
            // QUIT or REIN waits for it.
            event::plan(self);
        } else if self.table.reads(there) && self.weights.0[Part::Pair as usize] > 0 {
            self.planned.push(AnyInput::Switch);
        }
    }

    /// The session of the last input is in `state`: what was sent had another effect than in the strict machine.
    pub fn observe(&mut self, state: &State) {
        if let Some(place) = self.table.place(state) {
            self.seats[self.current].at = place;
        }
    }

    /// How many edges of the state graph were tried.
    pub fn covered(&self) -> usize {
        self.covered
    }

    /// How many edges there are that need no banned input. Costs a walk over the whole graph.
    pub fn edges(&self) -> usize {
        self.table
            .edges_without(|input| self.is_banned[input as usize])
    }

    fn count(&mut self, at: Place, input: Input) {
        let tried = &mut self.tried[Table::pair(at, input)];
        *tried = tried.saturating_add(1);
        self.covered += usize::from(*tried == 1 && self.table.next(at, input).is_some());
    }

    /// Takes note of what is sent, where it does not come from [`Generator::next_input`].
    pub fn follow(&mut self, next: &AnyInput) {
        match next {
            AnyInput::Switch => self.current ^= 1,
            AnyInput::Join => {}
            AnyInput::Known { input, .. } => {
                let at = self.here();
                self.count(at, *input);
                let next = self.behind(at, *input);
                let loses = self.table.refused_only(next, at) != 0;
                let seat = &mut self.seats[self.current];
                seat.before_loss = Some(at).filter(|_| loses).or(seat.before_loss);
                seat.at = next;
                seat.last = [seat.last[1], Some(*input)];
                let visits = &mut self.visits[usize::from(seat.at)];
                *visits = visits.saturating_add(1);
            }
            // What becomes of it is open; that it ends what must follow immediately is the best guess.
            AnyInput::Argued { .. } | AnyInput::Raw(_) => {
                let at = self.here();
                let seat = &mut self.seats[self.current];
                seat.at = self.table.next(at, Input::Unknown).unwrap_or(at);
            }
        }
    }

    /// Where the current session is.
    fn here(&self) -> Place {
        self.seats[self.current].at
    }

    /// Where `input` leads from `at`; nowhere else if it is not possible.
    fn behind(&self, at: Place, input: Input) -> Place {
        self.table.next(at, input).unwrap_or(at)
    }

    fn plan_input(&mut self, input: Input) {
        self.planned.push(AnyInput::known(input));
    }

    fn plan_inputs(&mut self, inputs: impl IntoIterator<Item = Input>) {
        inputs.into_iter().for_each(|input| self.plan_input(input));
    }

    /// One of a few inputs, each as likely as the others; `None`: there is none, or none that is wanted.
    fn choose(&mut self, inputs: &[Input]) -> Option<Input> {
        for _ in 0..DRAWS_MAX {
            let input = *self.random.choice(inputs)?;
            if !self.is_banned[input as usize] {
                return Some(input);
            }
        }
        None
    }

    /// One of a set.
    fn choose_of(&mut self, mut inputs: Set) -> Option<Input> {
        if inputs == 0 {
            return None;
        }
        for _ in 0..self.random.u32(0..inputs.count_ones()) {
            inputs &= inputs - 1;
        }
        let input = Input::ALL.get(inputs.trailing_zeros() as usize).copied();
        input.filter(|input| !self.is_banned[*input as usize])
    }

    /// Draws twice, and gives what was tried less often at `at`.
    fn fresher(
        &mut self,
        at: Place,
        mut draw: impl FnMut(&mut Self) -> Option<Input>,
    ) -> Option<Input> {
        let (Some(one), Some(other)) = (draw(self), draw(self)) else {
            return draw(self);
        };
        let tried = |input| self.tried[Table::pair(at, input)];
        Some(if tried(other) < tried(one) {
            other
        } else {
            one
        })
    }
}
