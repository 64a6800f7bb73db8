//! What a check found, ready to be written: one file a format.

mod escaped;
mod format;
mod html;
mod json;
mod junit;
mod markdown;
mod names;
mod text;
mod transcript;

use ftproof_model::{
    Code, Input, Kind, Severity, Source, Strength, Transcript, reply_list, requirement, rfc,
};

pub(crate) use escaped::{brief, clean};
pub use format::Format;
pub use html::html;
pub use json::{SCHEMA_VERSION, json};
pub use junit::{junit, junit_trouble};
pub use markdown::markdown;
pub use text::text;
pub(crate) use text::{COLUMNS, text_within, wrapped};
pub use transcript::{is_cut_off, transcripts};

/// The result of a check.
#[derive(Debug, Clone)]
pub struct Report {
    /// The target, without a password.
    pub target: String,
    /// What it calls itself.
    pub server: Server,
    /// Divergences that came every time, worst first.
    pub findings: Vec<Finding>,
    /// Findings that the user accepted beforehand, each with the reason given; never counted as findings.
    pub known: Vec<(Finding, String)>,
    /// What the user accepted, and was not found any more.
    pub stale: Vec<String>,
    /// Divergences that did not come again; never counted as findings.
    pub flaky: Vec<Finding>,
    /// Each rule with what became of it.
    pub rules: Vec<RuleReport>,
    /// What could not be tested at all, and why.
    pub untested: Vec<String>,
    /// Lines sent.
    pub commands_sent: usize,
    /// Control connections opened by tests.
    pub connections: usize,
    /// How long it took.
    pub seconds: f64,
    /// The run was stopped before its end: this is what it had found.
    pub interrupted: bool,
}

/// What a server calls itself. Escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The first line of its greeting.
    pub greeting: String,
    /// Its reply to SYST.
    pub syst: Option<String>,
}

/// A divergence, reduced to what shows it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The stable name of the requirement.
    pub rule: &'static str,
    /// What it is called.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// Its stable name within a report, such as `seq/rnto:adjacency` or `help/in-state:help:500`.
    pub id: String,
    /// The reply codes that the RFCs allow, the strict one first.
    pub expected: Vec<Code>,
    /// What was seen, in a sentence, where codes do not tell it: bytes that differ, a reply that never came.
    pub note: Option<String>,
    /// The replies that came. Escaped.
    pub came: Vec<String>,
    /// The input that got them.
    pub input: Input,
    /// What to send, from a fresh connection.
    pub transcript: Transcript,
    /// How often it came.
    pub runs: usize,
    /// How often it was tried.
    pub tries: usize,
    /// Other lines that show the same: in place of the last one, or between a command and its predecessor.
    pub also: Vec<String>,
    /// The command line that finds it again.
    pub reproduce: String,
}

/// What a finding goes against.
pub(crate) struct Grounds {
    /// What is required.
    pub(crate) claim: &'static str,
    /// How strongly.
    pub(crate) strength: Strength,
    /// Where that stands.
    pub(crate) source: Source,
    /// The sentence of that section, word for word.
    pub(crate) sentence: Option<&'static str>,
}

impl Finding {
    /// What it goes against: its requirement, but for a code that is not listed the list.
    pub(crate) fn grounds(&self) -> Grounds {
        if self.kind == Kind::WrongCode {
            let list = reply_list(self.input.verb());
            return Grounds {
                claim: "A reply carries a code that the RFC lists for the command",
                strength: Strength::List,
                source: list.map_or(rfc(959, "5.4"), |list| list.source),
                sentence: None,
            };
        }
        let requirement = requirement(self.rule);
        Grounds {
            claim: requirement.map_or("", |requirement| requirement.claim),
            strength: requirement.map_or(Strength::Ours, |requirement| requirement.strength),
            source: requirement.map_or(Source::Ours(""), |requirement| requirement.source),
            sentence: requirement.and_then(|requirement| requirement.sentence),
        }
    }

    /// What came, in one line. Escaped.
    pub(crate) fn what_came(&self) -> String {
        match self.came.as_slice() {
            [] => "nothing".to_owned(),
            came => came
                .iter()
                .map(|reply| brief(reply))
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    /// The codes that were expected, the strict one first.
    pub(crate) fn what_was_expected(&self) -> String {
        if self.kind == Kind::OutOfStep {
            return "one final reply to each line".to_owned();
        }
        let codes: Vec<String> = self.expected.iter().map(Code::to_string).collect();
        match codes.as_slice() {
            [] => "no reply".to_owned(),
            [only] => only.clone(),
            [strict, others @ ..] => format!("{strict} (or {})", others.join(" ")),
        }
    }

    /// How often it came.
    pub(crate) fn how_often(&self) -> String {
        let tries = if self.tries == 1 { "try" } else { "tries" };
        format!(
            "{} of {} {tries}, each on a fresh connection",
            self.runs, self.tries
        )
    }

    /// The lines of its transcript. Escaped.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.transcript
            .entries
            .iter()
            .map(|entry| clean(&entry.to_string()))
            .collect()
    }

    /// Whether it came every time.
    pub fn is_sure(&self) -> bool {
        self.runs == self.tries
    }

    /// The codes of the replies that came.
    pub fn codes(&self) -> Vec<&str> {
        self.came.iter().filter_map(|line| line.get(..3)).collect()
    }
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every reply was the strict one.
    Conforms,
    /// Every reply was one that the RFCs allow.
    Allowed,
    /// The server implements in no state what the rule is about.
    NotApplicable,
    /// It could not be tried.
    NotTested,
    /// Some reply was one that no state allows.
    Finding,
    /// The same, but the user accepted it beforehand.
    Known,
    /// The same, but it did not come again.
    Flaky,
}

impl Outcome {
    /// Every outcome, in the order of the summary.
    pub const ALL: [Outcome; 7] = [
        Outcome::Finding,
        Outcome::Known,
        Outcome::Flaky,
        Outcome::Conforms,
        Outcome::Allowed,
        Outcome::NotApplicable,
        Outcome::NotTested,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Conforms => "conforms",
            Outcome::Allowed => "allowed",
            Outcome::NotApplicable => "not applicable",
            Outcome::NotTested => "not tested",
            Outcome::Finding => "finding",
            Outcome::Known => "known",
            Outcome::Flaky => "flaky",
        }
    }
}

/// A rule and what became of it.
#[derive(Debug, Clone)]
pub struct RuleReport {
    /// Its stable name.
    pub id: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// How many tests could be judged.
    pub tests: usize,
    /// Why some or all tests could not be made.
    pub reason: Option<String>,
}

impl Report {
    /// Whether there is a finding at or above `threshold`.
    pub fn fails(&self, threshold: Severity) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity >= threshold)
    }

    /// Whether anything at all could be judged.
    pub fn is_empty(&self) -> bool {
        self.rules.iter().all(|rule| rule.tests == 0)
            && self.findings.is_empty()
            && self.known.is_empty()
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// How many rules have this outcome.
    pub fn outcomes(&self, outcome: Outcome) -> usize {
        self.rules
            .iter()
            .filter(|rule| rule.outcome == outcome)
            .count()
    }

    /// The last line of every report: the same sentence in every format.
    pub fn summary(&self) -> String {
        let severities: Vec<String> = Severity::ALL
            .iter()
            .rev()
            .map(|&severity| format!("{} {severity}", self.count(severity)))
            .collect();
        let outcomes: Vec<String> = Outcome::ALL
            .iter()
            .map(|&outcome| format!("{} {}", self.outcomes(outcome), outcome.name()))
            .collect();
        let aside = |count: usize, name: &str| match count {
            0 => String::new(),
            count => format!(", {count} {name}"),
        };
        format!(
            "{}: {}{} ({}){}{}; rules: {}; {} commands on {} connections in {:.1} s",
            clean(&self.target),
            if self.interrupted {
                "interrupted, so far "
            } else {
                ""
            },
            counted(self.findings.len(), "finding"),
            severities.join(", "),
            aside(self.known.len(), "known"),
            aside(self.flaky.len(), "flaky"),
            outcomes.join(", "),
            self.commands_sent,
            self.connections,
            self.seconds,
        )
    }
}

/// `3 findings`, `1 finding`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
