//! The whole state graph in the DOT language of Graphviz: every state, every edge, with its replies.
//!
//! The text depends on the graph alone, byte for byte. A node's name is made from what its state holds, so that a
//! change of the rules shows as a small difference. The picture that people look at is [`crate::overview_dot`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::overview::ReplyClass;
use crate::phase::{Phase, phase};
use crate::{
    Asks, Control, Data, EpsvAll, Host, Input, Login, Pbsz, Pending, Security, State, StateGraph,
    Transfer,
};

/// The colour of text that explains.
pub(crate) const QUIET: &str = "#5B6675";
/// The colour of refusals.
pub(crate) const RED: &str = "#C62828";
/// The colour of text that names.
pub(crate) const INK: &str = "#26323F";
/// The fonts, in the order in which they are looked for.
pub(crate) const FONT: &str = "Helvetica,Arial,sans-serif";

/// `text`, safe between quotes and inside an HTML label of DOT.
pub(crate) fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(char),
        }
    }
    safe
}

/// The line colour of an arrow, and whether it is dashed.
pub fn class_stroke(class: ReplyClass) -> (&'static str, &'static str) {
    match class {
        ReplyClass::Preliminary => ("#1D6FD8", "solid"),
        ReplyClass::Completion => ("#1E7B3A", "solid"),
        ReplyClass::Intermediate => ("#A86200", "solid"),
        ReplyClass::Negative => (RED, "dashed"),
        ReplyClass::Silent => (QUIET, "dotted"),
    }
}

/// The colour of a phase's outline and of the ground behind it.
pub fn phase_colours(phase: Phase) -> (&'static str, &'static str) {
    match phase {
        Phase::Greeted | Phase::Secured => ("#1A56B0", "#E8F0FE"),
        Phase::NeedPass | Phase::NeedAcct => ("#A86200", "#FFF4DC"),
        Phase::Ready => ("#1E7B3A", "#E4F5E8"),
        Phase::RenameFrom | Phase::RestartAt => ("#7B2FB5", "#F3E8FD"),
        Phase::Passive | Phase::Active => ("#0B7A75", "#DFF5F4"),
        Phase::Transferring => ("#B3185B", "#FDE7EF"),
        Phase::Closed => ("#4A5565", "#EEF1F5"),
    }
}

/// The whole of `graph` in DOT: one node a state, in a cluster a phase, and one arrow for all inputs with the same ends
/// and class of reply; each input with its replies is in the arrow's tooltip.
///
/// The layout of some hundred states takes Graphviz a while: the attributes ask for a quick one.
pub fn full_dot(graph: &StateGraph<'_>) -> String {
    let mut clusters: BTreeMap<Phase, Vec<State>> = BTreeMap::new();
    for &state in graph.graph().node_weights() {
        clusters.entry(phase(state)).or_default().push(state);
    }
    let mut arrows: BTreeMap<(State, State, ReplyClass), Vec<String>> = BTreeMap::new();
    for (_, from, edge, to) in graph.edges() {
        let lines = arrows
            .entry((from, to, ReplyClass::of(edge.replies)))
            .or_default();
        lines.push(format!(
            "{}  {}",
            input_text(edge.input),
            replies_text(edge.replies)
        ));
    }
    let mut out = header(graph);
    for (at, states) in &mut clusters {
        states.sort_unstable();
        cluster(&mut out, *at, states);
    }
    for ((from, to, class), lines) in &arrows {
        let (colour, style) = class_stroke(*class);
        let _ = writeln!(
            out,
            "  {} -> {} [color=\"{colour}\", style={style}, tooltip=\"{}\"];",
            state_id(*from),
            state_id(*to),
            quoted(&lines.join("\n")),
        );
    }
    out.push_str("}\n");
    out
}

fn header(graph: &StateGraph<'_>) -> String {
    let (states, edges) = (graph.graph().node_count(), graph.graph().edge_count());
    format!(
        "digraph ftp_session_states {{\n\
         \x20 graph [rankdir=LR, bgcolor=\"white\", pad=0.35, nodesep=0.15, ranksep=1.5, splines=line,\n\
         \x20        nslimit=1, nslimit1=1, mclimit=0.1, fontname=\"{FONT}\", fontsize=20, labelloc=t, labeljust=l,\n\
         \x20        label=\"FTP session: every state. \
         {states} states, {edges} edges (each arrow's tooltip: inputs and replies)\"];\n\
         \x20 node  [shape=box, style=\"rounded,filled\", fillcolor=\"white\", \
         fontname=\"{FONT}\", fontsize=10];\n\
         \x20 edge  [arrowsize=0.6];\n"
    )
}

fn cluster(out: &mut String, at: Phase, states: &[State]) {
    let (colour, ground) = phase_colours(at);
    let _ = writeln!(
        out,
        "  subgraph cluster_{} {{ label=\"{} ({})\"; style=\"rounded,filled\"; color=\"{ground}\"; \
         fontcolor=\"{colour}\";",
        at.name().to_lowercase(),
        at.name(),
        states.len(),
    );
    for &state in states {
        let _ = writeln!(
            out,
            "    {} [color=\"{colour}\", label=\"{}\"];",
            state_id(state),
            quoted(&state_words(state).join("\n")),
        );
    }
    out.push_str("  }\n");
}

/// `text` inside a quoted string of DOT, its lines kept apart.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// `input` as a client types it, or the event in brackets.
pub fn input_text(input: Input) -> String {
    match input.line() {
        Some("") => "(empty line)".to_owned(),
        Some(line) => line.to_owned(),
        None => format!("({})", crate::everywhere::input_label(input)),
    }
}

/// The codes in order, `…` where there is no reply for now.
pub fn replies_text(replies: &[u16]) -> String {
    if replies.is_empty() {
        return "…".to_owned();
    }
    replies
        .iter()
        .map(u16::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A name for `state` made from what it holds, one word: `tls_loggedin_passive`.
pub fn state_id(state: State) -> String {
    state_words(state).join("_").replace([' ', '-'], "")
}

/// What `state` holds besides what is so after connect, in the order of the fields; `connected` if nothing.
pub fn state_words(state: State) -> Vec<&'static str> {
    let words = [
        match state.control {
            Control::Reading => "",
            Control::QuitWaits => "quit waits",
            Control::ReinWaits => "rein waits",
            Control::Closed => "closed",
        },
        match state.security {
            Security::Clear => "",
            Security::Tls => "tls",
            Security::Cleared => "cleared",
        },
        match state.pbsz {
            Pbsz::No => "",
            Pbsz::Yes => "pbsz",
        },
        match state.host {
            Host::None => "",
            Host::Named => "host",
        },
        match state.login {
            Login::Out => "",
            Login::NeedPass(Asks::Password) => "need pass",
            Login::NeedPass(Asks::PasswordAndAccount) => "need pass and acct",
            Login::NeedAcct => "need acct",
            Login::In => "logged in",
        },
        match state.pending {
            Pending::Nothing => "",
            Pending::Rename => "rnfr",
            Pending::Restart => "rest",
        },
        match state.data {
            Data::None => "",
            Data::Passive => "passive",
            Data::Active => "active",
        },
        match state.epsv_all {
            EpsvAll::No => "",
            EpsvAll::Yes => "epsv all",
        },
        match state.transfer {
            Transfer::Idle => "",
            Transfer::Running => "transfer",
        },
    ];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        vec!["connected"]
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_leaves_no_mark_that_means_something_in_a_label() {
        assert_eq!(
            html("<B> & \"x\" 'y';"),
            "&lt;B&gt; &amp; &quot;x&quot; &#39;y&#39;;"
        );
    }

    #[test]
    fn quoted_leaves_no_quote_or_backslash_alone() {
        assert_eq!(quoted("a\"b\\\nc"), "a\\\"b\\\\\\nc");
    }
}
