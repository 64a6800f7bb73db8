//! The command line: one enum of subcommands, each of which calls the one library function that the tests call.
//!
//! The result goes to stdout, the rest to stderr. Exit 0: conforms; 1: diverges; 2: could not tell; 130: interrupted.

mod check;
mod doctor;
mod fuzz;
mod interrupt;
mod output;
mod progress;
mod replay;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use ftproof_model::{Overview, StateGraph, full_dot, overview_dot};

use crate::list;
use crate::verify::{machine, verify};
use output::{print, write_whole};

const DIVERGES: u8 = 1;
const COULD_NOT_TELL: u8 = 2;
const INTERRUPTED: u8 = 130;

#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prove the rules' claims on every edge and path, and that our own session equals them.
    Verify,
    /// Write the state graph as DOT, for Graphviz: ftproof graph | dot -Tsvg -o ftp.svg
    Graph {
        /// The dozen states that a person thinks in, or every state and edge.
        #[arg(long, value_enum, default_value_t = View::Overview)]
        view: View,
        /// Write to this file and not to stdout.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Try every command in every state of a server, and report each reply that no rule allows.
    #[command(after_help = check::EXAMPLES)]
    Check(check::CheckArguments),
    /// Send random sessions that walk the rules' states, and report each reply that no rule allows.
    #[command(after_help = fuzz::EXAMPLES)]
    Fuzz(fuzz::FuzzArguments),
    /// Play transcripts against a server, and say of each finding whether it is fixed or still there.
    #[command(after_help = replay::EXAMPLES)]
    Replay(replay::ReplayArguments),
    /// See what a check has to work with on a server, what it cannot test and why, and how long it will take.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::DoctorArguments),
    /// List every rule with its source, and every kind of finding.
    List {
        /// For people or for programs.
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum View {
    Overview,
    Full,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Text,
    Json,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ftproof: {error:#}");
            ExitCode::from(COULD_NOT_TELL)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify => {
            let verification = verify(&machine());
            print(&verification.to_string())?;
            Ok(exit(!verification.holds()))
        }
        Command::Graph { view, output } => {
            let machine = machine();
            let graph = StateGraph::explore(&machine);
            let dot = match view {
                View::Overview => overview_dot(&Overview::of(&graph)),
                View::Full => full_dot(&graph),
            };
            match output {
                None => print(&dot)?,
                Some(path) => write_whole(&path, &dot)?,
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Check(arguments) => check::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::List { format } => {
            print(&match format {
                ListFormat::Text => list::text(),
                ListFormat::Json => list::json(),
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn exit(diverges: bool) -> ExitCode {
    if diverges {
        ExitCode::from(DIVERGES)
    } else {
        ExitCode::SUCCESS
    }
}
