//! How long to wait for a server, as its own speed teaches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::target::Wait;

/// The shortest wait for a reply that is owed.
const OWED_FLOOR: Duration = Duration::from_secs(1);
/// The shortest wait for a reply that a server may hold back.
const BRIEF_FLOOR: Duration = Duration::from_millis(100);

/// The longest wait for such a reply: one that comes later is told from the others by its order.
const BRIEF_CAP: Duration = Duration::from_secs(1);

/// A server that held back so many replies in a row holds back all.
const HELD_BACK_MIN: u64 = 4;
/// How long its replies are waited for during a transfer all the same.
const HELD_BACK_WAIT: Duration = Duration::from_millis(3);

/// What the server's own speed teaches about how long to wait.
#[derive(Debug)]
pub(crate) struct Patience {
    /// The longest wait.
    pub(crate) deadline: Duration,
    slowest_micros: AtomicU64,
    /// How many replies the server held back behind the end of a transfer, since one that it did not.
    held_back: AtomicU64,
    /// How many empty lines were not answered.
    empty_lines: AtomicU64,
}

impl Patience {
    /// Every wait lasts at most `deadline`.
    pub(crate) fn new(deadline: Duration) -> Self {
        Patience {
            deadline,
            slowest_micros: AtomicU64::new(0),
            held_back: AtomicU64::new(0),
            empty_lines: AtomicU64::new(0),
        }
    }

    /// How long to wait: a multiple of the slowest good reply so far, but for what may take the whole deadline.
    pub(crate) fn duration(&self, wait: Wait) -> Duration {
        let slowest = Duration::from_micros(self.slowest_micros.load(Ordering::Relaxed));
        let duration = match wait {
            Wait::Full => self.deadline,
            Wait::Owed => (slowest * 20).max(OWED_FLOOR),
            Wait::Brief => (slowest * 4).clamp(BRIEF_FLOOR, BRIEF_CAP),
        };
        duration.min(self.deadline)
    }

    /// A good reply took so long.
    pub(crate) fn learn(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.slowest_micros.fetch_max(micros, Ordering::Relaxed);
    }

    /// How long to wait for a reply that a server may hold back behind the end of a transfer. One that has always done
    /// so is not waited for: the order of the replies tells as much.
    pub(crate) fn for_held_back(&self) -> Duration {
        if self.held_back.load(Ordering::Relaxed) < HELD_BACK_MIN {
            self.duration(Wait::Brief)
        } else {
            HELD_BACK_WAIT.min(self.deadline)
        }
    }

    /// How long to wait for a reply to an empty line: it is no command, and need not have one.
    pub(crate) fn for_empty_line(&self) -> Duration {
        if self.empty_lines.load(Ordering::Relaxed) < HELD_BACK_MIN {
            self.duration(Wait::Brief)
        } else {
            HELD_BACK_WAIT.min(self.deadline)
        }
    }

    /// An empty line was not answered.
    pub(crate) fn learn_empty_line(&self) {
        self.empty_lines.fetch_add(1, Ordering::Relaxed);
    }

    /// During a transfer a reply was held back, or was not.
    pub(crate) fn learn_held_back(&self, is_held_back: bool) {
        if is_held_back {
            self.held_back.fetch_add(1, Ordering::Relaxed);
        } else {
            self.held_back.store(0, Ordering::Relaxed);
        }
    }
}
