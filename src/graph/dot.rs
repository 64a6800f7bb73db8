//! A picture in the DOT language of Graphviz.
//!
//! The overview without a report has a form of its own, [`ftproof_model::overview_dot`].

use std::fmt::Write as _;

use ftproof_model::phase_colours;

use super::measure::{box_lines, label_lines};
use super::picture::{GROUPS, Ink, Link, Node, Picture, Shape};
use super::svg::xml;

const FONT: &str = "Helvetica,Arial,sans-serif";

/// `picture` in DOT.
pub fn dot(picture: &Picture) -> String {
    let mut title = format!(
        "<FONT POINT-SIZE=\"20\"><B>{}</B></FONT>   {}{LEFT}",
        xml(&picture.title),
        xml(&picture.subtitle)
    );
    for (ink, fact) in &picture.facts {
        title += &(font(*ink, fact) + LEFT);
    }
    for (ink, text) in &picture.legend {
        title += &(font(*ink, &format!("— {text}   ")));
    }
    let caption: String = picture
        .caption
        .iter()
        .map(|line| font(Ink::Quiet, line) + LEFT)
        .collect();
    let mut out = format!(
        "digraph ftp {{\n  graph [rankdir=TB, bgcolor=\"white\", pad=0.35, nodesep=0.5, ranksep=0.5, newrank=true,\n  \
         \x20      fontname=\"{FONT}\", \
         \x20      fontsize=12, labelloc=t, labeljust=l, label=<{title}{LEFT}{caption}{LEFT}>];\n  \
         node  [shape=box, style=\"rounded,filled\", fillcolor=\"white\", fontname=\"{FONT}\", fontsize=10];\n  \
         edge  [fontname=\"{FONT}\", fontsize=10, arrowsize=0.75];\n"
    );
    for node in &picture.nodes {
        write_node(&mut out, node);
    }
    write_grounds(&mut out, picture);
    for link in &picture.links {
        write_link(&mut out, picture, link);
    }
    out.push_str("}\n");
    out
}

/// What ends a line that is set to the left.
const LEFT: &str = "<BR ALIGN=\"LEFT\"/>";

fn font(ink: Ink, text: &str) -> String {
    format!("<FONT COLOR=\"{}\">{}</FONT>", ink.look().light, xml(text))
}

/// The grounds that groups of boxes share; and what nothing leads to stands at the end.
fn write_grounds(out: &mut String, picture: &Picture) {
    for (index, (name, phases)) in GROUPS.iter().enumerate() {
        let (colour, ground) = phase_colours(phases[0]);
        let is_in = |node: &&Node| phases.contains(&node.phase) && node.shape == Shape::Box;
        let members = picture.nodes.iter().filter(is_in);
        let members: String = members.map(|node| format!(" {};", node.id)).collect();
        if !members.is_empty() {
            let _ = writeln!(
                out,
                "  subgraph cluster_{index} {{ label=\"{name}\"; labelloc=b; labeljust=r; fontcolor=\"{colour}\"; \
                 fontname=\"{FONT}\"; style=\"rounded,filled\"; color=\"{ground}\"; margin=14;{members} }}"
            );
        }
    }
    for pair in picture.nodes.windows(2) {
        if pair[1].shape == Shape::Words {
            let _ = writeln!(out, "  {} -> {} [style=invis];", pair[0].id, pair[1].id);
        }
    }
}

/// `text` in bold, behind a space; Graphviz takes no empty element.
fn bold(ink: Ink, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let colour = ink.look().light;
    format!(" <FONT COLOR=\"{colour}\"><B>{}</B></FONT>", xml(text))
}

fn write_node(out: &mut String, node: &Node) {
    let (colour, _) = phase_colours(node.phase);
    // Writing into a String does not fail.
    let _ = match node.shape {
        Shape::Start => writeln!(
            out,
            "  {} [shape=circle, width=0.18, label=\"\", fillcolor=\"{}\"];",
            node.id,
            Ink::Plain.look().light
        ),
        Shape::Words => writeln!(
            out,
            "  {} [shape=plain, style=\"\", label=<<I>{}</I>>];",
            node.id,
            xml(&node.title)
        ),
        Shape::Box => writeln!(
            out,
            "  {} [color=\"{colour}\", penwidth={}, label=<{}>];",
            node.id,
            if node.is_focus { 3.6 } else { 1.8 },
            box_label(node, colour)
        ),
    };
}

fn box_label(node: &Node, colour: &str) -> String {
    let mut label = format!(
        "<FONT COLOR=\"{colour}\" POINT-SIZE=\"15\"><B>{}</B></FONT><BR/>{}<BR/>",
        xml(&node.title),
        font(Ink::Quiet, &node.note)
    );
    for line in &node.lines {
        for (head, text) in box_lines(line) {
            let head = if head.is_empty() {
                "\u{a0}".repeat(8)
            } else {
                head
            };
            label += &format!(
                "<FONT COLOR=\"{}\"><B>{}</B>  {}</FONT>{LEFT}",
                line.ink.look().light,
                xml(&head),
                xml(&text)
            );
        }
    }
    label
}

fn write_link(out: &mut String, picture: &Picture, link: &Link) {
    let look = link.ink.look();
    let style = match look.dashes {
        "" => "solid",
        "1 3" | "2 4" => "dotted",
        _ => "dashed",
    };
    let mut label = String::new();
    for one in &link.labels {
        for (inputs, codes) in label_lines(one) {
            label += &xml(&inputs);
            label += &bold(one.ink, &codes);
            label += LEFT;
        }
    }
    let _ = writeln!(
        out,
        "  {} -> {} [color=\"{}\", penwidth={}, style={style}, label=<{label}>];",
        picture.nodes[link.from].id, picture.nodes[link.to].id, look.light, look.width
    );
}
