//! How long to wait for a server, as its own speed teaches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::target::{Unowed, Wait};

/// The shortest wait for a reply that is owed.
const OWED_FLOOR: Duration = Duration::from_secs(1);
/// The shortest wait for a reply that a server may hold back.
const BRIEF_FLOOR: Duration = Duration::from_millis(100);

/// The longest wait for such a reply: one that comes later is told from the others by its order.
const BRIEF_CAP: Duration = Duration::from_secs(1);

/// A server that gave no reply so many times in a row never gives one there.
const ABSENT_MIN: u64 = 4;
/// How long such a reply is waited for all the same.
const ABSENT_WAIT: Duration = Duration::from_millis(3);

/// Whether a server ever gives a reply that it need not give: the order of the replies tells as much without it.
#[derive(Debug, Default)]
pub(crate) struct Habit {
    /// How often there was none, since there was one.
    absent: AtomicU64,
}

impl Habit {
    /// There was such a reply, or there was none.
    pub(crate) fn learn(&self, is_absent: bool) {
        if is_absent {
            self.absent.fetch_add(1, Ordering::Relaxed);
        } else {
            self.absent.store(0, Ordering::Relaxed);
        }
    }
}

/// What the server's own speed teaches about how long to wait.
#[derive(Debug)]
pub(crate) struct Patience {
    /// The longest wait.
    pub(crate) deadline: Duration,
    slowest_micros: AtomicU64,
    /// A reply that may be held back behind the end of a transfer.
    pub(crate) held_back: Habit,
    /// A reply to an empty line, which is no command.
    pub(crate) empty_lines: Habit,
    completions: Habit,
    connectionless: Habit,
}

impl Patience {
    /// Every wait lasts at most `deadline`.
    pub(crate) fn new(deadline: Duration) -> Self {
        Patience {
            deadline,
            slowest_micros: AtomicU64::new(0),
            held_back: Habit::default(),
            empty_lines: Habit::default(),
            completions: Habit::default(),
            connectionless: Habit::default(),
        }
    }

    /// How long to wait: a multiple of the slowest good reply so far, but for what may take the whole deadline.
    pub(crate) fn duration(&self, wait: Wait) -> Duration {
        let slowest = Duration::from_micros(self.slowest_micros.load(Ordering::Relaxed));
        let duration = match wait {
            Wait::Full => self.deadline,
            Wait::Owed => (slowest * 20).max(OWED_FLOOR),
            Wait::Brief => (slowest * 4).clamp(BRIEF_FLOOR, BRIEF_CAP),
            Wait::Unowed(reply) => return self.for_habit(self.habit(reply)),
        };
        duration.min(self.deadline)
    }

    /// Whether this server ever gives `reply`.
    pub(crate) fn habit(&self, reply: Unowed) -> &Habit {
        match reply {
            Unowed::Completion => &self.completions,
            Unowed::Connectionless => &self.connectionless,
        }
    }

    /// A good reply took so long.
    pub(crate) fn learn(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.slowest_micros.fetch_max(micros, Ordering::Relaxed);
    }

    /// How long to wait for a reply that need not come.
    pub(crate) fn for_habit(&self, habit: &Habit) -> Duration {
        if habit.absent.load(Ordering::Relaxed) < ABSENT_MIN {
            self.duration(Wait::Brief)
        } else {
            ABSENT_WAIT.min(self.deadline)
        }
    }
}
