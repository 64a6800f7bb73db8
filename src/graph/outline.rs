//! Every state at one glance, as SVG: the tree of shortest ways from connect, a line a state (breadth-first search).
//!
//! The other edges are not drawn: some five thousand arrows between some six hundred boxes show nothing. They are in
//! the other formats.

use std::collections::BTreeMap;

use ftproof_model::{
    Edge, ReplyClass, State, StateGraph, input_text, phase, replies_text, state_words,
};

use super::layout::{Point, Rect};
use super::measure::width;
use super::picture::{Ink, Picture};
use super::svg::Canvas;

const LINES_IN_COLUMN: usize = 120;
const LEADING: f64 = 13.0;
const TEXT: f64 = 9.5;
const INDENT: f64 = 14.0;
const COLUMN_GAP: f64 = 24.0;
const TOP: f64 = 92.0;

/// All states of `graph`.
pub fn outline(graph: &StateGraph<'_>) -> String {
    let mut canvas = Canvas::new();
    let (states, edges) = (graph.graph().node_count(), graph.graph().edge_count());
    let title = format!("FTP session: every state ({states} states, {edges} edges)");
    let at = |x, y| Point { x, y };
    canvas.text(
        at(0.0, 22.0),
        20.0,
        Ink::Plain,
        " font-weight=\"bold\"",
        &title,
    );
    let about = "Each line is a state, below the one that it is reached from on a shortest way: what is sent, \
                 the replies, and what is then so. Only these edges are drawn; all are in --format json, aut, \
                 dot and html.";
    canvas.text(at(0.0, 42.0), 12.0, Ink::Quiet, "", about);
    let mut x = 0.0;
    for (ink, text) in Picture::class_legend() {
        canvas.text(at(x, 62.0), 12.0, ink, " font-weight=\"bold\"", &text);
        x += width(&text, 12.0) * 1.1 + 24.0;
    }
    let lines = lines(graph);
    let mut x = 0.0;
    for column in lines.chunks(LINES_IN_COLUMN) {
        let mut wide: f64 = 0.0;
        for (row, (depth, state)) in column.iter().enumerate() {
            let place = Point {
                x: x + *depth as f64 * INDENT,
                y: TOP + row as f64 * LEADING,
            };
            wide = wide.max(line(&mut canvas, graph, *state, place) - x);
        }
        x += wide + COLUMN_GAP;
    }
    let size = Rect {
        x: 0.0,
        y: 0.0,
        width: x,
        height: TOP + lines.len().min(LINES_IN_COLUMN) as f64 * LEADING,
    };
    canvas.finish(&title, about, size.grown(20.0))
}

/// The last step of a shortest way to `state`; `None` for the state after connect.
fn last_step<'r>(graph: &StateGraph<'r>, state: State) -> Option<(State, Edge<'r>)> {
    let edge = graph.access_edges(graph.node(state)?).pop()?;
    let (from, _) = graph.graph().edge_endpoints(edge)?;
    Some((graph.graph()[from], graph.graph()[edge]))
}

/// The states in the order of the tree, each with its depth.
fn lines(graph: &StateGraph<'_>) -> Vec<(usize, State)> {
    let mut below: BTreeMap<State, Vec<State>> = BTreeMap::new();
    for &state in graph.graph().node_weights() {
        if let Some((from, _)) = last_step(graph, state) {
            below.entry(from).or_default().push(state);
        }
    }
    let mut lines = Vec::new();
    let mut due = vec![(0, State::default())];
    while let Some((depth, state)) = due.pop() {
        lines.push((depth, state));
        let children = below.remove(&state).unwrap_or_default();
        due.extend(children.into_iter().rev().map(|child| (depth + 1, child)));
    }
    lines
}

/// Writes the line of a state; gives where it ends.
fn line(canvas: &mut Canvas, graph: &StateGraph<'_>, state: State, mut at: Point) -> f64 {
    let (sent, class) = match last_step(graph, state) {
        None => ("connect 220".to_owned(), ReplyClass::Completion),
        Some((_, edge)) => {
            let text = format!("{} {}", input_text(edge.input), replies_text(edge.replies));
            (text, ReplyClass::of(edge.replies))
        }
    };
    canvas.text(at, TEXT, Ink::Class(class), " font-weight=\"bold\"", &sent);
    at.x += width(&sent, TEXT) * 1.08 + 6.0;
    let words = state_words(state).join(", ");
    canvas.text(at, TEXT, Ink::Phase(phase(state)), "", &words);
    at.x + width(&words, TEXT)
}
