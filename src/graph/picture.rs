//! A picture before it has a form: boxes, arrows and what is written on them, in the notation of RFC 959 §6.
//!
//! What is drawn is decided by who makes it ([`super::overview`], [`super::part`]); how, by who writes it.

use ftproof_model::{Phase, ReplyClass, class_stroke, phase_colours};

use super::overlay::Verdict;

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ink {
    /// Text that names.
    Plain,
    /// Text that explains.
    Quiet,
    /// The outline of a phase, and its name.
    Phase(Phase),
    /// An answer of this class.
    Class(ReplyClass),
    /// What a report says of it.
    Verdict(Verdict),
}

/// How an ink looks: on white, on a dark ground, and as a line in black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The colour on white.
    pub light: &'static str,
    /// The colour on a dark ground.
    pub dark: &'static str,
    /// The lengths of dashes and gaps; empty for a solid line.
    pub dashes: &'static str,
    /// The width of a line, in pixels.
    pub width: &'static str,
}

impl Ink {
    /// The class that it has in a style sheet.
    pub fn class(self) -> String {
        match self {
            Ink::Plain => "ink".to_owned(),
            Ink::Quiet => "quiet".to_owned(),
            Ink::Phase(phase) => format!("p-{}", phase.name().to_lowercase()),
            Ink::Class(class) => format!("c-{}", class_name(class)),
            Ink::Verdict(verdict) => format!("v-{}", verdict.name()),
        }
    }

    /// How it looks.
    pub fn look(self) -> Look {
        let look = |light, dark, dashes, width| Look {
            light,
            dark,
            dashes,
            width,
        };
        match self {
            Ink::Plain => look("#26323F", "#E3E9EF", "", "1.4"),
            Ink::Quiet => look("#5B6675", "#A3AFBC", "", "1.4"),
            Ink::Phase(phase) => look(phase_colours(phase).0, dark_phase(phase).0, "", "1.8"),
            Ink::Class(class) => {
                let (dark, dashes) = match class {
                    ReplyClass::Preliminary => ("#7DB5FF", "10 3 2 3"),
                    ReplyClass::Completion => ("#6CCB8C", ""),
                    ReplyClass::Intermediate => ("#F0B45A", "11 4"),
                    ReplyClass::Negative => ("#FF8A80", "4 3"),
                    ReplyClass::Silent => ("#A3AFBC", "1 3"),
                };
                look(class_stroke(class).0, dark, dashes, "1.4")
            }
            Ink::Verdict(Verdict::Right) => look("#1E7B3A", "#6CCB8C", "", "1.4"),
            Ink::Verdict(Verdict::Differs) => look("#C62828", "#FF8A80", "", "3.4"),
            Ink::Verdict(Verdict::Untold) => look("#6B7684", "#97A2AF", "2 4", "1.4"),
        }
    }

    /// Every ink.
    pub fn all() -> impl Iterator<Item = Ink> {
        let phases = Phase::ALL.into_iter().map(Ink::Phase);
        let classes = CLASSES.into_iter().map(Ink::Class);
        let verdicts = Verdict::ALL.into_iter().map(Ink::Verdict);
        [Ink::Plain, Ink::Quiet]
            .into_iter()
            .chain(phases)
            .chain(classes)
            .chain(verdicts)
    }
}

const CLASSES: [ReplyClass; 5] = [
    ReplyClass::Preliminary,
    ReplyClass::Completion,
    ReplyClass::Intermediate,
    ReplyClass::Negative,
    ReplyClass::Silent,
];

/// The name of a class of replies (RFC 959 §4.2).
pub fn class_name(class: ReplyClass) -> &'static str {
    match class {
        ReplyClass::Preliminary => "preliminary",
        ReplyClass::Completion => "completion",
        ReplyClass::Intermediate => "intermediate",
        ReplyClass::Negative => "negative",
        ReplyClass::Silent => "silent",
    }
}

/// The outline and the ground of a phase on a dark ground.
pub fn dark_phase(phase: Phase) -> (&'static str, &'static str) {
    match phase {
        Phase::Greeted | Phase::Secured => ("#8AB6FF", "#18243A"),
        Phase::NeedPass | Phase::NeedAcct => ("#EFB768", "#30260F"),
        Phase::Ready => ("#6CCB8C", "#142E1D"),
        Phase::RenameFrom | Phase::RestartAt => ("#CBA3F5", "#291C39"),
        Phase::Passive | Phase::Active => ("#5CCDC6", "#0F2C2B"),
        Phase::Transferring => ("#F792BA", "#36152A"),
        Phase::Closed => ("#AAB6C4", "#22292F"),
    }
}

/// What a box looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A box with a name, a note and lines.
    Box,
    /// The dot where a session starts.
    Start,
    /// A few words without a box.
    Words,
}

/// One line in a box: `503 PASS RNTO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What stands in front, in bold: a code or a mark.
    pub head: String,
    /// What it is about.
    pub text: String,
    /// Its colour.
    pub ink: Ink,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name in a file: letters, digits and `_`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What is true in it, in a few words.
    pub note: String,
    /// What is answered without leaving it.
    pub lines: Vec<Line>,
    /// The phase whose colours it has.
    pub phase: Phase,
    /// What it looks like.
    pub shape: Shape,
    /// Whether the picture is about it.
    pub is_focus: bool,
}

/// An answer on an arrow: inputs and codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What gets the answer, to be broken between words.
    pub inputs: String,
    /// The codes.
    pub codes: String,
    /// The colour of the codes.
    pub ink: Ink,
}

/// An arrow between two different boxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The box where it starts, by its place.
    pub from: usize,
    /// The box where it ends, by its place.
    pub to: usize,
    /// What is written on it.
    pub labels: Vec<Label>,
    /// Its colour.
    pub ink: Ink,
    /// All that it stands for, for who asks.
    pub tooltip: String,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it shows, in a few words.
    pub title: String,
    /// What stands behind the title.
    pub subtitle: String,
    /// What holds everywhere in it, line by line.
    pub facts: Vec<(Ink, String)>,
    /// The boxes, in the order of a session that goes well.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub links: Vec<Link>,
    /// What the lines mean.
    pub legend: Vec<(Ink, String)>,
    /// What it leaves out.
    pub caption: Vec<String>,
}

impl Picture {
    /// The legend of a picture that tells the classes of replies (RFC 959 §4.2).
    pub fn class_legend() -> Vec<(Ink, String)> {
        [
            (ReplyClass::Preliminary, "1xx preliminary"),
            (ReplyClass::Completion, "2xx done"),
            (ReplyClass::Intermediate, "3xx needs next command"),
            (ReplyClass::Negative, "4xx/5xx refused or failed"),
        ]
        .map(|(class, text)| (Ink::Class(class), text.to_owned()))
        .to_vec()
    }

    /// The place of the box with this name.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }
}

/// The groups of phases that share a ground, by the phases in them.
pub const GROUPS: [(&str, &[Phase]); 7] = [
    ("Connection", &[Phase::Greeted, Phase::Secured]),
    ("Login", &[Phase::NeedPass, Phase::NeedAcct]),
    ("Session ready", &[Phase::Ready]),
    ("Two-step", &[Phase::RenameFrom]),
    ("Data setup", &[Phase::Passive, Phase::Active]),
    ("Two-step", &[Phase::RestartAt]),
    ("Transfer", &[Phase::Transferring]),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of WCAG 2.1 §1.4.3, from 1 to 21.
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |colour: &str| {
            let channel = |at: usize| {
                let byte = u8::from_str_radix(&colour[at..at + 2], 16).expect("it is a colour");
                let value = f64::from(byte) / 255.0;
                if value <= 0.03928 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_ink_can_be_read_on_both_grounds() {
        assert!((contrast("#000000", "#FFFFFF") - 21.0).abs() < 0.01);
        for ink in Ink::all() {
            let look = ink.look();
            // WCAG asks for 4.5 of small text.
            let light = contrast(look.light, super::super::svg::PAPER.0);
            let dark = contrast(look.dark, super::super::svg::PAPER.1);
            assert!(light >= 4.5, "{ink:?} has {light:.1} on white");
            assert!(dark >= 4.5, "{ink:?} has {dark:.1} on dark");
        }
    }

    #[test]
    fn no_two_classes_and_no_two_verdicts_differ_by_colour_alone() {
        let lines = |inks: Vec<Ink>| -> Vec<(&str, &str)> {
            let looks = inks.iter().map(|ink| ink.look());
            looks.map(|look| (look.dashes, look.width)).collect()
        };
        for lines in [
            lines(CLASSES.map(Ink::Class).to_vec()),
            lines(Verdict::ALL.map(Ink::Verdict).to_vec()),
        ] {
            for (index, line) in lines.iter().enumerate() {
                assert!(!lines[..index].contains(line), "{line:?} comes twice");
            }
        }
    }
}
