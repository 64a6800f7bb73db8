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

/// What the server's own speed teaches about how long to wait.
#[derive(Debug)]
pub(crate) struct Patience {
    /// The longest wait.
    pub(crate) deadline: Duration,
    slowest_micros: AtomicU64,
}

impl Patience {
    /// Every wait lasts at most `deadline`.
    pub(crate) fn new(deadline: Duration) -> Self {
        Patience {
            deadline,
            slowest_micros: AtomicU64::new(0),
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
}
