//! `ftproof check`: its options, what becomes of the report, and the exit code.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use ftproof_model::Severity;

use super::interrupt::stop_on_ctrl_c;
use super::output::{expect_folder_of, print, write_whole};
use super::progress::Progress;
use super::target::TargetArguments;
use super::terminal::{columns, show, tell};
use super::{INTERRUPTED, exit};
use crate::check::check;
use crate::known::{KnownFindings, draft};
use crate::options::{JOBS, JOBS_MAX, Options, Profile, Shard};
use crate::report::{Format, Report, junit_trouble, text_within, transcripts};
use crate::target::Trouble;

pub(super) const EXAMPLES: &str = "\
Examples:
  A server's author, before a release; the findings as transcripts, to be replayed later:
    FTPROOF_PASSWORD=secret ftproof check ftp://ftptest@127.0.0.1:2121 --out findings
    FTPROOF_PASSWORD=secret ftproof replay findings ftp://ftptest@127.0.0.1:2121
  CI, where what is known does not fail the build:
    ftproof check ftp://ci@127.0.0.1:2121 --write-known known.toml
    ftproof check ftp://ci@127.0.0.1:2121 --known known.toml --report junit=ftproof.xml
  A researcher, on one of four machines, with all that is not to the letter:
    ftproof check ftp://ci@127.0.0.1:2121 --profile strict --shard 1/4 --format json
  Our own session:
    ftproof check

The password comes from FTPROOF_PASSWORD, --password-file or the URL; without a user the login is anonymous.
Exit: 0 no finding at or above --fail-on, 1 at least one, 2 could not tell, 130 interrupted.";

#[derive(Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    findings: FindingArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Args)]
#[command(next_help_heading = "What is checked")]
struct SelectionArguments {
    /// What the RFCs allow is enough, or only the one strict reply (always 503, always 214).
    #[arg(long, value_enum, default_value_t = ProfileName::Rfc)]
    profile: ProfileName,
    /// Check only rules of this id, such as 'seq/*'; may be repeated. For ids: ftproof list
    #[arg(long, value_name = "GLOB")]
    rule: Vec<String>,
    /// Leave out rules of this id; may be repeated.
    #[arg(long, value_name = "GLOB")]
    skip: Vec<String>,
    /// How many sessions at once, at most 64; fewer if the server refuses some.
    #[arg(long, value_name = "N", default_value_t = JOBS, value_parser = jobs)]
    jobs: usize,
    /// Make only the I-th of N parts of the tests, on a machine of its own.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Write to this file what is done, and go on from there after an interruption. At the end of the run it is
    /// removed.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
}

#[derive(Args)]
#[command(next_help_heading = "Findings")]
pub(super) struct FindingArguments {
    /// Do not count the findings that this file accepts; may be repeated.
    #[arg(long, value_name = "FILE")]
    known: Vec<PathBuf>,
    /// Draft such a file from what is found.
    #[arg(long, value_name = "FILE")]
    write_known: Option<PathBuf>,
    /// Exit 1 for findings of this severity or worse.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Medium)]
    fail_on: FailOn,
}

#[derive(Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// The form of the report on stdout. JSON: see docs/report.schema.json
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write a report to a file as well, such as junit=ftproof.xml; may be repeated.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file)]
    report: Vec<ReportFile>,
    /// Write each finding to this folder, as a transcript for ftproof replay.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProfileName {
    Rfc,
    Strict,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    Never,
}

#[derive(Clone)]
struct ReportFile {
    format: Format,
    path: PathBuf,
}

pub(super) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=JOBS_MAX).contains(&number) => Ok(number),
        _ => Err(format!("it is a number from 1 to {JOBS_MAX}")),
    }
}

pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let parse = || {
        let (index, count) = text.split_once('/')?;
        let (index, count): (usize, usize) = (index.parse().ok()?, count.parse().ok()?);
        (1..=count).contains(&index).then(|| Shard {
            index: index - 1,
            count,
        })
    };
    parse().ok_or_else(|| "it is I/N, with I from 1 to N, such as 2/4".to_owned())
}

fn report_file(text: &str) -> Result<ReportFile, String> {
    let (format, path) = text.split_once('=').unwrap_or((text, ""));
    let format = format.parse()?;
    if path.is_empty() {
        return Err(format!("a file is missing; write {text}=FILE").replace("==", "="));
    }
    Ok(ReportFile {
        format,
        path: path.into(),
    })
}

impl FindingArguments {
    /// What the user accepts.
    pub(super) fn known(&self) -> anyhow::Result<KnownFindings> {
        Ok(KnownFindings::read(&self.known)?)
    }

    fn threshold(&self) -> Option<Severity> {
        match self.fail_on {
            FailOn::Critical => Some(Severity::Critical),
            FailOn::High => Some(Severity::High),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::Low => Some(Severity::Low),
            FailOn::Never => None,
        }
    }
}

impl SelectionArguments {
    fn options(&self, progress: Arc<Progress>) -> Options {
        Options {
            profile: match self.profile {
                ProfileName::Rfc => Profile::Rfc,
                ProfileName::Strict => Profile::Strict,
            },
            rules: self.rule.clone(),
            skip: self.skip.clone(),
            jobs: self.jobs,
            shard: self.shard.unwrap_or(Shard::WHOLE),
            resume: self.resume.clone(),
            progress: Arc::new(move |done, due| progress.show(done, due)),
            ..Options::default()
        }
    }
}

pub(super) fn run(arguments: &CheckArguments) -> anyhow::Result<ExitCode> {
    let progress = Arc::new(Progress::new());
    let options = arguments.selection.options(Arc::clone(&progress));
    options.check_selection()?;
    let known = arguments.findings.known()?;
    arguments.output.expect_folders(&arguments.findings)?;
    if let Some(path) = &arguments.selection.resume {
        expect_folder_of(path)?;
    }
    let mut target = arguments.target.open()?;
    stop_on_ctrl_c(&options.stop)?;
    let checked = check(target.as_mut(), &options);
    progress.end();
    let mut report = match checked {
        Ok(report) => report,
        Err(trouble) => {
            let trouble = match trouble {
                Trouble::Stopped => trouble.to_string(),
                other => arguments.target.explain(&other),
            };
            let written = arguments.output.write_trouble(&target.name(), &trouble);
            if options.stop.load(Ordering::SeqCst) {
                tell(trouble);
                return Ok(ExitCode::from(INTERRUPTED));
            }
            written.with_context(|| trouble.clone())?;
            bail!(trouble);
        }
    };
    // Inside TLS from the start, what is in clear is not tried.
    let is_whole = options.shard == Shard::WHOLE && !target.is_protected();
    known.accept(&mut report, is_whole);
    conclude(&report, &arguments.findings, &arguments.output)
}

/// Writes the report wherever it is wanted; gives the exit code.
pub(super) fn conclude(
    report: &Report,
    findings: &FindingArguments,
    output: &OutputArguments,
) -> anyhow::Result<ExitCode> {
    let written = output.write(report, findings);
    if report.interrupted {
        written?;
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let threshold = findings.threshold();
    if threshold.is_some_and(|threshold| report.fails(threshold)) {
        // A finding is told by the exit code, whatever became of the files.
        if let Err(error) = written {
            tell(format_args!("{error:#}"));
        }
        return Ok(exit(true));
    }
    written?;
    if report.is_empty() {
        bail!("nothing could be tested");
    }
    Ok(exit(false))
}

impl OutputArguments {
    /// Sees, before the work, that its results have a place.
    pub(super) fn expect_folders(&self, findings: &FindingArguments) -> anyhow::Result<()> {
        let reports = self.report.iter().map(|report| &report.path);
        for path in reports.chain(&findings.write_known) {
            expect_folder_of(path)?;
        }
        if let Some(folder) = &self.out {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        Ok(())
    }

    /// Writes all that can be written; one `Err` tells of all that cannot.
    fn write(&self, report: &Report, findings: &FindingArguments) -> anyhow::Result<()> {
        let mut files: Vec<(PathBuf, String)> = Vec::new();
        for file in &self.report {
            files.push((file.path.clone(), file.format.write(report)));
        }
        if let Some(folder) = &self.out {
            for (name, transcript) in transcripts(report) {
                files.push((folder.join(name), transcript.to_string()));
            }
        }
        if let Some(path) = &findings.write_known {
            files.push((path.clone(), draft(report)));
        }
        let printed = match self.format {
            Format::Text => show(&text_within(report, columns())),
            other => print(&other.write(report)),
        };
        write_all(printed, &files)
    }

    /// CI looks for its file even where there is no report.
    pub(super) fn write_trouble(&self, target: &str, trouble: &str) -> anyhow::Result<()> {
        let text = junit_trouble(target, trouble);
        let is_junit = |file: &&ReportFile| file.format == Format::Junit;
        let files = self.report.iter().filter(is_junit);
        let files: Vec<_> = files
            .map(|file| (file.path.clone(), text.clone()))
            .collect();
        let printed = match self.format {
            Format::Junit => print(&text),
            _ => Ok(()),
        };
        write_all(printed, &files)
    }
}

/// Writes each of `files`; `Err` tells what of them, and of what was printed before, could not be written.
fn write_all(printed: anyhow::Result<()>, files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    let written = files.iter().map(|(path, text)| write_whole(path, text));
    let failed = std::iter::once(printed)
        .chain(written)
        .filter_map(Result::err);
    let failed: Vec<String> = failed.map(|error| format!("{error:#}")).collect();
    if failed.is_empty() {
        Ok(())
    } else {
        bail!(failed.join("; "))
    }
}
