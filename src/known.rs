//! Findings that the user accepted beforehand: a file of TOML, each with the reason.
//!
//! ```toml
//! server = "vsftpd 3.0.3"            # for people
//! [[known]]
//! finding = "seq/rnto:adjacency"     # RULE:KIND, either of them a glob
//! reason = "many clients send NOOP between the two"
//! ```
//!
//! What many commands show is one finding without a command in its name, `reply/one:no-reply`; what a part of a run
//! shows of it may be too little for that, and then has the names of the commands, `reply/one:no-reply:NOOP`. An entry
//! for the whole accepts both. One for a command accepts that command only, but is not stale where the whole is found.

use std::ops::Range;
use std::path::{Path, PathBuf};

use ftproof_model::Kind;
use serde::Deserialize;
use thiserror::Error;
use toml::{Spanned, Value};
use wildmatch::WildMatch;

use crate::bounded;
use crate::report::{Finding, Outcome, Report, brief, clean};
use crate::selection::{ids, nearest};
use crate::tally::is_broadened;

/// Accepted findings, of one file or several.
#[derive(Debug, Clone, Default)]
pub struct KnownFindings(Vec<Entry>);

/// Why a file of accepted findings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KnownError {
    /// It cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// It is wrong at a line.
    #[error("{path}:{line}: {reason}")]
    Wrong {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to write.
        reason: String,
    },
}

#[derive(Debug, Clone)]
struct Entry {
    /// The file and the line.
    place: String,
    finding: String,
    rule: WildMatch,
    kind: WildMatch,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFile {
    #[serde(rename = "server")]
    _server: Option<String>,
    #[serde(default)]
    known: Vec<KnownEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownEntry {
    finding: Spanned<String>,
    reason: Spanned<String>,
}

impl KnownFindings {
    /// Reads files.
    pub fn read(paths: &[PathBuf]) -> Result<Self, KnownError> {
        let mut entries = Vec::new();
        for path in paths {
            let text = bounded::text(path).map_err(|error| KnownError::Unreadable {
                path: path.display().to_string(),
                reason: error.to_string(),
            })?;
            entries.extend(Self::parse(path, &text)?.0);
        }
        Ok(KnownFindings(entries))
    }

    /// Reads `text`, the content of the file at `path`.
    pub fn parse(path: &Path, text: &str) -> Result<Self, KnownError> {
        let line = |span: Range<usize>| {
            let before = text.get(..span.start).unwrap_or(text);
            1 + before.matches('\n').count()
        };
        let wrong = |span, reason: String| KnownError::Wrong {
            path: path.display().to_string(),
            line: line(span),
            reason: clean(&reason),
        };
        let file: KnownFile = toml::from_str(text).map_err(|error| {
            let message = error.message().replace('\n', "; ");
            let span = error.span().unwrap_or(0..0);
            wrong(span, format!("{message}; an entry is [[known]] with finding = \"RULE:KIND\" and reason = \"…\""))
        })?;
        let mut entries = Vec::new();
        for known in file.known {
            if known.reason.get_ref().trim().is_empty() {
                let reason = "the reason is empty; say why the finding is accepted".to_owned();
                return Err(wrong(known.reason.span(), reason));
            }
            let span = known.finding.span();
            let finding = known.finding.into_inner();
            let (rule, kind) =
                rule_and_kind(&finding).map_err(|reason| wrong(span.clone(), reason))?;
            entries.push(Entry {
                place: format!("{}:{}", path.display(), line(span)),
                rule,
                kind,
                finding,
                reason: on_one_line(known.reason.get_ref()),
            });
        }
        Ok(KnownFindings(entries))
    }

    /// Takes out of `report` what is accepted. If it `is_whole`, neither a part, nor only of what is inside TLS, nor
    /// interrupted, it also says which entries have nothing left that they are about, though their rules were tested.
    pub fn accept(&self, report: &mut Report, is_whole: bool) {
        let is_stale = |entry: &&Entry| {
            let seen = report.findings.iter().chain(&report.flaky);
            let is_in = |found| entry.is_about(found) || entry.is_part_of(found);
            !seen.clone().any(is_in) && entry.was_tested(report)
        };
        if is_whole && !report.interrupted {
            let stale = self.0.iter().filter(is_stale);
            let stale: Vec<String> = stale
                .map(|entry| format!("{}: {}", entry.place, entry.finding))
                .collect();
            report.stale.extend(stale);
        }
        for found in std::mem::take(&mut report.findings) {
            match self.0.iter().find(|entry| entry.is_about(&found)) {
                Some(entry) => report.known.push((found, entry.reason.clone())),
                None => report.findings.push(found),
            }
        }
        for rule in &mut report.rules {
            let is_left = report.findings.iter().any(|found| found.rule == rule.id);
            let is_known = report.known.iter().any(|(found, _)| found.rule == rule.id);
            if rule.outcome == Outcome::Finding && is_known && !is_left {
                rule.outcome = Outcome::Known;
            }
        }
    }
}

impl Entry {
    fn is_about(&self, found: &Finding) -> bool {
        let rest = found
            .id
            .strip_prefix(found.rule)
            .and_then(|rest| rest.strip_prefix(':'));
        let is_of_whole =
            is_broadened(found.rule, found.kind) && self.kind.matches(&found.kind.to_string());
        self.rule.matches(found.rule)
            && rest.is_some_and(|rest| is_of_whole || self.kind.matches(rest))
    }

    /// Whether it accepts for one command what `found` is for many.
    fn is_part_of(&self, found: &Finding) -> bool {
        let command = self.finding.strip_prefix(&found.id);
        is_broadened(found.rule, found.kind) && command.is_some_and(|rest| rest.starts_with(':'))
    }

    /// Whether every rule that it is about was tested.
    fn was_tested(&self, report: &Report) -> bool {
        ids().filter(|id| self.rule.matches(id)).all(|id| {
            let rule = report.rules.iter().find(|rule| rule.id == id);
            rule.is_some_and(|rule| {
                !matches!(rule.outcome, Outcome::NotTested | Outcome::NotApplicable)
            })
        })
    }
}

/// A reason may be written in several lines.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The two globs of `seq/rnto:adjacency`; else what to write.
fn rule_and_kind(finding: &str) -> Result<(WildMatch, WildMatch), String> {
    let Some((rule, kind)) = finding.split_once(':') else {
        return Err(format!(
            "'{finding}' is no finding; write RULE:KIND, or '{finding}:*' for every kind"
        ));
    };
    let is_glob = |text: &str| text.contains(['*', '?']);
    let rules = WildMatch::new(rule);
    if !ids().any(|id| rules.matches(id)) {
        let nearest = nearest(rule, ids());
        return Err(format!(
            "no rule matches '{rule}'; the nearest are {nearest}; all: ftproof list"
        ));
    }
    let name = kind.split(':').next().unwrap_or(kind);
    if !is_glob(kind) && Kind::named(name).is_none() {
        let names: Vec<String> = Kind::all().map(|kind| kind.to_string()).collect();
        let nearest = nearest(name, names.iter().map(String::as_str));
        return Err(format!(
            "there is no kind '{name}'; the nearest are {nearest}; all: ftproof list"
        ));
    }
    Ok((rules, WildMatch::new(kind)))
}

/// A file that accepts every finding of `report`, to be edited: what came stands for the reason.
pub fn draft(report: &Report) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut text = format!(
        "# What is accepted of this server, for ftproof check --known FILE. Write why, or take the entry out.\n\
         server = {}\n",
        quoted(&brief(&report.server.greeting))
    );
    let new = report.findings.iter().map(|found| {
        let (came, expected) = (found.what_came(), found.what_was_expected());
        (found, format!("came {came}; expected {expected}"))
    });
    let known = report
        .known
        .iter()
        .map(|(found, reason)| (found, reason.clone()));
    for (found, reason) in new.chain(known) {
        let (id, reason) = (quoted(&clean(&found.id)), quoted(&clean(&reason)));
        text.push_str(&format!("\n[[known]]\nfinding = {id}\nreason = {reason}\n"));
    }
    text
}
