//! `ftproof fuzz`: its options, the live line, and what becomes of the findings.

use std::io::{IsTerminal, stderr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::check::{FindingArguments, OutputArguments, conclude, jobs, shard};
use super::interrupt::stop_on_ctrl_c;
use super::target::TargetArguments;
use super::terminal::tell;
use super::{COULD_NOT_TELL, exit};
use crate::campaign::{Campaign, Outcome, Progress, fuzz};
use crate::options::{Profile, Shard};
use crate::report::counted;

pub(super) const EXAMPLES: &str = "\
Examples:
  A minute at a server, and what is found as transcripts:
    FTPROOF_PASSWORD=secret ftproof fuzz ftp://ftptest@127.0.0.1:2121 --out findings
  A night, with a corpus that the next night begins with:
    ftproof fuzz ftp://ci@127.0.0.1:2121 --time 28800 --jobs 4 --corpus corpus
  The third of ten machines of a job array; the corpora are merged by copying their files together:
    ftproof fuzz ftp://ci@127.0.0.1:2121 --runs 100000 --seed 7 --shard 3/10 --corpus corpus
  On from where an interruption was:
    ftproof fuzz ftp://ci@127.0.0.1:2121 --seed 7 --corpus corpus --resume
  Our own session:
    ftproof fuzz

The same --seed and --jobs send the same lines to a server that answers the same.
Exit: 0 no finding at or above --fail-on, 1 at least one, 2 could not tell, 130 interrupted.";

/// How long a campaign lasts that is not told otherwise.
const TIME: Duration = Duration::from_secs(60);
/// How often a run without a terminal says where it is.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// How often the live line changes.
const SHOW_EVERY: Duration = Duration::from_millis(100);

#[derive(Args)]
pub(super) struct FuzzArguments {
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    campaign: CampaignArguments,
    #[command(flatten)]
    findings: FindingArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Args)]
#[command(next_help_heading = "The campaign")]
struct CampaignArguments {
    /// What the RFCs allow is enough, or only the one strict reply; our own session is held to it.
    #[arg(long, value_enum)]
    profile: Option<ProfileName>,
    /// End after so many seconds, once what was seen by then is looked into; without --time and --runs after 60.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time: Option<u64>,
    /// End after so many sessions.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    runs: Option<u64>,
    /// What all random choices come from; without it the clock, and the report tells which it was.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many sessions at once.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = jobs)]
    jobs: usize,
    /// Which machine this is, of how many: each makes other runs.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Begin with the transcripts in this folder (*.ftp), and add the sessions in which something new comes.
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Make the runs behind those that the corpus says were made; needs --seed.
    #[arg(long, requires = "corpus", requires = "seed")]
    resume: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProfileName {
    Rfc,
    Strict,
}

impl CampaignArguments {
    fn campaign(&self, is_own: bool, line: &Arc<LiveLine>) -> Campaign {
        let is_strict = self
            .profile
            .map_or(is_own, |profile| profile == ProfileName::Strict);
        let time = self.time.map(Duration::from_secs);
        let line = Arc::clone(line);
        Campaign {
            profile: if is_strict {
                Profile::Strict
            } else {
                Profile::Rfc
            },
            time: time.or(self.runs.is_none().then_some(TIME)),
            runs: self.runs,
            seed: self.seed.unwrap_or_else(seed_of_the_clock),
            jobs: self.jobs,
            shard: self.shard.unwrap_or(Shard::WHOLE),
            corpus: self.corpus.clone(),
            resume: self.resume,
            stop: Arc::default(),
            progress: Arc::new(move |progress| line.show(&progress)),
        }
    }
}

fn seconds(text: &str) -> Result<u64, String> {
    let seconds = text.parse().ok().filter(|&seconds| seconds > 0);
    seconds.ok_or_else(|| "write a whole number of seconds, such as 60".to_owned())
}

/// Short enough to be typed again.
fn seed_of_the_clock() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::from(since.subsec_micros()) + since.as_secs() % 1_000 * 1_000_000
}

pub(super) fn run(arguments: &FuzzArguments) -> anyhow::Result<ExitCode> {
    let known = arguments.findings.known()?;
    arguments.output.expect_folders(&arguments.findings)?;
    let mut target = arguments.target.open()?;
    let line = Arc::new(LiveLine::new());
    let campaign = arguments.campaign.campaign(target.url().is_none(), &line);
    stop_on_ctrl_c(&campaign.stop)?;
    let made = fuzz(target.as_mut(), &campaign);
    line.end();
    let mut outcome = match made {
        Ok(outcome) => outcome,
        Err(trouble) => {
            let trouble = arguments.target.explain(&trouble);
            arguments.output.write_trouble(&target.name(), &trouble)?;
            bail!(trouble);
        }
    };
    // A campaign may miss what a check finds: that something known was not found says nothing.
    known.accept(&mut outcome.report, false);
    conclude_in_words(&outcome, campaign.seed);
    let code = conclude(&outcome.report, &arguments.findings, &arguments.output)?;
    Ok(match outcome.ended_by {
        Some(reason) => {
            tell(format_args!("ended before its time: {reason}"));
            if code == exit(false) {
                ExitCode::from(COULD_NOT_TELL)
            } else {
                code
            }
        }
        None => code,
    })
}

/// What the report has no place for.
fn conclude_in_words(outcome: &Outcome, seed: u64) {
    let Progress {
        runs,
        commands,
        edges,
        edges_in_all,
        ..
    } = outcome.progress;
    let rate = commands as f64 / outcome.report.seconds.max(0.001);
    tell(format_args!(
        "seed {seed}: {} of {} lines and events, {rate:.0} a second; {edges} of {edges_in_all} edges tried",
        counted_u64(runs, "run"),
        commands,
    ));
    if let Some(corpus) = &outcome.corpus {
        tell(format_args!(
            "corpus: {} read, {} skipped, {} added",
            corpus.len(),
            corpus.skipped.len(),
            corpus.added()
        ));
        for skipped in &corpus.skipped {
            tell(format_args!("skipped: {skipped}"));
        }
    }
    match (outcome.greetings.warning(), outcome.greetings.medians()) {
        (Some(warning), _) => tell(warning),
        (None, Some((first, last))) => tell(format_args!(
            "greeted after {:.1} ms at first, {:.1} ms at last",
            first.as_secs_f64() * 1e3,
            last.as_secs_f64() * 1e3
        )),
        (None, None) => {}
    }
}

fn counted_u64(count: u64, noun: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), noun)
}

/// Where the campaign is, on stderr: a line that changes on a terminal, else one now and then.
struct LiveLine {
    bar: Option<ProgressBar>,
    begun: Instant,
    said: Mutex<Instant>,
}

impl LiveLine {
    fn new() -> Self {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            ProgressBar::new_spinner().with_style(style)
        });
        LiveLine {
            bar,
            begun: Instant::now(),
            said: Mutex::new(Instant::now()),
        }
    }

    fn show(&self, progress: &Progress) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let due = if self.bar.is_some() {
            SHOW_EVERY
        } else {
            SAY_EVERY
        };
        if said.elapsed() < due {
            return;
        }
        *said = Instant::now();
        let rate = progress.commands as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        let line = format!(
            "{} runs, {rate:.0} commands/s, {} of {} edges, {} breaches seen, last new find {} s ago",
            progress.runs,
            progress.edges,
            progress.edges_in_all,
            progress.breaches,
            progress.since_new.as_secs()
        );
        match &self.bar {
            Some(bar) => bar.set_message(line),
            None => tell(line),
        }
    }

    /// Leaves the terminal to the report.
    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
