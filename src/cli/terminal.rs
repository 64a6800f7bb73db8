//! What a person at a terminal is shown: in the terminal's width, and each reply code in the colour of its class.
//!
//! Where no terminal reads it, the same text goes out as it is: a script, a file and a pager get the same bytes,
//! however wide the terminal is, unless COLUMNS is set.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal};

use terminal_size::{Width, terminal_size, terminal_size_of};

use super::output::print;
use super::paint::{COLUMNS_MIN, coloured, fitted};
use crate::report::COLUMNS;

/// Prints a result for people.
pub(super) fn show(text: &str) -> anyhow::Result<()> {
    if !io::stdout().is_terminal() {
        return print(text);
    }
    let text = fitted(text, columns());
    print(&if takes_colour() {
        coloured(&text)
    } else {
        text
    })
}

/// Tells on stderr what is no result.
pub(super) fn tell(what: impl Display) {
    let line = format!("ftproof: {what}");
    match columns_of_stderr() {
        Some(columns) => eprint!("{}", fitted(&format!("{line}\n"), columns)),
        None => eprintln!("{line}"),
    }
}

/// Tells why a command line is none, or shows the help that it asks for.
pub(super) fn refuse(error: &clap::Error) {
    let text = error.render().to_string();
    match columns_of_stderr().filter(|_| error.use_stderr()) {
        Some(columns) if fitted(&text, columns) != text => eprint!("{}", fitted(&text, columns)),
        // Nobody is left to be told that nobody reads it.
        _ => drop(error.print()),
    }
}

fn columns_of_stderr() -> Option<usize> {
    let size = terminal_size_of(io::stderr()).filter(|_| io::stderr().is_terminal());
    size.map(|(Width(columns), _)| columns.into())
}

/// How many columns a line of the result may have. `COLUMNS` in the environment decides, then the terminal.
pub(super) fn columns() -> usize {
    let asked = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .filter(|&columns| columns > 0);
    let columns = asked.unwrap_or_else(|| {
        let size = terminal_size().filter(|_| io::stdout().is_terminal());
        size.map_or(COLUMNS, |(Width(columns), _)| {
            usize::from(columns).min(COLUMNS)
        })
    });
    columns.max(COLUMNS_MIN)
}

/// Whether the result may be coloured: unless `NO_COLOR` is set (no-color.org), or the terminal is a dumb one.
fn takes_colour() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
}
