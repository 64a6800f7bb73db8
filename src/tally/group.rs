//! Findings of one cause, and what of them says no more than others do.

use ftproof_model::{Divergence, Input, Kind};

use crate::tour::Found;

/// Findings of one cause.
pub(super) struct Group {
    /// The one with the shortest sequence.
    pub(super) found: Found,
    /// What tells it from the others.
    pub(super) variant: String,
    /// What tells each of them from the others.
    pub(super) variants: Vec<String>,
    /// What was sent in each of them.
    pub(super) sequences: Vec<Vec<Input>>,
    /// Whether one of them needs nothing but the command itself: not even its predecessor, with something in between.
    pub(super) is_plain: bool,
    /// Whether in each of them the line just before was refused.
    pub(super) is_behind_refusal: bool,
}

/// What findings of one cause have in common. A reply that lets something through is of one cause whatever its code; a
/// refusal is the code that was chosen for it; silence, a close and a reply too many are the command that brought them.
pub(super) fn cause(found: &Found) -> (&'static str, Kind, String) {
    let Divergence {
        requirement,
        kind,
        came,
        ..
    } = &found.divergence;
    let detail = match kind {
        Kind::Refused | Kind::Help | Kind::WrongCode | Kind::NotStrict => came
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("-"),
        Kind::NoReply | Kind::Dropped | Kind::OutOfStep | Kind::Malformed | Kind::Gone => {
            culprit(found).verb().to_owned()
        }
        // It lets nobody in who was not in.
        Kind::Accepted if culprit(found) == Input::PassWrong => "wrong-password".to_owned(),
        Kind::SideEffect if found.is_controlled => {
            let between = found.inputs.iter().rev().nth(1);
            between.map_or("", |input| input.verb()).to_owned()
        }
        _ => String::new(),
    };
    (requirement, *kind, detail)
}

/// The input that brought what was seen.
pub(crate) fn culprit(found: &Found) -> Input {
    let mut lines = found.inputs.iter().rev().filter(|input| !input.is_event());
    lines.next().copied().unwrap_or(Input::Empty)
}

/// Whether nothing stands between the command and the one that it needs: that one was refused.
fn is_behind_predecessor(found: &Found) -> bool {
    let predecessor = match found.divergence.requirement {
        "seq/pass" => "USER",
        "seq/rnto" => "RNFR",
        _ => return false,
    };
    let mut lines = found.inputs.iter().rev().filter(|input| !input.is_event());
    lines
        .nth(1)
        .is_some_and(|input| input.verb() == predecessor)
}

/// Whether `wanted` is left of `inputs` when some are left out.
pub(crate) fn has_in_order(inputs: &[Input], wanted: &[Input]) -> bool {
    let mut inputs = inputs.iter();
    wanted
        .iter()
        .all(|input| inputs.any(|other| other == input))
}

/// What tells findings of one cause apart: the line put in between, or the line itself.
pub(super) fn variant(found: &Found, inputs: &[Input]) -> String {
    let is_between = inputs.len() == 2
        && inputs[1] != Input::Stou
        && found.divergence.requirement.starts_with("seq/")
        && matches!(found.divergence.kind, Kind::Adjacency | Kind::Accepted)
        && found.inputs.ends_with(inputs);
    let telling = match found.inputs.last() {
        _ if is_between => inputs[0],
        Some(last) if !last.is_event() => *last,
        // The end of a transfer: the command that started it.
        _ => culprit(found),
    };
    telling.line().unwrap_or_default().to_owned()
}

impl Group {
    /// Whether each of them ends with a command of `other`, and had all before it that one of `other` had.
    fn is_prepared_as(&self, other: &Group) -> bool {
        let is_like =
            |own: &[Input], theirs: &[Input]| match (own.split_last(), theirs.split_last()) {
                (Some((last, before)), Some((their_last, theirs))) => {
                    last.verb() == their_last.verb() && has_in_order(before, theirs)
                }
                _ => false,
            };
        let mut own = self.sequences.iter();
        own.all(|own| other.sequences.iter().any(|theirs| is_like(own, theirs)))
    }

    /// Whether one of them is what is left of `inputs` when some are left out.
    fn is_shown_within(&self, inputs: &[Input]) -> bool {
        let mut sequences = self.sequences.iter();
        sequences.any(|sequence| has_in_order(inputs, sequence))
    }

    /// Whether another group says it all: a command that works without its predecessor works with a line in between
    /// too, and one that needs no login does not show that an old login lives on.
    pub(super) fn follows_from(&self, groups: &[Group]) -> bool {
        let divergence = &self.found.divergence;
        let mut others = groups.iter().filter(|other| !std::ptr::eq(*other, self));
        others.any(|other| {
            let others = &other.found.divergence;
            match (divergence.kind, others.kind) {
                // What was refused, or HELP, destroyed something: then what needed it is refused.
                (Kind::Refused, Kind::SideEffect) if other.found.is_controlled => {
                    let between = other.found.inputs.iter().rev().nth(1);
                    between.is_some_and(|between| self.found.inputs.contains(between))
                }
                // What took effect though refused is no failure that was passed over.
                (Kind::Accepted, Kind::SideEffect) => {
                    !self.is_plain
                        && self.is_behind_refusal
                        && culprit(&other.found).verb() == culprit(&self.found).verb()
                }
                // One command that is not answered, in order or not.
                (Kind::NoReply | Kind::Dropped, kind) if kind == divergence.kind => {
                    divergence.requirement == "reply/one"
                        && others.requirement != "reply/one"
                        && culprit(&other.found).verb() == culprit(&self.found).verb()
                }
                // A transfer that never ends, where it may have been set up too.
                (Kind::NoReply, Kind::Accepted) => {
                    others.requirement == "seq/transfer"
                        && others.came.is_empty()
                        && other.variants.contains(&self.variant)
                }
                // The reply that another was taken for.
                (Kind::Dropped, Kind::OutOfStep) => {
                    divergence.requirement == others.requirement
                        && culprit(&other.found).verb() == culprit(&self.found).verb()
                }
                (Kind::Adjacency, Kind::Accepted) => {
                    other.is_plain
                        && others.requirement == divergence.requirement
                        && culprit(&other.found) != Input::PassWrong
                }
                // Where any line may stand in between, a refusal behind one is for another reason than the order.
                (Kind::WrongCode, Kind::Adjacency) => {
                    !self.is_plain
                        && others.requirement == divergence.requirement
                        && !is_behind_predecessor(&self.found)
                }
                // What was let through behind the same lines fails here for its file.
                (Kind::WrongCode, Kind::Accepted) => {
                    others.requirement == divergence.requirement
                        && matches!(divergence.came[..], [450 | 550..=553])
                        && self.is_prepared_as(other)
                }
                (Kind::Accepted, Kind::LoginBypass) => {
                    matches!(
                        divergence.requirement,
                        "login/flush" | "state/reset" | "seq/auth-reset"
                    ) && other.variants.contains(&self.variant)
                }
                // What outlives REIN or AUTH, or takes effect though refused, shows nothing where no such thing is
                // needed.
                (Kind::Accepted | Kind::SideEffect, Kind::Accepted) => {
                    let is_needless = match divergence.requirement {
                        "state/reset" | "seq/auth-reset" => true,
                        "state/refused-changes-nothing" => {
                            other.is_shown_within(&self.found.inputs)
                        }
                        _ => false,
                    };
                    is_needless
                        && other.is_plain
                        && other.variants.contains(&self.variant)
                        && others.requirement.starts_with("seq/")
                }
                _ => false,
            }
        })
    }
}
