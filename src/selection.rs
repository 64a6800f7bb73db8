//! Which rules are asked for, by globs over their ids: `seq/*`, `help/arg`.

use std::collections::HashSet;

use ftproof_model::{Input, Machine, REQUIREMENTS};
use thiserror::Error;
use wildmatch::WildMatch;

use crate::options::Options;

/// The rules that the course of a session breaks, whatever its last line is: no one command alone is about them.
const OF_SESSIONS: [&str; 8] = [
    "seq/acct",
    "seq/auth-reset",
    "seq/refused",
    "login/*",
    "state/*",
    "reply/one",
    "reply/format",
    "reply/data",
];

/// How many names a message proposes.
const NEAREST: usize = 3;

/// Why a selection cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SelectionError {
    /// A glob matches no rule.
    #[error("no rule matches '{glob}'; the nearest are {nearest}; all: ftproof list")]
    NoSuchRule {
        /// The glob.
        glob: String,
        /// The ids that are nearest to it.
        nearest: String,
    },
    /// Every rule is left out.
    #[error("no rule is left to check: what --rule selects, --skip leaves out")]
    NothingLeft,
}

impl Options {
    /// Whether the rule with this id is to be checked.
    pub fn selects(&self, rule: &str) -> bool {
        (self.rules.is_empty() || is_match(&self.rules, rule)) && !is_match(&self.skip, rule)
    }

    /// The inputs whose tests may break a rule that is asked for: those that a row of the table puts under it, and
    /// every one if it is a rule of whole sessions. HELP as a whole stands for that it is implemented.
    pub(crate) fn breakers(&self, machine: &Machine<'_>) -> HashSet<Input> {
        let is_session_asked_for = ids().any(|id| is_of_sessions(id) && self.selects(id));
        let may_break = |input: &Input| {
            let rows = machine.rules().iter();
            is_session_asked_for
                || input.verb() == "HELP" && self.selects("help/always")
                || rows
                    .filter(|rule| rule.on.covers(*input))
                    .any(|rule| self.selects(rule.requirement))
        };
        Input::ALL.iter().copied().filter(may_break).collect()
    }

    /// Sees that each glob of the selection matches a rule, and that some rule is selected.
    pub fn check_selection(&self) -> Result<(), SelectionError> {
        for glob in self.rules.iter().chain(&self.skip) {
            if !ids().any(|id| WildMatch::new(glob).matches(id)) {
                return Err(SelectionError::NoSuchRule {
                    glob: glob.clone(),
                    nearest: nearest(glob, ids()),
                });
            }
        }
        if ids().any(|id| self.selects(id)) {
            Ok(())
        } else {
            Err(SelectionError::NothingLeft)
        }
    }
}

fn is_of_sessions(id: &str) -> bool {
    OF_SESSIONS
        .iter()
        .any(|glob| WildMatch::new(glob).matches(id))
}

fn is_match(globs: &[String], id: &str) -> bool {
    globs.iter().any(|glob| WildMatch::new(glob).matches(id))
}

/// Every id.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    REQUIREMENTS.iter().map(|requirement| requirement.id)
}

/// The names that are nearest to `word`, as a list to be read.
pub(crate) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut ranked: Vec<(usize, &str)> = names.map(|name| (distance(word, name), name)).collect();
    // What contains the word is nearer than what only looks like it.
    ranked.sort_by_key(|&(distance, name)| (!name.contains(word), distance));
    let names: Vec<&str> = ranked.iter().take(NEAREST).map(|&(_, name)| name).collect();
    names.join(", ")
}

/// The least number of letters to insert, delete or replace that makes one word the other (Levenshtein 1966).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (index, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, right) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(rules: &[&str], skip: &[&str]) -> Options {
        let own = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect();
        Options {
            rules: own(rules),
            skip: own(skip),
            ..Options::default()
        }
    }

    #[test]
    fn a_selection_is_what_it_names_but_for_what_it_skips() {
        let count = |options: Options| ids().filter(|id| options.selects(id)).count();
        assert_eq!(count(options(&[], &[])), REQUIREMENTS.len());
        assert_eq!(count(options(&["help/*"], &[])), 5);
        assert_eq!(count(options(&["help/*", "seq/rnto"], &["help/a*"])), 4);
        assert_eq!(count(options(&[], &["*"])), 0);
    }

    #[test]
    fn a_glob_that_matches_nothing_names_what_is_near() {
        let error = options(&["seq/*", "seq/rntp"], &[])
            .check_selection()
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("no rule matches 'seq/rntp'; the nearest are seq/rnto, "),
            "{error}"
        );
        let error = options(&[], &["rnto"]).check_selection().unwrap_err();
        assert!(
            error.to_string().contains("the nearest are seq/rnto, "),
            "{error}"
        );
        assert_eq!(
            options(&["seq/*"], &["seq*"]).check_selection(),
            Err(SelectionError::NothingLeft)
        );
        assert_eq!(options(&["seq/*"], &["seq/rnto"]).check_selection(), Ok(()));
    }

    #[test]
    fn the_distance_is_the_number_of_edits() {
        for (from, to, edits) in [
            ("", "", 0),
            ("a", "", 1),
            ("rntp", "rnto", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(from, to), edits, "{from} {to}");
        }
    }
}
