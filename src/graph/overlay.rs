//! What a check's report says of each edge of the rules: as it should be, different, or not told.
//!
//! A finding's transcript is followed through the rules by the replies that it expects; where its last input stands,
//! the server differs. Of other edges of the same rule and input the report tells nothing, so nothing is said.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use ftproof_model::{
    Code, DataAction, Edge, Entry, Expected, Input, Machine, State, Transcript, input_text,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::report::SCHEMA_VERSION;

/// The longest report that is read: far beyond any that a check writes.
const REPORT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The longest transcript of a finding that is followed.
const ENTRIES_MAX: usize = 10_000;

/// What a report says of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Its rule was tested, and no finding is about this input.
    Right,
    /// A finding ends here: the server does something else.
    Differs,
    /// Not tested, or the report does not tell.
    Untold,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Verdict; 3] = [Verdict::Right, Verdict::Differs, Verdict::Untold];

    /// Its name, one word.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Right => "right",
            Verdict::Differs => "differs",
            Verdict::Untold => "untold",
        }
    }

    /// A mark that tells it without colour.
    pub fn mark(self) -> &'static str {
        match self {
            Verdict::Right => "✓",
            Verdict::Differs => "✗",
            Verdict::Untold => "?",
        }
    }
}

/// Why a file cannot be laid over the rules.
#[derive(Debug, Error)]
pub enum OverlayError {
    /// It cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: std::io::Error,
    },
    /// It is no report.
    #[error(
        "{path} is not a check's report: {reason}; write one with: ftproof check TARGET --report json={path}"
    )]
    NoReport {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The part of a check's JSON report that is shown (see docs/report.schema.json).
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct CheckReport {
    /// Its form.
    pub schema_version: u32,
    /// The server.
    pub target: String,
    /// What it calls itself.
    pub server: ToldServer,
    /// The run did not come to its end.
    pub interrupted: bool,
    /// What came every time, worst first.
    pub findings: Vec<ToldFinding>,
    /// What the user accepted beforehand.
    pub known: Vec<ToldKnown>,
    /// What the user accepted, and was not found any more.
    pub stale: Vec<String>,
    /// What did not come again.
    pub flaky: Vec<ToldFinding>,
    /// What became of each rule.
    pub rules: Vec<ToldRule>,
    /// What could not be tested.
    pub untested: Vec<String>,
    /// The last line of every report.
    pub summary: ToldSummary,
}

/// What a server calls itself.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ToldServer {
    /// Its greeting.
    pub greeting: String,
    /// Its reply to SYST.
    pub syst: Option<String>,
}

/// A finding.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ToldFinding {
    /// Its name in the report.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// What was seen.
    pub kind: String,
    /// How bad it is.
    pub severity: String,
    /// What is required.
    pub claim: String,
    /// How strongly.
    pub strength: String,
    /// Where that stands.
    pub source: String,
    /// The sentence there.
    pub sentence: Option<String>,
    /// The codes that are allowed, the strict one first.
    pub expected: Vec<Code>,
    /// The replies that came.
    pub came: Vec<String>,
    /// What was seen, where codes do not tell it.
    pub note: Option<String>,
    /// How often it came.
    pub runs: usize,
    /// How often it was tried.
    pub tries: usize,
    /// What to send, line by line.
    pub transcript: Vec<String>,
    /// Other lines that show the same.
    pub also: Vec<String>,
    /// The command that finds it again.
    pub reproduce: String,
}

/// A finding that the user accepted.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ToldKnown {
    /// Why.
    pub reason: String,
    /// What.
    pub finding: ToldFinding,
}

/// What became of a rule.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ToldRule {
    /// Its name.
    pub id: String,
    /// What became of it.
    pub outcome: String,
    /// How many tests could be judged.
    pub tests: usize,
    /// Why some could not be made.
    pub reason: Option<String>,
}

/// The summary.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ToldSummary {
    /// The last line of every report.
    pub sentence: String,
}

/// A step of a finding's way through the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line of the transcript, from 0.
    pub line: usize,
    /// The state in which the input comes.
    pub state: State,
    /// The input.
    pub input: Input,
}

/// A report laid over the rules.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// The report.
    pub report: CheckReport,
    /// For each of [`Overlay::told`] its way; empty where it is no session of the rules.
    pub ways: Vec<Vec<Place>>,
    differs: HashMap<(State, Input), Vec<usize>>,
    /// Rules of which some test was judged.
    tested: BTreeSet<String>,
    /// For each rule with a finding the inputs that show it somewhere.
    shown: BTreeMap<String, BTreeSet<String>>,
}

impl Overlay {
    /// Reads a report from a file.
    pub fn read(path: &Path, machine: &Machine<'_>) -> Result<Self, OverlayError> {
        let name = path.display().to_string();
        let mut text = Vec::new();
        File::open(path)
            .and_then(|file| file.take(REPORT_BYTES_MAX).read_to_end(&mut text))
            .map_err(|reason| OverlayError::Unreadable {
                path: name.clone(),
                reason,
            })?;
        Self::parse(&text, machine).map_err(|reason| OverlayError::NoReport { path: name, reason })
    }

    /// Reads a report from its text; `Err` says what is wrong.
    pub fn parse(text: &[u8], machine: &Machine<'_>) -> Result<Self, String> {
        let report: CheckReport =
            serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if report.schema_version != SCHEMA_VERSION {
            return Err(format!(
                "it has form {}, and this ftproof reads {SCHEMA_VERSION}",
                report.schema_version
            ));
        }
        Ok(Self::of(report, machine))
    }

    fn of(report: CheckReport, machine: &Machine<'_>) -> Self {
        let mut overlay = Overlay {
            tested: tested(&report),
            report,
            ways: Vec::new(),
            differs: HashMap::new(),
            shown: BTreeMap::new(),
        };
        let told: Vec<ToldFinding> = overlay.told().map(|(found, _)| found.clone()).collect();
        for (index, found) in told.iter().enumerate() {
            let way = way(&found.transcript, machine);
            let shown = overlay.shown.entry(found.rule.clone()).or_default();
            shown.extend(found.also.iter().cloned());
            if let Some(last) = way.last() {
                shown.insert(input_text(last.input));
                let at = overlay.differs.entry((last.state, last.input)).or_default();
                at.push(index);
            }
            overlay.ways.push(way);
        }
        overlay
    }

    /// Every finding, and why it is accepted if it is: those that count first.
    pub fn told(&self) -> impl Iterator<Item = (&ToldFinding, Option<&str>)> {
        let new = self.report.findings.iter().map(|found| (found, None));
        let known = self.report.known.iter();
        new.chain(known.map(|known| (&known.finding, Some(known.reason.as_str()))))
    }

    /// What the report says of `edge`, which starts in `state`.
    pub fn verdict(&self, state: State, edge: &Edge<'_>) -> Verdict {
        let rule = edge.rule.requirement;
        let is_shown = |shown: &BTreeSet<String>| shown.contains(&input_text(edge.input));
        if self.differs.contains_key(&(state, edge.input)) {
            Verdict::Differs
        } else if !self.tested.contains(rule) || self.shown.get(rule).is_some_and(is_shown) {
            Verdict::Untold
        } else {
            Verdict::Right
        }
    }

    /// The findings that end in `state` with `input`, by their place in [`Overlay::told`].
    pub fn findings_at(&self, state: State, input: Input) -> &[usize] {
        self.differs.get(&(state, input)).map_or(&[], Vec::as_slice)
    }

    /// Where each finding ends: its place in [`Overlay::told`], and the step.
    pub fn ends(&self) -> impl Iterator<Item = (usize, Place)> {
        let ends = self.ways.iter().enumerate();
        ends.filter_map(|(index, way)| Some((index, *way.last()?)))
    }
}

/// The rules of which some test was judged, and all that was judged came every time.
fn tested(report: &CheckReport) -> BTreeSet<String> {
    let judged = ["conforms", "allowed", "finding", "known"];
    let rules = report.rules.iter();
    rules
        .filter(|rule| rule.tests > 0 && judged.contains(&rule.outcome.as_str()))
        .map(|rule| rule.id.clone())
        .collect()
}

/// The way of a transcript through the rules, session by session: each input with the state in which it comes.
///
/// Each step is the strict one if its replies are those that the transcript expects, else one that the RFCs allow with
/// these replies, else the strict one all the same.
pub fn way(lines: &[String], machine: &Machine<'_>) -> Vec<Place> {
    let parse = |line: &String| Transcript::parse(line).ok()?.entries.into_iter().next();
    let entries: Vec<Option<Entry>> = lines.iter().take(ENTRIES_MAX).map(parse).collect();
    let mut sessions: BTreeMap<&str, State> = BTreeMap::new();
    let mut name = "A";
    let mut way = Vec::new();
    for (line, entry) in entries.iter().enumerate() {
        if let Some(Entry::Session(other)) = entry {
            name = other;
        }
        let Some(input) = entry.as_ref().and_then(input_of) else {
            continue;
        };
        let state = sessions.entry(name).or_default();
        let expected = entries[line + 1..].iter().map_while(|entry| match entry {
            Some(Entry::Expect(expected)) => Some(expected.as_slice()),
            _ => None,
        });
        let expected: Vec<&[Expected]> = expected.collect();
        let Some(next) = step(machine, *state, input, &expected) else {
            continue;
        };
        way.push(Place {
            line,
            state: *state,
            input,
        });
        *state = next;
    }
    way
}

fn step(
    machine: &Machine<'_>,
    state: State,
    input: Input,
    expected: &[&[Expected]],
) -> Option<State> {
    let is_expected = |replies: &[Code]| {
        replies.len() == expected.len()
            && replies
                .iter()
                .zip(expected)
                .all(|(code, expected)| expected.iter().any(|one| one.admits(*code)))
    };
    let strict = machine.strict(state, input)?;
    let mut found = is_expected(strict.replies).then_some(strict.next);
    machine.allowed(state, input, |step| {
        if found.is_none() && is_expected(step.replies) {
            found = Some(step.next);
        }
    });
    Some(found.unwrap_or(strict.next))
}

/// The input of the rules that an entry of a transcript is.
fn input_of(entry: &Entry) -> Option<Input> {
    match entry {
        Entry::Send(line) => Some(read_line(&String::from_utf8_lossy(line))),
        Entry::Data(DataAction::Break) => Some(Input::DataBroken),
        Entry::Data(DataAction::Refuse) => Some(Input::DataRefused),
        Entry::Data(DataAction::Fail) => Some(Input::DataFailed),
        Entry::Data(DataAction::Close | DataAction::Read(_) | DataAction::Size(_)) => {
            Some(Input::DataDone)
        }
        Entry::Data(DataAction::Send(_))
        | Entry::Comment(_)
        | Entry::Blank
        | Entry::Expect(_)
        | Entry::Tls
        | Entry::Session(_)
        | Entry::Close => None,
    }
}

/// The input of the alphabet that stands for `line`: the line itself, else the first with its verb that has an argument
/// if it has one, else what is refused for its form.
pub fn read_line(line: &str) -> Input {
    let exact = |input: &&Input| input.line() == Some(line);
    if let Some(&input) = Input::ALL.iter().find(exact) {
        return input;
    }
    let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
    let verb = verb.to_ascii_uppercase();
    let own = || {
        Input::ALL
            .iter()
            .copied()
            .filter(|input| input.verb() == verb && !verb.is_empty())
    };
    let takes = |input: &Input| {
        let has_argument = input.line().is_some_and(|line| line.contains(' '));
        has_argument != argument.is_empty() && !is_probe(*input)
    };
    match own().find(takes) {
        Some(input) => input,
        None if line.is_empty() => Input::Empty,
        None if own().next().is_none() => Input::Unknown,
        None if argument.is_empty() => Input::NoArgument,
        None => Input::SurplusArgument,
    }
}

fn is_probe(input: Input) -> bool {
    matches!(input, Input::NoArgument | Input::SurplusArgument)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_the_input_that_it_is() {
        for &input in Input::ALL {
            if let Some(line) = input.line() {
                assert_eq!(read_line(line), input, "{line}");
            }
        }
        for (line, input) in [
            ("user anna", Input::UserPassword),
            ("RETR {big_file}", Input::Retr),
            ("TYPE A", Input::Type),
            ("STOU name", Input::SurplusArgument),
            ("RETR", Input::NoArgument),
            ("\u{1}", Input::Unknown),
        ] {
            assert_eq!(read_line(line), input, "{line}");
        }
    }

    #[test]
    fn a_way_follows_the_replies_that_are_expected() {
        let machine = crate::verify::machine();
        let way = |text: &str| {
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let way = way(&lines, &machine);
            way.last().copied().map(|place| (place.state, place.input))
        };
        let in_order =
            way("> USER {user}\n< 331\n> PASS {password}\n< 230\n> PASV\n< 227\n> LIST\n< 150");
        let state = in_order.expect("it has an end").0;
        assert_eq!(state.data, ftproof_model::Data::Passive);
        // A server that refuses PASV has none.
        let refused =
            way("> USER {user}\n< 331\n> PASS {password}\n< 230\n> PASV\n< 502\n> LIST\n< 503");
        let state = refused.expect("it has an end").0;
        assert_eq!(state.data, ftproof_model::Data::None);
        assert_eq!(way("garbage"), None);
    }

    #[test]
    fn each_session_has_a_state_of_its_own() {
        let lines = [
            "> USER {user}",
            "< 331",
            "@session B",
            "> PASS {password}",
            "< 503",
        ];
        let lines = lines.map(str::to_owned);
        let way = way(&lines, &crate::verify::machine());
        let last = way.last().expect("it has an end");
        assert_eq!(
            (last.state, last.input),
            (State::default(), Input::PassRight)
        );
    }
}
