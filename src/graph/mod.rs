//! Pictures of the rules, and the rules as data: `ftproof graph`.
//!
//! A [`View`] says what is shown, a [`Format`] how it is written. A picture is first made without a form, and placed by
//! Graphviz where it is installed or by our own layers; data comes from a selection of states and edges.

mod aut;
mod dot;
pub mod explorer;
mod focus;
mod graphviz;
mod json;
mod layered;
mod layout;
mod measure;
mod mermaid;
pub mod names;
mod outline;
pub mod overlay;
mod overview;
mod part;
mod picture;
mod selection;
mod svg;

use clap::ValueEnum;
use ftproof_model::{Overview, Phase, State, StateGraph, full_dot, overview_dot};
use thiserror::Error;

use overlay::Overlay;
use picture::Picture;
use selection::Selection;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The phases that a person thinks in.
    Overview,
    /// Every state and edge.
    Full,
    /// One phase, all its states as one, and what leads into it and out of it.
    Phase(Phase),
    /// What one command is answered everywhere, and where it leads.
    Around(&'static str),
    /// One state: a shortest way to it, and all that it answers.
    Focus(State),
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The language of Graphviz.
    Dot,
    /// A picture for browsers and documents.
    Svg,
    /// A picture for Markdown.
    Mermaid,
    /// The explorer: one page that walks the rules.
    Html,
    /// States, inputs, rules and edges, for programs.
    Json,
    /// The Aldebaran format of CADP, mCRL2 and LTSmin.
    Aut,
}

/// Who finds the places of boxes and arrows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Placing {
    /// Graphviz where it is installed, else our own.
    Auto,
    /// Our own layers: the same picture on every machine.
    Own,
    /// Graphviz, which must be installed.
    Graphviz,
}

/// Why something cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GraphError {
    /// The format does not go with the view.
    #[error("{0}")]
    NoSuchPicture(&'static str),
    /// Graphviz is asked for and is not there.
    #[error("dot does not run; install Graphviz (apt-get install graphviz), or take --layout own")]
    NoGraphviz,
}

/// Writes `view` of `graph`, with `overlay` painted on it, as `format`.
pub fn graph(
    graph: &StateGraph<'_>,
    view: View,
    format: Format,
    placing: Placing,
    overlay: Option<&Overlay>,
) -> Result<String, GraphError> {
    let is_data = matches!(format, Format::Json | Format::Aut);
    if is_data && overlay.is_some() {
        let text = "--overlay paints a picture; --format json and aut hold the rules alone";
        return Err(GraphError::NoSuchPicture(text));
    }
    match (format, view) {
        (Format::Dot, View::Overview) if overlay.is_none() => {
            return Ok(overview_dot(&Overview::of(graph)));
        }
        (Format::Html, View::Phase(_) | View::Around(_)) => {
            let text = "the explorer has every state; take --format html without --view phase and --around";
            return Err(GraphError::NoSuchPicture(text));
        }
        (Format::Html, View::Focus(state)) => return Ok(explorer::page(graph, state, overlay)),
        (Format::Html, View::Overview | View::Full) => {
            return Ok(explorer::page(graph, State::default(), overlay));
        }
        (Format::Json, _) => return Ok(json::json(graph, &Selection::of(graph, &view))),
        (Format::Aut, _) => return Ok(aut::aut(&Selection::of(graph, &view))),
        _ => {}
    }
    let Some(picture) = picture(graph, view, overlay) else {
        return full(graph, format, overlay);
    };
    Ok(match format {
        Format::Svg => svg::svg(&picture, &place(&picture, placing)?),
        Format::Mermaid => mermaid::mermaid(&picture),
        Format::Dot | Format::Html | Format::Json | Format::Aut => dot::dot(&picture),
    })
}

/// The picture of a view that has one; `None` for every state at once.
fn picture(graph: &StateGraph<'_>, view: View, overlay: Option<&Overlay>) -> Option<Picture> {
    Some(match view {
        View::Overview => overview::overview(graph, overlay),
        View::Full => return None,
        View::Phase(at) => part::of_phase(graph, at, overlay),
        View::Around(verb) => part::around(graph, verb, overlay),
        View::Focus(state) => focus::focus(graph, state, overlay),
    })
}

fn full(
    graph: &StateGraph<'_>,
    format: Format,
    overlay: Option<&Overlay>,
) -> Result<String, GraphError> {
    if overlay.is_some() {
        return Err(GraphError::NoSuchPicture(
            "every state at once has no room for a report; take --format html, or another view",
        ));
    }
    match format {
        Format::Svg => Ok(outline::outline(graph)),
        Format::Dot => Ok(full_dot(graph)),
        Format::Mermaid | Format::Html | Format::Json | Format::Aut => {
            Err(GraphError::NoSuchPicture(
                "Mermaid cannot draw some hundred states; take --format svg, dot or html, or another view",
            ))
        }
    }
}

fn place(picture: &Picture, placing: Placing) -> Result<layout::Layout, GraphError> {
    match placing {
        Placing::Own => Ok(layered::layered(picture)),
        Placing::Auto => {
            Ok(graphviz::graphviz(picture).unwrap_or_else(|| layered::layered(picture)))
        }
        Placing::Graphviz => graphviz::graphviz(picture).ok_or(GraphError::NoGraphviz),
    }
}
