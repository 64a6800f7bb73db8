//! The run-time switch of the session's mutants; `session_mutants` puts this file into a copy of `core`.

use std::env;
use std::sync::LazyLock;

use crate::{Answer, Effect, Reply};

/// The mutant of this process; 0 is none.
static CHOSEN: LazyLock<u32> = LazyLock::new(|| {
    let number = env::var("FTPROOF_MUTANT").unwrap_or_default();
    number.parse().unwrap_or(0)
});

/// Whether this process runs the mutant with this number.
pub(crate) fn is(id: u32) -> bool {
    *CHOSEN == id
}

/// A reply code, or another one.
pub(crate) fn code(id: u32, intact: u16) -> u16 {
    match intact {
        503 if is(id) => 530,
        _ if is(id) => 503,
        _ => intact,
    }
}

/// A condition, or true, or, as the next mutant, false.
pub(crate) fn condition(id: u32, intact: bool) -> bool {
    (intact || is(id)) && !is(id + 1)
}

/// Whether a command is in a class, or the opposite for one verb. Each of `verbs` is a mutant, from `first` on.
pub(crate) fn class(first: u32, verbs: &[&str], command: &crate::Command, intact: bool) -> bool {
    let verb = CHOSEN
        .checked_sub(first)
        .and_then(|at| verbs.get(at as usize));
    let is_meant = verb.is_some_and(|verb| format!("{command:?}").split('(').next() == Some(verb));
    intact != is_meant
}

/// `std::mem`, with a value that may stay where it is.
pub(crate) mod mem {
    pub(crate) fn take<T: Default + Clone>(id: u32, place: &mut T) -> T {
        replace(id, place, T::default())
    }

    pub(crate) fn replace<T: Clone>(id: u32, place: &mut T, value: T) -> T {
        if super::is(id) {
            place.clone()
        } else {
            std::mem::replace(place, value)
        }
    }
}

impl Answer {
    /// [`Answer::then`], or without its effect.
    pub(crate) fn then_unless(self, id: u32, effect: Effect) -> Self {
        if is(id) { self } else { self.then(effect) }
    }

    /// [`Answer::after`], or without the first reply.
    pub(crate) fn after_unless(self, id: u32, first: Reply) -> Self {
        if is(id) { self } else { self.after(first) }
    }
}
