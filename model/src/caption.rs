//! The words of the overview's picture: what holds everywhere, and what the picture leaves out (RFC 959 §5.4).
//!
//! Every code in them is the graph's own, and a sentence that the graph does not bear out is not said.

use crate::Code;
use crate::dot::{INK, QUIET, RED, replies_text};
use crate::overview::{Answer, Otherwise, Overview};
use crate::phase::Phase;

/// What holds everywhere, as lines of the title; nothing that the graph does not bear out.
pub fn overview_facts(overview: &Overview) -> Vec<(&'static str, String)> {
    let everywhere = &overview.everywhere;
    let (with_214, reading) = everywhere.help;
    let mut facts = vec![if everywhere.help_is_214() {
        (
            INK,
            format!("HELP → 214 in all {reading} states that read commands"),
        )
    } else {
        (
            RED,
            format!(
                "HELP is NOT 214 in {} of {reading} states that read commands",
                reading - with_214
            ),
        )
    }];
    for (holds, text) in [
        (everywhere.quit, " · QUIT → 221 → Closed from every state"),
        (everywhere.rein, " · REIN → 220 → Greeted from every state"),
    ] {
        facts[0].1 += if holds { text } else { "" };
    }
    if everywhere.auth {
        let text = "AUTH TLS → 234 → Secured from every state that never had TLS, unless a transfer runs; \
                    a login ends";
        facts.push((QUIET, text.to_owned()));
    }
    let alike: Vec<String> = everywhere
        .alike
        .iter()
        .map(|(code, verbs)| format!("{} {code}", verbs.join(" ")))
        .collect();
    if !alike.is_empty() {
        facts.push((
            QUIET,
            format!("Answered alike in every state: {}", alike.join(" · ")),
        ));
    }
    if !everywhere.refused_in_clear.is_empty() {
        let verbs = everywhere.refused_in_clear.join(" ");
        facts.push((RED, format!("503 in every state without TLS: {verbs}")));
    }
    facts
}

/// What the picture leaves out, in words.
pub fn overview_caption(overview: &Overview) -> Vec<String> {
    let left_out = &overview.left_out;
    let mut lines = Vec::new();
    let ends = |to| overview.arrows(Phase::Transferring, to).next().is_some();
    if ends(Phase::Ready) && ends(Phase::Active) {
        let text = "A transfer uses up what PASV set up (RFC 1123 §4.1.2.6), not what PORT did (RFC 959 §4.1.2): \
                    back to Ready, or to Active.";
        lines.push(text.to_owned());
    }
    let drawn: usize = overview
        .boxes
        .iter()
        .map(|found| found.representatives)
        .sum();
    let failures: Vec<Code> = left_out.failures.iter().copied().collect();
    let mut first = format!(
        "Drawn are {drawn} of {} states: in each phase the plainest.",
        overview.states
    );
    if overview.everywhere.quit && overview.everywhere.rein {
        first += " QUIT and REIN during a transfer are answered when it ends.";
    }
    lines.push(first);
    lines.push(format!(
        "Not drawn: two phases at once (RNFR behind PASV); TLS behind the login; the states behind {};",
        answers_text(&left_out.side_states)
    ));
    lines.push(format!(
        "failures that change nothing ({}); malformed and unknown lines; XCWD and the like, answered as CWD is.",
        replies_text(&failures)
    ));
    lines
}

/// How a phase answers what is neither in its box nor on its arrows.
pub fn otherwise_text(otherwise: &Otherwise) -> String {
    let like: Vec<_> = otherwise.like.iter().map(|phase| phase.name()).collect();
    let like = like.join(" or ");
    match otherwise.ends_but_for.as_deref() {
        None => format!("else as in {like}"),
        Some([]) => format!("any other line ends it, as in {like}"),
        Some(answers) => format!(
            "any other line ends it, as in {like} (but for {})",
            answers_text(answers)
        ),
    }
}

fn answers_text(answers: &[Answer]) -> String {
    let texts: Vec<_> = answers
        .iter()
        .map(|answer| {
            format!(
                "{} {}",
                answer.inputs.join(", "),
                replies_text(&answer.codes)
            )
        })
        .collect();
    texts.join(" · ")
}
