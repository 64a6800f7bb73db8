//! A bug planted in front of our session, for those who look for it.
//!
//! A bug is a list of legs: what must have come before, in this order, and at last the command that is answered
//! wrongly. None is in the session itself; a [`Planted`] stands in front of it and lies once the legs are done.

use ftproof::embedded::Embedded;
use ftproof::fuzzing::Subject;
use ftproof_core::{Effect, MemorySite};
use ftproof_model::Input::{self, Quit, Rein};

/// One leg of the way to a bug.
#[derive(Clone, Copy)]
pub enum Leg {
    /// One of these works; anything may come before it.
    Then(&'static [Input]),
    /// One of these is the very next line or event, and works.
    Next(&'static [Input]),
    /// One of these is the very next line, whatever it is answered.
    Tried(&'static [Input]),
}

impl Leg {
    fn inputs(self) -> &'static [Input] {
        match self {
            Leg::Then(inputs) | Leg::Next(inputs) | Leg::Tried(inputs) => inputs,
        }
    }
}

/// A bug. Its first leg is a [`Leg::Then`].
pub struct Bug {
    /// The last leg is the command that is answered wrongly.
    pub legs: &'static [Leg],
    pub answer: &'static [u8],
}

impl Bug {
    /// How many legs are done behind `input`, of which `done` were before it.
    pub fn advance(&self, done: usize, input: Input, works: bool) -> usize {
        let ways = &self.legs[..self.legs.len() - 1];
        let takes = |leg: &Leg| {
            leg.inputs().contains(&input)
                && (works || input.is_event() || matches!(leg, Leg::Tried(_)))
        };
        let resets = |leg: &Leg| leg.inputs() == [Rein].as_slice();
        if matches!(input, Rein | Quit) && !ways.iter().any(resets) {
            return 0;
        }
        if done < ways.len() && takes(&ways[done]) {
            return done + 1;
        }
        // What had to be the very next line was not: back to where anything may come in between.
        let mut at = done;
        while !matches!(self.legs[at], Leg::Then(_)) {
            at -= 1;
        }
        at + usize::from(at < done && takes(&ways[at]))
    }

    /// Whether `input` is answered wrongly once `done` legs are done; `real` is how our session answers it.
    pub fn lies(&self, done: usize, input: Input, real: &[u8]) -> bool {
        let is_last = done + 1 == self.legs.len() && self.legs[done].inputs().contains(&input);
        let accepts = self.answer[0] < b'4';
        is_last && !real.starts_with(&self.answer[..3]) && (!accepts || real.first() == Some(&b'5'))
    }
}

/// Our session with a bug in front of it.
pub struct Planted {
    bug: &'static Bug,
    session: Embedded,
    done: usize,
}

impl Planted {
    pub fn new(bug: &'static Bug) -> Self {
        Planted {
            bug,
            session: Embedded::default(),
            done: 0,
        }
    }
}

impl Subject for Planted {
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
        let real = &replies[from..];
        let works = real.first().is_some_and(|&digit| digit < b'4');
        if self.bug.lies(self.done, input, real) {
            replies.truncate(from);
            replies.extend_from_slice(self.bug.answer);
            replies.extend_from_slice(b"\r\n");
        }
        self.done = self.bug.advance(self.done, input, works);
    }

    fn reads(&self) -> bool {
        self.session.reads()
    }
}
