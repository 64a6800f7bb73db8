//! The explorer: one page that shows the rules, walks them as an exemplary server would, and plays transcripts.
//!
//! The page is whole in itself: no network, no library. It holds the whole state graph, made small: states of one row
//! of rules share it, and of where inputs lead only what is not usual is written down. All text is data of a JSON
//! object in which no `<` stands, and the script puts it in as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ftproof_model::{Input, Phase, State, StateGraph, is_representative, phase, state_words};
use serde::Serialize;
use serde_json::Value;

use super::json::{JsonInput, JsonRule, inputs, rule_place, rules};
use super::layered::layered;
use super::overlay::{Overlay, Verdict};
use super::overview::overview;
use super::picture::{Ink, dark_phase};
use super::svg::{PAPER, svg, xml};
use crate::report::clean;

const PAGE: &str = include_str!("explorer/page.html");
const STYLE: &str = include_str!("explorer/style.css");
const SCRIPTS: [&str; 3] = [
    include_str!("explorer/rules.js"),
    include_str!("explorer/explorer.js"),
    include_str!("explorer/report.js"),
];
/// The longest text of a report that is shown, in characters.
const TEXT_MAX: usize = 1000;

#[derive(Serialize)]
struct Data {
    words: Vec<&'static str>,
    phases: Vec<JsonPhase>,
    /// For each state its phase, then the words that it holds.
    states: Vec<Vec<usize>>,
    /// The states that their phases are drawn by.
    plainest: Vec<usize>,
    start: usize,
    inputs: Vec<JsonInput>,
    rules: Vec<JsonRule>,
    /// Rows of rules, one for each input; -1 where it cannot come.
    rows: Vec<Vec<i64>>,
    /// For each state its row.
    row: Vec<usize>,
    /// For each state where most inputs lead, then each other input and where it leads.
    next: Vec<Vec<usize>>,
    /// For each state the one before it on a shortest way, and the input.
    parent: Vec<Option<(usize, usize)>>,
    /// Rows of what a report says, a letter for each input.
    verdicts: Option<Vec<String>>,
    /// For each state its row of these.
    verdict: Vec<usize>,
    report: Option<Value>,
}

#[derive(Serialize)]
struct JsonPhase {
    name: &'static str,
    note: &'static str,
}

#[derive(Serialize)]
struct JsonReport<'a> {
    target: &'a str,
    greeting: &'a str,
    syst: Option<&'a str>,
    summary: &'a str,
    interrupted: bool,
    told: Vec<JsonTold<'a>>,
    rules: &'a [super::overlay::ToldRule],
    untested: &'a [String],
    stale: &'a [String],
    flaky: &'a [super::overlay::ToldFinding],
}

#[derive(Serialize)]
struct JsonTold<'a> {
    finding: &'a super::overlay::ToldFinding,
    reason: Option<&'a str>,
    /// Line, state and input of each step.
    way: Vec<(usize, usize, usize)>,
}

/// The page, opened at `start`, with the findings of `overlay` beside it.
pub fn page(graph: &StateGraph<'_>, start: State, overlay: Option<&Overlay>) -> String {
    let picture = overview(graph, overlay);
    let title = match overlay {
        None => "FTP session".to_owned(),
        Some(overlay) => format!(
            "ftproof check: {}",
            crate::report::brief(&overlay.report.target)
        ),
    };
    let data = serde_json::to_string(&Data::of(graph, start, overlay));
    let data = data.expect("every key is a string").replace('<', "\\u003c");
    filled(PAGE, |name| match name {
        "title" => xml(&title),
        "palette" => palette(),
        "style" => STYLE.to_owned(),
        "svg" => svg(&picture, &layered(&picture)),
        "data" => data.clone(),
        "script" => SCRIPTS.concat(),
        _ => String::new(),
    })
}

/// `template` with each `{{name}}` in it replaced; what it is replaced by is not looked at again.
fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = template.split("{{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
        out.push_str(&value(name));
        out.push_str(rest);
    }
    out
}

/// The colours, for light grounds and for dark ones.
fn palette() -> String {
    let mut light = String::new();
    for ink in Ink::all() {
        // Writing into a String does not fail.
        let _ = writeln!(light, ".{} {{ color: {}; }}", ink.class(), ink.look().light);
    }
    let root = |ink: Ink, is_dark: bool| {
        let look = ink.look();
        if is_dark { look.dark } else { look.light }
    };
    let variables = |is_dark: bool, paper: &str, line: &str, field: &str, here: &str| {
        format!(
            ":root {{ --ink: {}; --quiet: {}; --paper: {paper}; --line: {line}; --field: {field}; \
             --here: {here}; }}\n",
            root(Ink::Plain, is_dark),
            root(Ink::Quiet, is_dark),
        )
    };
    let bright = variables(false, PAPER.0, "#D5DCE3", "#F3F5F8", "#1A56B0");
    let here = dark_phase(Phase::Greeted).0;
    let dark = variables(true, PAPER.1, "#3A434D", "#1F262D", here);
    format!("{bright}{light}@media (prefers-color-scheme: dark) {{ {dark}}}\n")
}

impl Data {
    fn of(graph: &StateGraph<'_>, start: State, overlay: Option<&Overlay>) -> Self {
        let states: Vec<State> = graph.graph().node_weights().copied().collect();
        let place = |state: State| graph.node(state).map_or(0, |node| node.index());
        let mut words: Vec<&'static str> = Vec::new();
        let mut named = Vec::new();
        for &state in &states {
            let mut holds = vec![phase(state) as usize];
            for word in state_words(state) {
                let known = words.iter().position(|known| *known == word);
                holds.push(known.unwrap_or(words.len()));
                if known.is_none() {
                    words.push(word);
                }
            }
            named.push(holds);
        }
        let plainest = states.iter().filter(|state| is_representative(**state));
        let parent = states.iter().map(|&state| {
            let edge = graph.access_edges(graph.node(state)?).pop()?;
            let (from, _) = graph.graph().edge_endpoints(edge)?;
            Some((from.index(), graph.graph()[edge].input as usize))
        });
        let mut found = Data {
            words,
            phases: Phase::ALL
                .map(|phase| JsonPhase {
                    name: phase.name(),
                    note: phase.note(),
                })
                .into(),
            states: named,
            plainest: plainest.map(|&state| place(state)).collect(),
            start: place(start),
            inputs: inputs(),
            rules: rules(),
            rows: Vec::new(),
            row: Vec::new(),
            next: Vec::new(),
            parent: parent.collect(),
            verdicts: overlay.map(|_| Vec::new()),
            verdict: Vec::new(),
            report: overlay.map(|overlay| report(graph, overlay)),
        };
        found.steps(graph, &states, overlay);
        found
    }

    fn steps(&mut self, graph: &StateGraph<'_>, states: &[State], overlay: Option<&Overlay>) {
        let mut rows: Vec<Vec<i64>> = vec![vec![-1; Input::ALL.len()]; states.len()];
        let mut next: Vec<Vec<Option<usize>>> = vec![vec![None; Input::ALL.len()]; states.len()];
        let mut verdicts = vec!["u".repeat(Input::ALL.len()).into_bytes(); states.len()];
        for (id, from, edge, _) in graph.edges() {
            let Some((source, target)) = graph.graph().edge_endpoints(id) else {
                continue;
            };
            let (source, input) = (source.index(), edge.input as usize);
            rows[source][input] = i64::try_from(rule_place(edge.rule)).unwrap_or(-1);
            next[source][input] = Some(target.index());
            if let Some(overlay) = overlay {
                verdicts[source][input] = match overlay.verdict(from, edge) {
                    Verdict::Right => b'r',
                    Verdict::Differs => b'd',
                    Verdict::Untold => b'u',
                };
            }
        }
        self.row = rows
            .into_iter()
            .map(|row| shared(&mut self.rows, row))
            .collect();
        self.next = next.iter().map(|next| unusual(next)).collect();
        if let Some(known) = &mut self.verdicts {
            let rows = verdicts.into_iter();
            let rows = rows.map(|row| String::from_utf8_lossy(&row).into_owned());
            self.verdict = rows.map(|row| shared(known, row)).collect();
        }
    }
}

/// The place of `row` among `known`, where it is put if it is not there.
fn shared<T: PartialEq>(known: &mut Vec<T>, row: T) -> usize {
    let place = known.iter().position(|known| *known == row);
    place.unwrap_or_else(|| {
        known.push(row);
        known.len() - 1
    })
}

/// Where most inputs lead, then each other input and where it leads.
fn unusual(next: &[Option<usize>]) -> Vec<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for &to in next.iter().flatten() {
        *counts.entry(to).or_default() += 1;
    }
    let usual = counts.iter().max_by_key(|(_, count)| **count);
    let usual = usual.map_or(0, |(&to, _)| to);
    let others = next.iter().enumerate();
    let others =
        others.filter_map(|(input, to)| to.filter(|to| *to != usual).map(|to| [input, to]));
    std::iter::once(usual).chain(others.flatten()).collect()
}

fn report(graph: &StateGraph<'_>, overlay: &Overlay) -> Value {
    let told = overlay
        .told()
        .zip(&overlay.ways)
        .map(|((finding, reason), way)| JsonTold {
            finding,
            reason,
            way: way
                .iter()
                .filter_map(|place| {
                    let state = graph.node(place.state)?.index();
                    Some((place.line, state, place.input as usize))
                })
                .collect(),
        });
    let report = JsonReport {
        target: &overlay.report.target,
        greeting: &overlay.report.server.greeting,
        syst: overlay.report.server.syst.as_deref(),
        summary: &overlay.report.summary.sentence,
        interrupted: overlay.report.interrupted,
        told: told.collect(),
        rules: &overlay.report.rules,
        untested: &overlay.report.untested,
        stale: &overlay.report.stale,
        flaky: &overlay.report.flaky,
    };
    cleaned(serde_json::to_value(report).expect("every key is a string"))
}

/// The same, with every text made safe and cut to what a reader takes in.
fn cleaned(value: Value) -> Value {
    match value {
        Value::String(text) => {
            let mut safe = clean(&text);
            if let Some((end, _)) = safe.char_indices().nth(TEXT_MAX) {
                safe.truncate(end);
                safe.push('…');
            }
            Value::String(safe)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(cleaned).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, value)| (name, cleaned(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_place_is_filled_with_is_not_filled_again() {
        let value = |name: &str| if name == "a" { "{{b}}" } else { "x" }.to_owned();
        assert_eq!(filled("<{{a}}|{{b}}>", value), "<{{b}}|x>");
    }
}
