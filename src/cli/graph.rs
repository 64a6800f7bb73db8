//! `ftproof graph`: its options, and what they ask to be drawn.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use ftproof_model::StateGraph;

use super::output::{print, write_whole};
use crate::graph::names::{find_phase, find_state, find_verb};
use crate::graph::overlay::Overlay;
use crate::graph::{Format, Placing, View, graph};
use crate::selection::nearest;
use crate::verify::machine;

pub(super) const EXAMPLES: &str = "\
Examples:
  The picture of the README, with or without Graphviz:
    ftproof graph --format svg -o ftp.svg
  To walk the rules in a browser:
    ftproof graph --format html -o ftp.html
  Where a server differs:
    ftproof check ftp://ftptest@127.0.0.1:2121 --format json > report.json
    ftproof graph --format svg --overlay report.json -o differs.svg
  One phase, one command, one state:
    ftproof graph --view phase NeedPass --format svg -o needpass.svg
    ftproof graph --around RNTO --format svg -o rnto.svg
    ftproof graph --focus 'logged in, passive' --format svg -o passive.svg
  For Markdown, and for model checkers:
    ftproof graph --format mermaid
    ftproof graph --view full --format aut -o ftp.aut";

#[derive(Args)]
pub(super) struct GraphArguments {
    /// overview (the phases that a person thinks in), full (every state), or phase NAME.
    #[arg(long, value_names = ["VIEW", "NAME"], num_args = 1..=2)]
    view: Vec<String>,
    /// One state, such as 'logged in, passive': the way to it, and all that it answers.
    #[arg(long, value_name = "STATE", conflicts_with_all = ["view", "around"])]
    focus: Option<String>,
    /// One command, such as RNTO: what it is answered everywhere.
    #[arg(long, value_name = "COMMAND", conflicts_with = "view")]
    around: Option<String>,
    /// The form. json, aut and html have every state unless a part is asked for.
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
    /// Paint a check's JSON report on it: what is as it should be, where the server differs, what was not tested.
    #[arg(long, value_name = "REPORT")]
    overlay: Option<PathBuf>,
    /// Who places boxes and arrows of an SVG.
    #[arg(long, value_enum, default_value_t = Placing::Auto)]
    layout: Placing,
    /// Write to this file and not to stdout.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &GraphArguments) -> anyhow::Result<ExitCode> {
    let machine = machine();
    let states = StateGraph::explore(&machine);
    let view = arguments.view(&states)?;
    let overlay = match &arguments.overlay {
        None => None,
        Some(path) => Some(Overlay::read(path, &machine)?),
    };
    let format = arguments.format;
    let text = graph(&states, view, format, arguments.layout, overlay.as_ref())?;
    match &arguments.output {
        None => print(&text)?,
        Some(path) => write_whole(path, &text)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl GraphArguments {
    fn view(&self, states: &StateGraph<'_>) -> anyhow::Result<View> {
        if let Some(state) = &self.focus {
            return Ok(View::Focus(find_state(states, state)?));
        }
        if let Some(verb) = &self.around {
            return Ok(View::Around(find_verb(verb)?));
        }
        let words: Vec<&str> = self.view.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] | ["overview"] => Ok(View::Overview),
            ["full"] => Ok(View::Full),
            ["phase", name] => Ok(View::Phase(find_phase(name)?)),
            ["phase"] => {
                bail!("--view phase takes the name of a phase, such as --view phase NeedPass")
            }
            ["overview" | "full", surplus] => bail!("--view {} takes no '{surplus}'", words[0]),
            [other, ..] => {
                let known = ["overview", "full", "phase"];
                let near = nearest(other, known.into_iter());
                Err(anyhow::anyhow!("they are {near}"))
                    .context(format!("there is no view '{other}'"))
            }
        }
    }
}
