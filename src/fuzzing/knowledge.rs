//! What the model knows of a session: its one strict state, or the states that the replies so far allow.

use std::slice;

use ftproof_model::{Code, Input, Judgement, Login, Machine, Oracle, Pending, State};

use super::claim::{Breach, Standing};
use super::table::{Place, Table};

/// What the model knows of the session.
pub(super) enum Knowledge {
    /// The strict state, as its place in the table.
    Exact(Place),
    /// What the replies allow: a line that is not of the alphabet left something open.
    Observed(Oracle<'static>),
    /// Nothing: the session did what no rule allows.
    Lost,
}

impl Knowledge {
    /// That the session is in `state`.
    pub(super) fn of(state: State, machine: &'static Machine<'static>) -> Self {
        match Table::shared().place(&state) {
            Some(place) => Knowledge::Exact(place),
            // The strict machine never gets there.
            None => Knowledge::Observed(Oracle::at(machine, state)),
        }
    }

    /// The states in which the session can be.
    pub(super) fn states(&self) -> &[State] {
        match self {
            Knowledge::Exact(at) => slice::from_ref(Table::shared().state(*at)),
            Knowledge::Observed(oracle) => oracle.states(),
            Knowledge::Lost => &[],
        }
    }

    /// How `input` stands to the order of commands.
    pub(super) fn standing(&self, input: Input) -> Standing {
        match self {
            Knowledge::Exact(at) => Table::shared()
                .step(*at, input)
                .map_or(Standing::Open, |(_, due)| due.standing),
            Knowledge::Observed(_) | Knowledge::Lost => Standing::of(self.states(), input),
        }
    }

    /// Takes the replies to `input`, and whether the session reads on; says what is wrong with them.
    pub(super) fn follow(
        &mut self,
        machine: &'static Machine<'static>,
        input: Input,
        is_known: bool,
        codes: &[Code],
        reads: bool,
    ) -> Option<Breach> {
        match self {
            Knowledge::Exact(at) if is_known => {
                let table = Table::shared();
                let Some((next, due)) = table.step(*at, input) else {
                    *self = Knowledge::Lost;
                    return Some(Breach {
                        reason: "the session reads where the model does not",
                        expected: Vec::new(),
                    });
                };
                *at = next;
                if due.replies != codes {
                    Some(Breach {
                        reason: due.row,
                        expected: due.replies.to_vec(),
                    })
                } else if table.reads(next) != reads {
                    Some(Breach {
                        reason: "only one of session and model reads on",
                        expected: due.replies.to_vec(),
                    })
                } else {
                    None
                }
            }
            Knowledge::Exact(at) => {
                let before = *Table::shared().state(*at);
                let mut oracle = Oracle::at(machine, before);
                let breach = judge(oracle.observe(input, codes));
                *self = match *codes {
                    // A refused command changes nothing (but what every line ends); a wrong account ends the login.
                    [530] if input.verb() == "ACCT" && before.login == Login::NeedAcct => {
                        let state = State {
                            login: Login::Out,
                            ..machine.refused(before, input)
                        };
                        Knowledge::of(state, machine)
                    }
                    [code] if code >= 400 => Knowledge::of(machine.refused(before, input), machine),
                    _ => sharpened(machine, oracle, input, codes),
                };
                breach
            }
            Knowledge::Observed(oracle) => {
                let breach = judge(oracle.observe(input, codes));
                let Knowledge::Observed(oracle) = std::mem::replace(self, Knowledge::Lost) else {
                    return breach;
                };
                *self = sharpened(machine, oracle, input, codes);
                breach
            }
            Knowledge::Lost => None,
        }
    }
}

/// What is known once the oracle has seen the reply. The state is exact again when it is the only one left and nothing
/// in it still depends on what the open argument said, and behind a REIN, when all is as after connect.
fn sharpened(
    machine: &'static Machine<'static>,
    oracle: Oracle<'static>,
    input: Input,
    codes: &[Code],
) -> Knowledge {
    let is_fresh = (input == Input::Rein || input.is_event()) && codes.last() == Some(&220);
    if is_fresh {
        return Knowledge::of(State::default(), machine);
    }
    match oracle.states() {
        [] => Knowledge::Lost,
        [state]
            if state.pending == Pending::Nothing
                && matches!(state.login, Login::Out | Login::In) =>
        {
            Knowledge::of(*state, machine)
        }
        _ => Knowledge::Observed(oracle),
    }
}

fn judge(judgement: Judgement) -> Option<Breach> {
    match judgement {
        Judgement::Diverges(divergence) => Some(Breach {
            reason: divergence.row,
            expected: divergence.strict,
        }),
        Judgement::Lost => Some(Breach {
            reason: "no state is possible",
            expected: Vec::new(),
        }),
        Judgement::Strict | Judgement::Allowed | Judgement::UnlessImplemented(_) => None,
    }
}
