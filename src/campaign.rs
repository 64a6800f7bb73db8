//! A fuzzing campaign against any target: random sessions of the one generator, guided by what is new, judged by the
//! oracle, and each finding tried again, reduced and reported as those of a check are.
//!
//! A run is one session, or two that take turns. Worker `w` of `n` makes the runs `w`, `w + n`, … of its machine, each
//! with a generator of its own, and shares nothing with the others but the corpus: so the same seed and number of jobs
//! send the same lines to a server that answers the same.

mod corpus;
mod fuzzer;
mod ledger;
mod novelty;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ftproof_model::{Security, State};

pub use corpus::{Corpus, CorpusError};
pub use watch::Greetings;

use crate::absence::Absence;
use crate::crew::Farewell;
use crate::login::scout;
use crate::options::{Options, Profile, Shard};
use crate::report::{Outcome as Verdict, Report, Server};
use crate::target::{Target, Trouble};
use crate::walk::Setting;
use crate::worker::Worker;
use fuzzer::Fuzzer;
use ledger::Ledger;

/// What is asked of a campaign.
#[derive(Clone)]
pub struct Campaign {
    /// What the server is held to.
    pub profile: Profile,
    /// It ends after this time.
    pub time: Option<Duration>,
    /// It ends after so many runs, of all workers of this machine together.
    pub runs: Option<u64>,
    /// What all random choices come from.
    pub seed: u64,
    /// How many sessions at once; fewer if the target is but one.
    pub jobs: usize,
    /// Which machine of several this is: each makes other runs.
    pub shard: Shard,
    /// A folder of transcripts: what is there is played first, and what is new is added.
    pub corpus: Option<PathBuf>,
    /// Go on with the runs behind those that the corpus says were made.
    pub resume: bool,
    /// Set from outside, it ends the campaign: the findings so far are given.
    pub stop: Arc<AtomicBool>,
    /// Called behind each run.
    pub progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

impl Default for Campaign {
    fn default() -> Self {
        Campaign {
            profile: Profile::Rfc,
            time: None,
            runs: None,
            seed: 0,
            jobs: 1,
            shard: Shard::WHOLE,
            corpus: None,
            resume: false,
            stop: Arc::default(),
            progress: Arc::new(|_| {}),
        }
    }
}

/// How far a campaign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Runs made.
    pub runs: u64,
    /// Lines and events sent.
    pub commands: u64,
    /// How many edges of the state graph the worker that has most of them has tried.
    pub edges: usize,
    /// How many there are.
    pub edges_in_all: usize,
    /// Divergences that came again, whatever their cause.
    pub breaches: usize,
    /// How long ago something new came.
    pub since_new: Duration,
}

/// What a campaign came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The findings, as a check reports them.
    pub report: Report,
    /// How far it came.
    pub progress: Progress,
    /// How long the server took to greet, at first and at last.
    pub greetings: Greetings,
    /// What became of the corpus, where there is one.
    pub corpus: Option<Corpus>,
    /// Why it ended before its time.
    pub ended_by: Option<String>,
}

/// What the workers share: counts for the live line, and when to stop.
struct Shared<'c> {
    campaign: &'c Campaign,
    begun: Instant,
    runs: AtomicU64,
    commands: AtomicU64,
    edges: AtomicUsize,
    edges_in_all: AtomicUsize,
    breaches: AtomicUsize,
    /// When something new came, in milliseconds since the begin.
    last_new: AtomicU64,
    /// One worker cannot go on, so none does.
    is_ended: AtomicBool,
}

impl Shared<'_> {
    fn is_over(&self) -> bool {
        let is_late = self
            .campaign
            .time
            .is_some_and(|time| self.begun.elapsed() >= time);
        is_late
            || self.campaign.stop.load(Ordering::Relaxed)
            || self.is_ended.load(Ordering::Relaxed)
    }

    fn progress(&self) -> Progress {
        let new = Duration::from_millis(self.last_new.load(Ordering::Relaxed));
        Progress {
            runs: self.runs.load(Ordering::Relaxed),
            commands: self.commands.load(Ordering::Relaxed),
            edges: self.edges.load(Ordering::Relaxed),
            edges_in_all: self.edges_in_all.load(Ordering::Relaxed),
            breaches: self.breaches.load(Ordering::Relaxed),
            since_new: self.begun.elapsed().saturating_sub(new),
        }
    }
}

/// Makes a campaign. `Err`: it could not begin, and nothing is claimed of the server.
///
/// # Errors
/// No connection, no login, or a corpus that cannot be used.
pub fn fuzz(target: &mut dyn Target, campaign: &Campaign) -> Result<Outcome, Trouble> {
    let machine = &crate::verify::machine();
    let security = if target.is_protected() {
        Security::Tls
    } else {
        Security::Clear
    };
    let setting = Setting {
        machine,
        profile: campaign.profile,
        start: State {
            security,
            ..State::default()
        },
        holds_downloads: false,
    };
    let names = target.names().clone();
    let server = scout(target, &names, &campaign.stop)?;
    let corpus = Corpus::open(campaign)?;
    let shared = Shared {
        campaign,
        begun: Instant::now(),
        runs: AtomicU64::new(0),
        commands: AtomicU64::new(0),
        edges: AtomicUsize::new(0),
        edges_in_all: AtomicUsize::new(0),
        breaches: AtomicUsize::new(0),
        last_new: AtomicU64::new(0),
        is_ended: AtomicBool::new(false),
    };
    let mut lead = Worker::new(target, setting, absence(campaign));
    lead.enter()?;
    let ledgers = make_runs(&mut lead, &shared, &corpus);
    let runs: Vec<u64> = ledgers.iter().map(|ledger| ledger.runs).collect();
    let mut ledger = Ledger::default();
    ledgers.into_iter().for_each(|other| ledger.merge(other));
    let noted = corpus
        .note(campaign, &runs)
        .err()
        .map(|error| error.to_string());
    let ended_by = ledger.ended_by.take().or(noted);
    let report = report(&mut lead, server, &shared, &mut ledger);
    Ok(Outcome {
        report,
        progress: shared.progress(),
        greetings: ledger.greetings,
        corpus: campaign.corpus.is_some().then_some(corpus),
        ended_by,
    })
}

/// A server that takes no connections is waited for as long as a check waits for one, also behind the end of the time:
/// what is told of it is an accusation.
fn absence(campaign: &Campaign) -> Absence {
    Absence::new(&Options {
        stop: Arc::clone(&campaign.stop),
        ..Options::default()
    })
}

/// Lets all workers make their runs; gives what each saw, the lead first.
fn make_runs(lead: &mut Worker<'_, '_>, shared: &Shared<'_>, corpus: &Corpus) -> Vec<Ledger> {
    let jobs = shared.campaign.jobs.max(1);
    let others: Vec<_> = (1..jobs).map_while(|_| lead.target.another()).collect();
    let (setting, count) = (lead.setting, others.len() + 1);
    thread::scope(|scope| {
        let threads: Vec<_> = others
            .into_iter()
            .enumerate()
            .map(|(index, mut target)| {
                scope.spawn(move || {
                    let mut absence = absence(shared.campaign);
                    absence.wait_briefly();
                    let mut worker = Worker::new(target.as_mut(), setting, absence);
                    if let Err(trouble) = worker.enter() {
                        // The server refuses one more session; the others are there.
                        let mut ledger = Ledger::default();
                        ledger.untested.push(format!(
                            "the runs of one of {count} sessions at once: it got no further: {trouble}"
                        ));
                        ledger.learn(Farewell::refused(&mut worker, trouble));
                        return ledger;
                    }
                    let mut ledger =
                        Fuzzer::new(&mut worker, shared, corpus, index + 1, count).run();
                    ledger.leave(&mut worker);
                    ledger
                })
            })
            .collect();
        let mut ledgers = vec![Fuzzer::new(lead, shared, corpus, 0, count).run()];
        for thread in threads {
            ledgers.push(thread.join().unwrap_or_default());
        }
        ledgers
    })
}

fn report(
    lead: &mut Worker<'_, '_>,
    server: Server,
    shared: &Shared<'_>,
    ledger: &mut Ledger,
) -> Report {
    ledger.settle(lead, &|| shared.campaign.stop.load(Ordering::Relaxed));
    let mut tally = ledger.tally();
    let (mut findings, mut flaky) = crate::verdict::findings(&mut tally, lead, &|_| true);
    let url = lead
        .target
        .url()
        .map(|url| format!(" {url}"))
        .unwrap_or_default();
    let jobs = match shared.campaign.jobs {
        0 | 1 => String::new(),
        jobs => format!(" --jobs {jobs}"),
    };
    for finding in findings.iter_mut().chain(&mut flaky) {
        finding.reproduce = format!("ftproof fuzz{url} --seed {}{jobs}", shared.campaign.seed);
    }
    ledger.leave(lead);
    let mut rules = tally.rules(&findings, &flaky, |_| true);
    for rule in &mut rules {
        if rule.outcome == Verdict::NotTested && rule.tests == 0 && rule.reason.is_none() {
            rule.reason = Some(
                "nothing was judged by it in this campaign; a check has tests of it".to_owned(),
            );
        }
    }
    Report {
        target: lead.target.name(),
        server,
        rules,
        findings,
        known: Vec::new(),
        stale: Vec::new(),
        flaky,
        untested: ledger.untested(),
        commands_sent: ledger.commands,
        connections: ledger.connections,
        seconds: shared.begun.elapsed().as_secs_f64(),
        interrupted: shared.campaign.stop.load(Ordering::Relaxed),
    }
}
