//! How much room text takes, without a font: the widths of Helvetica, and some room for those that are wider.

use super::picture::{Label, Line, Link, Node, Shape};

/// The widths of the characters from the space to `~`, in thousandths of the size (Adobe's metrics of Helvetica).
#[rustfmt::skip]
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// Where Helvetica is not there, what stands for it is wider by up to this.
const SLACK: f64 = 1.17;
/// The size of text in a box and on an arrow, in pixels, and the distance of its lines.
pub const TEXT: f64 = 10.0;
pub const LEADING: f64 = 14.0;
/// The size of a box's name.
pub const NAME: f64 = 15.0;
/// How many characters a line of an arrow's label holds before it is broken, and one of a box.
const LABEL_CHARS_MAX: usize = 18;
const LINE_CHARS_MAX: usize = 40;
/// The room between the outline of a box and its text.
pub const PAD: f64 = 10.0;

/// The width of `text` at `size`, in pixels.
pub fn width(text: &str, size: f64) -> f64 {
    let units: f64 = text
        .chars()
        .map(|character| {
            let index = u32::from(character).checked_sub(32);
            let known = index.and_then(|index| WIDTHS.get(usize::try_from(index).ok()?));
            f64::from(known.copied().unwrap_or(700))
        })
        .sum();
    units / 1000.0 * size * SLACK
}

/// `text` broken between words into lines of at most `chars_max` characters, where a word is no longer.
pub fn broken(text: &str, chars_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= chars_max => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The lines of a box, broken: head and text of each.
pub fn box_lines(line: &Line) -> Vec<(String, String)> {
    let mut head = line.head.clone();
    let text = broken(&line.text, LINE_CHARS_MAX);
    text.into_iter()
        .map(|text| (std::mem::take(&mut head), text))
        .collect()
}

/// The lines of an answer on an arrow, broken: inputs of each, and the codes behind the last.
pub fn label_lines(label: &Label) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = broken(&label.inputs, LABEL_CHARS_MAX)
        .into_iter()
        .map(|inputs| (inputs, String::new()))
        .collect();
    if let Some(last) = lines.last_mut() {
        last.1.clone_from(&label.codes);
    }
    lines
}

/// How far the text of a line stands behind its head.
pub fn head_width(head: &str) -> f64 {
    width(head, TEXT) * 1.08 + 5.0
}

/// Width and height of a box, in pixels.
pub fn node_size(node: &Node) -> (f64, f64) {
    match node.shape {
        Shape::Start => return (14.0, 14.0),
        Shape::Words => return (width(&node.title, TEXT + 1.0) + 8.0, 18.0),
        Shape::Box => {}
    }
    let mut wide = (width(&node.title, NAME) * 1.08).max(width(&node.note, TEXT));
    let mut high = PAD + NAME + LEADING;
    let mut indent: f64 = 0.0;
    for line in &node.lines {
        for (head, text) in box_lines(line) {
            if !head.is_empty() {
                indent = head_width(&head);
            }
            wide = wide.max(indent + width(&text, TEXT));
            high += LEADING;
        }
    }
    if !node.lines.is_empty() {
        high += 8.0;
    }
    (wide + 2.0 * PAD, high + PAD - 2.0)
}

/// Width and height of what is written on an arrow, in pixels.
pub fn link_size(link: &Link) -> (f64, f64) {
    let mut wide: f64 = 0.0;
    let mut high: f64 = 0.0;
    for (inputs, codes) in link.labels.iter().flat_map(label_lines) {
        wide = wide.max(width(&inputs, TEXT) + head_width(&codes) + 4.0);
        high += LEADING - 2.0;
    }
    (wide, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_text_is_wider_and_lines_are_no_longer_than_they_may_be() {
        assert!(width("WWW", 10.0) > width("iii", 10.0));
        assert!(width("é", 10.0) > 0.0);
        assert_eq!(broken("STOR STOU APPE", 9), ["STOR STOU", "APPE"]);
        assert_eq!(broken("a-word-too-long b", 5), ["a-word-too-long", "b"]);
    }
}
