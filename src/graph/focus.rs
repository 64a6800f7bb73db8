//! The picture of one state: a shortest way to it, all that it answers, and where that leads (RFC 959 §6).

use std::collections::BTreeMap;

use ftproof_model::{Edge, ReplyClass, State, StateGraph, input_text, phase, state_id};

use super::names::state_name;
use super::overlay::Overlay;
use super::part::{Answers, Inputs, brief_name, empty, line, link, names};
use super::picture::{Node, Picture, Shape};

/// A step that is drawn.
struct Step<'r> {
    from: State,
    edge: Edge<'r>,
    to: State,
    /// It is on the way to the state, and not one out of it.
    is_way: bool,
}

/// The picture of `state`.
pub fn focus(graph: &StateGraph<'_>, state: State, overlay: Option<&Overlay>) -> Picture {
    let mut picture = empty(overlay);
    picture.title = state_name(state);
    picture.subtitle = format!("{}, behind a shortest way to it", phase(state).name());
    let steps = steps(graph, state);
    picture.nodes = states(&steps, state)
        .into_iter()
        .map(|at| node(at, at == state))
        .collect();
    answers(&mut picture, &steps, overlay);
    picture
}

fn steps<'r>(graph: &StateGraph<'r>, state: State) -> Vec<Step<'r>> {
    let access = graph
        .node(state)
        .map(|node| graph.access_edges(node))
        .unwrap_or_default();
    let drawn = |id| access.contains(&id);
    let mut steps: Vec<Step<'r>> = graph
        .edges()
        .filter(|(id, from, ..)| drawn(*id) || *from == state)
        .map(|(id, from, edge, to)| Step {
            from,
            edge: *edge,
            to,
            is_way: drawn(id),
        })
        .collect();
    steps.sort_by_key(|step| !step.is_way);
    steps
}

/// The states at the ends of `steps`: those that the way passes, `state`, and where it leads.
fn states(steps: &[Step<'_>], state: State) -> Vec<State> {
    let mut states: Vec<State> = steps.iter().flat_map(|step| [step.from, step.to]).collect();
    states.push(state);
    states.sort_by_key(|at| {
        let place = steps.iter().position(|step| step.from == *at);
        (place.unwrap_or(usize::MAX), phase(*at), *at)
    });
    states.dedup();
    states
}

fn node(state: State, is_focus: bool) -> Node {
    Node {
        id: state_id(state),
        title: phase(state).name().to_owned(),
        note: state_name(state),
        lines: Vec::new(),
        phase: phase(state),
        shape: Shape::Box,
        is_focus,
    }
}

fn answers(picture: &mut Picture, steps: &[Step<'_>], overlay: Option<&Overlay>) {
    let mut grouped: BTreeMap<(usize, usize, bool, ReplyClass), Answers> = BTreeMap::new();
    for step in steps {
        let place = |state| picture.place(&state_id(state));
        let (Some(from), Some(to)) = (place(step.from), place(step.to)) else {
            continue;
        };
        let key = (from, to, step.is_way, ReplyClass::of(step.edge.replies));
        let verdict = overlay.map(|overlay| overlay.verdict(step.from, &step.edge));
        let name = if step.is_way {
            input_text(step.edge.input)
        } else {
            brief_name(&step.edge)
        };
        let answers = grouped.entry(key).or_default();
        let inputs = answers
            .entry((verdict, step.edge.replies.to_vec()))
            .or_default();
        inputs.insert((step.edge.input, name), 1);
    }
    let all = |inputs: &Inputs| names(inputs, |_| 1);
    for ((from, to, _, class), answers) in grouped {
        if from == to {
            let lines = answers.iter().map(|((verdict, codes), inputs)| {
                line(*verdict, codes, &all(inputs).join(" "), class)
            });
            picture.nodes[from].lines.extend(lines);
        } else {
            let titles = (
                picture.nodes[from].note.as_str(),
                picture.nodes[to].note.as_str(),
            );
            let link = link((from, to), titles, class, &answers, &all);
            picture.links.push(link);
        }
    }
}
