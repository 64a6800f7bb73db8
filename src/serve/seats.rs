//! How many sessions there are at once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The places for sessions.
pub(crate) struct Seats {
    max: usize,
    taken: Mutex<usize>,
    freed: Condvar,
}

/// A place for one session, and for its transfer, until all of it is gone.
pub(crate) struct Seat(Arc<Seats>);

impl Seats {
    pub(crate) fn new(max: usize) -> Self {
        Seats {
            max,
            taken: Mutex::new(0),
            freed: Condvar::new(),
        }
    }

    /// A free one.
    pub(crate) fn take(seats: &Arc<Seats>) -> Option<Seat> {
        let mut taken = seats.lock();
        if *taken == seats.max {
            return None;
        }
        *taken += 1;
        Some(Seat(Arc::clone(seats)))
    }

    /// Waits until a seat is free again, but not for ever: it may be another program that has to give something back.
    pub(crate) fn wait_for_change(&self) {
        const LONGEST: Duration = Duration::from_millis(200);
        let waited = self.freed.wait_timeout(self.lock(), LONGEST);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
        self.0.freed.notify_one();
    }
}
