//! The command line: one enum of subcommands, each of which calls the one library function that the tests call.
//!
//! The result goes to stdout, the rest to stderr. Exit 0: conforms; 1: diverges; 2: could not tell; 130: interrupted.

mod check;
mod doctor;
mod explain;
mod fuzz;
mod graph;
mod interrupt;
mod output;
mod paint;
mod progress;
mod replay;
mod serve;
mod shell;
mod target;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::list;
use crate::verify::{machine, verify};
use output::print;
use terminal::{columns, refuse, show, tell};

const DIVERGES: u8 = 1;
const COULD_NOT_TELL: u8 = 2;
const INTERRUPTED: u8 = 130;

const EXAMPLES: &str = "\
Examples:
  The rules as a picture, and as a page to walk in:
    ftproof graph --format svg -o ftp.svg
    ftproof graph --format html -o ftp.html
  A server:
    ftproof check ftp://ftptest@127.0.0.1:2121
  A code, and a log in which it came:
    ftproof explain 503
    ftproof explain session.log

On a terminal text fits its width, and reply codes have colours: none with NO_COLOR=1. COLUMNS sets the width.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  ftproof verify

Exit: 0 all of it holds, 1 something does not.";

const LIST_EXAMPLES: &str = "\
Examples:
  ftproof list
  ftproof list --format json";

#[derive(Parser)]
#[command(version, about, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prove the rules' claims on every edge and path, and that our own session equals them.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify,
    /// Draw the rules, or walk them: ftproof graph --format svg|html|dot|mermaid|json|aut
    #[command(after_help = graph::EXAMPLES)]
    Graph(graph::GraphArguments),
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
    /// Explain a reply code, a verb, a rule or a finding; or a log: which step was skipped, and the shortest way on.
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::ExplainArguments),
    /// Serve files by FTP, to the letter of the RFCs: a target for clients and for checks.
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::ServeArguments),
    /// List every rule with its source, and every kind of finding.
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// For people or for programs.
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Write the completions of a shell.
    #[command(after_help = shell::COMPLETIONS_EXAMPLES)]
    Completions(shell::CompletionsArguments),
    /// Write a man page.
    #[command(after_help = shell::MAN_EXAMPLES)]
    Man(shell::ManArguments),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Text,
    Json,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let command = match Arguments::try_parse() {
        Ok(arguments) => arguments.command,
        Err(error) => {
            refuse(&error);
            return ExitCode::from(if error.use_stderr() {
                COULD_NOT_TELL
            } else {
                0
            });
        }
    };
    match run(command) {
        Ok(code) => code,
        Err(error) => {
            tell(format_args!("{error:#}"));
            ExitCode::from(COULD_NOT_TELL)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify => {
            let verification = verify(&machine());
            show(&verification.to_string())?;
            Ok(exit(!verification.holds()))
        }
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::List { format } => {
            match format {
                ListFormat::Text => show(&list::text(columns()))?,
                ListFormat::Json => print(&list::json())?,
            }
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
