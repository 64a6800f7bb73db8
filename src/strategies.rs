//! Strategies for property tests: random sessions, how a failing one shrinks, and the properties themselves.
//!
//! For the author of a server. No command has a precondition: each is sent in each state, because refusals are rules
//! too. Uniform sequences rarely get past the login, so most sessions come from the [`Generator`], which walks the
//! rules' state graph with noise; the others are uniform. A failing session shrinks by leaving out commands, until each
//! is needed.
//!
//! The [properties](crate::properties) make a test of one's own ten lines. It fails with the shortest transcript, and
//! with a line to paste that plays it again:
//!
//! ```
//! use ftproof::embedded::EmbeddedTarget;
//! use ftproof::properties::{Property, holds};
//! use ftproof::strategies::sessions;
//! use proptest::prelude::*;
//!
//! proptest! {
//! # /*
//!     #[test]
//! # */
//!     fn every_line_is_answered_as_the_rfcs_say(inputs in sessions()) {
//!         let mut server = EmbeddedTarget::default(); // here, your own Target
//!         holds(&mut server, &inputs, Property::ALL).map_err(TestCaseError::fail)?;
//!     }
//! }
//! # every_line_is_answered_as_the_rfcs_say();
//! ```
//!
//! A property that is not among them is as short. Here it is that HELP is answered whatever came before:
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

use std::fmt::Debug;

use ftproof_model::Input;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

use crate::fuzzing::{AnyInput, Generator, Inputs, Weights};
use crate::target::Names;

/// How many inputs a uniform session has at most.
const UNIFORM_MAX: usize = 40;

/// Random sessions, as inputs of the alphabet. A failing one shrinks until no input can be left out.
pub fn sessions() -> impl Strategy<Value = Vec<Input>> {
    let uniform = vec(select(Input::ALL), 0..=UNIFORM_MAX);
    let walks = generated(Weights::default().plain()).prop_map(|inputs| {
        let known = inputs.iter().filter_map(AnyInput::known_input);
        known.collect::<Vec<Input>>()
    });
    LeavingOut(prop_oneof![1 => uniform, 3 => walks])
}

/// Random sessions with all that the [`Generator`] has: other spellings, wrong arguments, raw lines, several lines in a
/// segment, and two sessions at once. For [`crate::fuzzing::check`]; they shrink in the same way.
pub fn any_sessions() -> impl Strategy<Value = Inputs> {
    LeavingOut(generated(Weights::default())).prop_map(Inputs)
}

fn generated(weights: Weights) -> impl Strategy<Value = Vec<AnyInput>> {
    any::<u64>().prop_map(move |seed| {
        let mut inputs = Vec::new();
        Generator::with(seed, weights).sequence(&mut inputs);
        inputs
    })
}

/// The lines of `inputs`, without CRLF. Left out are events of the data connection, which have no line, and lines with
/// a name that stands for nothing.
pub fn lines(inputs: &[Input], names: &Names) -> Vec<Vec<u8>> {
    let templates = inputs.iter().filter_map(|input| input.line());
    templates
        .filter_map(|template| names.fill(template.as_bytes()).ok())
        .collect()
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
