//! What a tour is asked to try, and what it gives: data, no more.

use std::collections::{HashMap, HashSet};

use ftproof_model::{Data, Divergence, Input, Kind, State, Transcript};

use crate::target::Trouble;
use crate::walk::{NO_TIME, Step};

/// What is tried in one state.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Tour {
    pub(crate) state: State,
    /// How to get there from connect.
    pub(crate) access: Vec<Input>,
    pub(crate) tests: Vec<Test>,
}

/// Inputs to send one after the other; the last is the one that is tested.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Test {
    pub(crate) inputs: Vec<Input>,
    /// The last input works in the state of the tour, so one in between that changes nothing must not stop it.
    pub(crate) is_controlled: bool,
    /// What it shows is counted; else it is only made to see where it leads.
    pub(crate) counts: bool,
}

/// What is known when a tour starts.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Where inputs were seen to lead.
    pub(crate) ways: HashMap<State, Vec<(Input, State)>>,
    /// Inputs with which too much time was lost, in states of one kind.
    pub(crate) given_up: HashSet<Costly>,
    /// What was seen and tried again before, in states nearer to connect.
    pub(crate) confirmed: HashSet<Breach>,
    /// The server was seen to leave a transfer without a data connection without an end.
    pub(crate) leaves_transfers: bool,
}

/// A divergence, as the inputs of a test show it.
pub(crate) type Breach = (&'static str, Kind, Vec<Input>);

/// An input in the states of one kind: where the same requirement is its, and a data connection is set up in the same
/// way.
pub(crate) type Costly = (Input, &'static str, Data);

/// What a test showed.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) inputs: Vec<Input>,
    /// The requirement that the test is about.
    pub(crate) subject: &'static str,
    pub(crate) counts: bool,
    pub(crate) seen: Seen,
    /// The state behind it, if it is known for sure and the session can go on from it.
    pub(crate) next: Option<State>,
    /// An input that had to change nothing was put in between, and changed nothing.
    pub(crate) left_alone: bool,
}

impl Found {
    /// Whether the line just before was refused.
    pub(crate) fn is_behind_refusal(&self) -> bool {
        let [.., between, _] = self.inputs[..] else {
            return false;
        };
        let before = self.steps.iter().rev().nth(1);
        before.is_some_and(|step| step.input == between && step.is_refused())
    }

    /// The server takes no connections any more, whatever it was that ended it.
    pub(crate) fn gone() -> Self {
        Found {
            divergence: Divergence {
                requirement: "reply/one",
                kind: Kind::Gone,
                strict: Vec::new(),
                allowed: Vec::new(),
                came: Vec::new(),
                row: "a server takes connections",
            },
            note: Some(
                "it took connections when the check began, and takes none any more".to_owned(),
            ),
            inputs: Vec::new(),
            steps: Vec::new(),
            runs: 1,
            is_controlled: false,
            transcript: None,
        }
    }
}

impl Record {
    /// Whether the server takes no connections any more since this test.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(&self.seen, Seen::Diverged(found) if found.divergence.kind == Kind::Gone)
    }
}

/// What came of a test.
#[derive(Debug, Clone)]
pub(crate) enum Seen {
    Strict,
    Allowed,
    /// 500 or 502: a divergence only if the verb works elsewhere. With all inputs from connect.
    Unimplemented(Vec<Input>),
    Diverged(Found),
    NotTested(Trouble),
    /// Nothing can be said.
    Lost,
    /// The reply is the strict one or one that is allowed, and the server may then have been in one of several states.
    Ambiguous {
        is_strict: bool,
    },
}

/// A divergence that was tried again.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) divergence: Divergence,
    pub(crate) note: Option<String>,
    /// What shows it, from a fresh connection.
    pub(crate) inputs: Vec<Input>,
    pub(crate) steps: Vec<Step>,
    /// How often it came.
    pub(crate) runs: usize,
    /// It is one that only a comparison shows: without the input before it the last one is answered otherwise.
    pub(crate) is_controlled: bool,
    /// What shows it, where the steps of one session do not: it is not reduced then.
    pub(crate) transcript: Option<Transcript>,
}

impl Seen {
    /// Whether the test cost a wait and showed nothing else.
    pub(crate) fn is_costly(&self) -> bool {
        match self {
            Seen::Diverged(found) => {
                matches!(found.divergence.kind, Kind::NoReply | Kind::Dropped)
                    || found.divergence.came.is_empty()
            }
            Seen::NotTested(trouble) => matches!(
                trouble,
                Trouble::TimedOut { .. }
                    | Trouble::GivenUp(_)
                    | Trouble::Unsupported(NO_TIME)
                    | Trouble::Earlier {
                        is_costly: true,
                        ..
                    }
            ),
            _ => false,
        }
    }
}
