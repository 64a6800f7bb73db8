//! What a server must be like that does what no rule allows: each deviation is a server that is wrong in one known way.
//!
//! A reply that no state allows gets its name from the first deviation that would have given it, followed from the start
//! of the session. Costs one pass over what was seen for each deviation, and only where something diverges.

use crate::kind::Kind;
use crate::oracle::{explain, insert};
use crate::{Code, EpsvAll, Input, Login, Machine, Pending, Security, State, Transfer};

/// An input and the codes of the replies to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observation {
    input: Input,
    codes: [Code; Observation::CODES_MAX],
    count: usize,
}

impl Observation {
    /// No row of the table has more replies to one input; further ones do not change where it leads.
    const CODES_MAX: usize = 4;

    pub(crate) fn new(input: Input, came: &[Code]) -> Self {
        let mut codes = [0; Observation::CODES_MAX];
        let count = came.len().min(Observation::CODES_MAX);
        codes[..count].copy_from_slice(&came[..count]);
        Observation {
            input,
            codes,
            count,
        }
    }

    /// Whether the line had this verb.
    pub(crate) fn is_of(&self, verb: &str) -> bool {
        self.input.verb() == verb
    }

    /// The codes of the replies.
    pub(crate) fn came(&self) -> &[Code] {
        &self.codes[..self.count]
    }
}

/// One way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deviation {
    /// A failure within a sequence does not end it (RFC 959 §4.2: the entire sequence is repeated).
    AfterFailure,
    /// Other lines may stand between a command and its *immediate* predecessor.
    Interposed,
    /// A login lives on behind a USER answered 331.
    Unflushed,
    /// What was reached lives on behind REIN.
    Unreset,
    /// A login lives on behind REIN, and nothing else does.
    StillIn,
    /// What USER and PASS have reached lives on behind AUTH.
    Unauthenticated,
    /// An ACCT that no 332 asked for logs in.
    Unasked,
    /// What was refused took effect all the same.
    TookEffect,
}

impl Deviation {
    /// Every deviation; where several explain a reply, the first gives it its name.
    pub(crate) const ALL: [Deviation; 8] = [
        Deviation::AfterFailure,
        Deviation::Interposed,
        Deviation::Unflushed,
        Deviation::Unreset,
        Deviation::StillIn,
        Deviation::Unauthenticated,
        Deviation::Unasked,
        Deviation::TookEffect,
    ];

    /// Those with which a login lives on.
    pub(crate) const OF_LOGIN: [Deviation; 4] = [
        Deviation::Unflushed,
        Deviation::Unreset,
        Deviation::StillIn,
        Deviation::Unauthenticated,
    ];

    /// The requirement that such a server breaks, and what that is called; `own` is the requirement of the command.
    pub(crate) fn label(self, own: &'static str) -> (&'static str, Kind) {
        match self {
            Deviation::AfterFailure => (own, Kind::Accepted),
            Deviation::Interposed => (own, Kind::Adjacency),
            // It is the same user, so it is no bypass.
            Deviation::Unflushed => ("login/flush", Kind::Accepted),
            Deviation::Unreset | Deviation::StillIn => ("state/reset", Kind::Accepted),
            Deviation::Unauthenticated => ("seq/auth-reset", Kind::Accepted),
            Deviation::Unasked => ("seq/acct", Kind::LoginBypass),
            Deviation::TookEffect => ("state/refused-changes-nothing", Kind::SideEffect),
        }
    }

    /// Where such a server may be instead of in `to`, which the rules have behind `came`, the replies to `input` in
    /// `from`.
    fn instead(
        self,
        machine: &Machine<'_>,
        from: &State,
        input: Input,
        came: &[Code],
        to: State,
    ) -> State {
        let is_refused = came.iter().all(|&code| code >= 400);
        let verb = input.verb();
        if input.is_event() || !to.is_open() {
            return to;
        }
        match self {
            Deviation::AfterFailure if is_refused => match (verb, from.login) {
                ("RNFR" | "RNTO", _) => State {
                    pending: from.pending,
                    ..to
                },
                ("PASS", Login::NeedPass(_)) | ("ACCT", Login::NeedAcct) => State {
                    login: from.login,
                    ..to
                },
                _ => to,
            },
            Deviation::Interposed => keep(from, input, is_refused, to),
            Deviation::Unflushed if verb == "USER" && from.login == Login::In => State {
                login: Login::In,
                ..to
            },
            Deviation::Unreset if verb == "REIN" && !is_refused => State {
                transfer: to.transfer,
                control: to.control,
                security: to.security,
                ..*from
            },
            Deviation::StillIn if verb == "REIN" && !is_refused => State {
                login: from.login,
                ..to
            },
            Deviation::Unauthenticated if verb == "AUTH" && !is_refused => State {
                login: from.login,
                ..to
            },
            Deviation::Unasked if verb == "ACCT" && came == [230] => State {
                login: Login::In,
                ..to
            },
            Deviation::TookEffect
                if is_refused && !matches!(verb, "USER" | "PASS" | "ACCT" | "AUTH") =>
            {
                with_effect(machine, from, input, to)
            }
            _ => to,
        }
    }
}

/// `to`, with what the line ended only by coming in between still there. A command of the same sequence, and one that
/// resets the session, end it for good.
fn keep(from: &State, input: Input, is_refused: bool, to: State) -> State {
    let verb = input.verb();
    if matches!(verb, "REIN" | "AUTH") && !is_refused {
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

/// `to`, changed as `input` would have changed the session had nothing been in its way.
fn with_effect(machine: &Machine<'_>, from: &State, input: Input, to: State) -> State {
    let free = State {
        login: Login::In,
        epsv_all: EpsvAll::No,
        transfer: Transfer::Idle,
        security: if input.verb() == "PBSZ" {
            Security::Tls
        } else {
            from.security
        },
        ..*from
    };
    if input.verb() == "RNFR" {
        return State {
            pending: Pending::Rename,
            ..to
        };
    }
    let Some(step) = machine.strict(free, input) else {
        return to;
    };
    if input.is_transfer() || step.replies.first().is_none_or(|&code| code >= 400) {
        return to;
    }
    State {
        pbsz: if step.next.pbsz == free.pbsz {
            to.pbsz
        } else {
            step.next.pbsz
        },
        pending: step.next.pending,
        data: if step.next.data == free.data {
            to.data
        } else {
            step.next.data
        },
        epsv_all: if step.next.epsv_all == free.epsv_all {
            to.epsv_all
        } else {
            step.next.epsv_all
        },
        ..to
    }
}

/// A session that did what no rule allows, up to the reply in question.
pub(crate) struct Suspect<'h, 'm> {
    pub(crate) machine: &'m Machine<'m>,
    pub(crate) start: State,
    pub(crate) history: &'h [Observation],
}

impl Suspect<'_, '_> {
    /// The states in which a server with this deviation can be; none, if it would not have answered so.
    pub(crate) fn states(&self, deviation: Deviation) -> Vec<State> {
        self.states_of(&[deviation])
    }

    /// The same for a server that is wrong in several ways.
    fn states_of(&self, deviations: &[Deviation]) -> Vec<State> {
        let (mut states, mut next) = (vec![self.start], Vec::new());
        for seen in self.history {
            next.clear();
            for &state in &states {
                let mut behind = Vec::new();
                explain(self.machine, state, seen.input, seen.came(), &mut |to| {
                    insert(&mut behind, to);
                });
                // What was refused with a wrong code was refused.
                if behind.is_empty() && seen.came().first().is_some_and(|&code| code >= 400) {
                    behind.push(self.machine.refused(state, seen.input));
                }
                for to in behind {
                    insert(&mut next, to);
                    for deviation in deviations {
                        let other =
                            deviation.instead(self.machine, &state, seen.input, seen.came(), to);
                        insert(&mut next, other);
                    }
                }
            }
            std::mem::swap(&mut states, &mut next);
        }
        states
    }

    /// What it is called that `input`, which is out of order, was answered with success: `own` is its requirement.
    pub(crate) fn label(
        &self,
        input: Input,
        came: &[Code],
        own: &'static str,
    ) -> Option<(&'static str, Kind)> {
        if let Some(deviation) = self.deviation(input, came) {
            return Some(deviation.label(own));
        }
        // Of two deviations at once this one is a claim about the command itself: it does not follow immediately.
        let is_interposed = matches!(input.verb(), "PASS" | "RNTO")
            && Deviation::ALL.into_iter().any(|other| {
                if other == Deviation::Interposed {
                    return false;
                }
                let states = self.states_of(&[Deviation::Interposed, other]);
                self.is_explained_in(&states, input, came)
            });
        is_interposed.then(|| Deviation::Interposed.label(own))
    }

    /// The first deviation that explains `came`, the replies to `input`.
    pub(crate) fn deviation(&self, input: Input, came: &[Code]) -> Option<Deviation> {
        Deviation::ALL
            .into_iter()
            .find(|&deviation| self.explains(deviation, input, came))
    }

    /// Whether `came` are replies to `input` that the table has for a server with this deviation.
    pub(crate) fn explains(&self, deviation: Deviation, input: Input, came: &[Code]) -> bool {
        self.is_explained_in(&self.states(deviation), input, came)
    }

    /// Whether the table has `came` for `input` in one of `states`.
    fn is_explained_in(&self, states: &[State], input: Input, came: &[Code]) -> bool {
        states.iter().any(|&state| {
            let mut explained = false;
            self.machine
                .allowed(state, input, |step| explained |= step.replies == came);
            explained
        })
    }

    /// With which deviation a login that should have ended may still be there.
    pub(crate) fn old_login(&self) -> Option<Deviation> {
        Deviation::OF_LOGIN.into_iter().find(|&deviation| {
            self.states(deviation)
                .iter()
                .any(|state| state.login == Login::In)
        })
    }
}
