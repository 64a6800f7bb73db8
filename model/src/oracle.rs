//! The oracle: follows a server by the replies that are seen, and speaks when no state of the rules allows one.
//!
//! It holds the set of states that the replies so far allow (a 230 to USER: logged in; a 502 to REIN: nothing changed).
//! Beside the table it knows what the RFCs allow beyond it (`latitude`). It knows no server's name and has no exceptions. One observation costs one walk over the rows of that input for each state held.

use std::mem;

use crate::deviation::{Deviation, Observation, Suspect};
use crate::kind::Kind;
use crate::latitude::{self, Latitude};
use crate::order;
use crate::{Code, Input, Login, Machine, Order, Rule, State, Transfer};

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
    profile: Profile,
    /// Where it began.
    start: State,
    /// The states that the replies so far allow; empty when lost.
    states: Vec<State>,
    /// Where the next states are collected, kept to spare allocation.
    spare: Vec<State>,
    /// What was seen, so that a divergence can be explained by what the server must be like.
    history: Vec<Observation>,
}

/// What a server is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// What the RFCs allow.
    #[default]
    Rfc,
    /// The strict reply, where a command is out of order, needs a login, or is HELP: always 503, 530, 214.
    Strict,
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
            profile: Profile::Rfc,
            start: state,
            states: vec![state],
            spare: Vec::new(),
            history: Vec::new(),
        }
    }

    /// The same oracle, but it holds the server to `profile`.
    pub fn holding_to(self, profile: Profile) -> Self {
        Oracle { profile, ..self }
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
            explained.merge(&explain(self.machine, state, input, came, &mut |to| {
                insert(&mut next, to);
            }));
        }
        let is_taken = self.takes_a_wrong_password(input, came);
        if is_taken {
            explained = Explained::default();
            next.clear();
        }
        let judgement = if explained.strict {
            Judgement::Strict
        } else if explained.allowed {
            self.allowed(input, came)
        } else if self.is_refused_as_if_logged_in(input, came) {
            // That the old login lives on, other commands tell.
            let refused = self
                .states
                .iter()
                .map(|&state| self.machine.refused(state, input));
            next.extend(refused);
            next.dedup();
            Judgement::Allowed
        } else {
            let mut divergence = self.divergence(input, came);
            if is_taken {
                divergence.allowed.retain(|code| !came.contains(code));
            }
            if next.is_empty() {
                // What a server that is wrong in one known way does is followed as such.
                next.extend(self.deviant_states(input, came));
            }
            if explained.unimplemented {
                Judgement::UnlessImplemented(divergence)
            } else {
                Judgement::Diverges(divergence)
            }
        };
        self.history.push(Observation::new(input, came));
        self.spare = mem::replace(&mut self.states, next);
        judgement
    }

    /// What it is called when `input` is answered by nothing, by the end of the connection, or by what is no reply. It
    /// is filed under the rule of a command that is out of order and of HELP, else under `reply/one`.
    pub fn unanswered(&self, input: Input, kind: Kind) -> Divergence {
        let mut divergence = self.divergence(input, &[]);
        let is_out_of_order = |state: &State| {
            self.machine
                .rule(*state, input)
                .is_some_and(|rule| rule.order == Order::OutOfOrder)
        };
        if input.verb() != "HELP" && !self.states.iter().all(is_out_of_order) {
            divergence.requirement = "reply/one";
        }
        divergence.kind = kind;
        divergence
    }

    /// Whether a wrong password gets 230 from a server at which somebody is logged in, and not by a USER just before:
    /// that the code is in the list of PASS (RFC 959 §5.4) does not make it right.
    fn takes_a_wrong_password(&self, input: Input, came: &[Code]) -> bool {
        let logs_in = |seen: &Observation| seen.is_of("USER") && seen.came() == [230];
        input == Input::PassWrong
            && came == [230]
            && self.states.iter().all(|state| state.login == Login::In)
            && !self.history.last().is_some_and(logs_in)
    }

    /// Whether a refusal is the right one for a login that should have ended, and may not have.
    fn is_refused_as_if_logged_in(&self, input: Input, came: &[Code]) -> bool {
        let suspect = Suspect {
            machine: self.machine,
            start: self.start,
            history: &self.history,
        };
        let is_allowed = |state| explain(self.machine, state, input, came, &mut |_| {}).allowed;
        came.first().is_some_and(|&code| code >= 400)
            && Deviation::OF_LOGIN
                .into_iter()
                .any(|deviation| suspect.states(deviation).into_iter().any(is_allowed))
    }

    /// Whether the strict reply was asked for.
    fn allowed(&self, input: Input, came: &[Code]) -> Judgement {
        let strict_rule = self.states.iter().find_map(|&state| {
            self.machine
                .rule(state, input)
                .filter(|rule| is_of_the_question(rule, input))
        });
        match strict_rule {
            Some(rule) if self.profile == Profile::Strict => {
                let divergence = Divergence {
                    requirement: rule.requirement,
                    kind: Kind::NotStrict,
                    ..self.divergence(input, came)
                };
                // Who does not implement it has nothing to be strict about.
                if matches!(came, [500 | 502]) {
                    Judgement::UnlessImplemented(divergence)
                } else {
                    Judgement::Diverges(divergence)
                }
            }
            _ => Judgement::Allowed,
        }
    }

    /// What this observation is called when no state explains it: the mildest of what each state would call it.
    fn divergence(&self, input: Input, came: &[Code]) -> Divergence {
        let suspect = Suspect {
            machine: self.machine,
            start: self.start,
            history: &self.history,
        };
        self.states
            .iter()
            .filter_map(|state| Some((state, self.machine.rule(*state, input)?)))
            .map(|(state, rule)| divergence_in(&suspect, *state, input, rule, came))
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

    /// The states in which a server can be that is wrong in one known way.
    fn deviant_states(&self, input: Input, came: &[Code]) -> Vec<State> {
        let suspect = Suspect {
            machine: self.machine,
            start: self.start,
            history: &self.history,
        };
        let mut next = Vec::new();
        for deviation in Deviation::ALL {
            for state in suspect.states(deviation) {
                let mut explained = false;
                self.machine
                    .allowed(state, input, |step| explained |= step.replies == came);
                if explained {
                    explain(self.machine, state, input, came, &mut |to| {
                        insert(&mut next, to);
                    });
                }
            }
        }
        next
    }
}

/// Whether the rule is about what this project asks: a refusal for the order or for the login, or HELP.
fn is_of_the_question(rule: &Rule, input: Input) -> bool {
    matches!(rule.order, Order::OutOfOrder | Order::NotLoggedIn) || input.verb() == "HELP"
}

/// Gives each state that may be behind `came`, the replies to `input` in `state`.
pub(crate) fn explain(
    machine: &Machine<'_>,
    state: State,
    input: Input,
    came: &[Code],
    add: &mut dyn FnMut(State),
) -> Explained {
    let mut explained = Explained::default();
    let Some(rule) = machine.rule(state, input) else {
        return explained;
    };
    let is_wanted = |replies: &[Code]| replies == came;
    machine.allowed_by(rule, state, input, is_wanted, |step| {
        explained.strict |= is_wanted(rule.strict.replies);
        explained.allowed = true;
        add(step.next);
    });
    if !explained.allowed {
        match latitude::beyond_the_table(machine, state, input, rule, came, add) {
            Some(Latitude::Allowed) => explained.allowed = true,
            Some(Latitude::UnlessImplemented) => explained.unimplemented = true,
            None => return explained,
        }
    }
    latitude::as_no_line(state, input, came, add);
    explained
}

fn divergence_in(
    suspect: &Suspect<'_, '_>,
    state: State,
    input: Input,
    rule: &Rule,
    came: &[Code],
) -> Divergence {
    let machine = suspect.machine;
    let code = came.first().copied().unwrap_or(0);
    let succeeded = code >= 100 && !latitude::refuses(input, code);
    let (requirement, kind) = match rule.order {
        _ if input.verb() == "HELP" => (help_requirement(&state, input), Kind::Help),
        Order::OutOfOrder if succeeded => suspect
            .label(input, came, rule.requirement)
            .unwrap_or((rule.requirement, Kind::Accepted)),
        // It needs no login by any RFC, or an old login may still be there: what is wrong is what would be wrong
        // with one.
        Order::NotLoggedIn
            if succeeded && latitude::is_free_before_login(input)
                || !succeeded && suspect.old_login().is_some() =>
        {
            let as_if = State {
                login: Login::In,
                ..state
            };
            let as_if_rule = machine.rule(as_if, input).unwrap_or(rule);
            if succeeded || as_if_rule.order == Order::OutOfOrder {
                return divergence_in(suspect, as_if, input, as_if_rule, came);
            }
            ("login/required", Kind::WrongCode)
        }
        Order::NotLoggedIn if succeeded => suspect
            .deviation(input, came)
            // A bypass only if nobody has logged in before.
            .or_else(|| suspect.old_login())
            .map_or(("login/required", Kind::LoginBypass), |deviation| {
                deviation.label(rule.requirement)
            }),
        Order::OutOfOrder => (rule.requirement, Kind::WrongCode),
        Order::NotLoggedIn => ("login/required", Kind::WrongCode),
        Order::InOrder if code == 503 && suspect.explains(Deviation::TookEffect, input, came) => {
            Deviation::TookEffect.label(rule.requirement)
        }
        // It asks for a login that no RFC denies it, by another code of the same first digit (RFC 1123 §4.1.2.11).
        Order::InOrder if code == 503 && may_want_a_login(&state, input) => {
            ("login/required", Kind::WrongCode)
        }
        Order::InOrder if code == 503 => ("seq/refused", Kind::Refused),
        // Completed without a data connection, or never.
        Order::Event if input == Input::DataRefused && (succeeded || came.is_empty()) => {
            ("seq/transfer", Kind::Accepted)
        }
        Order::InOrder | Order::Syntax | Order::Event => ("reply/one", Kind::WrongCode),
    };
    let strict = machine.strict(state, input);
    Divergence {
        requirement,
        kind,
        strict: strict.map(|step| step.replies.to_vec()).unwrap_or_default(),
        allowed: first_codes(machine, state, input),
        came: came.to_vec(),
        row: rule.name,
    }
}

/// The first code of each answer that the table allows.
fn first_codes(machine: &Machine<'_>, state: State, input: Input) -> Vec<Code> {
    let mut allowed = Vec::new();
    machine.allowed(state, input, |step| {
        if let Some(&code) = step.replies.first()
            && !allowed.contains(&code)
        {
            allowed.push(code);
        }
    });
    allowed
}

pub(crate) fn insert(states: &mut Vec<State>, state: State) {
    if !states.contains(&state) {
        states.push(state);
    }
}

/// How a state accounts for the replies.
#[derive(Default)]
pub(crate) struct Explained {
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

/// Whether a server may refuse an in-order command because nobody is logged in: what neither logs in nor protects, and
/// is not refused for the transfer that runs.
fn may_want_a_login(state: &State, input: Input) -> bool {
    let is_of_security = matches!(input.verb(), "AUTH" | "ADAT" | "PBSZ" | "PROT" | "CCC");
    let is_of_login = matches!(input.verb(), "USER" | "PASS" | "ACCT" | "HOST" | "QUIT");
    let is_idle = state.transfer == Transfer::Idle;
    state.login != Login::In && is_idle && !is_of_security && !is_of_login
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
