//! The layout of Graphviz, where its `dot` is installed: it is asked for places only, and draws nothing.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use serde::Deserialize;

use super::layout::{Curve, Layout, Point, Rect};
use super::measure::{link_size, node_size};
use super::picture::{GROUPS, Picture, Shape};

/// Points to an inch; Graphviz takes the sizes of boxes in inches, and one of our pixels for a point.
const INCH: f64 = 72.0;
/// The distance of a label from its arrow.
const GAP: f64 = 4.0;

/// The places that Graphviz gives to `picture`; `None` if it is not installed or does not answer as it should.
pub fn graphviz(picture: &Picture) -> Option<Layout> {
    let answer = run(question(picture))?;
    layout(picture, &serde_json::from_slice(&answer).ok()?)
}

fn question(picture: &Picture) -> String {
    let mut out = String::from(
        "digraph { graph [rankdir=TB, nodesep=0.5, ranksep=0.45, newrank=true, splines=spline];\n\
         node [shape=box, fixedsize=true, label=\"\"];\n",
    );
    for (index, node) in picture.nodes.iter().enumerate() {
        let (width, height) = node_size(node);
        let (width, height) = (width / INCH, height / INCH);
        // Writing into a String does not fail.
        let _ = writeln!(out, "n{index} [width={width:.3}, height={height:.3}];");
    }
    for (index, (_, phases)) in GROUPS.iter().enumerate() {
        let _ = write!(out, "subgraph cluster_{index} {{ margin=16; ");
        for (node, _) in picture
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| phases.contains(&node.phase) && node.shape == Shape::Box)
        {
            let _ = write!(out, "n{node}; ");
        }
        out.push_str("}\n");
    }
    for (index, link) in picture.links.iter().enumerate() {
        let (width, height) = link_size(link);
        let _ = writeln!(
            out,
            "n{} -> n{} [id=\"e{index}\", label=<<TABLE BORDER=\"0\" FIXEDSIZE=\"TRUE\" WIDTH=\"{:.0}\" \
             HEIGHT=\"{:.0}\"><TR><TD></TD></TR></TABLE>>];",
            link.from,
            link.to,
            width.max(1.0) + 2.0 * GAP,
            height.max(1.0),
        );
    }
    // What nothing leads to stands at the end.
    let apart = picture.nodes.iter().enumerate();
    for (index, _) in apart.filter(|(_, node)| node.shape == Shape::Words) {
        let _ = writeln!(
            out,
            "n{} -> n{index} [style=invis];",
            index.saturating_sub(1)
        );
    }
    out.push_str("}\n");
    out
}

fn run(question: String) -> Option<Vec<u8>> {
    let child = Command::new("dot")
        .arg("-Tjson0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(_) => return None,
    };
    let mut stdin = child.stdin.take()?;
    // Written beside the reading, or both could wait for each other.
    let writer = thread::spawn(move || stdin.write_all(question.as_bytes()));
    let output = child.wait_with_output().ok()?;
    let is_written = writer.join().is_ok_and(|written| written.is_ok());
    (is_written && output.status.success()).then_some(output.stdout)
}

#[derive(Deserialize)]
struct Answer {
    bb: String,
    objects: Vec<Object>,
    #[serde(default)]
    edges: Vec<Edge>,
}

#[derive(Deserialize)]
struct Object {
    name: String,
    pos: Option<String>,
}

#[derive(Deserialize)]
struct Edge {
    id: Option<String>,
    #[serde(default)]
    pos: String,
    lp: Option<String>,
}

fn layout(picture: &Picture, answer: &Answer) -> Option<Layout> {
    let top: f64 = answer.bb.split(',').nth(3)?.parse().ok()?;
    let point = |text: &str| {
        let (x, y) = text.split_once(',')?;
        // Graphviz counts from the bottom.
        Some(Point {
            x: x.parse().ok()?,
            y: top - y.parse::<f64>().ok()?,
        })
    };
    let centred = |middle: Point, (width, height): (f64, f64)| Rect {
        x: middle.x - width / 2.0,
        y: middle.y - height / 2.0,
        width,
        height,
    };
    let nodes = picture.nodes.iter().enumerate().map(|(index, node)| {
        let name = format!("n{index}");
        let object = answer.objects.iter().find(|object| object.name == name)?;
        Some(centred(point(object.pos.as_deref()?)?, node_size(node)))
    });
    let curves = picture.links.iter().enumerate().map(|(index, link)| {
        let id = format!("e{index}");
        let edge = answer
            .edges
            .iter()
            .find(|edge| edge.id.as_deref() == Some(&id))?;
        let (head, rest) = edge.pos.strip_prefix("e,")?.split_once(' ')?;
        let mut points = rest.split(' ').map(point).collect::<Option<Vec<Point>>>()?;
        // The head stands behind the last segment: the curve goes on to it.
        let tip = point(head)?;
        let last = *points.last()?;
        points.extend([last, tip, tip]);
        let label = edge.lp.as_deref().and_then(point)?;
        Some(Curve {
            points,
            label: centred(label, link_size(link)),
        })
    });
    Some(Layout {
        nodes: nodes.collect::<Option<_>>()?,
        curves: curves.collect::<Option<_>>()?,
    })
}
