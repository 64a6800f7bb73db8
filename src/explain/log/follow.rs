//! Follows one session of a log by the states that its replies allow, and finds what is about order.

use std::collections::{BTreeSet, HashMap};

use ftproof_model::{
    Code, Divergence, Input, Judgement, Kind, Machine, Oracle, Order, Security, State, StateGraph,
};

use super::cause::{Prepared, Trail};
use super::classify::{end_of, input_of};
use super::dialogue::{Command, Dialogue, Step};
use super::finding::{Finder, Finding};
use crate::explain::rules::Rules;

/// How many findings one session may have; behind them it is not followed any more.
const FINDINGS_MAX: usize = 50;

/// How many replies of one connection the oracle judges, and how many of them may be wrong: each wrong one costs it a
/// look at all before. What comes behind is followed by the states alone.
const JUDGED_MAX: usize = 1_000;
const WRONG_MAX: usize = 20;

/// What is known of where a session is.
struct Follower<'r> {
    machine: &'r Machine<'static>,
    /// The oracle, if the session was seen from its beginning.
    oracle: Option<Oracle<'r>>,
    /// How many more replies it judges, and how many more of them may be wrong.
    judged: usize,
    wrong: usize,
    /// The states that the replies so far allow.
    states: Vec<State>,
    /// What each reply leads to from each state, as far as it was asked.
    known: HashMap<(State, Input, Code), Option<Vec<State>>>,
}

/// What became known with one reply.
pub(super) struct Seen {
    /// The states before it that allow it; all states before it, if none does.
    pub states: Vec<State>,
    /// Whether some state allows it.
    pub is_allowed: bool,
    /// What the oracle says, if no state allows it and the session was seen from its beginning.
    pub divergence: Option<Divergence>,
}

/// What is about order in the session `at` of a log in which all that was `prepared`, in the order of the log.
pub(super) fn findings(
    rules: &Rules,
    dialogue: &Dialogue,
    prepared: &[Prepared<'_>],
    at: usize,
) -> Vec<Finding> {
    let mut finder = Finder::new(rules, &dialogue.name);
    let mut follower = Follower::start(rules, &dialogue.steps);
    let mut trail = Trail::new(prepared, at);
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
            judged: 0,
            wrong: 0,
            states: Vec::new(),
            known: HashMap::new(),
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
        (self.judged, self.wrong) = (JUDGED_MAX, WRONG_MAX);
        self.states = vec![state];
    }

    /// What the oracle says, while it is asked.
    fn judge(&mut self, input: Input, code: Code) -> Option<Judgement> {
        if self.judged == 0 || self.wrong == 0 {
            self.oracle = None;
        }
        let judgement = self.oracle.as_mut()?.observe(input, &[code]);
        self.judged -= 1;
        self.wrong -= usize::from(matches!(judgement, Judgement::Diverges(_)));
        Some(judgement)
    }

    fn observe(&mut self, input: Input, code: Code) -> Seen {
        let machine = self.machine;
        let mut allowing = Vec::new();
        let mut next: BTreeSet<State> = BTreeSet::new();
        for &state in &self.states {
            let leads = self
                .known
                .entry((state, input, code))
                .or_insert_with(|| leads_to(machine, state, input, code));
            if let Some(states) = leads {
                allowing.push(state);
                next.extend(states.iter());
            }
        }
        let next: Vec<State> = next.into_iter().collect();
        let judgement = self.judge(input, code);
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
            self.oracle = self.oracle.take().and_then(|oracle| {
                let is_lost = oracle.states().is_empty();
                match self.states.as_slice() {
                    _ if !is_lost => Some(oracle),
                    &[state] => Some(Oracle::at(self.machine, state)),
                    _ => None,
                }
            });
        }
        let divergence = match judgement {
            Some(Judgement::Diverges(divergence)) => Some(divergence),
            _ => None,
        };
        Seen {
            is_allowed,
            states: if is_allowed { allowing } else { before },
            divergence,
        }
    }
}

/// The states that `code`, a reply to `input`, leads to from `state`; `None`: no rule allows it there.
fn leads_to(machine: &Machine<'_>, state: State, input: Input, code: Code) -> Option<Vec<State>> {
    let mut alone = Oracle::at(machine, state);
    match alone.observe(input, &[code]) {
        Judgement::Diverges(_) | Judgement::Lost => None,
        Judgement::Strict | Judgement::Allowed | Judgement::UnlessImplemented(_) => {
            Some(alone.states().to_vec())
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
