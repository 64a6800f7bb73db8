//! A server that takes no connections: it may have enough of us for now, or be gone. Which, only time tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::options::Options;
use crate::target::Trouble;

/// The first pause before another try. Each is twice as long as the one before: a limit may count the tries too.
const PAUSE: Duration = Duration::from_millis(10);
/// How soon it is seen in a pause that the run was stopped.
const SLICE: Duration = Duration::from_millis(100);
/// From an absence of so long on, connections are made further apart: at first so far, and never farther.
const NOTABLE: Duration = Duration::from_secs(1);
const SPACING_MIN: Duration = Duration::from_millis(20);
const SPACING_MAX: Duration = Duration::from_millis(160);
/// How long those wait who can leave the work to another.
const BRIEF: Duration = Duration::from_millis(2_500);

/// How long a server is waited for that takes no connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct Absence {
    patience: Duration,
    longest: Duration,
    /// How far apart connections are made: behind each absence farther, as there may be a limit on their rate.
    spacing: Duration,
    stop: Arc<AtomicBool>,
}

impl Absence {
    /// It is waited for as long as `options` says.
    pub(crate) fn new(options: &Options) -> Self {
        Absence {
            patience: options.absence,
            longest: options.absence,
            spacing: Duration::ZERO,
            stop: Arc::clone(&options.stop),
        }
    }

    /// From now on it is waited for only briefly.
    pub(crate) fn wait_briefly(&mut self) {
        self.patience = self.longest.min(BRIEF);
    }

    /// From now on it is waited for as long as may be.
    pub(crate) fn wait_long(&mut self) {
        self.patience = self.longest;
    }

    /// It was waited for in vain.
    fn end(&mut self) {
        if self.patience == self.longest && !self.is_stopped() {
            (self.patience, self.longest) = (Duration::ZERO, Duration::ZERO);
        }
    }

    /// Whether the run was stopped from outside.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Connects, and tries again while the server takes no connections. Once that was in vain for as long as may be,
    /// it is not waited for again.
    pub(crate) fn outlast<T>(
        &mut self,
        mut connect: impl FnMut() -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        self.sleeps(self.spacing);
        let (since, mut pause) = (Instant::now(), PAUSE);
        loop {
            let trouble = match connect() {
                Err(trouble) if trouble.is_absence() || matches!(trouble, Trouble::Closed(_)) => {
                    trouble
                }
                other => {
                    if since.elapsed() > NOTABLE && pause > PAUSE {
                        self.spacing = (self.spacing * 2).clamp(SPACING_MIN, SPACING_MAX);
                    }
                    return other;
                }
            };
            let left = self.patience.saturating_sub(since.elapsed());
            if left.is_zero() || !self.sleeps(pause.min(left)) {
                self.end();
                return Err(trouble);
            }
            pause *= 2;
        }
    }

    /// Lets `time` go by; false: the run was stopped.
    fn sleeps(&self, time: Duration) -> bool {
        let since = Instant::now();
        while !self.is_stopped() {
            let left = time.saturating_sub(since.elapsed());
            if left.is_zero() {
                return true;
            }
            thread::park_timeout(left.min(SLICE));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Result<(), Trouble> {
        Err(Trouble::Unavailable("421 Too many connections".to_owned()))
    }

    /// 10 ms and twice as long each time: 8 pauses are more than 2 s.
    #[test]
    fn few_tries_are_made_and_none_behind_the_longest_wait() {
        let mut absence = Absence::new(&Options {
            absence: Duration::from_millis(300),
            ..Options::default()
        });
        let mut tries = 0;
        let mut connect = || {
            tries += 1;
            refused()
        };
        assert!(absence.outlast(&mut connect).is_err());
        assert!(absence.outlast(&mut connect).is_err());
        assert!((3..=8).contains(&tries), "{tries}");
    }

    #[test]
    fn who_comes_back_is_waited_for() {
        let mut absence = Absence::new(&Options::default());
        let mut tries = 0;
        let came = absence.outlast(|| {
            tries += 1;
            if tries < 4 { refused() } else { Ok(()) }
        });
        assert!(came.is_ok() && tries == 4);
    }

    #[test]
    fn a_run_that_is_stopped_waits_for_nobody() {
        let options = Options::default();
        options.stop.store(true, Ordering::Relaxed);
        let mut tries = 0;
        let came = Absence::new(&options).outlast(|| {
            tries += 1;
            refused()
        });
        assert!(came.is_err() && tries == 1);
    }
}
