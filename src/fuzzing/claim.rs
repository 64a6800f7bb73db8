//! What must hold in each step of a random session, as the right half of the 503 and 214 claims (RFC 959 §5.4).

use std::sync::OnceLock;

use ftproof_model::{Code, Input, ORDER_RULES, OrderRule, State, out_of_order};

/// A claim about each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The replies are the strict ones; to a line that is not of the alphabet they are some that the RFC layer allows.
    Conforms,
    /// What is out of order is refused with 503 (AUTH 534, CCC 533); with another argument than the alphabet's it may
    /// be refused for its syntax instead, which comes first.
    OutOfOrderGets503,
    /// HELP is answered with 214.
    HelpGets214,
    /// What is not out of order is never answered with 503.
    InOrderNeverGets503,
}

/// Why a claim does not hold, and what it would have had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Breach {
    pub(super) reason: &'static str,
    pub(super) expected: Vec<Code>,
}

/// How an input stands to the order of commands, in all states that the session can be in.
#[derive(Clone, Copy)]
pub(super) enum Standing {
    /// Out of order in each of them; the rule of the first one.
    OutOfOrder(&'static OrderRule),
    /// Out of order in none of them.
    InOrder,
    /// It depends on the state.
    Open,
}

impl Standing {
    /// Whether both say the same.
    pub(super) fn is(self, other: Standing) -> bool {
        match (self, other) {
            (Standing::OutOfOrder(one), Standing::OutOfOrder(other)) => std::ptr::eq(one, other),
            (Standing::InOrder, Standing::InOrder) | (Standing::Open, Standing::Open) => true,
            _ => false,
        }
    }

    pub(super) fn of(states: &[State], input: Input) -> Self {
        if !is_bound(input) && !states.is_empty() {
            return Standing::InOrder;
        }
        let mut rules = states.iter().map(|state| out_of_order(state, input));
        match rules.next() {
            Some(Some(first)) if rules.all(|rule| rule.is_some()) => Standing::OutOfOrder(first),
            Some(None) if rules.all(|rule| rule.is_none()) => Standing::InOrder,
            _ => Standing::Open,
        }
    }
}

/// Whether `input` can be out of order at all. Spares most steps the search by verb.
fn is_bound(input: Input) -> bool {
    static BOUND: OnceLock<Vec<bool>> = OnceLock::new();
    let bound = BOUND.get_or_init(|| {
        let is_bound = |input: &Input| {
            ORDER_RULES
                .iter()
                .any(|rule| rule.verbs.contains(&input.verb()))
        };
        Input::ALL.iter().map(is_bound).collect()
    });
    bound[input as usize]
}

fn is_help(input: Input) -> bool {
    matches!(input, Input::Help | Input::HelpVerb | Input::HelpUnknown)
}

impl Claim {
    /// Every claim.
    pub const ALL: &'static [Claim] = &[
        Claim::Conforms,
        Claim::OutOfOrderGets503,
        Claim::HelpGets214,
        Claim::InOrderNeverGets503,
    ];

    /// Whether the replies to one input break this claim. Conformance is judged by who follows the session.
    pub(super) fn breach(
        self,
        input: Input,
        is_known: bool,
        states: &[State],
        standing: Standing,
        codes: &[Code],
    ) -> Option<Breach> {
        match (self, standing) {
            (Claim::OutOfOrderGets503, Standing::OutOfOrder(rule)) => {
                let is_refusal = |code: Code| {
                    code == rule.refusal
                        || !is_known && matches!(code, 500..=502)
                        || states.iter().any(|state| {
                            out_of_order(state, input).is_some_and(|rule| rule.refusal == code)
                        })
                };
                let holds = matches!(codes, &[code] if is_refusal(code));
                (!holds).then(|| Breach {
                    reason: "out of order, and not refused as such",
                    expected: vec![rule.refusal],
                })
            }
            (Claim::HelpGets214, _) if is_help(input) && codes != [214] => Some(Breach {
                reason: "HELP is answered with 214",
                expected: vec![214],
            }),
            (Claim::InOrderNeverGets503, Standing::InOrder) if codes.contains(&503) => {
                Some(Breach {
                    reason: "503, and not out of order",
                    expected: Vec::new(),
                })
            }
            _ => None,
        }
    }
}
