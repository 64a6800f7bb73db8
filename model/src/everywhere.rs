//! What holds in every state, looked up in the graph, so that a picture can say it once (RFC 959 §5.4).
//!
//! Each fact is checked in every state that the graph holds when it is asked for, never assumed.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::visit::EdgeRef;

use crate::phase::{Phase, phase};
use crate::{Code, Control, Input, Login, Pending, Security, State, StateGraph, Transfer};

/// Every step of the graph by state and input.
pub(crate) struct Steps<'r>(BTreeMap<State, BTreeMap<Input, (&'r [Code], State)>>);

impl<'r> Steps<'r> {
    pub(crate) fn of(graph: &StateGraph<'r>) -> Self {
        let nodes = graph.graph();
        Steps(
            nodes
                .node_indices()
                .map(|node| {
                    let steps = nodes
                        .edges_directed(node, Direction::Outgoing)
                        .map(|edge| {
                            let step = (edge.weight().replies, nodes[edge.target()]);
                            (edge.weight().input, step)
                        })
                        .collect();
                    (nodes[node], steps)
                })
                .collect(),
        )
    }

    pub(crate) fn step(&self, state: State, input: Input) -> Option<(&'r [Code], State)> {
        self.0.get(&state)?.get(&input).copied()
    }

    pub(crate) fn states(&self) -> impl Iterator<Item = State> {
        self.0.keys().copied()
    }

    /// The states that read lines.
    fn reading(&self) -> impl Iterator<Item = State> {
        self.states().filter(State::reads)
    }

    /// Whether `holds` of every step of `input` in the states that read and that `among` names.
    fn everywhere(
        &self,
        input: Input,
        among: impl Fn(State) -> bool,
        holds: impl Fn(State, &[Code], State) -> bool,
    ) -> bool {
        self.reading().filter(|&state| among(state)).all(|state| {
            self.step(state, input)
                .is_some_and(|(replies, next)| holds(state, replies, next))
        })
    }

    /// Whether `input` is answered `code` and leads to `end`: at once, or behind the transfer's own reply.
    fn ends(&self, input: Input, waits: Control, code: Code, end: State) -> bool {
        self.everywhere(
            input,
            |_| true,
            |state, replies, next| {
                if state.transfer == Transfer::Idle {
                    return replies == [code] && next == end;
                }
                let events = Input::ALL.iter().filter(|event| event.is_event());
                replies.is_empty()
                    && next.control == waits
                    && events.map(|&event| self.step(next, event)).all(|step| {
                        step.is_some_and(|(replies, to)| replies.last() == Some(&code) && to == end)
                    })
            },
        )
    }
}

/// What the title of a picture may say, each part only if it holds in every state of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Everywhere {
    /// In how many of the states that read lines every HELP is answered 214, and how many there are.
    pub help: (usize, usize),
    /// QUIT is answered 221, during a transfer behind the transfer's reply, and the connection closes.
    pub quit: bool,
    /// REIN is answered 220, during a transfer behind the transfer's reply, and all is as after connect.
    pub rein: bool,
    /// AUTH TLS in clear is answered 234, unless a transfer runs, and nobody is logged in behind it (RFC 4217 §4.2).
    pub auth: bool,
    /// What is answered alike in every state and changes nothing but what every line ends: code and verbs.
    pub alike: BTreeMap<Code, Vec<&'static str>>,
    /// The verbs that are refused with 503 wherever no TLS is in force.
    pub refused_in_clear: Vec<&'static str>,
}

impl Everywhere {
    pub(crate) fn of(steps: &Steps<'_>) -> Self {
        let helps = [Input::Help, Input::HelpVerb, Input::HelpUnknown];
        let is_help = |state: &State| {
            helps.iter().all(|&help| {
                steps
                    .step(*state, help)
                    .is_some_and(|(replies, _)| replies == [214])
            })
        };
        Everywhere {
            help: (
                steps.reading().filter(is_help).count(),
                steps.reading().count(),
            ),
            quit: steps.ends(Input::Quit, Control::QuitWaits, 221, State::CLOSED),
            rein: steps.ends(Input::Rein, Control::ReinWaits, 220, State::default()),
            auth: steps.everywhere(
                Input::AuthTls,
                |state| state.security == Security::Clear && state.transfer == Transfer::Idle,
                |_, replies, next| replies == [234] && phase(next) == Phase::Secured,
            ),
            alike: alike(steps),
            refused_in_clear: refused_in_clear(steps),
        }
    }

    /// Whether HELP is answered 214 in every state that reads lines.
    pub fn help_is_214(&self) -> bool {
        self.help.1 > 0 && self.help.0 == self.help.1
    }

    /// Whether one of these facts already says all that a picture need say of `input`, answered with `replies`.
    pub(crate) fn covers(&self, input: Input, replies: &[Code]) -> bool {
        match input {
            Input::Help | Input::HelpVerb | Input::HelpUnknown => self.help_is_214(),
            Input::Quit => self.quit,
            Input::Rein => self.rein,
            Input::AuthTls => self.auth,
            _ => match replies {
                [code] => self
                    .alike
                    .get(code)
                    .is_some_and(|verbs| verbs.contains(&input_label(input))),
                _ => false,
            },
        }
    }
}

fn alike(steps: &Steps<'_>) -> BTreeMap<Code, Vec<&'static str>> {
    let settled = |state: State| {
        state.pending == Pending::Nothing && !matches!(state.login, Login::NeedPass(_))
    };
    let mut found: BTreeMap<Code, Vec<&'static str>> = BTreeMap::new();
    for &input in Input::ALL {
        let Some((&[code], _)) = steps.step(State::default(), input) else {
            continue;
        };
        let is_help = input.verb() == "HELP";
        if code < 400
            && !is_help
            && steps.everywhere(
                input,
                |_| true,
                |state, replies, next| replies == [code] && (!settled(state) || next == state),
            )
        {
            found.entry(code).or_default().push(input_label(input));
        }
    }
    found
}

fn refused_in_clear(steps: &Steps<'_>) -> Vec<&'static str> {
    let mut refused = Vec::new();
    let mut answered = BTreeSet::new();
    for &input in Input::ALL.iter().filter(|&&input| !is_probe(input)) {
        let in_clear = |state: State| state.security != Security::Tls;
        if !steps.everywhere(input, in_clear, |_, replies, _| replies == [503]) {
            answered.insert(input_label(input));
        } else if !refused.contains(&input_label(input)) {
            refused.push(input_label(input));
        }
    }
    refused.retain(|verb| !answered.contains(verb));
    refused
}

/// What a picture calls `input`: its verb, or what happened to the data connection.
pub fn input_label(input: Input) -> &'static str {
    match input {
        Input::EpsvAll => "EPSV ALL",
        Input::AuthTls => "AUTH TLS",
        Input::DataDone => "end of data",
        Input::DataRefused => "no connection",
        Input::DataBroken => "broken",
        Input::DataFailed => "local error",
        _ => input.verb(),
    }
}

/// Whether `input` is no command but tries the syntax: no phase depends on it.
pub(crate) fn is_probe(input: Input) -> bool {
    matches!(
        input,
        Input::NoArgument
            | Input::SurplusArgument
            | Input::NotImplemented
            | Input::Unknown
            | Input::Empty
    )
}
