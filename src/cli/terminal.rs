//! What the terminal is like: how wide, and whether it takes colour.

use std::env;
use std::io::{self, IsTerminal};

/// How wide text is where no terminal says otherwise.
const COLUMNS: usize = 100;

/// How many columns a line of the result may have. `COLUMNS` in the environment decides, then the terminal.
pub(super) fn columns() -> usize {
    let asked = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    asked.unwrap_or_else(|| {
        let is_shown = io::stdout().is_terminal();
        let size = terminal_size::terminal_size().filter(|_| is_shown);
        size.map_or(COLUMNS, |(width, _)| usize::from(width.0).min(COLUMNS))
    })
}

/// Whether the result may be coloured: on a terminal, unless `NO_COLOR` is set (no-color.org) or it is a dumb one.
pub(super) fn takes_colour() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal()
        && !is_set("NO_COLOR")
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// `text` with each reply code in the colour of its class (RFC 959 §4.2): 1yz blue, 2yz green, 3yz cyan, 4yz yellow,
/// 5yz red. A number that counts, or names a line, a packet or an RFC, is none.
pub(super) fn coloured(text: &str) -> String {
    let mut painted = String::with_capacity(text.len() * 2);
    let mut before = "";
    for piece in text.split_inclusive([' ', '\n']) {
        let word = piece.trim_end();
        let bare = word.trim_matches(['(', ')', ',', ';', ':', '.']);
        let names_other = matches!(
            before,
            "line" | "lines" | "packet" | "RFC" | "in" | "of" | "to"
        );
        match colour(bare).filter(|_| !names_other) {
            Some(colour) => {
                painted.push_str(&piece.replacen(bare, &format!("\x1b[{colour}m{bare}\x1b[0m"), 1));
            }
            None => painted.push_str(piece),
        }
        if !word.is_empty() {
            before = word;
        }
    }
    painted
}

fn colour(word: &str) -> Option<u8> {
    let digits = word.as_bytes();
    let is_code = digits.len() == 3 && digits.iter().all(u8::is_ascii_digit) && digits[1] <= b'5';
    let colour = match digits.first()? {
        b'1' => 34,
        b'2' => 32,
        b'3' => 36,
        b'4' => 33,
        b'5' => 31,
        _ => return None,
    };
    is_code.then_some(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_coloured_by_class_and_counts_are_not() {
        assert_eq!(
            coloured("< 503 (or 214); line 214, in 503 states, RFC 214 5030\n"),
            "< \x1b[31m503\x1b[0m (or \x1b[32m214\x1b[0m); line 214, in 503 states, RFC 214 5030\n"
        );
    }
}
