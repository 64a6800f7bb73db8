//! The rules, run: from a state and an input to the strict step, and to every step that the RFCs allow.

use std::slice;

use crate::class::{HOST, RESTARTABLE, TRANSFERS};
use crate::lists::{ReplyList, reply_list};
use crate::{Data, Input, Login, Order, Outcome, Pending, Rule, State, Transfer};

/// A reply code, 100 to 599.
pub type Code = u16;

/// What one input leads to: the replies, in order, and the state behind them.
#[derive(Debug, Clone, Copy)]
pub struct Step<'r> {
    /// The codes of the replies that answer this input; none while QUIT or REIN wait for a transfer.
    pub replies: &'r [Code],
    /// The state afterwards.
    pub next: State,
    /// The row of the table that this step follows.
    pub rule: &'r Rule,
}

/// A table of rules, with its rows sorted by input.
#[derive(Debug, Clone)]
pub struct Machine<'r> {
    rules: &'r [Rule],
    /// For each input, by its number: the rows that name it, in the order of the table.
    rows: Vec<Vec<&'r Rule>>,
    /// For each input, by its number: the reply list of its verb.
    lists: Vec<Option<&'static ReplyList>>,
}

impl<'r> Machine<'r> {
    /// A machine that follows `rules`. Costs one pass over the rows for each input; no step after it allocates.
    pub fn new(rules: &'r [Rule]) -> Self {
        let rows = |&input: &Input| rules.iter().filter(|rule| rule.on.covers(input)).collect();
        let list = |input: &Input| reply_list(input.verb());
        Machine {
            rules,
            rows: Input::ALL.iter().map(rows).collect(),
            lists: Input::ALL.iter().map(list).collect(),
        }
    }

    /// The table that this machine follows.
    pub fn rules(&self) -> &'r [Rule] {
        self.rules
    }

    /// The first row that applies to `input` in `state`.
    ///
    /// `None` if the input is not possible there: a line while none is read, or an event without a running transfer.
    pub fn rule(&self, state: State, input: Input) -> Option<&'r Rule> {
        let is_possible = if input.is_event() {
            state.is_open() && state.transfer == Transfer::Running
        } else {
            state.reads()
        };
        let applies = |rule: &&&Rule| rule.when.iter().all(|fact| fact.holds(state));
        self.rows[input as usize]
            .iter()
            .find(|rule| is_possible && applies(rule))
            .copied()
    }

    /// What the strict machine does on `input` in `state`; `None` if the input is not possible there.
    pub fn strict(&self, state: State, input: Input) -> Option<Step<'r>> {
        let rule = self.rule(state, input)?;
        Some(self.step(state, input, rule, &rule.strict))
    }

    /// Every step that the RFC layer allows, the strict one first: the row's own outcomes, then each refusal of the
    /// verb's reply list that the row does not name itself.
    ///
    /// The general codes, which answer any command (RFC 959 §4.2), are left to the oracle. A step may come twice.
    pub fn allowed(&self, state: State, input: Input, each: impl FnMut(Step<'r>)) {
        if let Some(rule) = self.rule(state, input) {
            self.allowed_by(rule, state, input, |_| true, each);
        }
    }

    /// The same where `rule` decides, of those steps alone whose replies are wanted: where the others lead is not asked.
    pub(crate) fn allowed_by(
        &self,
        rule: &'r Rule,
        state: State,
        input: Input,
        is_wanted: impl Fn(&[Code]) -> bool,
        mut each: impl FnMut(Step<'r>),
    ) {
        for outcome in rule.outcomes() {
            if is_wanted(outcome.replies) {
                each(self.step(state, input, rule, outcome));
            }
        }
        if input.is_event() || input.verb() == "HELP" {
            return;
        }
        let is_in_order = rule.order == Order::InOrder;
        // RFC 3659 §5.3: a server may answer a command that no REST is for with an error because a REST is before it.
        if is_in_order
            && state.pending == Pending::Restart
            && !RESTARTABLE.contains(input)
            && is_wanted(&[503])
        {
            each(Step {
                replies: &[503],
                next: self.refused(state, input),
                rule,
            });
        }
        let Some(list) = self.lists[input as usize] else {
            return;
        };
        for code in list.codes {
            let replies = slice::from_ref(code);
            if !is_wanted(replies) {
                continue;
            }
            let is_named = rule.outcomes().any(|outcome| outcome.replies == replies);
            let is_for_order = is_in_order && *code == 503;
            if *code < 400 || is_named || is_for_order {
                continue;
            }
            let next = self.refused(state, input);
            each(Step {
                replies,
                next,
                rule,
            });
            // No RFC says whether a transfer command that is refused uses up a passive set-up, so it may.
            if next.data == Data::Passive && TRANSFERS.contains(input) {
                let next = State {
                    data: Data::None,
                    ..next
                };
                each(Step {
                    replies,
                    next,
                    rule,
                });
            }
        }
    }

    /// The state behind a plain refusal of `input` in `state`: nothing changes but what every line ends.
    ///
    /// A refused HOST ends not even that: it is as if it had not been sent (RFC 7151 §3.3).
    pub fn refused(&self, state: State, input: Input) -> State {
        if HOST.contains(input) {
            state
        } else {
            prelude(state, input)
        }
    }

    fn step(&self, state: State, input: Input, rule: &'r Rule, outcome: &'r Outcome) -> Step<'r> {
        let is_refusal = outcome.replies.last().is_some_and(|&code| code >= 400);
        let mut next = if is_refusal {
            self.refused(state, input)
        } else {
            prelude(state, input)
        };
        for fact in outcome.then {
            fact.apply(&mut next, state);
        }
        Step {
            replies: outcome.replies,
            next,
            rule,
        }
    }
}

/// What every line does before it is looked at: it takes what only the line straight behind an RNFR, a REST or a USER
/// may use (RFC 959 §4.1.1, §4.1.3). The row that decides still sees what was taken. An event is no line.
fn prelude(state: State, input: Input) -> State {
    if input.is_event() {
        return state;
    }
    let login = match state.login {
        Login::NeedPass(_) => Login::Out,
        Login::Out | Login::NeedAcct | Login::In => state.login,
    };
    State {
        pending: Pending::Nothing,
        login,
        ..state
    }
}
