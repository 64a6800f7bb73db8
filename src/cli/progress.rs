//! How far a long run is, on stderr: a bar on a terminal, else a line now and then.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::terminal::tell;

/// How often a run without a terminal says where it is.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Shows how many tests are done, of how many, and how long the rest may take.
pub(super) enum Progress {
    Bar(ProgressBar),
    Lines(Mutex<Instant>),
}

impl Progress {
    pub(super) fn new() -> Self {
        if !stderr().is_terminal() {
            return Progress::Lines(Mutex::new(Instant::now()));
        }
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} tests, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Progress::Bar(ProgressBar::new(0).with_style(style))
    }

    /// `done` tests are done, of `due` that are known to be due.
    pub(super) fn show(&self, done: usize, due: usize) {
        match self {
            Progress::Bar(bar) => {
                bar.set_length(due as u64);
                bar.set_position(done as u64);
            }
            Progress::Lines(said) => {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                if said.elapsed() >= SAY_EVERY {
                    *said = Instant::now();
                    tell(format_args!("{done} tests of {due} known so far"));
                }
            }
        }
    }

    /// Leaves the terminal to the report.
    pub(super) fn end(&self) {
        if let Progress::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
