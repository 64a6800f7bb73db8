//! The state graph in the Aldebaran format, which CADP, mCRL2 and LTSmin read: a line an edge.
//!
//! A label is the input, a slash, and the codes of the replies; `i` would be an invisible step, and there is none.

use std::fmt::Write as _;

use ftproof_model::input_text;

use super::selection::Selection;

/// `selection` in the Aldebaran format; states are numbered in its order, and 0 is the first.
pub fn aut(selection: &Selection<'_, '_>) -> String {
    let mut out = format!(
        "des (0, {}, {})\n",
        selection.edges.len(),
        selection.states.len()
    );
    for (from, edge, to) in &selection.edges {
        let codes: Vec<String> = edge.replies.iter().map(u16::to_string).collect();
        let label = format!("{} / {}", input_text(edge.input), codes.join(" "));
        // Writing into a String does not fail.
        let _ = writeln!(
            out,
            "({from}, \"{}\", {to})",
            label.trim_end().replace('\\', "\\\\").replace('"', "\\\"")
        );
    }
    out
}
