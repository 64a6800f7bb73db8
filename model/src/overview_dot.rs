//! The overview in the DOT language of Graphviz: one box a phase, in the look of a slide.
//!
//! What is drawn is decided in [`Overview`]; here is only how. The text depends on the overview alone, byte for byte.

use std::fmt::Write as _;

use crate::caption::{otherwise_text, overview_caption, overview_facts};
use crate::dot::{FONT, INK, QUIET, RED, class_stroke, html, phase_colours, replies_text};
use crate::overview::{Answer, Arrow, Overview, PhaseBox, ReplyClass};
use crate::phase::Phase;

const GREEN: &str = "#1E7B3A";
/// How many characters a line of a box and of an arrow's label holds before it is broken.
const BOX_CHARS_MAX: usize = 40;
const LABEL_CHARS_MAX: usize = 16;
/// The attributes of a table that only places text.
const PLAIN: &str = "BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\"";
const GAP: &str = "<TR><TD HEIGHT=\"3\" CELLPADDING=\"0\"></TD></TR>";
const BREAK: &str = "<BR/>";

/// The groups of phases that share a ground: title, whether that stands at the top or the bottom, phases.
const GROUPS: [(&str, &str, &[Phase]); 7] = [
    ("Connection", "b", &[Phase::Greeted, Phase::Secured]),
    ("Login", "b", &[Phase::NeedPass, Phase::NeedAcct]),
    ("Session ready", "b", &[Phase::Ready]),
    ("Two-step", "b", &[Phase::RenameFrom]),
    ("Data setup", "t", &[Phase::Passive, Phase::Active]),
    ("Two-step", "b", &[Phase::RestartAt]),
    ("Transfer", "b", &[Phase::Transferring]),
];

/// `overview` in DOT.
pub fn overview_dot(overview: &Overview) -> String {
    let mut out = header(overview);
    for (title, place, phases) in GROUPS {
        group(&mut out, overview, title, place, phases);
    }
    if let Some(closed) = overview.phase(Phase::Closed) {
        node(&mut out, closed);
    }
    entry_and_exits(&mut out, overview);
    for arrow in &overview.arrows {
        edge(&mut out, arrow);
    }
    legend(&mut out, overview);
    out.push_str("}\n");
    out
}

fn header(overview: &Overview) -> String {
    let title = format!(
        "<TABLE {PLAIN} CELLPADDING=\"1\"><TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"22\">\
         <B>FTP session</B>&#160;&#160;&#160;</FONT>\
         <FONT POINT-SIZE=\"12\" COLOR=\"{QUIET}\">{}</FONT></TD></TR>{}</TABLE>",
        html(&format!(
            "{} phases folded from {} states and {} edges",
            overview.boxes.len(),
            overview.states,
            overview.edges
        )),
        overview_facts(overview)
            .iter()
            .map(|(colour, fact)| row("LEFT", colour, 12, &html(fact)))
            .collect::<String>(),
    );
    format!(
        "digraph ftp_session {{\n\
         \x20 graph [rankdir=TB, bgcolor=\"white\", pad=0.35, nodesep=0.6, ranksep=0.55, splines=spline,\n\
         \x20        newrank=true, fontname=\"{FONT}\", labelloc=t, labeljust=l, label=<{title}>];\n\
         \x20 node  [shape=box, style=\"rounded,filled\", fillcolor=\"white\", penwidth=1.8,\n\
         \x20        margin=\"0.14,0.08\", fontname=\"{FONT}\", fontsize=11];\n\
         \x20 edge  [fontname=\"{FONT}\", fontsize=10, penwidth=1.4, arrowsize=0.75];\n"
    )
}

fn group(out: &mut String, overview: &Overview, title: &str, place: &str, phases: &[Phase]) {
    let (colour, ground) = phase_colours(phases[0]);
    let _ = writeln!(
        out,
        "  subgraph cluster_{} {{ label=<<FONT COLOR=\"{colour}\" POINT-SIZE=\"12\"><B>{}</B></FONT>>; \
         labeljust=r; labelloc={place}; \
         style=\"rounded,filled\"; color=\"{ground}\"; fillcolor=\"{ground}\"; margin=14;",
        id(phases[0]),
        html(title),
    );
    for found in phases.iter().filter_map(|&phase| overview.phase(phase)) {
        node(out, found);
    }
    out.push_str("  }\n");
}

fn node(out: &mut String, found: &PhaseBox) {
    let (colour, _) = phase_colours(found.phase);
    let name = found.phase.name();
    let mut rows = format!(
        "<TR><TD><FONT COLOR=\"{colour}\" POINT-SIZE=\"15\"><B>{name}</B></FONT></TD></TR>{}",
        row("CENTER", QUIET, 10, &html(found.phase.note())),
    );
    let lines = box_lines(found);
    if !lines.is_empty() {
        rows += &format!("{GAP}<HR/>{GAP}");
    }
    rows.extend(lines);
    let _ = writeln!(
        out,
        "    {id} [id=\"phase-{id}\", tooltip=\"{name}: {states} states\", color=\"{colour}\", \
         label=<<TABLE {PLAIN} CELLPADDING=\"2\">{rows}</TABLE>>];",
        id = id(found.phase),
        states = found.states,
    );
}

/// The lines of a box below its name.
fn box_lines(found: &PhaseBox) -> Vec<String> {
    let mut lines = Vec::new();
    for answer in &found.stays {
        let text = html(&format!(
            "{}  {}",
            answer.inputs.join(" "),
            replies_text(&answer.codes)
        ));
        lines.push(row("LEFT", GREEN, 10, &format!("↻ {text}")));
    }
    if found.needs_login > 0 {
        let text = format!(
            "<B>530</B>&#160;&#160;{} verbs that need a login",
            found.needs_login
        );
        lines.push(row("LEFT", RED, 10, &text));
    }
    if !found.refused.is_empty() {
        refusal(&mut lines, &wrapped(&found.refused, BOX_CHARS_MAX));
    }
    if !found.refused_at_first.is_empty() {
        let text = wrapped(&found.refused_at_first, BOX_CHARS_MAX);
        let until = found.until.map_or("at first".to_owned(), |verb| {
            format!("before {}", html(verb))
        });
        refusal(&mut lines, &format!("{text} {until}"));
    }
    if let Some(otherwise) = &found.otherwise {
        lines.push(row(
            "LEFT",
            QUIET,
            10,
            &format!("<I>{}</I>", html(&otherwise_text(otherwise))),
        ));
    }
    lines
}

/// The verbs refused with 503, the broken lines one below the other.
fn refusal(lines: &mut Vec<String>, verbs: &str) {
    let mut head = "<B>503</B>&#160;&#160;".to_owned();
    for line in verbs.split(BREAK) {
        lines.push(row("LEFT", RED, 10, &format!("{head}{line}")));
        head = "&#160;".repeat(8);
    }
}

/// The greeting, whose 220 (RFC 959 §5.4) comes before the graph starts, and QUIT, which is everywhere.
fn entry_and_exits(out: &mut String, overview: &Overview) {
    let _ = writeln!(
        out,
        "  start [shape=circle, width=0.18, label=\"\", style=filled, fillcolor=\"{INK}\", color=\"{INK}\"];\n  \
         start -> greeted [label={}, color=\"{GREEN}\", weight=5];",
        label_table("connect", "220", GREEN),
    );
    if overview.everywhere.quit {
        let any = row("CENTER", QUIET, 11, "<I>any state</I>");
        let _ = writeln!(
            out,
            "  any [shape=plain, style=\"\", label=<<TABLE BORDER=\"0\" CELLBORDER=\"0\">{any}</TABLE>>];\n  \
             any -> closed [label={}, color=\"{GREEN}\"];\n  {{ rank=same; any; closed; }}",
            label_table("QUIT", "221", GREEN),
        );
    }
}

fn edge(out: &mut String, arrow: &Arrow) {
    let (colour, style) = class_stroke(arrow.class);
    let lines: Vec<String> = arrow
        .answers
        .iter()
        .map(|answer| answer_cells(answer, colour))
        .collect();
    // A failure that leads far back comes in at the side, or it would cross the success that leads there too.
    let is_far = arrow.from as usize > arrow.to as usize + 3;
    let port = if is_far && arrow.class == ReplyClass::Negative {
        ", headport=e"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "  {} -> {} [label=<{}>, color=\"{colour}\", style={style}{port}];",
        id(arrow.from),
        id(arrow.to),
        table(&lines.concat()),
    );
}

fn answer_cells(answer: &Answer, colour: &str) -> String {
    cells(
        &wrapped(&answer.inputs, LABEL_CHARS_MAX),
        &html(&replies_text(&answer.codes)),
        colour,
    )
}

fn label_table(text: &str, codes: &str, colour: &str) -> String {
    format!("<{}>", table(&cells(&html(text), codes, colour)))
}

fn table(rows: &str) -> String {
    format!("<TABLE {PLAIN} CELLPADDING=\"0\">{rows}</TABLE>")
}

fn cells(text: &str, codes: &str, colour: &str) -> String {
    format!(
        "<TR><TD WIDTH=\"5\"></TD><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">\
         <FONT COLOR=\"{INK}\">{text}&#160;&#160;</FONT><FONT COLOR=\"{colour}\"><B>{codes}</B></FONT></TD></TR>"
    )
}

fn row(align: &str, colour: &str, points: u8, text: &str) -> String {
    format!(
        "<TR><TD ALIGN=\"{align}\">\
         <FONT POINT-SIZE=\"{points}\" COLOR=\"{colour}\">{text}</FONT></TD></TR>"
    )
}

/// `words` with a break before each that would make a line longer than `chars`; safe in an HTML label.
fn wrapped(words: &[&str], chars: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    for word in words {
        if used > 0 && used + 1 + word.len() > chars {
            text.push_str(BREAK);
            used = 0;
        } else if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(&html(word));
        used += word.len();
    }
    text
}

fn legend(out: &mut String, overview: &Overview) {
    let classes = [
        (ReplyClass::Preliminary, "— 1xx preliminary"),
        (ReplyClass::Completion, "— 2xx done"),
        (ReplyClass::Intermediate, "— 3xx needs next command"),
        (ReplyClass::Negative, "- - 4xx/5xx refused or failed"),
    ];
    let cells: String = classes
        .iter()
        .map(|(class, text)| {
            format!(
                "<TD CELLPADDING=\"4\"><FONT COLOR=\"{}\"><B>{text}</B>&#160;</FONT></TD>",
                class_stroke(*class).0
            )
        })
        .collect();
    let caption: String = overview_caption(overview)
        .iter()
        .map(|line| row("LEFT", QUIET, 10, &html(line)))
        .collect();
    let _ = writeln!(
        out,
        "  legend [shape=plain, style=\"\", label=<<TABLE {PLAIN}><TR><TD ALIGN=\"LEFT\">\
         <TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"6\"><TR>{cells}</TR></TABLE></TD></TR>{caption}</TABLE>>];"
    );
    // What keeps Closed and the legend at the bottom.
    if overview.phase(Phase::Closed).is_some() {
        out.push_str("  closed -> legend [style=invis];\n");
        if overview.everywhere.quit && overview.phase(Phase::Transferring).is_some() {
            out.push_str("  transferring -> any [style=invis, weight=0];\n");
        }
    }
}

fn id(phase: Phase) -> String {
    phase.name().to_lowercase()
}
