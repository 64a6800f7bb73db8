//! Strategies for property tests: random sessions, and how a failing one shrinks.
//!
//! For the author of a server who has a property of their own. No command has a precondition: each is sent in each
//! state, because refusals are rules too. Uniform sequences rarely get past the login, so most sessions walk the rules'
//! state graph, with noise: a line too many, or a step left out.
//!
//! ```
//! use ftproof::embedded::EmbeddedTarget;
//! use ftproof::strategies::{lines, sessions};
//! use ftproof::{Target, Wait};
//! use proptest::prelude::*;
//!
//! proptest! {
//! # /*
//!     #[test]
//! # */
//!     fn help_is_answered_whatever_came_before(inputs in sessions()) {
//!         let mut target = EmbeddedTarget::default();
//!         let mut session = target.connect()?;
//!         for line in lines(&inputs, target.names()) {
//!             // Behind a QUIT nothing more can be sent.
//!             let _ = session.send(&line);
//!             while let Ok(Some(_)) = session.next_reply(Wait::Brief) {}
//!         }
//!         if let Ok(Some(reply)) = session.send(b"HELP") {
//!             prop_assert_eq!(reply.code, 214);
//!         }
//!     }
//! }
//! # help_is_answered_whatever_came_before();
//! ```

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::LazyLock;

use ftproof_model::{Input, Machine, State, StateGraph};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

use crate::target::Names;
use crate::verify::machine;

/// How many steps a session has at most. Each is one input, and now and then another before it.
const STEPS_MAX: usize = 40;

/// Random sessions, as inputs of the alphabet. A failing one shrinks until no input can be left out.
pub fn sessions() -> impl Strategy<Value = Vec<Input>> {
    let uniform = vec(any_input(), 0..=STEPS_MAX);
    let walks = vec(step(), 0..=STEPS_MAX).prop_map(walk);
    LeavingOut(prop_oneof![1 => uniform, 3 => walks])
}

/// The lines of `inputs`, without CRLF. Left out are events of the data connection, which have no line, and lines with
/// a name that stands for nothing.
pub fn lines(inputs: &[Input], names: &Names) -> Vec<Vec<u8>> {
    let templates = inputs.iter().filter_map(|input| input.line());
    templates
        .filter_map(|template| names.fill(template.as_bytes()).ok())
        .collect()
}

fn any_input() -> impl Strategy<Value = Input> {
    select(Input::ALL)
}

/// What a line may be that stands between two others and has nothing to do with them.
fn neutral() -> impl Strategy<Value = Input> {
    select(&[
        Input::Noop,
        Input::Help,
        Input::HelpUnknown,
        Input::Pwd,
        Input::Syst,
        Input::Unknown,
        Input::Empty,
    ])
}

/// Where to go from a state, and by which of the inputs that lead there.
type Way = (Index, Index);

/// One step of a walk through the rules' graph.
#[derive(Debug, Clone)]
enum Step {
    /// A way from the state that the session is in.
    InOrder(Way),
    /// The same, but something else comes first.
    TooLate(Input, Way),
    /// A way from the state behind another way, which is not gone.
    TooEarly(Way, Way),
    /// Anything.
    Other(Input),
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

static MACHINE: LazyLock<Machine<'static>> = LazyLock::new(machine);

/// For each state: the others that can be reached in one step and read on, with the inputs that lead there.
static WAYS: LazyLock<HashMap<State, BTreeMap<State, Vec<Input>>>> = LazyLock::new(|| {
    let mut ways: HashMap<State, BTreeMap<State, Vec<Input>>> = HashMap::new();
    for (_, from, edge, to) in StateGraph::explore(&MACHINE).edges() {
        if to != from && to.reads() {
            let from = ways.entry(from).or_default();
            from.entry(to).or_default().push(edge.input);
        }
    }
    ways
});

fn follow(state: State, (to, by): &Way) -> Option<(Input, State)> {
    let ways: Vec<_> = WAYS.get(&state)?.iter().collect();
    let (to, inputs) = to.get(&ways);
    Some((*by.get(inputs), **to))
}

/// The inputs of a walk from connect.
fn walk(steps: Vec<Step>) -> Vec<Input> {
    let mut inputs = Vec::with_capacity(steps.len());
    let mut state = State::default();
    let mut send = |state: &mut State, input: Input| {
        if let Some(step) = MACHINE.strict(*state, input) {
            *state = step.next;
        }
        inputs.push(input);
    };
    for step in steps {
        let before = state;
        let last = match step {
            Step::InOrder(way) => follow(before, &way),
            Step::TooLate(first, way) => {
                send(&mut state, first);
                follow(before, &way)
            }
            Step::TooEarly(skipped, way) => {
                follow(before, &skipped).and_then(|(_, skipped)| follow(skipped, &way))
            }
            Step::Other(input) => Some((input, before)),
        };
        if let Some((input, _)) = last {
            send(&mut state, input);
        }
    }
    inputs
}

/// The sequences of another strategy, which shrink by leaving out one element after the other, from the last to the
/// first, until each is needed.
#[derive(Debug, Clone)]
pub struct LeavingOut<S>(pub S);

impl<S, T> Strategy for LeavingOut<S>
where
    S: Strategy<Value = Vec<T>>,
    T: Clone + Debug,
{
    type Tree = Shrinking<T>;
    type Value = Vec<T>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let elements = self.0.new_tree(runner)?.current();
        Ok(Shrinking {
            next: elements.len(),
            elements,
            left_out: None,
            made_progress: false,
        })
    }
}

/// A sequence of [`LeavingOut`].
#[derive(Debug)]
pub struct Shrinking<T> {
    elements: Vec<T>,
    /// The elements from here on were tried in this round.
    next: usize,
    left_out: Option<T>,
    made_progress: bool,
}

impl<T: Clone + Debug> ValueTree for Shrinking<T> {
    type Value = Vec<T>;

    fn current(&self) -> Vec<T> {
        self.elements.clone()
    }

    /// The sequence fails as it is, so what is left out stays out.
    fn simplify(&mut self) -> bool {
        self.made_progress |= self.left_out.take().is_some();
        if self.next == 0 && std::mem::take(&mut self.made_progress) {
            self.next = self.elements.len();
        }
        let Some(next) = self.next.checked_sub(1) else {
            return false;
        };
        self.next = next;
        self.left_out = Some(self.elements.remove(next));
        true
    }

    /// It does not fail without the element that was left out last.
    fn complicate(&mut self) -> bool {
        match self.left_out.take() {
            Some(element) => {
                self.elements.insert(self.next, element);
                self.simplify()
            }
            None => false,
        }
    }
}
