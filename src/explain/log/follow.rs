//! Follows one session of a log by the states that its replies allow, and finds what is about order.

use ftproof_model::{
    Code, Divergence, Input, Judgement, Kind, Machine, Oracle, Order, Security, State, StateGraph,
};

use super::cause::Trail;
use super::classify::{end_of, input_of};
use super::dialogue::{Command, Dialogue, Step};
use super::finding::{Finder, Finding};
use crate::explain::rules::Rules;

/// How many findings one session may have; behind them it is not followed any more.
const FINDINGS_MAX: usize = 50;

/// What is known of where a session is.
struct Follower<'r> {
    machine: &'r Machine<'static>,
    /// The oracle, if the session was seen from its beginning.
    oracle: Option<Oracle<'r>>,
    /// The states that the replies so far allow.
    states: Vec<State>,
}

/// What became known with one reply.
pub(super) struct Seen {
    /// The states before it that allow it; all states before it, if none does.
    pub states: Vec<State>,
    /// What the oracle says, if no state allows it and the session was seen from its beginning.
    pub divergence: Option<Divergence>,
}

/// What is about order in the session `at` of a log, in the order of the log.
pub(super) fn findings(rules: &Rules, sessions: &[Dialogue], at: usize) -> Vec<Finding> {
    let Some(dialogue) = sessions.get(at) else {
        return Vec::new();
    };
    let others = sessions
        .iter()
        .enumerate()
        .filter(|&(other, _)| other != at);
    let mut finder = Finder::new(rules, &dialogue.name);
    let mut follower = Follower::start(rules, &dialogue.steps);
    let mut trail = Trail::beside(others.map(|(_, other)| other));
    for (index, step) in dialogue.steps.iter().enumerate() {
        if finder.found.len() >= FINDINGS_MAX {
            break;
        }
        match step {
            Step::Greeted { line } => {
                follower.begin(&dialogue.steps[index + 1..]);
                trail.connected(*line);
            }
            Step::Answer {
                command,
                code,
                text,
                line,
            } => {
                let input = input_of(command, *code);
                let seen = follower.observe(input, *code);
                finder.look(&trail, input, command, (*code, text, *line), &seen);
                trail.answered(command, *code, *line, &follower.states);
            }
            Step::End {
                command,
                code,
                line,
            } => {
                follower.observe(end_of(*code), *code);
                trail.ended(command, *code, *line, &follower.states);
            }
        }
    }
    finder.found
}

impl<'r> Follower<'r> {
    /// Where a session can be at the first line of the log.
    fn start(rules: &'r Rules, steps: &[Step]) -> Self {
        let mut follower = Follower {
            machine: &rules.machine,
            oracle: None,
            states: Vec::new(),
        };
        let begins = |command: &Command| matches!(command.verb.as_str(), "USER" | "AUTH" | "HOST");
        match steps.first() {
            Some(Step::Answer { command, .. }) if begins(command) => follower.begin(steps),
            _ => follower.states = readable(&rules.graph),
        }
        follower
    }

    /// A connection begins: nothing is set up. One that takes PBSZ or PROT and never sent AUTH was inside TLS from the
    /// start (implicit TLS).
    fn begin(&mut self, steps: &[Step]) {
        let mut security = Security::Clear;
        for step in steps {
            match step {
                Step::Greeted { .. } => break,
                Step::Answer { command, code, .. } if *code < 400 => match command.verb.as_str() {
                    "AUTH" => break,
                    "PBSZ" | "PROT" => {
                        security = Security::Tls;
                        break;
                    }
                    _ => {}
                },
                Step::Answer { .. } | Step::End { .. } => {}
            }
        }
        let state = State {
            security,
            ..State::default()
        };
        self.oracle = Some(Oracle::at(self.machine, state));
        self.states = vec![state];
    }

    fn observe(&mut self, input: Input, code: Code) -> Seen {
        let mut allowing = Vec::new();
        let mut next: Vec<State> = Vec::new();
        for &state in &self.states {
            let mut alone = Oracle::at(self.machine, state);
            let judgement = alone.observe(input, &[code]);
            if !matches!(judgement, Judgement::Diverges(_) | Judgement::Lost) {
                allowing.push(state);
                for &to in alone.states() {
                    if !next.contains(&to) {
                        next.push(to);
                    }
                }
            }
        }
        let judgement = self
            .oracle
            .as_mut()
            .map(|oracle| oracle.observe(input, &[code]));
        let is_allowed = !allowing.is_empty();
        let before = std::mem::replace(&mut self.states, next);
        if !is_allowed {
            // What a server that is wrong in one known way does is followed as such; else it is open where it is.
            self.states = match &self.oracle {
                Some(oracle) if !oracle.states().is_empty() => oracle.states().to_vec(),
                _ if code >= 400 => before.clone(),
                // Carried out though no rule allows it: what is known is only what every line ends.
                _ => before
                    .iter()
                    .map(|&state| self.machine.refused(state, input))
                    .collect(),
            };
            self.oracle = self
                .oracle
                .take()
                .filter(|oracle| !oracle.states().is_empty());
        }
        let divergence = match judgement {
            Some(Judgement::Diverges(divergence)) => Some(divergence),
            _ => None,
        };
        Seen {
            states: if is_allowed { allowing } else { before },
            divergence,
        }
    }
}

/// Every state that reads lines.
fn readable(graph: &StateGraph<'_>) -> Vec<State> {
    let states = graph.graph().node_weights().copied();
    states.filter(State::reads).collect()
}

impl Seen {
    /// The states in which the command is out of order, or needs a login.
    pub(super) fn out_of_order(&self, machine: &Machine<'_>, input: Input) -> Vec<State> {
        let is_out = |state: &State| {
            machine
                .rule(*state, input)
                .is_some_and(|rule| matches!(rule.order, Order::OutOfOrder | Order::NotLoggedIn))
        };
        self.states.iter().copied().filter(is_out).collect()
    }

    /// Whether a command was accepted that should not have been.
    pub(super) fn accepted(&self) -> Option<&Divergence> {
        self.divergence.as_ref().filter(|divergence| {
            matches!(
                divergence.kind,
                Kind::Accepted | Kind::Adjacency | Kind::LoginBypass | Kind::SideEffect
            )
        })
    }
}
