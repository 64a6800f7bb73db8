//! How long to wait for a server, as its own speed teaches.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::connection::NAP;
use crate::target::{Unowed, Wait};

/// The shortest wait for a reply that is owed.
const OWED_FLOOR: Duration = Duration::from_secs(1);
/// The shortest wait for a reply that a server may hold back.
const BRIEF_FLOOR: Duration = Duration::from_millis(100);
/// The same, where it is waited for longer before anything is said of it, or known to be left out.
const HASTY_FLOOR: Duration = Duration::from_millis(10);

/// The longest wait for such a reply: one that comes later is told from the others by its order.
const BRIEF_CAP: Duration = Duration::from_secs(1);

/// A slow reply is remembered for at least so many others: a machine that stalls once is slow for a while, not for
/// good.
const WINDOW: u64 = 1_000;

/// A reply that took longer counts as one that took so long.
const MICROS_MAX: u64 = 1_000_000_000;

/// A server that lately gave no reply so often, as [`Habit`] counts it, gives hardly any there.
const ABSENT_MIN: u64 = 4;
/// More times than this count no more: a server may begin to give one.
const ABSENT_MAX: u64 = 64;
/// How long such a reply is waited for all the same.
const ABSENT_WAIT: Duration = NAP;

/// Whether a server ever gives a reply that it need not give: the order of the replies tells as much without it.
#[derive(Debug, Default)]
pub(crate) struct Habit {
    /// How often there was none; each that there was counts as much as half of those before it.
    absent: AtomicU64,
}

impl Habit {
    /// There was such a reply, or there was none.
    pub(crate) fn learn(&self, is_absent: bool) {
        let absent = self.absent.load(Ordering::Relaxed);
        let learned = if is_absent {
            ABSENT_MAX.min(absent + 1)
        } else {
            absent / 2
        };
        // What another thread learns at the same time may be lost.
        self.absent.store(learned, Ordering::Relaxed);
    }
}

/// What the server's own speed teaches about how long to wait.
#[derive(Debug)]
pub(crate) struct Patience {
    /// The longest wait.
    pub(crate) deadline: Duration,
    /// How many good replies came.
    replies: AtomicU64,
    /// The slowest of those that are remembered, of the last [`WINDOW`] and of as many before them.
    slowest_micros: [AtomicU64; 2],
    /// What a good reply takes on average, the last few dozen more than those before.
    average_micros: AtomicU64,
    /// A reply that may be held back behind the end of a transfer.
    pub(crate) held_back: Habit,
    /// A reply to an empty line, which is no command.
    pub(crate) empty_lines: Habit,
    /// The end of TLS behind a REIN.
    pub(crate) tls_ends: Habit,
    /// Another data connection to a port that had one.
    pub(crate) ports_again: Habit,
    /// A TLS handshake on a data connection was waited for until the deadline, in vain.
    pub(crate) data_handshake_was_left: AtomicBool,
    completions: Habit,
    connectionless: Habit,
}

impl Patience {
    /// Every wait lasts at most `deadline`.
    pub(crate) fn new(deadline: Duration) -> Self {
        Patience {
            deadline,
            replies: AtomicU64::new(0),
            slowest_micros: [AtomicU64::new(0), AtomicU64::new(0)],
            average_micros: AtomicU64::new(0),
            held_back: Habit::default(),
            empty_lines: Habit::default(),
            tls_ends: Habit::default(),
            ports_again: Habit::default(),
            data_handshake_was_left: AtomicBool::new(false),
            completions: Habit::default(),
            connectionless: Habit::default(),
        }
    }

    /// How long to wait: a multiple of the slowest good reply so far, but for what may take the whole deadline.
    pub(crate) fn duration(&self, wait: Wait) -> Duration {
        let slowest = self.slowest_micros.each_ref();
        let slowest = slowest.map(|micros| micros.load(Ordering::Relaxed));
        let slowest = Duration::from_micros(slowest[0].max(slowest[1]));
        let duration = match wait {
            Wait::Full => self.deadline,
            Wait::Owed => (slowest * 20).max(OWED_FLOOR),
            Wait::Brief => (slowest * 4).clamp(BRIEF_FLOOR, BRIEF_CAP),
            Wait::Hasty => {
                let average = Duration::from_micros(self.average_micros.load(Ordering::Relaxed));
                let wait = (average * 4).max(HASTY_FLOOR);
                wait.min(self.duration(Wait::Brief))
            }
            Wait::Unowed(reply) => {
                let wait = match reply {
                    Unowed::Completion => Wait::Brief,
                    Unowed::Connectionless => Wait::Hasty,
                };
                return self.unless_absent(self.habit(reply), wait);
            }
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
        let number = self.replies.fetch_add(1, Ordering::Relaxed);
        let (average, before) = (self.average_micros.load(Ordering::Relaxed), number.min(31));
        let average = (average * before + micros.min(MICROS_MAX)) / (before + 1);
        // What another thread learns at the same time may be lost.
        self.average_micros.store(average, Ordering::Relaxed);
        let window = usize::from(number / WINDOW % 2 == 1);
        if number.is_multiple_of(WINDOW) {
            self.slowest_micros[window].store(micros, Ordering::Relaxed);
        } else {
            self.slowest_micros[window].fetch_max(micros, Ordering::Relaxed);
        }
    }

    /// How long to wait for a reply that need not come.
    pub(crate) fn for_habit(&self, habit: &Habit) -> Duration {
        self.unless_absent(habit, Wait::Brief)
    }

    fn unless_absent(&self, habit: &Habit, wait: Wait) -> Duration {
        if habit.absent.load(Ordering::Relaxed) < ABSENT_MIN {
            self.duration(wait)
        } else {
            ABSENT_WAIT.min(self.deadline)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hasty_wait_is_short_where_the_server_is_quick() {
        let patience = Patience::new(Duration::from_secs(60));
        assert_eq!(patience.duration(Wait::Hasty), HASTY_FLOOR);
        (0..50).for_each(|_| patience.learn(Duration::from_micros(100)));
        // That it stalls once says little.
        patience.learn(Duration::from_millis(50));
        assert_eq!(patience.duration(Wait::Hasty), HASTY_FLOOR);
        (0..200).for_each(|_| patience.learn(Duration::from_millis(50)));
        let wait = patience.duration(Wait::Hasty);
        assert!(wait > Duration::from_millis(150), "{wait:?}");
        assert!(wait <= patience.duration(Wait::Brief));
        let impatient = Patience::new(Duration::from_millis(5));
        assert_eq!(impatient.duration(Wait::Hasty), Duration::from_millis(5));
    }

    #[test]
    fn a_slow_reply_makes_waits_longer_and_is_forgotten_behind_two_thousand_others() {
        let patience = Patience::new(Duration::from_secs(60));
        assert_eq!(patience.duration(Wait::Owed), OWED_FLOOR);
        let learn = |count: u64| (0..count).for_each(|_| patience.learn(Duration::from_micros(9)));
        learn(WINDOW / 2);
        patience.learn(Duration::from_secs(1));
        learn(WINDOW);
        assert_eq!(patience.duration(Wait::Owed), Duration::from_secs(20));
        learn(WINDOW);
        assert_eq!(patience.duration(Wait::Owed), OWED_FLOOR);
    }
}
