//! The overview as a picture: the phases, what leads from one to the other, and what each answers (RFC 959 §6).
//!
//! What is drawn is decided by [`ftproof_model::Overview`]; a report that is laid over it splits each answer by what
//! the report says of its inputs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ftproof_model::{
    Answer, Code, Edge, Input, Overview, Phase, PhaseBox, ReplyClass, State, StateGraph,
    input_label, input_text, is_representative, otherwise_text, overview_caption, overview_facts,
    phase, replies_text,
};

use super::names::state_name;
use super::overlay::{Overlay, Verdict};
use super::picture::{Ink, Label, Line, Link, Node, Picture, Shape};

/// The picture of `graph` folded into phases, with `overlay` painted on it.
pub fn overview(graph: &StateGraph<'_>, overlay: Option<&Overlay>) -> Picture {
    let overview = Overview::of(graph);
    let paint = Paint::new(graph, overlay);
    let mut picture = Picture {
        title: "FTP session".to_owned(),
        subtitle: format!(
            "{} phases folded from {} states and {} edges",
            overview.boxes.len(),
            overview.states,
            overview.edges
        ),
        facts: facts(&overview, overlay),
        nodes: vec![plain("start", "", Phase::Greeted, Shape::Start)],
        links: Vec::new(),
        legend: legend(overlay),
        caption: overview_caption(&overview),
    };
    for found in &overview.boxes {
        if found.phase == Phase::Closed && overview.everywhere.quit {
            picture
                .nodes
                .push(plain("any", "any state", Phase::Closed, Shape::Words));
        }
        picture.nodes.push(node(found, &paint));
    }
    links(&mut picture, &overview, &paint);
    paint.left_over(&mut picture);
    picture
}

fn plain(id: &str, title: &str, phase: Phase, shape: Shape) -> Node {
    Node {
        id: id.to_owned(),
        title: title.to_owned(),
        note: String::new(),
        lines: Vec::new(),
        phase,
        shape,
        is_focus: false,
    }
}

/// The name of a phase in a file.
pub fn phase_id(phase: Phase) -> String {
    phase.name().to_lowercase()
}

fn facts(overview: &Overview, overlay: Option<&Overlay>) -> Vec<(Ink, String)> {
    let mut facts: Vec<(Ink, String)> = overlay.iter().map(|overlay| said(overlay)).collect();
    for (colour, text) in overview_facts(overview) {
        let named = [Ink::Plain, Ink::Class(ReplyClass::Negative)];
        let ink = named.into_iter().find(|ink| ink.look().light == colour);
        facts.push((ink.unwrap_or(Ink::Quiet), text));
    }
    facts
}

/// What is laid over a picture, in a line.
pub fn said(overlay: &Overlay) -> (Ink, String) {
    let count = overlay.told().count();
    let report = &overlay.report;
    let text = format!(
        "{}: {count} finding{} of {}",
        crate::report::brief(&report.target),
        if count == 1 { "" } else { "s" },
        crate::report::brief(&report.server.greeting),
    );
    (Ink::Plain, text)
}

/// What the lines of a picture mean.
pub fn legend(overlay: Option<&Overlay>) -> Vec<(Ink, String)> {
    if overlay.is_none() {
        return Picture::class_legend();
    }
    [
        (Verdict::Right, "✓ as it should be"),
        (Verdict::Differs, "✗ the server differs"),
        (Verdict::Untold, "? not tested, or the report does not tell"),
    ]
    .map(|(verdict, text)| (Ink::Verdict(verdict), text.to_owned()))
    .to_vec()
}

fn node(found: &PhaseBox, paint: &Paint<'_, '_>) -> Node {
    let at = found.phase;
    let mut lines = Vec::new();
    for answer in &found.stays {
        for (label, verdict) in paint.split(answer, at, at) {
            lines.push(Line {
                head: verdict.map_or("↻", Verdict::mark).to_owned(),
                text: format!("{}  {}", label.inputs, label.codes),
                ink: verdict.map_or(Ink::Class(ReplyClass::Completion), Ink::Verdict),
            });
        }
    }
    if found.needs_login > 0 {
        let verdict = paint.verdict(at, |edge, _| edge.replies == [530]);
        let text = format!("{} verbs that need a login", found.needs_login);
        lines.push(refusal("530", text, verdict));
    }
    for (verbs, behind) in [(&found.refused, None), (&found.refused_at_first, Some(()))] {
        let behind = behind.map(|()| {
            let until = found.until.map(|verb| format!(" before {verb}"));
            until.unwrap_or_else(|| " at first".to_owned())
        });
        for (verdict, verbs) in paint.refused(at, verbs) {
            let text = verbs.join(" ") + behind.as_deref().unwrap_or_default();
            lines.push(refusal("503", text, verdict));
        }
    }
    if let Some(otherwise) = &found.otherwise {
        lines.push(Line {
            head: String::new(),
            text: otherwise_text(otherwise),
            ink: Ink::Quiet,
        });
    }
    Node {
        note: at.note().to_owned(),
        lines,
        ..plain(&phase_id(at), at.name(), at, Shape::Box)
    }
}

fn refusal(code: &str, text: String, verdict: Option<Verdict>) -> Line {
    let mark = verdict.map(|verdict| format!("{} ", verdict.mark()));
    Line {
        head: mark.unwrap_or_default() + code,
        text,
        ink: verdict.map_or(Ink::Class(ReplyClass::Negative), Ink::Verdict),
    }
}

fn links(picture: &mut Picture, overview: &Overview, paint: &Paint<'_, '_>) {
    let quit = paint.verdict_anywhere(|_, edge, _| edge.input == Input::Quit);
    let greeting = paint.overlay.map(|_| Verdict::Untold);
    for (from, to, inputs, codes, verdict) in [
        ("start", "greeted", "connect", "220", greeting),
        ("any", "closed", "QUIT", "221", quit),
    ] {
        let (Some(from), Some(to)) = (picture.place(from), picture.place(to)) else {
            continue;
        };
        let ink = verdict.map_or(Ink::Class(ReplyClass::Completion), Ink::Verdict);
        let mark = verdict.map(|verdict| format!("{} ", verdict.mark()));
        picture.links.push(Link {
            from,
            to,
            labels: vec![Label {
                inputs: mark.unwrap_or_default() + inputs,
                codes: codes.to_owned(),
                ink,
            }],
            ink,
            tooltip: format!("{inputs} {codes}"),
        });
    }
    for arrow in &overview.arrows {
        let ends = (
            picture.place(&phase_id(arrow.from)),
            picture.place(&phase_id(arrow.to)),
        );
        let (Some(from), Some(to)) = ends else {
            continue;
        };
        let mut labels = Vec::new();
        let mut verdicts = BTreeSet::new();
        for answer in &arrow.answers {
            for (mut label, verdict) in paint.split(answer, arrow.from, arrow.to) {
                verdicts.extend(verdict);
                label.ink = verdict.map_or(Ink::Class(arrow.class), Ink::Verdict);
                if let Some(verdict) = verdict {
                    label.inputs = format!("{} {}", verdict.mark(), label.inputs);
                }
                labels.push(label);
            }
        }
        picture.links.push(Link {
            from,
            to,
            tooltip: tooltip(arrow.from.name(), arrow.to.name(), &labels),
            labels,
            ink: worst(&verdicts).map_or(Ink::Class(arrow.class), Ink::Verdict),
        });
    }
}

/// What an arrow stands for, for who asks.
pub fn tooltip(from: &str, to: &str, labels: &[Label]) -> String {
    let lines = labels
        .iter()
        .map(|label| format!("\n{} {}", label.inputs, label.codes));
    format!("{from} → {to}{}", lines.collect::<String>())
}

/// What an arrow shows that stands for all of these: a difference is never hidden by what is as it should be.
pub fn worst(verdicts: &BTreeSet<Verdict>) -> Option<Verdict> {
    [Verdict::Differs, Verdict::Right, Verdict::Untold]
        .into_iter()
        .find(|verdict| verdicts.contains(verdict))
}

/// What a report says of the steps of the states that a phase is drawn by.
struct Paint<'a, 'r> {
    overlay: Option<&'a Overlay>,
    steps: Vec<(State, &'a Edge<'r>, State)>,
    /// The findings that are on the picture.
    shown: RefCell<BTreeSet<usize>>,
}

impl<'a, 'r> Paint<'a, 'r> {
    fn new(graph: &'a StateGraph<'r>, overlay: Option<&'a Overlay>) -> Self {
        let steps = graph.edges().map(|(_, from, edge, to)| (from, edge, to));
        Paint {
            overlay,
            steps: steps
                .filter(|&(from, ..)| overlay.is_some() && is_representative(from))
                .collect(),
            shown: RefCell::default(),
        }
    }

    /// What the report says of the steps out of `at` that `concerns` names, taken together; `None` without a report.
    fn verdict(&self, at: Phase, concerns: impl Fn(&Edge<'r>, State) -> bool) -> Option<Verdict> {
        self.verdict_anywhere(|from, edge, to| phase(from) == at && concerns(edge, to))
    }

    /// The same for steps out of any phase.
    fn verdict_anywhere(
        &self,
        concerns: impl Fn(State, &Edge<'r>, State) -> bool,
    ) -> Option<Verdict> {
        let overlay = self.overlay?;
        let mut verdicts = BTreeSet::new();
        for &(from, edge, to) in &self.steps {
            if concerns(from, edge, to) {
                let findings = overlay.findings_at(from, edge.input);
                self.shown.borrow_mut().extend(findings);
                verdicts.insert(overlay.verdict(from, edge));
            }
        }
        Some(worst(&verdicts).unwrap_or(Verdict::Untold))
    }

    /// The inputs of `answer`, split by what the report says of them; all together without a report.
    fn split(&self, answer: &Answer, from: Phase, to: Phase) -> Vec<(Label, Option<Verdict>)> {
        let label = |inputs: &[&str], codes: &[Code]| Label {
            inputs: inputs.join(" "),
            codes: replies_text(codes),
            ink: Ink::Class(ReplyClass::of(codes)),
        };
        if self.overlay.is_none() {
            return vec![(label(&answer.inputs, &answer.codes), None)];
        }
        let mut parts: BTreeMap<Option<Verdict>, (Vec<&str>, Vec<Code>)> = BTreeMap::new();
        let own = |replies: &[Code]| match replies {
            [code] => answer.codes.contains(code),
            _ => answer.codes == replies,
        };
        for &input in &answer.inputs {
            let concerns = |edge: &Edge<'r>, next: State| {
                input_label(edge.input) == input && phase(next) == to && own(edge.replies)
            };
            let part = parts.entry(self.verdict(from, concerns)).or_default();
            part.0.push(input);
            let codes = self
                .steps
                .iter()
                .filter(|&&(state, edge, next)| phase(state) == from && concerns(edge, next));
            for code in codes.flat_map(|(_, edge, _)| edge.replies) {
                if !part.1.contains(code) {
                    part.1.push(*code);
                }
            }
        }
        let parts = parts.into_iter();
        parts
            .map(|(verdict, (inputs, codes))| (label(&inputs, &codes), verdict))
            .collect()
    }

    /// The verbs that are refused with 503, split in the same way.
    fn refused(
        &self,
        at: Phase,
        verbs: &[&'static str],
    ) -> BTreeMap<Option<Verdict>, Vec<&'static str>> {
        let mut parts: BTreeMap<Option<Verdict>, Vec<&'static str>> = BTreeMap::new();
        for &verb in verbs {
            let concerns =
                |edge: &Edge<'r>, _| input_label(edge.input) == verb && edge.replies == [503];
            parts
                .entry(self.verdict(at, concerns))
                .or_default()
                .push(verb);
        }
        parts
    }

    /// A line in the box of its phase for each finding that is not on the picture yet.
    fn left_over(&self, picture: &mut Picture) {
        let Some(overlay) = self.overlay else {
            return;
        };
        let told: Vec<&str> = overlay.told().map(|(found, _)| found.id.as_str()).collect();
        for (index, end) in overlay.ends() {
            let place = picture.place(&phase_id(phase(end.state)));
            let Some(node) = place.filter(|_| !self.shown.borrow().contains(&index)) else {
                continue;
            };
            picture.nodes[node].lines.push(Line {
                head: Verdict::Differs.mark().to_owned(),
                text: format!(
                    "{} while {} ({})",
                    input_text(end.input),
                    state_name(end.state),
                    crate::report::brief(told[index])
                ),
                ink: Ink::Verdict(Verdict::Differs),
            });
        }
    }
}
