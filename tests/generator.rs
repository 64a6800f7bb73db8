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

const fn bug(legs: &'static [planted::Leg], answer: &'static [u8]) -> Bug {
    Bug { legs, answer }
}

static DEEP: Bug = bug(
    &[
        Then(&[Host]),
        Then(&[AuthTls]),
        Then(&[Pbsz]),
        Then(&[UserOpen, PassRight]),
        Then(&[Ccc]),
        Then(&[EpsvAll]),
        Then(&[Pasv]),
    ],
    b"227 (127,0,0,1,8,73)",
);
static ACCEPTED: Bug = bug(
    &[Then(&[AuthTls]), Then(&[EpsvAll]), Then(&[Adat])],
    b"235 Go on",
);
static IN_ORDER: Bug = bug(
    &[
        Then(&[AuthTls]),
        Then(&[UserOpen, PassRight]),
        Then(&[Feat]),
    ],
    b"503 Not now",
);
static STALE: Bug = bug(
    &[Then(&[Rnfr]), Tried(&[Empty]), Next(&[Rnto])],
    b"250 Done",
);
static THRICE: Bug = bug(
    &[Then(&[Syst]), Next(&[Syst]), Next(&[Syst])],
    b"503 Enough",
);
static BROKEN: Bug = bug(
    &[
        Then(&[Stor, Appe, Stou]),
        Then(&[DataBroken]),
        Then(&[Pasv, Epsv]),
    ],
    b"503 Not again",
);

/// How the session is wrong that only one part finds.
#[derive(Clone, Copy)]
enum Flaw {
    /// In lower case RNTO is not out of order.
    Spelling,
    /// A web browser is answered.
    Browser,
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
            Flaw::Browser => line.starts_with(b"GET "),
            Flaw::FirstLineOnly => false,
            Flaw::SharedRename => is_refused && input == Rnto && self.is_renaming.get(),
        };
        // The line behind ends it, in the session that sends it.
        self.is_renaming
            .set(replies[from..].starts_with(b"350") && input == Rnfr);
        if is_wrong {
            replies.truncate(from);
            replies.extend_from_slice(b"250 Done\r\n");
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

/// The bug that `part` is there for, and within how many commands it finds it.
fn finds(part: Part, weights: Weights, seed: u64) -> bool {
    let mut generator = Generator::with(seed, weights);
    let planted = |bug: &'static Bug, commands| {
        hunt(
            || Planted::new(bug),
            &mut Generator::with(seed, weights),
            commands,
        )
    };
    let hunted = match part {
        Part::Walk => planted(&DEEP, 10_000),
        Part::Refused => planted(&ACCEPTED, 5_000),
        Part::Any => planted(&IN_ORDER, 5_000),
        Part::Between => planted(&STALE, 10_000),
        Part::Repeat => planted(&THRICE, 20_000),
        Part::Event => planted(&BROKEN, 1_000),
        Part::NearMiss | Part::Raw | Part::Segment | Part::Pair => {
            let flaw = match part {
                Part::NearMiss => Flaw::Spelling,
                Part::Raw => Flaw::Browser,
                Part::Segment => Flaw::FirstLineOnly,
                _ => Flaw::SharedRename,
            };
            let is_renaming = Rc::new(Cell::new(false));
            let connect = || Flawed {
                flaw,
                session: Embedded::default(),
                is_renaming: Rc::clone(&is_renaming),
            };
            hunt(connect, &mut generator, 10_000)
        }
    };
    hunted.found.is_some()
}

#[test]
fn each_part_alone_finds_a_bug_soon() {
    let mut wrong = Vec::new();
    for part in Part::ALL {
        let count = |weights: Weights| {
            (0..SEEDS)
                .filter(|&seed| finds(part, weights, seed))
                .count()
        };
        let (with, without) = (
            count(Weights::default()),
            count(Weights::default().without(part)),
        );
        println!("{part:?}: found with it by {with} seeds of {SEEDS}, without it by {without}");
        if with < 5 || without > 0 {
            wrong.push((part, with, without));
        }
    }
    assert!(
        wrong.is_empty(),
        "part, found with it, found without it: {wrong:?}"
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
fn a_generator_reaches_most_of_the_graph() {
    let mut generator = Generator::new(3);
    let mut inputs = Vec::new();
    let mut sent = 0;
    while sent < 1_000_000 {
        generator.sequence(&mut inputs);
        sent += inputs.len();
    }
    let (covered, edges) = generator.coverage();
    println!("{covered} of {edges} edges behind {sent} inputs");
    assert!(covered * 10 > edges * 8, "{covered} of {edges}");
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
