//! The state graph folded into the phases that a person thinks in: what a talk shows of it (RFC 959 §6).
//!
//! Computed from the graph alone: a phase's box and arrows are the steps of its representatives (see
//! [`crate::is_representative`]). Left out is what every state has in common ([`Everywhere`]), what a phase answers
//! like the one that it was entered from ([`Otherwise`]), failures that change nothing, and what lies behind a step to
//! a state that no phase is represented by; the last two are named in [`LeftOut`]. Costs one look at each pair of state
//! and input. It shows no trace longer than one step: two arrows in a row need not be one session's.

use std::collections::BTreeSet;

use crate::everywhere::{Everywhere, Steps};
use crate::fold::{Fold, arrow, join};
use crate::phase::{Phase, phase};
use crate::{Code, State, StateGraph};

/// The class of a reply: its first digit, as far as a picture tells them apart (RFC 959 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplyClass {
    /// 1yz: a completion reply is still to come.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: waits for the next command.
    Intermediate,
    /// 4yz or 5yz: refused or failed.
    Negative,
    /// No reply for now.
    Silent,
}

impl ReplyClass {
    /// The class of the last of `replies`, which is the one that answers the input.
    pub fn of(replies: &[Code]) -> Self {
        match replies.last() {
            None => ReplyClass::Silent,
            Some(100..=199) => ReplyClass::Preliminary,
            Some(200..=299) => ReplyClass::Completion,
            Some(300..=399) => ReplyClass::Intermediate,
            Some(_) => ReplyClass::Negative,
        }
    }
}

/// Inputs and the replies that they get: one line of a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// What the inputs are called: verbs, or what happened to the data connection.
    pub inputs: Vec<&'static str>,
    /// The codes: of one input all its replies, of several inputs their replies in the order of the codes.
    pub codes: Vec<Code>,
}

/// An arrow from one phase to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// Where it starts.
    pub from: Phase,
    /// Where it ends.
    pub to: Phase,
    /// The class of its replies.
    pub class: ReplyClass,
    /// What it is labelled with.
    pub answers: Vec<Answer>,
}

/// How a phase answers what is neither in its box nor on its arrows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otherwise {
    /// It answers like these phases.
    pub like: BTreeSet<Phase>,
    /// Whether every other line also ends the phase, but for these.
    pub ends_but_for: Option<Vec<Answer>>,
}

/// What one phase answers without leaving it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseBox {
    /// The phase.
    pub phase: Phase,
    /// How many states of the graph fold into it.
    pub states: usize,
    /// How many of them its box and arrows are read from.
    pub representatives: usize,
    /// What it answers with success and stays.
    pub stays: Vec<Answer>,
    /// The verbs that it refuses with 503.
    pub refused: Vec<&'static str>,
    /// The verbs that only some of its representatives refuse with 503.
    pub refused_at_first: Vec<&'static str>,
    /// What leads from a representative that refuses these to one that does not.
    pub until: Option<&'static str>,
    /// How many verbs it answers 530 because nobody is logged in.
    pub needs_login: usize,
    /// How it answers all else.
    pub otherwise: Option<Otherwise>,
}

/// The graph, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The phases that the graph has, in order.
    pub boxes: Vec<PhaseBox>,
    /// The arrows, in the order of their ends.
    pub arrows: Vec<Arrow>,
    /// What holds in every state.
    pub everywhere: Everywhere,
    /// What is not drawn, by name.
    pub left_out: LeftOut,
    /// How many states the graph has.
    pub states: usize,
    /// How many edges the graph has.
    pub edges: usize,
}

/// What an overview does not draw, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Inputs that lead from a representative to a state that represents nothing.
    pub side_states: Vec<Answer>,
    /// The codes, other than 503, of refusals that leave a phase as it is.
    pub failures: BTreeSet<Code>,
}

impl Overview {
    /// Folds `graph`.
    pub fn of(graph: &StateGraph<'_>) -> Self {
        let steps = Steps::of(graph);
        let everywhere = Everywhere::of(&steps);
        let mut fold = Fold::default();
        let mut boxes = Vec::new();
        for at in Phase::ALL {
            let states: Vec<State> = steps.states().filter(|&state| phase(state) == at).collect();
            if !states.is_empty() {
                boxes.push(fold.phase(&steps, &everywhere, at, &states));
            }
        }
        Overview {
            boxes,
            arrows: fold.arrows.into_iter().map(arrow).collect(),
            everywhere,
            left_out: LeftOut {
                side_states: join(fold.side_states),
                failures: fold.failures,
            },
            states: graph.graph().node_count(),
            edges: graph.graph().edge_count(),
        }
    }

    /// The box of `phase`; `None` if the graph has no such phase.
    pub fn phase(&self, phase: Phase) -> Option<&PhaseBox> {
        self.boxes.iter().find(|found| found.phase == phase)
    }

    /// The arrows from `from` to `to`.
    pub fn arrows(&self, from: Phase, to: Phase) -> impl Iterator<Item = &Arrow> {
        self.arrows
            .iter()
            .filter(move |arrow| (arrow.from, arrow.to) == (from, to))
    }
}
