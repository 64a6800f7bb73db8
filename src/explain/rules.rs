//! The rules and their state graph, asked by code, by verb and by rule.

use std::collections::BTreeSet;

use ftproof_model::{
    Code, Input, Machine, REPLY_LISTS, RULES, Requirement, Rule, Source, State, StateGraph,
    requirement,
};
use serde::Serialize;

use super::advice::advice_on;
use super::sequence::{shortest, succeeds};
use crate::verify::machine;

/// The table of rules with all that is needed to answer questions about it.
pub struct Rules {
    pub(super) machine: Machine<'static>,
    pub(super) graph: StateGraph<'static>,
}

/// Rows of the table of one rule that give the same code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The id of the rule.
    pub rule: &'static str,
    /// What the rule requires.
    pub claim: &'static str,
    /// The verbs that get the code.
    pub commands: Vec<&'static str>,
    /// When they get it: the names of the rows.
    pub when: Vec<&'static str>,
    /// In how many of the states that read lines at least one of them gets it.
    pub states: usize,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// What a client does about it; only where the order is wrong.
    pub remedy: Option<&'static str>,
    /// A shortest legal sequence from connect to each of the commands, as the lines to send; only where the order is
    /// wrong and there is one.
    pub sequences: Vec<Vec<&'static str>>,
}

impl Default for Rules {
    fn default() -> Self {
        let machine = machine();
        let graph = StateGraph::explore(&machine);
        Rules { machine, graph }
    }
}

impl Rules {
    /// How many states read lines.
    pub fn reading(&self) -> usize {
        self.states().count()
    }

    /// Every state that reads lines.
    pub(super) fn states(&self) -> impl Iterator<Item = State> {
        self.graph
            .graph()
            .node_weights()
            .copied()
            .filter(State::reads)
    }

    /// The rows that strictly answer with `code`, by rule.
    pub fn strictly(&self, code: Code) -> Vec<Group> {
        self.groups(code, |rule| rule.strict.replies.contains(&code))
    }

    /// The rows that the RFCs also allow to answer with `code`, by rule.
    pub fn allowed(&self, code: Code) -> Vec<Group> {
        self.groups(code, |rule| {
            !rule.strict.replies.contains(&code)
                && rule.also.iter().any(|also| also.replies.contains(&code))
        })
    }

    fn groups(&self, code: Code, is_meant: impl Fn(&Rule) -> bool) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for rule in RULES.iter().filter(|rule| is_meant(rule)) {
            let found = groups
                .iter()
                .position(|group| group.rule == rule.requirement);
            let index = found.unwrap_or_else(|| {
                groups.push(Group::of(rule.requirement));
                groups.len() - 1
            });
            let group = &mut groups[index];
            group.when.push(rule.name);
            add(&mut group.sources, source(rule.source));
            for verb in inputs(rule).map(name) {
                add(&mut group.commands, verb);
            }
        }
        for group in &mut groups {
            group.states = self.count(|state| {
                let gives = |rule: &&Rule| {
                    rule.requirement == group.rule
                        && is_meant(rule)
                        && inputs(rule).any(|input| {
                            self.machine
                                .rule(state, input)
                                .is_some_and(|decides| decides.name == rule.name)
                        })
                };
                RULES.iter().any(|rule| gives(&rule))
            });
            self.add_sequences(group, code);
        }
        groups
    }

    /// The shortest legal sequences to what is refused for its order.
    fn add_sequences(&self, group: &mut Group, code: Code) {
        let is_refusal = code >= 400;
        group.remedy = advice_on(group.rule)
            .filter(|_| is_refusal)
            .map(|advice| advice.remedy);
        // What is in the way is no step that could come before.
        let is_in_the_way = matches!(
            group.rule,
            "login/required" | "seq/busy" | "seq/epsv-all" | "seq/host"
        );
        if group.remedy.is_none() || is_in_the_way {
            return;
        }
        for &verb in &group.commands {
            if let Some(path) = self.sequence(verb) {
                group.sequences.push(path);
            }
        }
    }

    /// A shortest legal sequence from connect to `verb`, as the lines to send.
    pub fn sequence(&self, verb: &str) -> Option<Vec<&'static str>> {
        let inputs = Input::ALL.iter().filter(|input| input.verb() == verb);
        inputs
            .filter_map(|&input| shortest(&self.machine, State::default(), input))
            .min_by_key(Vec::len)
            .map(|path| path.into_iter().filter_map(Input::line).collect())
    }

    /// In how many of the states that read lines this holds.
    pub(super) fn count(&self, holds: impl Fn(State) -> bool) -> usize {
        self.states().filter(|&state| holds(state)).count()
    }

    /// In which of the states that read lines `verb` is carried out, for at least one of its arguments.
    pub(super) fn carried_out(&self, verb: &str) -> impl Iterator<Item = State> {
        let succeeds_in = move |state| {
            let mut inputs = Input::ALL.iter().filter(|input| input.verb() == verb);
            inputs.any(|&input| succeeds(&self.machine, state, input))
        };
        self.states().filter(move |&state| succeeds_in(state))
    }

    /// The verbs that get carried out where they would not have been before: behind every edge with this reply, or with
    /// this verb carried out.
    pub(super) fn opened(&self, is_meant: impl Fn(Input, &[Code]) -> bool) -> Changes {
        let mut changes = Changes::default();
        for (_, from, edge, to) in self.graph.edges() {
            // Behind the end of a transfer that QUIT or REIN waits for, everything is new.
            if !from.reads() || !is_meant(edge.input, edge.replies) {
                continue;
            }
            changes.edges += 1;
            // What the line ended by coming is not its own doing.
            let before = self.machine.refused(from, edge.input);
            if before == to {
                continue;
            }
            changes.changing += 1;
            for &input in Input::ALL.iter().filter(|input| !input.is_event()) {
                let was = succeeds(&self.machine, before, input);
                let is = succeeds(&self.machine, to, input);
                if is && !was {
                    changes.opens.insert(name(input));
                }
                if was && !is && to.is_open() {
                    changes.ends.insert(name(input));
                }
            }
        }
        changes
    }

    /// The verbs whose reply list in an RFC has `code`, with the section.
    pub fn listed(&self, code: Code) -> Vec<(&'static str, String)> {
        REPLY_LISTS
            .iter()
            .filter(|list| list.codes.contains(&code))
            .map(|list| (list.verb, list.source.to_string()))
            .collect()
    }
}

/// What edges of the graph change.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    /// How many edges there are.
    pub edges: usize,
    /// How many of them change more than what every line ends by coming.
    pub changing: usize,
    /// The verbs that are carried out behind some of them and were not before.
    pub opens: BTreeSet<&'static str>,
    /// The verbs that are not carried out behind some of them and were before.
    pub ends: BTreeSet<&'static str>,
}

impl Group {
    fn of(id: &'static str) -> Self {
        Group {
            rule: id,
            claim: requirement(id).map_or("", |requirement| requirement.claim),
            commands: Vec::new(),
            when: Vec::new(),
            states: 0,
            sources: Vec::new(),
            remedy: None,
            sequences: Vec::new(),
        }
    }
}

/// The inputs that a row is about.
pub(super) fn inputs(rule: &Rule) -> impl Iterator<Item = Input> {
    Input::ALL
        .iter()
        .copied()
        .filter(|&input| rule.on.covers(input))
}

/// What an input is called: its verb, or what happens to the data connection.
pub(super) fn name(input: Input) -> &'static str {
    match input {
        Input::EpsvAll => "EPSV ALL",
        Input::Empty => "(empty line)",
        Input::NotImplemented => "(verb not implemented)",
        Input::Unknown => "(no such verb)",
        Input::NoArgument | Input::SurplusArgument => "(wrong argument)",
        Input::DataDone => "(end of data)",
        Input::DataRefused => "(no data connection)",
        Input::DataBroken => "(data connection broken)",
        Input::DataFailed => "(local error)",
        _ => input.verb(),
    }
}

/// A source in a few words.
pub(super) fn source(source: Source) -> String {
    match source {
        Source::Rfc { .. } => source.to_string(),
        Source::Ours(_) => "ftproof".to_owned(),
    }
}

/// The sources of `rule` and of what it requires.
pub(super) fn why(requirement: &Requirement) -> Option<&'static str> {
    match requirement.source {
        Source::Ours(why) => Some(why),
        Source::Rfc { .. } => None,
    }
}

pub(super) fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
