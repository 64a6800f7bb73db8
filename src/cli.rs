//! The command line: one enum of subcommands, each of which calls the one library function that the tests call.
//!
//! The result goes to stdout, the rest to stderr. Exit 0: conforms; 1: diverges; 2: could not tell.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand, ValueEnum};
use ftproof_model::{Overview, Severity, StateGraph, full_dot, overview_dot};

use crate::address::Address;
use crate::check::check;
use crate::embedded::EmbeddedTarget;
use crate::options::Options;
use crate::report;
use crate::target::{Names, Target};
use crate::tcp::{DEADLINE, TcpTarget};
use crate::verify::{machine, verify};

const DIVERGES: u8 = 1;
const COULD_NOT_TELL: u8 = 2;
/// How often a long run says where it is.
const SAY_EVERY: Duration = Duration::from_secs(10);

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
    #[command(after_help = "Examples:\n  ftproof check\n  \
        FTPROOF_PASSWORD=secret ftproof check ftp://ftptest@127.0.0.1:2121\n\n\
        The password comes from FTPROOF_PASSWORD, --password-file or the URL; without a user the login is anonymous.\n\
        Exit: 0 no finding of severity medium or worse, 1 at least one, 2 could not tell.")]
    Check {
        /// ftp://user@host:port; without it, our own session in process.
        target: Option<String>,
        /// Log in as this user.
        #[arg(long)]
        user: Option<String>,
        /// Read the password from the first line of this file.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// The form of the report.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// Allow a target that is not on this machine. Only for a server that you may test.
        #[arg(long)]
        allow_remote: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum View {
    Overview,
    Full,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
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
        Command::Check {
            target,
            user,
            password_file,
            format,
            allow_remote,
        } => {
            let mut target = open_target(
                target.as_deref(),
                user,
                password_file.as_deref(),
                allow_remote,
            )?;
            let said = Mutex::new(Instant::now());
            let progress = move |done: usize, due: usize| {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                if said.elapsed() >= SAY_EVERY {
                    *said = Instant::now();
                    eprintln!("ftproof: {done} tests of {due} known so far");
                }
            };
            let options = Options {
                progress: Arc::new(progress),
                ..Options::default()
            };
            let report = check(target.as_mut(), &options)?;
            print(&match format {
                Format::Text => report::text(&report),
                Format::Json => report::json(&report),
            })?;
            if report.is_empty() {
                bail!("nothing could be tested");
            }
            Ok(exit(report.fails(Severity::Medium)))
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

fn open_target(
    url: Option<&str>,
    user: Option<String>,
    password_file: Option<&Path>,
    allow_remote: bool,
) -> anyhow::Result<Box<dyn Target>> {
    let Some(url) = url else {
        if user.is_some() || password_file.is_some() {
            bail!("--user and --password-file need a target, such as ftp://127.0.0.1:2121");
        }
        return Ok(Box::new(EmbeddedTarget::default()));
    };
    let address = Address::parse(url)?;
    let socket = address.resolve(allow_remote)?;
    let user = user.or(address.user);
    let password = match password_file {
        Some(path) => Some(first_line(path)?),
        None => std::env::var("FTPROOF_PASSWORD").ok().or(address.password),
    };
    Ok(Box::new(TcpTarget::new(
        socket,
        login_names(user, password),
        DEADLINE,
    )))
}

/// The names of a server's login. Anonymous takes any password, so none is wrong for it.
fn login_names(user: Option<String>, password: Option<String>) -> Names {
    let mut names = Names::default();
    let user = user.unwrap_or_else(|| "anonymous".to_owned());
    if !matches!(user.as_str(), "anonymous" | "ftp") {
        names.set("wrong_password", "not-the-password");
    }
    names.set("user", user);
    names.set(
        "password",
        password.unwrap_or_else(|| "ftproof@".to_owned()),
    );
    names.set("wrong_account", "not-the-account");
    names
}

fn first_line(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the password from {}", path.display()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!(
            "the first line of {} is empty; it should be the password",
            path.display()
        );
    }
    Ok(line.to_owned())
}

/// Writes the result. A reader that has seen enough is no error, and does not change the exit code.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to stdout")
        }
        _ => Ok(()),
    }
}

/// Writes a whole file or none: what was there stays until all of the new text is on disk. A link is followed, and what
/// is no file, such as a pipe, is written into.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_other = fs::metadata(&path).is_ok_and(|about| !about.is_file());
    let written = if is_other {
        fs::write(&path, text)
    } else {
        let mut partial = path.clone().into_os_string();
        partial.push(format!(".partial-{}", std::process::id()));
        let partial = PathBuf::from(partial);
        fs::write(&partial, text)
            .and_then(|()| fs::rename(&partial, &path))
            .inspect_err(|_| drop(fs::remove_file(&partial)))
    };
    written.with_context(|| format!("cannot write {}", path.display()))
}
