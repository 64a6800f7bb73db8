//! The page on a verb: its replies in each state, and the sequence that it needs (RFC 959 §4.1, §5.4).

use ftproof_model::{
    Code, Input, Login, ORDER_RULES, RULES, State, Verb, needs_login, reply_list, requirement,
};
use serde::Serialize;

use super::advice::advice_on;
use super::rules::{Rules, add, inputs, source};
use super::sequence::{is_usual, succeeds};

/// What there is to say of a verb.
#[derive(Debug, Clone, Serialize)]
pub struct VerbPage {
    /// The verb.
    pub verb: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it asks for.
    pub asks: &'static str,
    /// Where it is defined.
    pub source: String,
    /// Whether it is carried out only where somebody is logged in.
    pub needs_login: bool,
    /// The rules of order that bind it.
    pub order: Vec<Bound>,
    /// Its replies, row by row; the first row that applies decides.
    pub replies: Vec<Row>,
    /// The RFC's own list of replies.
    pub list: Vec<Code>,
    /// Where the list is.
    pub list_source: Option<String>,
    /// In how many of the states that read lines it is carried out.
    pub carried_out: usize,
    /// How many states read lines.
    pub states: usize,
    /// A shortest legal sequence from connect to it, as the lines to send; absent if it is carried out nowhere.
    pub sequence: Option<Vec<&'static str>>,
    /// The verbs that it makes possible.
    pub opens: Vec<&'static str>,
    /// The verbs that it makes impossible.
    pub ends: Vec<&'static str>,
}

/// A rule of order that binds a verb.
#[derive(Debug, Clone, Serialize)]
pub struct Bound {
    /// The id of the rule.
    pub rule: &'static str,
    /// What it requires.
    pub claim: &'static str,
    /// The code of the strict refusal.
    pub refusal: Code,
    /// In how many states it is broken.
    pub states: usize,
    /// What a client does about it.
    pub remedy: Option<&'static str>,
}

/// A row of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// When it applies: its name.
    pub when: &'static str,
    /// The line that it is about, unless it is about the verb with any argument.
    pub lines: Vec<&'static str>,
    /// The strict replies, in order.
    pub strict: Vec<Code>,
    /// The first replies that the RFCs also allow, beside what the list has.
    pub also: Vec<Code>,
    /// Where the strict reply comes from.
    pub source: String,
}

impl Rules {
    /// The page on `verb`.
    pub fn verb(&self, verb: &'static Verb) -> VerbPage {
        let name = verb.verb;
        let own: Vec<Input> = Input::ALL
            .iter()
            .copied()
            .filter(|input| input.verb() == name && input.line() != Some("RNTO"))
            .filter(|&input| input != Input::SurplusArgument)
            .collect();
        let changes = self.opened(|input, replies| {
            own.contains(&input) && is_usual(input) && replies.iter().all(|&code| code < 400)
        });
        let carried_out: Vec<State> = self.carried_out(name).collect();
        let is_in = |state: &State| state.login == Login::In;
        let needs_login =
            needs_login(name) || !carried_out.is_empty() && carried_out.iter().all(is_in);
        let list = reply_list(name);
        VerbPage {
            verb: name,
            name: verb.name,
            asks: verb.asks,
            source: verb.source.to_string(),
            needs_login,
            order: self.bounds(name, &own),
            replies: rows(&own),
            list: list.map(|list| list.codes.to_vec()).unwrap_or_default(),
            list_source: list.map(|list| list.source.to_string()),
            carried_out: carried_out.len(),
            states: self.reading(),
            sequence: self.sequence(name),
            opens: changes.opens.into_iter().collect(),
            ends: changes.ends.into_iter().collect(),
        }
    }

    fn bounds(&self, verb: &str, own: &[Input]) -> Vec<Bound> {
        let mut bounds: Vec<Bound> = Vec::new();
        for rule in ORDER_RULES.iter().filter(|rule| rule.verbs.contains(&verb)) {
            let decides = |state| {
                own.iter().any(|&input| {
                    self.machine.rule(state, input).is_some_and(|row| {
                        row.requirement == rule.id && !succeeds(&self.machine, state, input)
                    })
                })
            };
            bounds.push(Bound {
                rule: rule.id,
                claim: requirement(rule.id).map_or("", |requirement| requirement.claim),
                refusal: rule.refusal,
                states: self.count(decides),
                remedy: advice_on(rule.id).map(|advice| advice.remedy),
            });
        }
        bounds
    }
}

fn rows(own: &[Input]) -> Vec<Row> {
    RULES
        .iter()
        .filter(|rule| inputs(rule).any(|input| own.contains(&input)))
        .map(|rule| {
            let mut also = Vec::new();
            for &code in rule.also.iter().filter_map(|also| also.replies.first()) {
                if rule.strict.replies.first() != Some(&code) {
                    add(&mut also, code);
                }
            }
            let covered: Vec<Input> = inputs(rule).filter(|input| own.contains(input)).collect();
            let lines = if covered.len() == own.len() {
                Vec::new()
            } else {
                covered.into_iter().filter_map(Input::line).collect()
            };
            Row {
                when: rule.name,
                lines,
                strict: rule.strict.replies.to_vec(),
                also,
                source: source(rule.source),
            }
        })
        .collect()
}
