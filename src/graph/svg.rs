//! A picture as SVG 1.1: text that can be selected, colours for light and dark grounds, dashes for black and white.
//!
//! Colours stand in attributes, for programs that know no style sheets, and in a style sheet for dark grounds.

use std::fmt::Write as _;

use ftproof_model::{Phase, phase_colours};

use super::layout::{Curve, Layout, Point, Rect};
use super::measure::{LEADING, NAME, PAD, TEXT, box_lines, head_width, label_lines, width};
use super::picture::{GROUPS, Ink, Line, Link, Node, Picture, Shape, dark_phase};

/// What a picture stands on: light and dark.
pub const PAPER: (&str, &str) = ("#FFFFFF", "#14181D");
const FONT: &str = "Helvetica, Arial, 'Liberation Sans', sans-serif";
/// The room around all.
const MARGIN: f64 = 26.0;
/// The size of the title, and of the facts below it.
const TITLE: f64 = 22.0;
const FACT: f64 = 12.0;
/// The room around the boxes that share a ground, and that below them for its name.
const GROUND: f64 = 13.0;
const GROUND_NAME: f64 = 16.0;

/// `text`, safe in XML.
pub fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in crate::report::clean(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

/// An open file: its size is known when all is written.
pub struct Canvas {
    out: String,
}

/// The attributes that give an element its ink.
fn inked(ink: Ink) -> String {
    format!("class=\"{}\" color=\"{}\"", ink.class(), ink.look().light)
}

impl Canvas {
    /// Nothing yet.
    pub fn new() -> Self {
        Canvas { out: String::new() }
    }

    /// Text that starts at a place; `more` are attributes.
    pub fn text(&mut self, at: Point, size: f64, ink: Ink, more: &str, text: &str) {
        let _ = writeln!(
            self.out,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\" fill=\"currentColor\" {}{more}>{}</text>",
            at.x,
            at.y,
            inked(ink),
            xml(text)
        );
    }

    /// A sample of how a line of this ink looks, 28 pixels long.
    fn sample(&mut self, at: Point, ink: Ink) {
        let _ = writeln!(
            self.out,
            "<path d=\"M{:.1} {:.1}h28\" {} {}/>",
            at.x,
            at.y,
            inked(ink),
            stroke(ink)
        );
    }

    /// The whole file, of this size.
    pub fn finish(self, title: &str, about: &str, size: Rect) -> String {
        let (x, y, width, height) = (size.x, size.y, size.width, size.height);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{x:.0} {y:.0} {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"picture-title picture-about\" \
             font-family=\"{FONT}\" fill=\"none\">\n\
             <title id=\"picture-title\">{}</title>\n<desc id=\"picture-about\">{}</desc>\n<style>\n{}</style>\n\
             <rect class=\"paper\" x=\"{x:.0}\" y=\"{y:.0}\" width=\"100%\" height=\"100%\" fill=\"{}\"/>\n{}</svg>\n",
            xml(title),
            xml(about),
            style(),
            PAPER.0,
            self.out
        )
    }
}

/// The colours for dark grounds.
pub fn style() -> String {
    let mut dark = format!(
        "  .paper {{ fill: {paper}; }}\n  .halo {{ stroke: {paper}; }}\n  .card {{ fill: {paper}; }}\n",
        paper = PAPER.1
    );
    for ink in Ink::all() {
        let _ = writeln!(dark, "  .{} {{ color: {}; }}", ink.class(), ink.look().dark);
    }
    for phase in Phase::ALL {
        let name = phase.name().to_lowercase();
        let ground = dark_phase(phase).1;
        let _ = writeln!(
            dark,
            "  .g-{name} {{ fill: {ground}; }}\n  .on-{name} text {{ stroke: {ground}; }}"
        );
    }
    format!("@media (prefers-color-scheme: dark) {{\n{dark}}}\n")
}

/// The attributes of a line.
fn stroke(ink: Ink) -> String {
    let look = ink.look();
    let dashes = if look.dashes.is_empty() {
        String::new()
    } else {
        format!(" stroke-dasharray=\"{}\"", look.dashes)
    };
    format!(
        "stroke=\"currentColor\" stroke-width=\"{}\"{dashes}",
        look.width
    )
}

/// `picture`, placed as `layout` says, as an SVG file.
pub fn svg(picture: &Picture, layout: &Layout) -> String {
    let mut canvas = Canvas::new();
    let grounds = grounds(picture, layout);
    let body = grounds
        .iter()
        .fold(layout.bounds(), |all, (_, _, ground)| all.around(ground));
    for (_, phase, ground) in &grounds {
        canvas.ground(*phase, ground);
    }
    for (link, curve) in picture.links.iter().zip(&layout.curves) {
        let ends = (&picture.nodes[link.from].id, &picture.nodes[link.to].id);
        canvas.link((ends.0, ends.1), link, curve);
    }
    for (name, phase, ground) in &grounds {
        canvas.ground_name(name, *phase, ground);
    }
    for (link, curve) in picture.links.iter().zip(&layout.curves) {
        canvas.label(link, curve);
    }
    for (node, place) in picture.nodes.iter().zip(&layout.nodes) {
        canvas.node(node, place);
    }
    let head = canvas.head(picture, &body);
    let foot = canvas.foot(picture, &body);
    let size = body.around(&head).around(&foot).grown(MARGIN);
    let about = picture.facts.iter().map(|(_, fact)| fact.as_str());
    let about: Vec<&str> = std::iter::once(picture.subtitle.as_str())
        .chain(about)
        .collect();
    canvas.finish(&picture.title, &about.join(". "), size)
}

/// The grounds that groups of boxes share: name, phase, place. Where a shared one would touch another box, each box of
/// the group has one of its own.
fn grounds<'a>(picture: &Picture, layout: &Layout) -> Vec<(&'a str, Phase, Rect)> {
    let mut grounds = Vec::new();
    for (name, phases) in GROUPS {
        let is_in = |node: &Node| phases.contains(&node.phase) && node.shape == Shape::Box;
        let places = || picture.nodes.iter().zip(&layout.nodes);
        let members: Vec<Rect> = places()
            .filter(|(node, _)| is_in(node))
            .map(|(_, place)| *place)
            .collect();
        let Some(around) = members
            .iter()
            .copied()
            .reduce(|one, other| one.around(&other))
        else {
            continue;
        };
        let is_free = places().all(|(node, place)| is_in(node) || !ground(&around).meets(place));
        if is_free {
            grounds.push((name, phases[0], ground(&around)));
        } else {
            grounds.extend(members.iter().map(|place| (name, phases[0], ground(place))));
        }
    }
    grounds
}

/// The ground of what is in `place`, with room for its name.
fn ground(place: &Rect) -> Rect {
    let mut ground = place.grown(GROUND);
    ground.height += GROUND_NAME;
    ground
}

impl Canvas {
    fn ground(&mut self, phase: Phase, place: &Rect) {
        let _ = writeln!(
            self.out,
            "<rect class=\"g-{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"10\" fill=\"{}\"/>",
            phase.name().to_lowercase(),
            place.x,
            place.y,
            place.width,
            place.height,
            phase_colours(phase).1
        );
    }

    /// The name of a ground, over the arrows that cross it.
    fn ground_name(&mut self, name: &str, phase: Phase, place: &Rect) {
        let at = Point {
            x: place.x + place.width - 10.0,
            y: place.y + place.height - 8.0,
        };
        let more = format!(
            " text-anchor=\"end\" font-weight=\"bold\" stroke=\"{}\" stroke-width=\"4\" paint-order=\"stroke\" \
             stroke-linejoin=\"round\"",
            phase_colours(phase).1
        );
        let _ = write!(self.out, "<g class=\"on-{}\">", phase.name().to_lowercase());
        self.text(at, 12.0, Ink::Phase(phase), &more, name);
        self.out.push_str("</g>\n");
    }

    fn link(&mut self, (from, to): (&str, &str), link: &Link, curve: &Curve) {
        let (from, to) = (xml(from), xml(to));
        let mut path = String::new();
        for (index, point) in curve.points.iter().enumerate() {
            let mark = match index {
                0 => "M",
                _ if index % 3 == 1 => "C",
                _ => " ",
            };
            let _ = write!(path, "{mark}{:.1} {:.1}", point.x, point.y);
        }
        let _ = writeln!(
            self.out,
            "<g data-from=\"{from}\" data-to=\"{to}\" {}><title>{}</title><path d=\"{path}\" {}/>{}</g>",
            inked(link.ink),
            xml(&link.tooltip),
            stroke(link.ink),
            head(curve)
        );
    }

    fn label(&mut self, link: &Link, curve: &Curve) {
        let mut y = curve.label.y + LEADING - 5.0;
        for label in &link.labels {
            for (inputs, codes) in label_lines(label) {
                let x = curve.label.x;
                let _ = writeln!(
                    self.out,
                    "<text class=\"halo\" x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{TEXT}\" stroke=\"{}\" \
                     stroke-width=\"3\" paint-order=\"stroke\" stroke-linejoin=\"round\">\
                     <tspan {} fill=\"currentColor\">{}</tspan>\
                     <tspan {} dx=\"5\" fill=\"currentColor\" font-weight=\"bold\">{}</tspan></text>",
                    PAPER.0,
                    inked(Ink::Plain),
                    xml(&inputs),
                    inked(label.ink),
                    xml(&codes),
                );
                y += LEADING - 2.0;
            }
        }
    }

    fn node(&mut self, node: &Node, place: &Rect) {
        let middle = Point {
            x: place.x + place.width / 2.0,
            y: place.y + place.height / 2.0,
        };
        match node.shape {
            Shape::Start => {
                let _ = writeln!(
                    self.out,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"7\" fill=\"currentColor\" {}/>",
                    middle.x,
                    middle.y,
                    inked(Ink::Plain)
                );
            }
            Shape::Words => {
                let at = Point {
                    y: middle.y + 4.0,
                    ..middle
                };
                let more = " text-anchor=\"middle\" font-style=\"italic\"";
                self.text(at, TEXT + 1.0, Ink::Quiet, more, &node.title);
            }
            Shape::Box => self.card(node, place, middle.x),
        }
    }

    fn card(&mut self, node: &Node, place: &Rect, middle: f64) {
        let ink = Ink::Phase(node.phase);
        let _ = writeln!(
            self.out,
            "<g id=\"phase-{}\"><title>{}</title><g {}><rect class=\"card\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
             height=\"{:.1}\" rx=\"9\" fill=\"{}\" stroke=\"currentColor\" stroke-width=\"{}\"/></g>",
            xml(&node.id),
            xml(&format!("{}: {}", node.title, node.note)),
            inked(ink),
            place.x,
            place.y,
            place.width,
            place.height,
            PAPER.0,
            if node.is_focus { "3.6" } else { "1.8" },
        );
        let mut y = place.y + PAD + NAME - 4.0;
        let bold = " text-anchor=\"middle\" font-weight=\"bold\"";
        self.text(Point { x: middle, y }, NAME, ink, bold, &node.title);
        y += LEADING;
        let centred = " text-anchor=\"middle\"";
        self.text(
            Point { x: middle, y },
            TEXT,
            Ink::Quiet,
            centred,
            &node.note,
        );
        if !node.lines.is_empty() {
            let _ = writeln!(
                self.out,
                "<path {} d=\"M{:.1} {:.1}H{:.1}\" stroke=\"currentColor\"/>",
                inked(ink),
                place.x + PAD,
                y + 7.0,
                place.x + place.width - PAD
            );
            y += 8.0;
        }
        for line in &node.lines {
            y = self.line(line, place.x + PAD, y);
        }
        self.out.push_str("</g>\n");
    }

    /// Writes a line of a box below `y`; gives the y of its last line.
    fn line(&mut self, line: &Line, x: f64, mut y: f64) -> f64 {
        let mut indent = 0.0;
        let slope = if line.head.is_empty() {
            " font-style=\"italic\""
        } else {
            ""
        };
        for (head, text) in box_lines(line) {
            y += LEADING;
            if !head.is_empty() {
                indent = head_width(&head);
                let more = " font-weight=\"bold\"";
                self.text(Point { x, y }, TEXT, line.ink, more, &head);
            }
            let at = Point { x: x + indent, y };
            self.text(at, TEXT, line.ink, slope, &text);
        }
        y
    }

    /// The title and the facts, above `body`; gives their place.
    fn head(&mut self, picture: &Picture, body: &Rect) -> Rect {
        let height = TITLE + 16.0 + picture.facts.len() as f64 * (FACT + 4.0) + 12.0;
        let mut at = Point {
            x: body.x,
            y: body.y - height + TITLE,
        };
        let bold = " font-weight=\"bold\"";
        self.text(at, TITLE, Ink::Plain, bold, &picture.title);
        let indent = width(&picture.title, TITLE) * 1.1 + 12.0;
        let behind = Point {
            x: at.x + indent,
            ..at
        };
        self.text(behind, FACT, Ink::Quiet, "", &picture.subtitle);
        let mut wide = indent + width(&picture.subtitle, FACT);
        for (ink, fact) in &picture.facts {
            at.y += FACT + 6.0;
            self.text(at, FACT, *ink, "", fact);
            wide = wide.max(width(fact, FACT));
        }
        Rect {
            x: body.x,
            y: body.y - height,
            width: wide,
            height,
        }
    }

    /// The legend and what is left out, below `body`; gives their place.
    fn foot(&mut self, picture: &Picture, body: &Rect) -> Rect {
        let mut at = Point {
            x: body.x,
            y: body.y + body.height + 34.0,
        };
        let mut wide: f64 = 0.0;
        for (ink, text) in &picture.legend {
            let sample = Point {
                y: at.y - 4.0,
                ..at
            };
            self.sample(sample, *ink);
            at.x += 34.0;
            self.text(at, FACT, *ink, " font-weight=\"bold\"", text);
            at.x += width(text, FACT) * 1.1 + 16.0;
            wide = wide.max(at.x - body.x);
        }
        at.x = body.x;
        at.y += 6.0;
        for line in &picture.caption {
            at.y += TEXT + 5.0;
            self.text(at, TEXT, Ink::Quiet, "", line);
            wide = wide.max(width(line, TEXT));
        }
        Rect {
            x: body.x,
            y: body.y + body.height,
            width: wide,
            height: at.y - body.y - body.height,
        }
    }
}

/// The head of an arrow: a triangle at the end of its curve, along where it comes from.
fn head(curve: &Curve) -> String {
    const LENGTH: f64 = 9.0;
    const HALF: f64 = 3.6;
    let Some(&tip) = curve.points.last() else {
        return String::new();
    };
    let from = curve
        .points
        .iter()
        .rev()
        .find(|point| (point.x - tip.x).hypot(point.y - tip.y) > 1.0);
    let Some(from) = from else {
        return String::new();
    };
    let length = (tip.x - from.x).hypot(tip.y - from.y);
    let (dx, dy) = ((tip.x - from.x) / length, (tip.y - from.y) / length);
    let base = Point {
        x: tip.x - dx * LENGTH,
        y: tip.y - dy * LENGTH,
    };
    format!(
        "<path d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\" fill=\"currentColor\"/>",
        tip.x,
        tip.y,
        base.x - dy * HALF,
        base.y + dx * HALF,
        base.x + dy * HALF,
        base.y - dx * HALF
    )
}
