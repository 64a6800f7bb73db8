//! Strategies for random sessions, and how a failing one shrinks.
//!
//! No command has a precondition: each is sent in each state, because refusals are rules too. Uniform sequences rarely
//! get past the login, so most sessions walk the model's graph, with noise: a line too many, or a step left out.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use ftproof::fuzzing::{AnyInput, Inputs};
use ftproof::verify::machine;
use ftproof_model::{Input, Machine, State, StateGraph};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

/// How many inputs a session has at most.
const INPUTS_MAX: usize = 60;

static MACHINE: LazyLock<Machine<'static>> = LazyLock::new(machine);

/// What arguments are made of beside any bytes: what means something to some command, and what is at a limit.
const WORDS: &[&str] = &[
    "",
    " ",
    "/",
    "..",
    "/hello.txt",
    "/dir",
    "/missing",
    "ftptest",
    "open",
    "acct",
    "anonymous",
    "secret",
    "billing",
    "0",
    "1",
    "2",
    "6",
    "12",
    "4294967296",
    "18446744073709551616",
    "-1",
    "A",
    "I",
    "L 8",
    "E",
    "S",
    "F",
    "P",
    "C",
    "ALL",
    "TLS",
    "TLS-C",
    "EN",
    "MLST size;",
    "UTF8",
    "ftp.example",
    "[::1]",
    "RNTO",
    "127,0,0,1,8,73",
    "|2|::1|2121|",
    "*",
];

fn argument() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
        2 => vec(any::<u8>(), 0..20),
        1 => (any::<u8>(), 4080_usize..4110).prop_map(|(byte, count)| vec![byte; count]),
    ]
}

/// Every kind of input, with every row of the alphabet.
fn any_input() -> impl Strategy<Value = AnyInput> {
    let verb = || select(Input::ALL).prop_map(Input::verb);
    prop_oneof![
        6 => select(Input::ALL).prop_map(|input| AnyInput::Known { input, lower_case: false }),
        1 => select(Input::ALL).prop_map(|input| AnyInput::Known { input, lower_case: true }),
        2 => (select(Input::ALL), argument()).prop_map(|(input, argument)| AnyInput::Argued { input, argument }),
        1 => vec(any::<u8>(), 0..40).prop_map(AnyInput::Raw),
        1 => (verb(), argument()).prop_map(|(verb, rest)| AnyInput::Raw([verb.as_bytes(), &rest].concat())),
    ]
}

/// What a line may be that stands between two others and has nothing to do with them.
fn neutral() -> impl Strategy<Value = AnyInput> {
    let inputs = &[
        Input::Noop,
        Input::Help,
        Input::HelpUnknown,
        Input::Pwd,
        Input::Syst,
        Input::Unknown,
        Input::Empty,
    ];
    select(inputs).prop_map(|input| AnyInput::Known {
        input,
        lower_case: false,
    })
}

/// Where to go from a state, and by which of the inputs that lead there.
type Way = (Index, Index);

/// One step of a walk through the model's graph.
#[derive(Debug, Clone)]
enum Step {
    /// A way from the state that the session is in.
    InOrder(Way),
    /// The same, but something else comes first.
    TooLate(AnyInput, Way),
    /// A way from the state behind another way, which is not gone.
    TooEarly(Way, Way),
    /// Anything.
    Other(AnyInput),
}

fn step() -> impl Strategy<Value = Step> {
    let way = || (any::<Index>(), any::<Index>());
    let between = prop_oneof![3 => neutral(), 1 => any_input()];
    prop_oneof![
        4 => way().prop_map(Step::InOrder),
        4 => (between, way()).prop_map(|(first, way)| Step::TooLate(first, way)),
        2 => (way(), way()).prop_map(|(skipped, way)| Step::TooEarly(skipped, way)),
        1 => any_input().prop_map(Step::Other),
    ]
}

/// For each state: the others that can be reached in one step and read on, with the inputs that lead there.
static WAYS: LazyLock<HashMap<State, BTreeMap<State, Vec<Input>>>> = LazyLock::new(|| {
    let mut ways: HashMap<State, BTreeMap<State, Vec<Input>>> = HashMap::new();
    for (_, from, edge, to) in StateGraph::explore(&MACHINE).edges() {
        if to != from && to.reads() {
            ways.entry(from)
                .or_default()
                .entry(to)
                .or_default()
                .push(edge.input);
        }
    }
    ways
});

fn follow(state: State, (to, by): &Way) -> Option<(Input, State)> {
    let ways: Vec<_> = WAYS.get(&state)?.iter().collect();
    let (to, inputs) = to.get(&ways);
    Some((*by.get(inputs), **to))
}

/// The inputs of a walk from connect. What an input does that is not of the alphabet is not followed.
fn walk(steps: Vec<Step>) -> Inputs {
    let mut inputs = Vec::with_capacity(steps.len());
    let mut state = State::default();
    let mut send = |state: &mut State, any: AnyInput| {
        if let AnyInput::Known { input, .. } = any {
            *state = MACHINE
                .strict(*state, input)
                .map_or(*state, |step| step.next);
        }
        inputs.push(any);
    };
    let known = |input| AnyInput::Known {
        input,
        lower_case: false,
    };
    for step in steps {
        let before = state;
        let input = match step {
            Step::InOrder(way) => follow(before, &way),
            Step::TooLate(first, way) => {
                send(&mut state, first);
                follow(before, &way)
            }
            Step::TooEarly(skipped, way) => {
                follow(before, &skipped).and_then(|(_, skipped)| follow(skipped, &way))
            }
            Step::Other(any) => {
                send(&mut state, any);
                None
            }
        };
        if let Some((input, _)) = input {
            send(&mut state, known(input));
        }
    }
    inputs.truncate(INPUTS_MAX);
    Inputs(inputs)
}

/// Random sessions of at most [`INPUTS_MAX`] inputs.
#[derive(Debug)]
pub struct Sessions;

impl Strategy for Sessions {
    type Tree = Shrinking;
    type Value = Inputs;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let uniform = vec(any_input(), 0..=INPUTS_MAX).prop_map(Inputs);
        let walks = vec(step(), 0..=INPUTS_MAX).prop_map(walk);
        let Inputs(inputs) = prop_oneof![1 => uniform, 3 => walks]
            .new_tree(runner)?
            .current();
        Ok(Shrinking {
            next: inputs.len(),
            inputs,
            left_out: None,
            made_progress: false,
        })
    }
}

/// A session that shrinks by leaving out one input after the other, from the last to the first, until each is needed.
#[derive(Debug)]
pub struct Shrinking {
    inputs: Vec<AnyInput>,
    /// The inputs from here on were tried in this round.
    next: usize,
    left_out: Option<AnyInput>,
    made_progress: bool,
}

impl ValueTree for Shrinking {
    type Value = Inputs;

    fn current(&self) -> Inputs {
        Inputs(self.inputs.clone())
    }

    /// The session fails as it is, so what is left out stays out.
    fn simplify(&mut self) -> bool {
        self.made_progress |= self.left_out.take().is_some();
        if self.next == 0 && std::mem::take(&mut self.made_progress) {
            self.next = self.inputs.len();
        }
        let Some(next) = self.next.checked_sub(1) else {
            return false;
        };
        self.next = next;
        self.left_out = Some(self.inputs.remove(next));
        true
    }

    /// It does not fail without the input that was left out last.
    fn complicate(&mut self) -> bool {
        match self.left_out.take() {
            Some(input) => {
                self.inputs.insert(self.next, input);
                self.simplify()
            }
            None => false,
        }
    }
}
