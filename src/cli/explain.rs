//! `ftproof explain`: what a code, a verb, a rule or a finding means, or what went wrong in a log.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;

use super::ListFormat;
use super::exit;
use super::output::print;
use super::terminal::{columns, show};
use crate::explain::log::{self, Form, LOG_BYTES_MAX};
use crate::explain::{Page, Rules, Subject};
use crate::report::brief;

pub(super) const EXAMPLES: &str = "\
Examples:
  What a code means, and two side by side:
    ftproof explain 503
    ftproof explain 214 503
  A verb, a rule, a finding:
    ftproof explain RNTO
    ftproof explain seq/rnto
    ftproof explain seq/rnto:accepted
  A log, of a client or a server, or a capture of packets; on stdin too:
    ftproof explain session.log
    curl -v ftp://127.0.0.1:2121/ 2>&1 | ftproof explain -
    ftproof explain --form lftp session.log

Logs that are known: curl -v, lftp -d, wget -d, tnftp -d, ncftp -d, Python's ftplib, FileZilla, FluentFTP, WinSCP,
vsftpd, proftpd, pyftpdlib, pcap and pcapng, transcripts of ftproof, and sessions without marks.
Exit: 0 nothing about order is wrong (or a page was shown), 1 something is, 2 not understood.";

#[derive(Args)]
pub(super) struct ExplainArguments {
    /// Reply codes, verbs, rules or findings; or one log: a file, or '-' for stdin.
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    /// The form of the log, where it is not told right: curl, lftp, wget, ftplib, filezilla, winscp, tnftp, ncftp,
    /// vsftpd, proftpd, proftpd-trace, pyftpdlib, pcap, transcript, plain.
    #[arg(long, value_name = "FORM")]
    form: Option<Form>,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

pub(super) fn run(arguments: &ExplainArguments) -> anyhow::Result<ExitCode> {
    match arguments.what.as_slice() {
        [] if io::stdin().is_terminal() => {
            bail!(
                "nothing to explain; name a code, a verb, a rule or a log, such as: ftproof explain 503"
            )
        }
        [] => arguments.log("stdin", &bounded(io::stdin())?),
        [word] if word == "-" => arguments.log("stdin", &bounded(io::stdin())?),
        [word] if arguments.form.is_some() || is_path(word) => arguments.file(Path::new(word)),
        words => match words.iter().find(|word| is_path(word)) {
            Some(log) => bail!(
                "one log at a time is explained, and nothing beside it: ftproof explain {}",
                brief(log)
            ),
            None => arguments.subjects(words),
        },
    }
}

/// Whether a word can only be a log: it is no subject, and there is a file of that name or it is written like one.
fn is_path(word: &str) -> bool {
    let path = Path::new(word);
    let is_written_so = word.starts_with(['.', '/', '~']) || path.extension().is_some();
    Subject::parse(word).is_err() && (is_written_so || path.exists())
}

/// What can be read, up to one byte more than a log may have.
fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(LOG_BYTES_MAX).unwrap_or(u64::MAX) + 1;
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl ExplainArguments {
    fn file(&self, path: &Path) -> anyhow::Result<ExitCode> {
        let name = PathBuf::from(path).display().to_string();
        let bytes = File::open(path)
            .and_then(bounded)
            .with_context(|| format!("cannot read {name}"))?;
        self.log(&name, &bytes)
    }

    fn log(&self, name: &str, bytes: &[u8]) -> anyhow::Result<ExitCode> {
        let explanation = log::explain(&Rules::default(), bytes, self.form)
            .map_err(|error| anyhow!("cannot explain {name}: {error}"))?;
        self.print(&explanation.text(columns()), &explanation)?;
        Ok(exit(explanation.is_wrong()))
    }

    fn subjects(&self, words: &[String]) -> anyhow::Result<ExitCode> {
        let subjects = words
            .iter()
            .map(|word| Subject::parse(word))
            .collect::<Result<Vec<_>, _>>()?;
        let pages = Rules::default().pages(&subjects);
        let text: Vec<String> = pages
            .iter()
            .map(|page: &Page| page.text(columns()))
            .collect();
        self.print(&text.join("\n"), &pages)?;
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, text: &str, data: &impl serde::Serialize) -> anyhow::Result<()> {
        match self.format {
            ListFormat::Json => {
                let mut json = serde_json::to_string_pretty(data)?;
                json.push('\n');
                print(&json)
            }
            ListFormat::Text => show(text),
        }
    }
}
