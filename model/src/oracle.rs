//! The oracle: follows a server by the replies that are seen, and speaks when no state of the rules allows one.
//!
//! It holds the set of states that the replies so far allow (a 230 to USER: logged in; a 502 to REIN: nothing changed).
//! Beside the table it knows what the RFCs allow beyond it (`latitude`). It knows no server's name and has no exceptions. One observation costs one walk over the rows of that input for each state held.

use std::mem;

use crate::kind::Kind;
use crate::latitude::{self, Latitude};
use crate::order;
use crate::{Code, Input, Login, Machine, Order, Pending, Rule, State, Transfer};

/// What the oracle says of one observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The strict reply.
    Strict,
    /// Another reply that the RFCs allow.
    Allowed,
    /// 500 or 502, allowed only if the server implements the verb in no state (RFC 959 §4.2): whoever sees the whole run
    /// decides. Holds the divergence that it is if the verb works elsewhere.
    UnlessImplemented(Divergence),
    /// No state allows it.
    Diverges(Divergence),
    /// An earlier reply could not be explained, so nothing is known.
    Lost,
}

/// A reply that no state allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The stable name of the requirement that it falls under.
    pub requirement: &'static str,
    /// What was seen.
    pub kind: Kind,
    /// The strict replies.
    pub strict: Vec<Code>,
    /// Every other first reply that the RFCs allow here.
    pub allowed: Vec<Code>,
    /// The replies that came.
    pub came: Vec<Code>,
    /// The row of the table that decides the state.
    pub row: &'static str,
}

/// Follows one session.
#[derive(Debug, Clone)]
pub struct Oracle<'m> {
    machine: &'m Machine<'m>,
    /// The states that the replies so far allow; empty when lost.
    states: Vec<State>,
    /// The same for a server that lets other lines stand between a command and its *immediate* predecessor, and keeps a
    /// login beyond USER: it tells `adjacency` from `accepted`, and `login/flush` from a bypass.
    lenient: Vec<State>,
    /// Where the next states are collected, kept to spare allocation.
    spare: Vec<State>,
    /// The same for the lenient ones.
    spare_lenient: Vec<State>,
}

impl<'m> Oracle<'m> {
    /// An oracle for a session that was just greeted with 220.
    pub fn new(machine: &'m Machine<'m>) -> Self {
        Oracle::at(machine, State::default())
    }

    /// An oracle for a session that is known to be in `state`.
    pub fn at(machine: &'m Machine<'m>, state: State) -> Self {
        Oracle {
            machine,
            states: vec![state],
            lenient: vec![state],
            spare: Vec::new(),
            spare_lenient: Vec::new(),
        }
    }

    /// The states that the replies so far allow; empty when lost.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Takes the replies to `input`, in order, and judges them.
    pub fn observe(&mut self, input: Input, replies: &[Code]) -> Judgement {
        if self.states.is_empty() {
            return Judgement::Lost;
        }
        let came = without_delays(replies);
        let mut next = mem::take(&mut self.spare);
        next.clear();
        let mut explained = Explained::default();
        for &state in &self.states {
            explained.merge(&self.explain(state, input, came, &mut |to| insert(&mut next, to)));
        }
        let judgement = if explained.strict {
            Judgement::Strict
        } else if explained.allowed {
            Judgement::Allowed
        } else if explained.unimplemented {
            Judgement::UnlessImplemented(self.divergence(input, came))
        } else {
            Judgement::Diverges(self.divergence(input, came))
        };
        self.follow_leniently(input, came);
        if next.is_empty() {
            // What only a lenient server does is followed as such; anything else cannot be.
            next.extend_from_slice(&self.lenient);
        }
        self.spare = mem::replace(&mut self.states, next);
        judgement
    }

    /// Gives each state that may be behind `came`, the replies to `input` in `state`.
    fn explain(
        &self,
        state: State,
        input: Input,
        came: &[Code],
        add: &mut dyn FnMut(State),
    ) -> Explained {
        let mut explained = Explained::default();
        let Some(rule) = self.machine.rule(state, input) else {
            return explained;
        };
        let mut first = true;
        self.machine.allowed(state, input, |step| {
            if step.replies == came {
                explained.strict |= first;
                explained.allowed = true;
                add(step.next);
            }
            first = false;
        });
        if !explained.allowed {
            match latitude::beyond_the_table(self.machine, state, input, rule, came, add) {
                Some(Latitude::Allowed) => explained.allowed = true,
                Some(Latitude::UnlessImplemented) => explained.unimplemented = true,
                None => return explained,
            }
        }
        latitude::as_no_line(state, input, came, add);
        explained
    }

    /// What this observation is called when no state explains it: the mildest of what each state would call it.
    fn divergence(&self, input: Input, came: &[Code]) -> Divergence {
        self.states
            .iter()
            .filter_map(|state| Some((state, self.machine.rule(*state, input)?)))
            .map(|(state, rule)| self.divergence_in(*state, input, rule, came))
            .min_by_key(|divergence| divergence.kind.severity())
            .unwrap_or(Divergence {
                requirement: "reply/one",
                kind: Kind::WrongCode,
                strict: Vec::new(),
                allowed: Vec::new(),
                came: came.to_vec(),
                row: "nothing is awaited",
            })
    }

    fn divergence_in(&self, state: State, input: Input, rule: &Rule, came: &[Code]) -> Divergence {
        let code = came.first().copied().unwrap_or(0);
        let succeeded = code >= 100 && !latitude::refuses(input, code);
        let (requirement, kind) = match rule.order {
            _ if input.verb() == "HELP" => (help_requirement(&state, input), Kind::Help),
            Order::OutOfOrder if succeeded && self.is_lenient(input, came) => {
                (rule.requirement, Kind::Adjacency)
            }
            Order::OutOfOrder if succeeded => (rule.requirement, Kind::Accepted),
            // The old login outlived a USER answered 331. It is the same user, so it is no bypass.
            Order::NotLoggedIn if succeeded && self.is_lenient(input, came) => {
                ("login/flush", Kind::Accepted)
            }
            // It needs no login by any RFC, or an old login may still be there: what is wrong is what would be wrong
            // with one.
            Order::NotLoggedIn
                if succeeded && latitude::is_free_before_login(input)
                    || !succeeded && self.lenient.iter().any(|state| state.login == Login::In) =>
            {
                let as_if = State {
                    login: Login::In,
                    ..state
                };
                let rule = self.machine.rule(as_if, input).unwrap_or(rule);
                return self.divergence_in(as_if, input, rule, came);
            }
            Order::NotLoggedIn if succeeded => ("login/required", Kind::LoginBypass),
            Order::OutOfOrder => (rule.requirement, Kind::WrongCode),
            Order::NotLoggedIn => ("login/required", Kind::WrongCode),
            Order::InOrder if code == 503 => ("seq/refused", Kind::Refused),
            // Completed without a data connection, or never.
            Order::Event if input == Input::DataRefused && (succeeded || came.is_empty()) => {
                ("seq/transfer", Kind::Accepted)
            }
            Order::InOrder | Order::Syntax | Order::Event => ("reply/one", Kind::WrongCode),
        };
        let mut allowed = Vec::new();
        self.machine.allowed(state, input, |step| {
            if let Some(&code) = step.replies.first()
                && !allowed.contains(&code)
            {
                allowed.push(code);
            }
        });
        let strict = self.machine.strict(state, input);
        Divergence {
            requirement,
            kind,
            strict: strict.map(|step| step.replies.to_vec()).unwrap_or_default(),
            allowed,
            came: came.to_vec(),
            row: rule.name,
        }
    }

    fn is_lenient(&self, input: Input, came: &[Code]) -> bool {
        self.lenient.iter().any(|&state| {
            let mut explained = false;
            self.machine
                .allowed(state, input, |step| explained |= step.replies == came);
            explained
        })
    }

    /// Moves the lenient states on: as the table says, and also with what the line should have ended kept.
    fn follow_leniently(&mut self, input: Input, came: &[Code]) {
        let mut next = mem::take(&mut self.spare_lenient);
        next.clear();
        for &state in &self.lenient {
            self.explain(state, input, came, &mut |to| {
                insert(&mut next, to);
                insert(&mut next, keep(&state, input, came, to));
                insert(&mut next, unflushed(&state, input, to));
            });
        }
        self.spare_lenient = mem::replace(&mut self.lenient, next);
    }
}

fn insert(states: &mut Vec<State>, state: State) {
    if !states.contains(&state) {
        states.push(state);
    }
}

/// How a state accounts for the replies.
#[derive(Default)]
struct Explained {
    strict: bool,
    allowed: bool,
    unimplemented: bool,
}

impl Explained {
    fn merge(&mut self, other: &Explained) {
        self.strict |= other.strict;
        self.allowed |= other.allowed;
        self.unimplemented |= other.unimplemented;
    }
}

/// 120 in front of 220 and 110 within a transfer announce a delay or a mark; they answer nothing (RFC 959 §4.2).
fn without_delays(mut replies: &[Code]) -> &[Code] {
    while let [110 | 120, rest @ ..] = replies
        && !rest.is_empty()
    {
        replies = rest;
    }
    replies
}

/// `to`, with what the line ended only by coming in between still there. A command of the same sequence, and one that
/// resets the session, end it for good.
fn keep(from: &State, input: Input, came: &[Code], to: State) -> State {
    let verb = input.verb();
    let resets = matches!(verb, "REIN" | "AUTH") && came.iter().all(|&code| code < 400);
    if input.is_event() || resets || !to.is_open() {
        return to;
    }
    let mut kept = to;
    let is_rename = matches!(verb, "RNFR" | "RNTO") && input != Input::NoArgument;
    if from.pending == Pending::Rename && !is_rename {
        kept.pending = Pending::Rename;
    }
    if matches!(from.login, Login::NeedPass(_))
        && to.login == Login::Out
        && !matches!(verb, "USER" | "PASS")
    {
        kept.login = from.login;
    }
    kept
}

/// `to`, with the login that a USER answered 331 should have ended still there.
fn unflushed(from: &State, input: Input, to: State) -> State {
    if input.verb() == "USER" && from.login == Login::In {
        State {
            login: Login::In,
            ..to
        }
    } else {
        to
    }
}

fn help_requirement(state: &State, input: Input) -> &'static str {
    match input {
        _ if state.login != Login::In => "help/before-login",
        _ if state.transfer == Transfer::Running => "help/in-state",
        Input::HelpVerb => "help/arg",
        Input::HelpUnknown => "help/unknown-arg",
        _ => "help/in-state",
    }
}

/// Whether the reply shows that the server implements the verb: it did something, or would have.
pub fn shows_implemented(input: Input, replies: &[Code]) -> bool {
    !order::is_malformed(input)
        && replies
            .first()
            .is_some_and(|&code| !latitude::refuses(input, code))
}
