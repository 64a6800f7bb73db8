//! Parts of the graph as pictures, all states of a phase as one: a phase, and what is around a command.

use std::collections::{BTreeMap, BTreeSet};

use ftproof_model::{
    Code, Edge, Input, Phase, ReplyClass, State, StateGraph, input_label, input_text, phase,
    replies_text,
};

use super::overlay::{Overlay, Verdict};
use super::overview::{legend, phase_id, said, tooltip, worst};
use super::picture::{Ink, Label, Line, Link, Node, Picture, Shape};

/// How many inputs an answer on an arrow names, and how many answers an arrow has, before it only counts the rest.
const NAMES_MAX: usize = 9;
const ANSWERS_MAX: usize = 6;

/// The picture of one phase: what each of its states answers, and what leads to other phases and here from them.
pub fn of_phase(graph: &StateGraph<'_>, at: Phase, overlay: Option<&Overlay>) -> Picture {
    let states = graph.graph().node_weights();
    let count = states.filter(|state| phase(**state) == at).count();
    let concerns = |from: State, _: &Edge<'_>, to: State| phase(from) == at || phase(to) == at;
    let mut picture = folded(graph, overlay, &brief_name, concerns);
    picture.title = at.name().to_owned();
    picture.subtitle = format!("{}: all its {count} states, as one", at.note());
    for node in &mut picture.nodes {
        node.is_focus = node.phase == at;
        if !node.is_focus {
            node.lines.clear();
        }
    }
    picture
}

/// What a picture with many inputs calls one: its verb, or what else it is.
pub(super) fn brief_name(edge: &Edge<'_>) -> String {
    match input_label(edge.input) {
        "" => input_text(edge.input),
        label => label.to_owned(),
    }
}

/// The picture of one command: what it is answered in every phase, and where it leads.
pub fn around(graph: &StateGraph<'_>, verb: &str, overlay: Option<&Overlay>) -> Picture {
    let concerns = |_: State, edge: &Edge<'_>, _: State| edge.input.verb() == verb;
    let mut picture = folded(graph, overlay, &|edge| input_text(edge.input), concerns);
    picture.title = verb.to_owned();
    picture.subtitle = "in every state, folded into phases".to_owned();
    picture
}

/// The inputs of an answer: each with the number of states that answer so.
pub(super) type Inputs = BTreeMap<(Input, String), usize>;
/// The answers of one box or arrow, by what a report says of them and by their replies.
pub(super) type Answers = BTreeMap<(Option<Verdict>, Vec<Code>), Inputs>;

/// All steps that `concerns` names, with all states of a phase as one.
fn folded(
    graph: &StateGraph<'_>,
    overlay: Option<&Overlay>,
    name: &dyn Fn(&Edge<'_>) -> String,
    concerns: impl Fn(State, &Edge<'_>, State) -> bool,
) -> Picture {
    let mut steps: BTreeMap<(Phase, Phase, ReplyClass), Answers> = BTreeMap::new();
    let mut totals: BTreeMap<(Phase, Input), usize> = BTreeMap::new();
    for (_, from, edge, to) in graph.edges() {
        *totals.entry((phase(from), edge.input)).or_default() += 1;
        if !concerns(from, edge, to) {
            continue;
        }
        let key = (phase(from), phase(to), ReplyClass::of(edge.replies));
        let verdict = overlay.map(|overlay| overlay.verdict(from, edge));
        let answers = steps.entry(key).or_default();
        let inputs = answers.entry((verdict, edge.replies.to_vec())).or_default();
        *inputs.entry((edge.input, name(edge))).or_default() += 1;
    }
    let drawn: BTreeSet<Phase> = steps.keys().flat_map(|&(from, to, _)| [from, to]).collect();
    let mut picture = empty(overlay);
    for at in drawn {
        picture.nodes.push(Node {
            id: phase_id(at),
            title: at.name().to_owned(),
            note: at.note().to_owned(),
            lines: Vec::new(),
            phase: at,
            shape: Shape::Box,
            is_focus: false,
        });
    }
    let mut is_partial = false;
    for ((from, to, class), answers) in steps {
        let names = |inputs: &Inputs| names(inputs, |input| totals[&(from, input)]);
        is_partial |= answers
            .values()
            .any(|inputs| names(inputs).iter().any(|name| name.ends_with('*')));
        let places = (picture.place(&phase_id(from)), picture.place(&phase_id(to)));
        let (Some(from_place), Some(to_place)) = places else {
            continue;
        };
        if from == to {
            let lines = answers.iter().map(|((verdict, codes), inputs)| {
                line(*verdict, codes, &names(inputs).join(" "), class)
            });
            picture.nodes[from_place].lines.extend(lines);
            continue;
        }
        picture.links.push(link(
            (from_place, to_place),
            (from.name(), to.name()),
            class,
            &answers,
            &names,
        ));
    }
    if is_partial {
        let text =
            "* in some of the phase's states; in the others the same input stands elsewhere.";
        picture.caption.push(text.to_owned());
    }
    picture
}

/// A picture without a box.
pub(super) fn empty(overlay: Option<&Overlay>) -> Picture {
    Picture {
        title: String::new(),
        subtitle: String::new(),
        facts: overlay.iter().map(|overlay| said(overlay)).collect(),
        nodes: Vec::new(),
        links: Vec::new(),
        legend: legend(overlay),
        caption: Vec::new(),
    }
}

/// The names of inputs, each once; with a star where only some states answer so.
pub(super) fn names(inputs: &Inputs, total: impl Fn(Input) -> usize) -> Vec<String> {
    let mut names: Vec<(Input, String, bool)> = Vec::new();
    for ((input, name), &count) in inputs {
        let is_partial = count < total(*input);
        match names.iter_mut().find(|(_, known, _)| known == name) {
            Some((.., partial)) => *partial |= is_partial,
            None => names.push((*input, name.clone(), is_partial)),
        }
    }
    let starred = |(_, name, is_partial)| if is_partial { name + "*" } else { name };
    names.into_iter().map(starred).collect()
}

/// What a box answers with these replies.
pub(super) fn line(
    verdict: Option<Verdict>,
    codes: &[Code],
    inputs: &str,
    class: ReplyClass,
) -> Line {
    let mark = verdict.map(|verdict| format!("{} ", verdict.mark()));
    Line {
        head: mark.unwrap_or_default() + &replies_text(codes),
        text: inputs.to_owned(),
        ink: verdict.map_or(Ink::Class(class), Ink::Verdict),
    }
}

/// An arrow with all its answers, the longest lists cut.
pub(super) fn link(
    (from, to): (usize, usize),
    (from_name, to_name): (&str, &str),
    class: ReplyClass,
    answers: &Answers,
    names: &dyn Fn(&Inputs) -> Vec<String>,
) -> Link {
    let label = |verdict: Option<Verdict>, codes: &[Code], names: Vec<String>| Label {
        inputs: verdict.map_or(String::new(), |verdict| format!("{} ", verdict.mark()))
            + &names.join(" "),
        codes: replies_text(codes),
        ink: verdict.map_or(Ink::Class(class), Ink::Verdict),
    };
    let labels = |shown: &dyn Fn(Vec<String>) -> Vec<String>| -> Vec<Label> {
        let each = answers.iter();
        each.map(|((verdict, codes), inputs)| label(*verdict, codes, shown(names(inputs))))
            .collect()
    };
    let verdicts = answers.keys().filter_map(|(verdict, _)| *verdict).collect();
    let mut shown = labels(&brief_list);
    // What differs is never among those that are only counted.
    shown.sort_by_key(|label| label.ink != Ink::Verdict(Verdict::Differs));
    if shown.len() > ANSWERS_MAX {
        let more = shown.len() - ANSWERS_MAX + 1;
        shown.truncate(ANSWERS_MAX - 1);
        shown.push(Label {
            inputs: format!("… {more} more answers"),
            codes: String::new(),
            ink: Ink::Quiet,
        });
    }
    Link {
        from,
        to,
        labels: shown,
        ink: worst(&verdicts).map_or(Ink::Class(class), Ink::Verdict),
        tooltip: tooltip(from_name, to_name, &labels(&|names| names)),
    }
}

/// The first names, and how many more there are.
fn brief_list(mut names: Vec<String>) -> Vec<String> {
    if names.len() > NAMES_MAX {
        let more = names.len() - NAMES_MAX + 1;
        names.truncate(NAMES_MAX - 1);
        names.push(format!("… {more} more"));
    }
    names
}
