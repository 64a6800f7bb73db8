//! A picture as a flowchart of Mermaid, which GitHub and many wikis draw in Markdown.
//!
//! Every text is inside quotes, and holds nothing that means something there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ftproof_model::{Phase, phase_colours};

use super::picture::{Ink, Link, Node, Picture, Shape};

/// `picture` in Mermaid.
pub fn mermaid(picture: &Picture) -> String {
    let mut out = format!(
        "---\ntitle: \"{}: {}\"\n---\nflowchart TD\n",
        quoted(&picture.title),
        quoted(&picture.subtitle)
    );
    for (_, fact) in &picture.facts {
        // Writing into a String does not fail.
        let _ = writeln!(out, "  %% {}", quoted(fact).replace(['{', '}'], "'"));
    }
    for node in &picture.nodes {
        write_node(&mut out, node);
    }
    let mut inks: BTreeMap<Ink, Vec<String>> = BTreeMap::new();
    for (index, link) in picture.links.iter().enumerate() {
        write_link(&mut out, picture, link);
        inks.entry(link.ink).or_default().push(index.to_string());
    }
    for (ink, links) in &inks {
        let look = ink.look();
        let dashes = if look.dashes.is_empty() {
            String::new()
        } else {
            format!(",stroke-dasharray:{}", look.dashes)
        };
        let _ = writeln!(
            out,
            "  linkStyle {} stroke:{},stroke-width:{}px{dashes}",
            links.join(","),
            look.light,
            look.width
        );
    }
    for phase in Phase::ALL {
        let name = phase.name().to_lowercase();
        let nodes: Vec<&str> = picture
            .nodes
            .iter()
            .filter(|node| node.phase == phase && node.shape == Shape::Box)
            .map(|node| node.id.as_str())
            .collect();
        if !nodes.is_empty() {
            let (colour, ground) = phase_colours(phase);
            let _ = writeln!(
                out,
                "  classDef p_{name} stroke:{colour},fill:{ground},color:#26323F\n  class {} p_{name}",
                nodes.join(",")
            );
        }
    }
    out
}

/// `text`, safe between quotes and in a comment. What means something there is shown by what looks like it: Mermaid's
/// own entity codes fall apart where it wraps a line.
fn quoted(text: &str) -> String {
    let alike = |character| match character {
        '"' | '`' => '\'',
        '#' => '＃',
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        '\\' => '＼',
        _ => character,
    };
    crate::report::clean(text).chars().map(alike).collect()
}

fn write_node(out: &mut String, node: &Node) {
    let _ = match node.shape {
        Shape::Start => writeln!(out, "  {}((\" \"))", node.id),
        Shape::Words => writeln!(out, "  {}([\"{}\"])", node.id, quoted(&node.title)),
        Shape::Box => {
            let mut label = format!("<b>{}</b><br/>{}", quoted(&node.title), quoted(&node.note));
            for line in &node.lines {
                let _ = write!(label, "<br/>{} {}", quoted(&line.head), quoted(&line.text));
            }
            writeln!(out, "  {}[\"{label}\"]", node.id)
        }
    };
}

fn write_link(out: &mut String, picture: &Picture, link: &Link) {
    let labels: Vec<String> = link
        .labels
        .iter()
        .map(|label| format!("{} <b>{}</b>", quoted(&label.inputs), quoted(&label.codes)))
        .collect();
    let _ = writeln!(
        out,
        "  {} -->|\"{}\"| {}",
        picture.nodes[link.from].id,
        labels.join("<br/>"),
        picture.nodes[link.to].id
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_its_quotes() {
        assert_eq!(quoted("a \"b\" #c;<d>&\\`{e}"), "a 'b' ＃c;‹d›＆＼'{e}");
    }
}
