//! What people call a state, a phase and a command (RFC 959 §4.1, §6), and which one they mean.

use std::collections::BTreeSet;

use ftproof_model::{
    Input, Phase, State, StateGraph, is_representative, phase, state_id, state_words,
};
use thiserror::Error;

use crate::report::clean;
use crate::selection::nearest;

/// A name that nothing has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no {what} '{name}'; the nearest are {nearest}")]
pub struct UnknownName {
    /// What was looked for.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// The names that are nearest to it.
    pub nearest: String,
}

impl UnknownName {
    fn new<'a>(what: &'static str, name: &str, names: impl Iterator<Item = &'a str>) -> Self {
        UnknownName {
            what,
            name: clean(name),
            nearest: nearest(name, names),
        }
    }
}

/// What `state` is called: what it holds besides what is so after connect.
pub fn state_name(state: State) -> String {
    state_words(state).join(", ")
}

/// The state of this name: what it holds in any order (`logged in, passive`), or a phase, which stands for its plainest
/// state.
pub fn find_state(graph: &StateGraph<'_>, name: &str) -> Result<State, UnknownName> {
    let states = || graph.graph().node_weights().copied();
    let wanted = parts(name.split([',', '_', '+', '/']));
    let is_it = |state: &State| parts(state_words(*state).into_iter()) == wanted;
    if let Some(state) = states().find(is_it) {
        return Ok(state);
    }
    if let Ok(at) = find_phase(name) {
        let plainest = states().find(|&state| phase(state) == at && is_representative(state));
        return plainest.ok_or_else(|| UnknownName::new("state", name, std::iter::empty()));
    }
    let names: Vec<String> = states().map(state_id).collect();
    Err(UnknownName::new(
        "state",
        name,
        names.iter().map(String::as_str),
    ))
}

/// The parts of a name, however they are written and in whatever order.
fn parts<'a>(words: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    words
        .map(|word| {
            let letters = word.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|letter| letter.to_ascii_lowercase()).collect()
        })
        .filter(|word: &String| !word.is_empty())
        .collect()
}

/// The phase of this name.
pub fn find_phase(name: &str) -> Result<Phase, UnknownName> {
    let found = Phase::ALL
        .into_iter()
        .find(|phase| phase.name().eq_ignore_ascii_case(name));
    found
        .ok_or_else(|| UnknownName::new("phase", name, Phase::ALL.iter().map(|phase| phase.name())))
}

/// The verb of this name, in capitals.
pub fn find_verb(name: &str) -> Result<&'static str, UnknownName> {
    let verbs: BTreeSet<&str> = Input::ALL.iter().map(|input| input.verb()).collect();
    let name = name.to_ascii_uppercase();
    let found = verbs.iter().find(|verb| **verb == name && !name.is_empty());
    let named = || verbs.iter().copied().filter(|verb| !verb.is_empty());
    found
        .copied()
        .ok_or_else(|| UnknownName::new("command", &name, named()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_found_by_what_it_holds_in_any_order_and_by_its_phase() {
        let machine = crate::verify::machine();
        let graph = StateGraph::explore(&machine);
        for &state in graph.graph().node_weights() {
            assert_eq!(find_state(&graph, &state_name(state)), Ok(state));
            assert_eq!(find_state(&graph, &state_id(state)), Ok(state));
        }
        let passive = find_state(&graph, "Passive, logged-in").expect("there is such a state");
        assert_eq!(state_id(passive), "loggedin_passive");
        let ready = find_state(&graph, "ready").expect("there is such a phase");
        assert_eq!(state_id(ready), "loggedin");
    }

    #[test]
    fn what_is_not_there_names_what_is_near() {
        let machine = crate::verify::machine();
        let graph = StateGraph::explore(&machine);
        for (error, near) in [
            (find_state(&graph, "loged in").map(drop), "loggedin"),
            (find_phase("Redy").map(drop), "Ready"),
            (find_verb("rnt").map(drop), "RNTO"),
            (find_verb("").map(drop), "AUTH"),
        ] {
            let error = error.expect_err("there is none");
            let text = error.to_string();
            assert!(error.nearest.contains(near) || near == "AUTH", "{text}");
        }
    }
}
