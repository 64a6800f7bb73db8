//! How the steps of a phase's representatives become one box and its arrows (see [`crate::Overview`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::everywhere::{Everywhere, Steps, input_label, is_probe};
use crate::overview::{Answer, Arrow, Otherwise, PhaseBox, ReplyClass};
use crate::phase::{Phase, base, in_clear, is_representative, kept, phase};
use crate::{Code, Input, Security, State};

/// Labels by the replies that they get; in the order of the alphabet.
pub(crate) type Labels = BTreeMap<Vec<Code>, Vec<&'static str>>;

/// What is gathered while the phases are gone through.
#[derive(Default)]
pub(crate) struct Fold {
    pub(crate) arrows: BTreeMap<(Phase, Phase, ReplyClass), Labels>,
    pub(crate) side_states: Labels,
    pub(crate) failures: BTreeSet<Code>,
}

impl Fold {
    /// The box of the phase `at`, which `states` fold into; its arrows are gathered.
    pub(crate) fn phase(
        &mut self,
        steps: &Steps<'_>,
        everywhere: &Everywhere,
        at: Phase,
        states: &[State],
    ) -> PhaseBox {
        let representatives: Vec<State> = states
            .iter()
            .copied()
            .filter(|&state| is_representative(state))
            .collect();
        let mut stays = Labels::new();
        let mut refused: BTreeMap<Input, usize> = BTreeMap::new();
        let mut needs_login = BTreeSet::new();
        for &state in &representatives {
            for &input in Input::ALL.iter().filter(|&&input| !is_probe(input)) {
                let Some((replies, next)) = steps.step(state, input) else {
                    continue;
                };
                if replies == [503] {
                    *refused.entry(input).or_default() += 1;
                }
                // AUTH TLS is in the title, and yet one arrow has to lead to where it leads.
                let is_arrow = at == Phase::Greeted && input == Input::AuthTls;
                let is_said = everywhere.covers(input, replies) && !is_arrow;
                if is_said || inherited(steps, state, input).is_some() {
                    continue;
                }
                let (to, class) = (phase(next), ReplyClass::of(replies));
                if to != at && is_drawn(next) {
                    add(
                        self.arrows.entry((at, to, class)).or_default(),
                        replies,
                        input,
                    );
                } else if class == ReplyClass::Negative && to == at {
                    self.failures
                        .extend(replies.iter().filter(|&&code| code != 503));
                    if replies == [530] {
                        needs_login.insert(input.verb());
                    }
                } else {
                    if to == at {
                        add(&mut stays, replies, input);
                    }
                    if !is_drawn(next) {
                        add(&mut self.side_states, replies, input);
                    }
                }
            }
        }
        let (always, at_first) = split_refused(&refused, representatives.len(), everywhere, at);
        PhaseBox {
            phase: at,
            states: states.len(),
            representatives: representatives.len(),
            stays: join(stays),
            refused: always,
            until: (!at_first.is_empty())
                .then(|| link(steps, &representatives))
                .flatten(),
            refused_at_first: at_first,
            needs_login: needs_login.len(),
            otherwise: otherwise(steps, &representatives),
        }
    }
}

/// The verbs that every one of `count` representatives refuses, and those that some refuse.
fn split_refused(
    refused: &BTreeMap<Input, usize>,
    count: usize,
    everywhere: &Everywhere,
    at: Phase,
) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut always = Vec::new();
    let mut at_first = Vec::new();
    for (&input, &times) in refused {
        let is_said =
            at != Phase::Secured && everywhere.refused_in_clear.contains(&input_label(input));
        let list = if times == count {
            &mut always
        } else {
            &mut at_first
        };
        if !is_said && !list.contains(&input_label(input)) && !list.contains(&input.verb()) {
            list.push(input_label(input));
        }
    }
    (always, at_first)
}

/// The input that leads from one of `representatives` to another.
fn link(steps: &Steps<'_>, representatives: &[State]) -> Option<&'static str> {
    representatives.iter().find_map(|&state| {
        let is_link = |input: &&Input| {
            steps
                .step(state, **input)
                .is_some_and(|(_, next)| next != state && representatives.contains(&next))
        };
        Input::ALL
            .iter()
            .find(is_link)
            .map(|&input| input_label(input))
    })
}

/// Whether an arrow may end in `state`. TLS is drawn up to the login only: behind it, it decides no reply's order.
fn is_drawn(state: State) -> bool {
    is_representative(state)
        || state.security == Security::Tls && is_representative(in_clear(state))
}

/// Whether a line ended what its phase adds, or the addition outlived it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inherited {
    Ended,
    Kept,
}

/// How `state` answers `input` like its base; `None` if it answers differently, or leads elsewhere.
///
/// A preliminary reply is never inherited, nor what ends a data connection's set-up: both are what a picture is for.
fn inherited(steps: &Steps<'_>, state: State, input: Input) -> Option<Inherited> {
    let base = base(state)?;
    let (replies, next) = steps.step(state, input)?;
    let (base_replies, base_next) = steps.step(base, input)?;
    let at = phase(state);
    if replies != base_replies || ReplyClass::of(replies) == ReplyClass::Preliminary {
        None
    } else if kept(state, base_next) == Some(next) {
        let stays = phase(next) == at || phase(next) == phase(base_next);
        stays.then_some(Inherited::Kept)
    } else if next == base_next
        && phase(next) != at
        && !matches!(at, Phase::Passive | Phase::Active)
    {
        Some(Inherited::Ended)
    } else {
        None
    }
}

fn otherwise(steps: &Steps<'_>, representatives: &[State]) -> Option<Otherwise> {
    let like: BTreeSet<Phase> = representatives
        .iter()
        .filter_map(|&state| base(state))
        .map(phase)
        .collect();
    let mut kept = Labels::new();
    for &state in representatives {
        for &input in Input::ALL {
            if inherited(steps, state, input) == Some(Inherited::Kept)
                && let Some((replies, _)) = steps.step(state, input)
            {
                add(&mut kept, replies, input);
            }
        }
    }
    (!like.is_empty()).then_some(Otherwise {
        like,
        ends_but_for: (kept.values().flatten().count() < 2).then(|| join(kept)),
    })
}

fn add(labels: &mut Labels, replies: &[Code], input: Input) {
    let inputs = labels.entry(replies.to_vec()).or_default();
    if !inputs.contains(&input_label(input)) {
        inputs.push(input_label(input));
    }
}

/// The arrow of all `labels` with the same ends and class.
pub(crate) fn arrow(((from, to, class), labels): ((Phase, Phase, ReplyClass), Labels)) -> Arrow {
    let mut answers: Vec<Answer> = Vec::new();
    for answer in join(labels) {
        // One line for PASV EPSV with 227 229, but one each for what happens to a data connection.
        let is_verbs = |answer: &Answer| {
            answer
                .inputs
                .iter()
                .all(|name| *name == name.to_uppercase())
        };
        match answers.last_mut() {
            Some(last) if answer.codes.len() == 1 && is_verbs(&answer) && is_verbs(last) => {
                last.inputs.extend(answer.inputs);
                last.codes.extend(answer.codes);
            }
            _ => answers.push(answer),
        }
    }
    Arrow {
        from,
        to,
        class,
        answers,
    }
}

/// The answers by their replies, an older name (RFC 1123 §4.1.3.1) left out where its newer one gets the same.
pub(crate) fn join(labels: Labels) -> Vec<Answer> {
    labels
        .into_iter()
        .map(|(codes, inputs)| {
            let is_older = |verb: &&str| match *verb {
                "XCUP" => inputs.contains(&"CDUP"),
                _ => verb
                    .strip_prefix('X')
                    .is_some_and(|newer| inputs.contains(&newer)),
            };
            let inputs = inputs
                .iter()
                .copied()
                .filter(|verb| !is_older(verb))
                .collect();
            Answer { inputs, codes }
        })
        .collect()
}
