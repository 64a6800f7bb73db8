//! A tour as a line of a journal: numbers and names in place of the model's types.

use ftproof_model::{
    Code, Divergence, Input, Kind, State, Transcript, escape, requirement, unescape,
};
use serde::{Deserialize, Serialize};

use crate::content::Difference;
use crate::crew::Farewell;
use crate::reply::Reply;
use crate::target::Trouble;
use crate::tour::{Found, Record, Seen};
use crate::walk::Step;
use crate::worker::{Counts, Form};

/// A line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    tour: u64,
    learned: Learned,
    records: Vec<RecordLine>,
}

/// What a worker learned in the tour.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Learned {
    commands: usize,
    connections: usize,
    replies: usize,
    compared: usize,
    malformed: Option<Inputs>,
    implemented: Vec<String>,
    no_tls: Option<String>,
}

/// Inputs, each by its place in [`Input::ALL`].
#[derive(Serialize, Deserialize)]
struct Inputs(Vec<usize>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordLine {
    inputs: Inputs,
    subject: String,
    counts: bool,
    left_alone: bool,
    next: Option<usize>,
    seen: SeenLine,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SeenLine {
    Strict,
    Allowed,
    Unimplemented(Inputs),
    Diverged(Box<FoundLine>),
    NoName(String),
    NotTested { reason: String, is_costly: bool },
    Lost,
    Ambiguous { is_strict: bool },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FoundLine {
    requirement: String,
    kind: String,
    strict: Vec<Code>,
    allowed: Vec<Code>,
    came: Vec<Code>,
    note: Option<String>,
    inputs: Inputs,
    steps: Vec<StepLine>,
    runs: usize,
    is_controlled: bool,
    transcript: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepLine {
    input: usize,
    replies: Vec<ReplyLine>,
    data: Option<DifferenceLine>,
    is_compared: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyLine {
    code: Code,
    /// Escaped.
    lines: Vec<String>,
    ends_well: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DifferenceLine {
    rule: String,
    /// Escaped.
    expected: String,
    /// Escaped.
    came: String,
    came_bytes: usize,
}

impl Line {
    pub(super) fn of(tour: u64, records: &[Record], learned: &Farewell) -> Self {
        let Farewell {
            counts,
            implemented,
            no_tls,
            form,
            left: _,
        } = learned;
        let mut implemented: Vec<String> = implemented.iter().map(ToString::to_string).collect();
        implemented.sort_unstable();
        Line {
            tour,
            learned: Learned {
                commands: counts.commands,
                connections: counts.connections,
                replies: form.replies,
                compared: form.compared,
                malformed: form.malformed.as_deref().map(Inputs::of),
                implemented,
                no_tls: no_tls.clone(),
            },
            records: records.iter().map(RecordLine::of).collect(),
        }
    }

    /// The key of the tour, what it showed, and what its worker learned; `None`: some number or name stands for
    /// nothing.
    pub(super) fn read(self) -> Option<(u64, Vec<Record>, Farewell)> {
        let Learned {
            commands,
            connections,
            replies,
            compared,
            malformed,
            implemented,
            no_tls,
        } = self.learned;
        let farewell = Farewell {
            counts: Counts {
                commands,
                connections,
            },
            implemented: implemented
                .iter()
                .map(|verb| known_verb(verb))
                .collect::<Option<_>>()?,
            no_tls,
            form: Form {
                replies,
                compared,
                malformed: all(malformed, Inputs::read)?,
            },
            left: None,
        };
        let records = self.records.into_iter().map(RecordLine::read);
        Some((self.tour, records.collect::<Option<_>>()?, farewell))
    }
}

/// What `read` makes of a value that may be missing; the outer `None`: it can make nothing of it.
fn all<T, U>(value: Option<T>, read: impl FnOnce(T) -> Option<U>) -> Option<Option<U>> {
    match value {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

fn known_verb(verb: &str) -> Option<&'static str> {
    Input::ALL
        .iter()
        .map(|input| input.verb())
        .find(|known| *known == verb)
}

fn rule(id: &str) -> Option<&'static str> {
    requirement(id).map(|requirement| requirement.id)
}

fn input(place: usize) -> Option<Input> {
    Input::ALL.get(place).copied()
}

impl Inputs {
    fn of(inputs: &[Input]) -> Self {
        Inputs(inputs.iter().map(|&input| input as usize).collect())
    }

    fn read(self) -> Option<Vec<Input>> {
        self.0.into_iter().map(input).collect()
    }
}

impl RecordLine {
    fn of(record: &Record) -> Self {
        RecordLine {
            inputs: Inputs::of(&record.inputs),
            subject: record.subject.to_owned(),
            counts: record.counts,
            left_alone: record.left_alone,
            next: record.next.map(|state| state.number()),
            seen: SeenLine::of(&record.seen),
        }
    }

    fn read(self) -> Option<Record> {
        Some(Record {
            inputs: self.inputs.read()?,
            subject: rule(&self.subject)?,
            counts: self.counts,
            left_alone: self.left_alone,
            next: all(self.next, State::from_number)?,
            seen: self.seen.read()?,
        })
    }
}

impl SeenLine {
    fn of(seen: &Seen) -> Self {
        match seen {
            Seen::Strict => SeenLine::Strict,
            Seen::Allowed => SeenLine::Allowed,
            Seen::Unimplemented(inputs) => SeenLine::Unimplemented(Inputs::of(inputs)),
            Seen::Diverged(found) => SeenLine::Diverged(Box::new(FoundLine::of(found))),
            Seen::NotTested(Trouble::NoName(name)) => SeenLine::NoName(name.clone()),
            Seen::NotTested(trouble) => SeenLine::NotTested {
                reason: trouble.reason(),
                is_costly: seen.is_costly(),
            },
            Seen::Lost => SeenLine::Lost,
            &Seen::Ambiguous { is_strict } => SeenLine::Ambiguous { is_strict },
        }
    }

    fn read(self) -> Option<Seen> {
        Some(match self {
            SeenLine::Strict => Seen::Strict,
            SeenLine::Allowed => Seen::Allowed,
            SeenLine::Unimplemented(inputs) => Seen::Unimplemented(inputs.read()?),
            SeenLine::Diverged(found) => Seen::Diverged(found.read()?),
            SeenLine::NoName(name) => Seen::NotTested(Trouble::NoName(name)),
            SeenLine::NotTested { reason, is_costly } => {
                Seen::NotTested(Trouble::Earlier { reason, is_costly })
            }
            SeenLine::Lost => Seen::Lost,
            SeenLine::Ambiguous { is_strict } => Seen::Ambiguous { is_strict },
        })
    }
}

impl FoundLine {
    fn of(found: &Found) -> Self {
        // The row is for those who work on the rules; no report shows it.
        let Divergence {
            requirement,
            kind,
            strict,
            allowed,
            came,
            row: _,
        } = found.divergence.clone();
        FoundLine {
            requirement: requirement.to_owned(),
            kind: kind.to_string(),
            strict,
            allowed,
            came,
            note: found.note.clone(),
            inputs: Inputs::of(&found.inputs),
            steps: found.steps.iter().map(StepLine::of).collect(),
            runs: found.runs,
            is_controlled: found.is_controlled,
            transcript: found.transcript.as_ref().map(ToString::to_string),
        }
    }

    fn read(self) -> Option<Found> {
        Some(Found {
            divergence: Divergence {
                requirement: rule(&self.requirement)?,
                kind: Kind::named(&self.kind)?,
                strict: self.strict,
                allowed: self.allowed,
                came: self.came,
                row: "",
            },
            note: self.note,
            inputs: self.inputs.read()?,
            steps: self
                .steps
                .into_iter()
                .map(StepLine::read)
                .collect::<Option<_>>()?,
            runs: self.runs,
            is_controlled: self.is_controlled,
            transcript: all(self.transcript, |text| Transcript::parse(&text).ok())?,
        })
    }
}

impl StepLine {
    fn of(step: &Step) -> Self {
        StepLine {
            input: step.input as usize,
            replies: step.replies.iter().map(ReplyLine::of).collect(),
            data: step.data.as_ref().map(DifferenceLine::of),
            is_compared: step.is_compared,
        }
    }

    fn read(self) -> Option<Step> {
        Some(Step {
            input: input(self.input)?,
            replies: self
                .replies
                .into_iter()
                .map(ReplyLine::read)
                .collect::<Option<_>>()?,
            data: all(self.data, DifferenceLine::read)?,
            is_compared: self.is_compared,
        })
    }
}

impl ReplyLine {
    fn of(reply: &Reply) -> Self {
        ReplyLine {
            code: reply.code,
            lines: reply.lines.iter().map(|line| escape(line)).collect(),
            ends_well: reply.ends_well,
        }
    }

    fn read(self) -> Option<Reply> {
        Some(Reply {
            code: self.code,
            lines: self
                .lines
                .iter()
                .map(|line| unescape(line).ok())
                .collect::<Option<_>>()?,
            ends_well: self.ends_well,
        })
    }
}

impl DifferenceLine {
    fn of(difference: &Difference) -> Self {
        DifferenceLine {
            rule: difference.rule.to_owned(),
            expected: escape(&difference.expected),
            came: escape(&difference.came),
            came_bytes: difference.came_bytes,
        }
    }

    fn read(self) -> Option<Difference> {
        Some(Difference {
            rule: rule(&self.rule)?,
            expected: unescape(&self.expected).ok()?,
            came_bytes: self.came_bytes,
            came: unescape(&self.came).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn found() -> Found {
        Found {
            divergence: Divergence {
                requirement: "state/rest",
                kind: Kind::WrongData,
                strict: vec![226],
                allowed: vec![226, 426],
                came: vec![226],
                row: "",
            },
            note: Some("bytes".to_owned()),
            inputs: vec![Input::Retr, Input::DataDone],
            steps: vec![Step {
                input: Input::DataDone,
                replies: vec![Reply {
                    code: 226,
                    lines: vec![b"226-\x1b[2J \xff\\".to_vec(), b"226 ".to_vec()],
                    ends_well: false,
                }],
                data: Some(Difference {
                    rule: "state/rest",
                    expected: b"0123\r\n".to_vec(),
                    came: Vec::new(),
                    came_bytes: 0,
                }),
                is_compared: true,
            }],
            runs: 2,
            is_controlled: true,
            transcript: Transcript::parse("> NOOP\n< 200\n").ok(),
        }
    }

    /// A tour comes back from its line as it was, whatever it showed.
    #[test]
    fn what_is_written_is_read_again() {
        let earlier = Trouble::Earlier {
            reason: "the server closed the connection where a reply was awaited".to_owned(),
            is_costly: false,
        };
        let seen = [
            Seen::Strict,
            Seen::Allowed,
            Seen::Unimplemented(vec![Input::Help]),
            Seen::Diverged(found()),
            Seen::NotTested(Trouble::NoName("host".to_owned())),
            Seen::NotTested(earlier),
            Seen::Lost,
            Seen::Ambiguous { is_strict: true },
        ];
        let next = [None, Some(State::CLOSED), Some(State::default())];
        let records = seen.into_iter().zip(next.into_iter().cycle());
        let records = records.map(|(seen, next)| Record {
            inputs: vec![Input::Rnfr, Input::Empty],
            subject: "seq/rnto",
            counts: next.is_some(),
            seen,
            next,
            left_alone: next.is_none(),
        });
        let records: Vec<Record> = records.collect();
        let learned = Farewell {
            counts: Counts {
                commands: 3,
                connections: 2,
            },
            implemented: HashSet::from(["PWD"]),
            no_tls: Some("it is too old".to_owned()),
            form: Form {
                replies: 5,
                compared: 1,
                malformed: Some(vec![Input::Syst]),
            },
            left: None,
        };
        let text = serde_json::to_string(&Line::of(u64::MAX, &records, &learned)).unwrap();
        let line: Line = serde_json::from_str(&text).unwrap();
        let (tour, read, relearned) = line.read().unwrap();
        assert_eq!(tour, u64::MAX);
        assert_eq!(format!("{read:?}"), format!("{records:?}"));
        let again = serde_json::to_string(&Line::of(tour, &read, &relearned)).unwrap();
        assert_eq!(again, text);
    }

    /// What a wait was lost with is given up in a run that goes on, too.
    #[test]
    fn lost_time_is_remembered() {
        let lost = Seen::NotTested(Trouble::TimedOut {
            awaited: "reply",
            seconds: 9,
        });
        let seen = SeenLine::of(&lost).read().unwrap();
        assert!(seen.is_costly());
        let Seen::NotTested(trouble) = seen else {
            panic!("{seen:?}");
        };
        assert_eq!(trouble.to_string(), "no reply in time");
    }
}
