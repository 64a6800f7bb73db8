//! What is new: a reply to an input in a state, and one edge behind another.

use std::collections::HashSet;

use ftproof_model::{Code, Input, State};

/// A session behind which something new came is kept for later ones to go on from; so many at the most.
pub(super) const POOL_MAX: usize = 4_096;

/// An input in a state, by their numbers.
type Edge = u32;

/// What one worker has seen.
#[derive(Default)]
pub(super) struct Novelty {
    replies: HashSet<(Edge, Vec<Code>)>,
    pairs: HashSet<(Edge, Edge)>,
    /// The edge of the input before in this session.
    before: Option<Edge>,
}

/// What was new in a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Replies to an input in a state that never came there before.
    pub(super) replies: usize,
    /// Edges that were never behind one another.
    pub(super) pairs: usize,
}

impl News {
    /// Whether anything was new.
    pub(super) fn is_any(self) -> bool {
        self.replies > 0 || self.pairs > 0
    }
}

impl Novelty {
    /// A session begins.
    pub(super) fn start(&mut self) {
        self.before = None;
    }

    /// Takes the replies to `input` in `state`. `None`: it is not known where the session was.
    pub(super) fn take(
        &mut self,
        state: Option<&State>,
        input: Input,
        codes: &[Code],
        news: &mut News,
    ) {
        let Some(state) = state else {
            self.before = None;
            return;
        };
        let number = state.number() * Input::ALL.len() + input as usize;
        let edge = Edge::try_from(number).unwrap_or(Edge::MAX);
        news.replies += usize::from(self.replies.insert((edge, codes.to_vec())));
        if let Some(before) = self.before {
            news.pairs += usize::from(self.pairs.insert((before, edge)));
        }
        self.before = Some(edge);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_new_once() {
        let (mut novelty, start) = (Novelty::default(), State::default());
        let mut take = |inputs: &[(Input, Code)]| {
            let mut news = News::default();
            novelty.start();
            for (input, code) in inputs {
                novelty.take(Some(&start), *input, &[*code], &mut news);
            }
            (news.replies, news.pairs)
        };
        assert_eq!(take(&[(Input::Noop, 200), (Input::Help, 214)]), (2, 1));
        assert_eq!(take(&[(Input::Noop, 200), (Input::Help, 214)]), (0, 0));
        assert_eq!(take(&[(Input::Help, 214), (Input::Noop, 200)]), (0, 1));
        assert_eq!(take(&[(Input::Noop, 500)]), (1, 0));
    }
}
