//! What the strict machine answers and what is out of order, for each pair of state and input: looked up, not searched.
//!
//! The fuzz loop asks this for each command, so it costs the same however many rows the table of rules has. Made once,
//! from the edges of the state graph and the predicates of order; pairs that get the same share one number.

use ftproof_model::{Code, Edge, State};

use super::claim::Standing;

/// What is due on one input in one state.
#[derive(Clone, Copy)]
pub(super) struct Due {
    /// The strict replies, in order.
    pub(super) replies: &'static [Code],
    /// The name of the row that they are from.
    pub(super) row: &'static str,
    /// How the input stands to the order of commands there.
    pub(super) standing: Standing,
}

/// The number of what is due; many pairs have the same.
pub(super) type Number = u16;

/// Everything that is ever due.
#[derive(Default)]
pub(super) struct Dues(Vec<Due>);

impl Dues {
    /// The number of what is due on this edge out of `state`. Costs one look at each that is known.
    pub(super) fn number(&mut self, state: &State, edge: &Edge<'static>) -> Number {
        let due = Due {
            replies: edge.replies,
            row: edge.rule.name,
            standing: Standing::of(std::slice::from_ref(state), edge.input),
        };
        let known = self.0.iter().position(|known| known.is(&due));
        let number = known.unwrap_or_else(|| {
            self.0.push(due);
            self.0.len() - 1
        });
        Number::try_from(number).expect("there are fewer kinds of answers than rows and replies")
    }

    /// What has this number.
    pub(super) fn get(&self, number: Number) -> &Due {
        &self.0[usize::from(number)]
    }
}

impl Due {
    /// Whether it is the same row, reply and order, each told by where it stands.
    fn is(&self, other: &Due) -> bool {
        std::ptr::eq(self.replies, other.replies)
            && std::ptr::eq(self.row, other.row)
            && self.standing.is(other.standing)
    }
}
