//! The state graph for programs: one JSON object, a line a state, an input, a rule and an edge.
//!
//! `states`, `inputs` and `rules` are named by their places; an edge is `[from, input, rule, to]`, and its replies are
//! the rule's. State 0 is the one after connect.

use std::fmt::Write as _;

use ftproof_model::{
    Code, Input, RULES, Rule, State, StateGraph, input_text, phase, requirement, state_id,
    state_words,
};
use serde::Serialize;

use super::selection::Selection;

/// The version of the form. It grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// A state.
#[derive(Serialize)]
struct JsonState {
    id: String,
    phase: &'static str,
    /// What it holds besides what is so after connect.
    holds: Vec<&'static str>,
    /// The inputs of a shortest way to it from connect.
    access: Vec<usize>,
}

/// An input.
#[derive(Serialize)]
pub(super) struct JsonInput {
    /// The line as a client types it, what stands in braces filled in; an event in brackets.
    line: String,
    verb: &'static str,
    event: bool,
}

/// A row of the table of rules.
#[derive(Serialize)]
pub(super) struct JsonRule {
    name: &'static str,
    requirement: &'static str,
    claim: &'static str,
    strength: String,
    /// The codes of the strict replies, in order.
    replies: &'static [Code],
    /// Why these, and where it stands.
    source: String,
    /// The sentence of the requirement, and where it stands.
    sentence: Option<&'static str>,
    required_by: String,
}

/// Every input, in the order of the alphabet.
pub(super) fn inputs() -> Vec<JsonInput> {
    let input = |input: &Input| JsonInput {
        line: input_text(*input),
        verb: input.verb(),
        event: input.is_event(),
    };
    Input::ALL.iter().map(input).collect()
}

/// Every row, in the order of the table.
pub(super) fn rules() -> Vec<JsonRule> {
    RULES.iter().map(rule).collect()
}

fn rule(rule: &Rule) -> JsonRule {
    let required = requirement(rule.requirement);
    JsonRule {
        name: rule.name,
        requirement: rule.requirement,
        claim: required.map_or("", |required| required.claim),
        strength: required.map_or(String::new(), |required| required.strength.to_string()),
        replies: rule.strict.replies,
        source: rule.source.to_string(),
        sentence: required.and_then(|required| required.sentence),
        required_by: required.map_or(String::new(), |required| required.source.to_string()),
    }
}

/// The place of a row in the table.
pub(super) fn rule_place(rule: &Rule) -> usize {
    let place = RULES.iter().position(|known| known.name == rule.name);
    place.expect("the rows of a graph are the table's")
}

fn state(graph: &StateGraph<'_>, state: State) -> JsonState {
    let node = graph.node(state);
    let access = node.map_or_else(Vec::new, |node| graph.access_sequence(node));
    JsonState {
        id: state_id(state),
        phase: phase(state).name(),
        holds: state_words(state),
        access: access.into_iter().map(|input| input as usize).collect(),
    }
}

/// `selection` of `graph` as JSON.
pub fn json(graph: &StateGraph<'_>, selection: &Selection<'_, '_>) -> String {
    let mut out = format!("{{\n\"schema_version\": {SCHEMA_VERSION},\n");
    let states = selection.states.iter().map(|at| line(&state(graph, *at)));
    list(&mut out, "states", states, ",");
    list(&mut out, "inputs", inputs().iter().map(line), ",");
    list(&mut out, "rules", rules().iter().map(line), ",");
    let edges = selection.edges.iter().map(|(from, edge, to)| {
        let place = rule_place(edge.rule);
        format!("[{from},{},{place},{to}]", edge.input as usize)
    });
    list(&mut out, "edges", edges, "");
    out.push_str("}\n");
    out
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("every key is a string")
}

fn list(out: &mut String, name: &str, lines: impl Iterator<Item = String>, end: &str) {
    let lines: Vec<String> = lines.collect();
    // Writing into a String does not fail.
    let _ = writeln!(out, "\"{name}\": [\n{}\n]{end}", lines.join(",\n"));
}
