//! What can be asked of a check.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use ftproof_model::Profile;

/// How many sessions are under test at once, unless asked for otherwise.
pub const JOBS: usize = 4;
/// How many sessions may be under test at once: each has a thread of its own.
pub const JOBS_MAX: usize = 64;
/// How long a server is waited for that takes no connections any more: many a limit counts those of a minute.
const ABSENCE: Duration = Duration::from_secs(60);

/// What is asked of a check. `Options::default()` is what the command line does without options.
#[derive(Clone)]
pub struct Options {
    /// Whether what the RFCs allow is enough, or the strict reply is asked for.
    pub profile: Profile,
    /// Ids of the rules to check, as globs (`seq/*`); none: every rule.
    pub rules: Vec<String>,
    /// Ids of the rules to leave out, as globs.
    pub skip: Vec<String>,
    /// How many sessions are under test at once at the most, up to [`JOBS_MAX`]. It is lowered when the server refuses
    /// one.
    pub jobs: usize,
    /// Which part of the tests is made.
    pub shard: Shard,
    /// Where to write what was done, so that an interrupted run goes on from there.
    pub resume: Option<PathBuf>,
    /// How long a server that takes no connections any more is waited for, before it is held to be gone.
    pub absence: Duration,
    /// Set from outside, it stops the run: the report so far is given.
    pub stop: Arc<AtomicBool>,
    /// Called now and then with the number of tests done and of tests known to be due.
    pub progress: Arc<dyn Fn(usize, usize) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            profile: Profile::Rfc,
            rules: Vec::new(),
            skip: Vec::new(),
            jobs: JOBS,
            shard: Shard::WHOLE,
            resume: None,
            absence: ABSENCE,
            stop: Arc::default(),
            progress: Arc::new(|_, _| {}),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Options")
            .field("profile", &self.profile)
            .field("rules", &self.rules)
            .field("skip", &self.skip)
            .field("jobs", &self.jobs)
            .field("shard", &self.shard)
            .field("resume", &self.resume)
            .finish_non_exhaustive()
    }
}

/// One of several parts of a run, each for a machine of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: usize,
    /// How many parts there are.
    pub count: usize,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Shard = Shard { index: 0, count: 1 };
}
