//! `ftproof replay`: transcripts against a server, and what became of each finding.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use ftproof_model::Transcript;

use super::interrupt::stop_on_ctrl_c;
use super::target::TargetArguments;
use super::terminal::{show, tell};
use super::{COULD_NOT_TELL, INTERRUPTED, exit};
use crate::bounded;
use crate::login::log_in;
use crate::replay::{Verdict, verdict};
use crate::report::{counted, is_cut_off};

pub(super) const EXAMPLES: &str = "\
Examples:
  ftproof replay findings ftp://ftptest@127.0.0.1:2121
  ftproof replay findings/seq-rnto-adjacency.ftp

A finding is still there if the last line of its transcript gets another answer than expected.
Exit: 0 all are fixed, 1 at least one is still there, 2 at least one could not be tested, 130 interrupted.";

#[derive(Args)]
pub(super) struct ReplayArguments {
    /// A transcript, or a folder of them (*.ftp), such as ftproof check --out DIR writes.
    #[arg(help_heading = "Arguments")]
    path: PathBuf,
    #[command(flatten)]
    target: TargetArguments,
}

#[derive(Default)]
struct Counts {
    fixed: usize,
    still: usize,
    not_tested: usize,
}

pub(super) fn run(arguments: &ReplayArguments) -> anyhow::Result<ExitCode> {
    let transcripts = read(&arguments.path)?;
    let mut target = arguments.target.open()?;
    // Without a login many a finding would look as if it were gone.
    let sends_password = |line: &[u8]| line.starts_with(b"PASS {password}");
    if transcripts
        .iter()
        .any(|(_, transcript)| transcript.sent().any(sends_password))
    {
        let names = target.names().clone();
        drop(log_in(target.as_mut(), &names)?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_ctrl_c(&stop)?;
    let mut counts = Counts::default();
    for (name, transcript) in &transcripts {
        let (verdict, left) = if stop.load(Ordering::SeqCst) {
            (Verdict::NotTested("interrupted".to_owned()), None)
        } else {
            verdict(target.as_mut(), transcript)
        };
        show(&match verdict {
            Verdict::Fixed => {
                counts.fixed += 1;
                format!("fixed       {name}\n")
            }
            Verdict::Still(mismatch) => {
                counts.still += 1;
                format!("still       {name}: {mismatch}\n")
            }
            Verdict::NotTested(reason) => {
                counts.not_tested += 1;
                format!("not tested  {name}: {reason}\n")
            }
        })?;
        if let Some(left) = left {
            tell(left);
        }
    }
    let Counts {
        fixed,
        still,
        not_tested,
    } = counts;
    let count = counted(transcripts.len(), "transcript");
    show(&format!(
        "{count}: {fixed} fixed, {still} still, {not_tested} not tested\n"
    ))?;
    Ok(match (still, not_tested) {
        _ if stop.load(Ordering::SeqCst) => ExitCode::from(INTERRUPTED),
        (0, 1..) => ExitCode::from(COULD_NOT_TELL),
        (still, _) => exit(still > 0),
    })
}

/// The transcripts at `path`, each with the name of its file, in the order of the names.
fn read(path: &Path) -> anyhow::Result<Vec<(String, Transcript)>> {
    let cannot_read = || format!("cannot read {}", path.display());
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = fs::read_dir(path).with_context(cannot_read)?;
        let entries: Result<Vec<_>, _> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect();
        files = entries.with_context(cannot_read)?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "ftp"));
        files.sort();
    }
    if files.is_empty() {
        bail!("there is no transcript (*.ftp) in {}", path.display());
    }
    files.iter().map(|file| parse(file)).collect()
}

fn parse(file: &Path) -> anyhow::Result<(String, Transcript)> {
    let text = bounded::text(file).with_context(|| format!("cannot read {}", file.display()))?;
    let transcript = Transcript::parse(&text)
        .map_err(|error| anyhow!("{}:{}: {}", file.display(), error.line, error.reason))?;
    if is_cut_off(&transcript) {
        bail!(
            "{}:{}: the file ends here, without its last line '# end': only a part of it was written; \
             write it again with ftproof check --out",
            file.display(),
            transcript.entries.len()
        );
    }
    let name = file.file_name().unwrap_or(file.as_os_str());
    Ok((name.to_string_lossy().into_owned(), transcript))
}
