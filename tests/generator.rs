//! Each part of the generator has its purpose: a planted bug that is found soon with it, and not without it.

#[path = "support/planted.rs"]
mod planted;

use std::cell::Cell;
use std::rc::Rc;

use ftproof::embedded::Embedded;
use ftproof::fuzzing::{AnyInput, Generator, Inputs, Part, Subject, Weights, hunt};
use ftproof_core::{Effect, MemorySite};
use ftproof_model::Input::{self, *};

use planted::Leg::{Next, Then, Tried};
use planted::{Bug, Planted};

const SEEDS: u64 = 5;
/// After so many a search is given up.
const COMMANDS_MAX: u64 = 60_000;
/// A part finds its bug so many times sooner than the other parts do.
const SOONER: u64 = 2;

const fn bug(legs: &'static [planted::Leg], answer: &'static [u8]) -> Bug {
    Bug { legs, answer }
}

const MISSING: &[Input] = &[
    SizeMissing,
    MdtmMissing,
    MlstMissing,
    DeleMissing,
    CwdMissing,
    RmdMissing,
    MkdExists,
];

static DEEP: Bug = bug(
    &[
        Then(&[Host]),
        Then(&[AuthTls]),
        Then(&[Pbsz]),
        Then(&[Ccc]),
        Then(&[Pbsz]),
    ],
    b"200 Yes",
);
static ACCEPTED: Bug = bug(
    &[Then(&[AuthTls]), Then(&[EpsvAll]), Then(&[Adat])],
    b"235 Go on",
);
static NOT_THERE: Bug = bug(
    &[
        Then(&[UserOpen, PassRight]),
        Then(&[Pwd, Type, Cwd, Stat]),
        Next(MISSING),
    ],
    b"503 Not now",
);
static STALE: Bug = bug(
    &[Then(&[Rnfr]), Tried(&[Empty]), Next(&[Rnto])],
    b"250 Done",
);
static OUTLIVING: Bug = bug(
    &[
        Then(&[Rnfr]),
        Next(&[Pasv, Epsv, Lpsv, Port, Eprt, Lprt, EpsvAll]),
        Next(&[Rnto]),
    ],
    b"250 Done",
);
static TWICE: Bug = bug(
    &[Then(&[UserOpen, PassRight]), Then(&[Pasv]), Next(&[Pasv])],
    b"503 Enough",
);
static BROKEN: Bug = bug(
    &[
        Then(&[Stor, Appe, Stou]),
        Next(&[DataBroken]),
        Then(&[Pasv, Epsv]),
    ],
    b"503 Not again",
);

/// How the session is wrong that only one part finds.
#[derive(Clone, Copy)]
enum Flaw {
    /// In lower case RNTO is not out of order.
    Spelling,
    /// A line with a NUL in it is not answered.
    Nul,
    /// Only the first line of a segment is answered.
    FirstLineOnly,
    /// An RNFR of one session is good for another.
    SharedRename,
}

struct Flawed {
    flaw: Flaw,
    session: Embedded,
    is_renaming: Rc<Cell<bool>>,
}

impl Subject for Flawed {
    fn play(
        &mut self,
        site: &mut MemorySite,
        input: Input,
        line: &[u8],
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        let from = replies.len();
        self.session.play(site, input, line, replies, effects);
        let is_refused = replies[from..].starts_with(b"503");
        let is_wrong = match self.flaw {
            Flaw::Spelling => is_refused && line.starts_with(b"rnto "),
            Flaw::Nul => line.contains(&0),
            Flaw::FirstLineOnly => false,
            Flaw::SharedRename => is_refused && input == Rnto && self.is_renaming.get(),
        };
        // The line behind ends it, in the session that sends it.
        self.is_renaming
            .set(replies[from..].starts_with(b"350") && input == Rnfr);
        if is_wrong {
            replies.truncate(from);
            let answer: &[u8] = if matches!(self.flaw, Flaw::Nul) {
                b""
            } else {
                b"250 Done\r\n"
            };
            replies.extend_from_slice(answer);
        }
    }

    fn play_segment(
        &mut self,
        site: &mut MemorySite,
        inputs: &[Input],
        segment: &[u8],
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        let lines = segment.split_inclusive(|&byte| byte == b'\n');
        let count = if matches!(self.flaw, Flaw::FirstLineOnly) {
            1
        } else {
            inputs.len()
        };
        for (&input, line) in inputs.iter().zip(lines).take(count) {
            self.play(site, input, line, replies, effects);
        }
    }

    fn reads(&self) -> bool {
        self.session.reads()
    }
}

/// Looks for the bug that `part` is there for; gives how many commands that took, at most [`COMMANDS_MAX`].
fn search(part: Part, weights: Weights, seed: u64) -> u64 {
    let mut generator = Generator::with(seed, weights);
    let bug = match part {
        Part::Walk => &DEEP,
        Part::Refused => &ACCEPTED,
        Part::Any => &NOT_THERE,
        Part::Between => &STALE,
        Part::Stale => &OUTLIVING,
        Part::Repeat => &TWICE,
        Part::Event => &BROKEN,
        Part::NearMiss => return search_flaw(Flaw::Spelling, &mut generator),
        Part::Raw => return search_flaw(Flaw::Nul, &mut generator),
        Part::Segment => return search_flaw(Flaw::FirstLineOnly, &mut generator),
        Part::Pair => return search_flaw(Flaw::SharedRename, &mut generator),
    };
    hunt(|| Planted::new(bug), &mut generator, COMMANDS_MAX).commands
}

fn search_flaw(flaw: Flaw, generator: &mut Generator) -> u64 {
    let is_renaming = Rc::new(Cell::new(false));
    let connect = || Flawed {
        flaw,
        session: Embedded::default(),
        is_renaming: Rc::clone(&is_renaming),
    };
    hunt(connect, generator, COMMANDS_MAX).commands
}

fn median(part: Part, weights: Weights) -> u64 {
    let mut commands: Vec<u64> = (0..SEEDS).map(|seed| search(part, weights, seed)).collect();
    commands.sort_unstable();
    commands[commands.len() / 2]
}

#[test]
fn each_part_finds_a_bug_sooner_than_the_others() {
    let mut wrong = Vec::new();
    for part in Part::ALL {
        let with = median(part, Weights::default());
        let without = median(part, Weights::default().without(part));
        println!("{part:?}: {with} commands with it, {without} without it");
        if with >= COMMANDS_MAX || with * SOONER > without {
            wrong.push((part, with, without));
        }
    }
    assert!(
        wrong.is_empty(),
        "part, commands with it, without it: {wrong:?}"
    );
}

/// The sequences that a generator makes.
fn sequences(seed: u64, count: usize) -> Vec<Inputs> {
    let mut generator = Generator::new(seed);
    let sequences = (0..count).map(|_| {
        let mut inputs = Inputs::default();
        generator.sequence(&mut inputs.0);
        inputs
    });
    sequences.collect()
}

#[test]
fn the_same_seed_gives_the_same_inputs_and_another_seed_others() {
    assert_eq!(sequences(7, 200), sequences(7, 200));
    assert_ne!(sequences(7, 20), sequences(8, 20));
}

#[test]
fn a_generator_gets_around_in_the_graph() {
    let mut generator = Generator::new(3);
    let mut inputs = Vec::new();
    let mut sent = 0;
    while sent < 1_000_000 {
        generator.sequence(&mut inputs);
        sent += inputs.len();
    }
    let (covered, edges) = (generator.covered(), generator.edges());
    println!("{covered} of {edges} edges behind {sent} inputs");
    assert!(covered * 10 > edges * 4, "{covered} of {edges}");
}

#[test]
fn what_is_banned_is_never_sent() {
    let mut generator = Generator::new(5);
    generator.ban(UserOpen);
    generator.ban(AuthTls);
    let mut inputs = Vec::new();
    for _ in 0..2_000 {
        generator.sequence(&mut inputs);
        let is_banned = |any: &AnyInput| {
            matches!(
                any,
                AnyInput::Known {
                    input: UserOpen | AuthTls,
                    ..
                }
            )
        };
        assert!(!inputs.iter().any(is_banned));
    }
}

#[test]
fn plain_weights_give_one_session_and_inputs_of_the_alphabet() {
    let mut generator = Generator::with(9, Weights::default().plain());
    let mut inputs = Vec::new();
    for _ in 0..2_000 {
        generator.sequence(&mut inputs);
        for any in &inputs {
            assert_eq!(any.known_input().map(AnyInput::known).as_ref(), Some(any));
        }
    }
}
