//! The page on a rule, and on a finding: what is required, who says so, and a session that breaks it.

use ftproof_model::{Code, Input, Kind, Order, RULES, Requirement, Severity, Source, State};
use serde::Serialize;

use super::advice::advice_on;
use super::rules::{Rules, add, inputs, name, why};
use super::sequence::shortest;
use crate::list::meaning;

/// What there is to say of a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RulePage {
    /// Its id.
    pub rule: &'static str,
    /// What it requires, in one sentence.
    pub claim: &'static str,
    /// How strongly.
    pub strength: String,
    /// Where it comes from; absent for a rule of our own.
    pub source: Option<String>,
    /// The sentence of that section, word for word.
    pub sentence: Option<&'static str>,
    /// Why we ask for it; absent for a rule of an RFC.
    pub why: Option<&'static str>,
    /// The verbs that it binds.
    pub commands: Vec<&'static str>,
    /// Its rows: when, and the strict replies.
    pub rows: Vec<RuleRow>,
    /// What a client does that broke it.
    pub remedy: Option<&'static str>,
    /// The shortest legal sequences, as the lines to send.
    pub right: Vec<Vec<&'static str>>,
    /// A shortest session in which it decides: each line with its strict replies.
    pub shown: Vec<Said>,
    /// Of a finding: what was seen.
    pub finding: Option<Found>,
}

/// A row of the rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleRow {
    /// When it applies.
    pub when: &'static str,
    /// The strict replies.
    pub strict: Vec<Code>,
    /// In how many of the states that read lines it decides.
    pub states: usize,
}

/// A line and its replies.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// The line, or the event of the data connection.
    pub line: &'static str,
    /// The replies, in order.
    pub replies: Vec<Code>,
}

/// What a finding says.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// Its kind.
    pub kind: String,
    /// What was seen.
    pub meaning: &'static str,
    /// How bad it is.
    pub severity: String,
    /// What the author of the server does.
    pub for_servers: String,
}

impl Rules {
    /// The page on `rule`, or on a finding of this `kind` under it.
    pub fn rule(&self, rule: &'static Requirement, kind: Option<Kind>) -> RulePage {
        let of_it = || RULES.iter().filter(|row| row.requirement == rule.id);
        let is_of_order = |row: &&ftproof_model::Rule| {
            matches!(row.order, Order::OutOfOrder | Order::NotLoggedIn)
        };
        let mut commands = Vec::new();
        for input in of_it().flat_map(inputs) {
            add(&mut commands, name(input));
        }
        let remedy = advice_on(rule.id).map(|advice| advice.remedy);
        let sequences = of_it().filter(is_of_order).count() > 0 && rule.id != "login/required";
        let right = if sequences {
            let paths = commands.iter().filter_map(|verb| self.sequence(verb));
            paths.collect()
        } else {
            Vec::new()
        };
        RulePage {
            rule: rule.id,
            claim: rule.claim,
            strength: rule.strength.to_string(),
            source: match rule.source {
                Source::Rfc { .. } => Some(rule.source.to_string()),
                Source::Ours(_) => None,
            },
            sentence: rule.sentence,
            why: why(rule),
            rows: of_it()
                .map(|row| RuleRow {
                    when: row.name,
                    strict: row.strict.replies.to_vec(),
                    states: self.count(|state| {
                        inputs(row).any(|input| {
                            self.machine
                                .rule(state, input)
                                .is_some_and(|decides| decides.name == row.name)
                        })
                    }),
                })
                .collect(),
            remedy,
            right,
            shown: self.shown(rule.id),
            finding: kind.map(|kind| found(rule, kind, of_it().find(is_of_order))),
            commands,
        }
    }

    /// A shortest session in which the rule decides the last line.
    fn shown(&self, id: &str) -> Vec<Said> {
        let mut best: Option<Vec<Input>> = None;
        for (_, from, edge, _) in self.graph.edges() {
            if edge.rule.requirement != id {
                continue;
            }
            let Some(node) = self.graph.node(from) else {
                continue;
            };
            let mut path = self.graph.access_sequence(node);
            path.push(edge.input);
            if best.as_ref().is_none_or(|best| path.len() < best.len()) {
                best = Some(path);
            }
        }
        self.played(&best.unwrap_or_default())
    }

    /// What the strict machine answers to `inputs`, from connect.
    fn played(&self, inputs: &[Input]) -> Vec<Said> {
        let mut state = State::default();
        let mut said = Vec::new();
        for &input in inputs {
            let Some(step) = self.machine.strict(state, input) else {
                break;
            };
            said.push(Said {
                line: input.line().unwrap_or(name(input)),
                replies: step.replies.to_vec(),
            });
            state = step.next;
        }
        said
    }

    /// The shortest legal sequence to `input` from `state`, as the lines to send.
    pub fn way(&self, state: State, input: Input) -> Option<Vec<Input>> {
        shortest(&self.machine, state, input)
    }
}

fn found(
    rule: &'static Requirement,
    kind: Kind,
    row: Option<&'static ftproof_model::Rule>,
) -> Found {
    let refusal = row.and_then(|row| row.strict.replies.first());
    let for_servers = match (kind, refusal) {
        (Kind::Accepted | Kind::Adjacency | Kind::LoginBypass, Some(code)) => {
            format!("answer {code} there, and do not carry the command out")
        }
        (Kind::SideEffect, Some(code)) => {
            format!("answer {code} there before anything of the session is changed")
        }
        (Kind::WrongCode, Some(code)) => format!("refuse it with {code}"),
        (Kind::Refused, _) => "carry the command out: what it needs came before it".to_owned(),
        (Kind::Help, _) => "answer 214 to HELP in every state, before login too".to_owned(),
        (Kind::OutOfStep | Kind::NoReply, _) => {
            "give each command exactly one final reply, on every path of the code".to_owned()
        }
        (Kind::Dropped | Kind::Gone, _) => {
            "keep the session open, or close it with 421; a session that ends must not end others"
                .to_owned()
        }
        (Kind::Isolation, _) => "keep what a session has set up in that session alone".to_owned(),
        (Kind::Injected, _) => "throw away what was read before the TLS handshake".to_owned(),
        (Kind::WrongData, _) => {
            "use a REST for the transfer right behind it, and send 226 only for all bytes"
                .to_owned()
        }
        (Kind::Malformed, _) => {
            "send three digits, a space and text, and end the line with CRLF".to_owned()
        }
        _ => format!("see to it that {}", lower(rule.claim)),
    };
    let severity: Severity = kind.severity();
    Found {
        kind: kind.to_string(),
        meaning: meaning(kind),
        severity: severity.to_string(),
        for_servers,
    }
}

/// A sentence to go on with: verbs keep their capitals.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first
            .to_lowercase()
            .chain(sentence.chars().skip(1))
            .collect(),
        _ => sentence.to_owned(),
    }
}
