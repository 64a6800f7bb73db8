//! The report for a browser: the findings beside the rules that they are about, in one page (see [`crate::graph`]).

use ftproof_model::{State, StateGraph};

use super::{Report, json};
use crate::graph::explorer::page;
use crate::graph::overlay::Overlay;
use crate::verify::machine;

/// Writes `report` as an HTML page that needs nothing else.
pub fn html(report: &Report) -> String {
    let machine = machine();
    // What is shown is what any program reads in the JSON report.
    let overlay = Overlay::parse(json(report).as_bytes(), &machine);
    let overlay = overlay.expect("the JSON report is one");
    page(
        &StateGraph::explore(&machine),
        State::default(),
        Some(&overlay),
    )
}
