//! A run under way: one session, or two that take turns, and what was sent in them.

use std::collections::VecDeque;

use ftproof_model::{Input, State};

use super::super::novelty::News;
use crate::fuzzing::AnyInput;
use crate::walk::Walk;

/// An input, in which of the two sessions it was sent, and in which segment: each write has a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) input: Input,
    pub(super) seat: usize,
    pub(super) segment: usize,
}

/// A run under way.
pub(super) struct Run<'m> {
    /// The sessions. The second is opened when it is first needed.
    pub(super) walks: Vec<Walk<'m>>,
    /// Whose turn it is.
    pub(super) seat: usize,
    pub(super) sent: Vec<AnyInput>,
    pub(super) items: Vec<Item>,
    /// What was sent in one segment with the last item, and is not answered yet.
    pub(super) ahead: VecDeque<Item>,
    pub(super) segments: usize,
    pub(super) news: News,
    /// Where the session was before the last item, if that is known.
    pub(super) before: Option<State>,
    /// In which sessions a line was sent that the rules have no row for: the replies may be out of step since.
    pub(super) is_noisy: [bool; 2],
}

impl<'m> Run<'m> {
    pub(super) fn new(walk: Walk<'m>) -> Self {
        Run {
            walks: vec![walk],
            seat: 0,
            sent: Vec::new(),
            items: Vec::new(),
            ahead: VecDeque::new(),
            segments: 0,
            news: News::default(),
            before: None,
            is_noisy: [false; 2],
        }
    }

    /// The session whose turn it is.
    pub(super) fn walk(&mut self) -> &mut Walk<'m> {
        &mut self.walks[self.seat]
    }

    /// An input that goes in a segment of its own, in the session whose turn it is.
    pub(super) fn item(&mut self, input: Input) -> Item {
        self.segments += 1;
        Item {
            input,
            seat: self.seat,
            segment: self.segments,
        }
    }

    /// What was sent in one session and is answered.
    pub(super) fn own(&self, seat: usize) -> Vec<Input> {
        inputs_of(&self.items, seat)
    }

    /// Whether an item was sent in a segment of its own.
    pub(super) fn is_alone(&self, item: Item) -> bool {
        let all = self.items.iter().chain(&self.ahead);
        all.filter(|other| other.segment == item.segment).count() == 1
    }

    /// Whether all was sent line by line, in one session.
    pub(super) fn is_plain(&self) -> bool {
        let mut neighbours = self.items.windows(2);
        self.ahead.is_empty()
            && !self.sent.contains(&AnyInput::Switch)
            && neighbours.all(|two| two[0].segment != two[1].segment)
    }
}

/// The inputs of one session, in order.
pub(super) fn inputs_of(items: &[Item], seat: usize) -> Vec<Input> {
    let own = items.iter().filter(|item| item.seat == seat);
    own.map(|item| item.input).collect()
}

/// Where the items of a run come from: a piece of a session that was kept, and behind it the generator.
pub(super) struct Source<'p> {
    pub(super) kept: &'p [AnyInput],
    /// How many more items there are.
    pub(super) left: usize,
    /// Whether there is anything behind what was kept.
    pub(super) goes_on: bool,
}

impl Source<'_> {
    /// Whether the generator makes what comes next.
    pub(super) fn is_new(&self) -> bool {
        self.kept.is_empty() && self.goes_on
    }
}
