//! The shortest legal sequences: breadth-first search over the strict steps, from any state.

use std::collections::{HashMap, VecDeque};

use ftproof_model::{Input, Machine, Order, State};

/// Whether `input` is carried out in `state`: the strict machine answers it without a refusal.
pub(crate) fn succeeds(machine: &Machine<'_>, state: State, input: Input) -> bool {
    machine.strict(state, input).is_some_and(|step| {
        step.rule.order == Order::InOrder && step.replies.last().is_none_or(|&code| code < 400)
    })
}

/// A shortest sequence of inputs, each carried out, from `from` to `last`. Empty never; `None`: there is none.
///
/// An event in it is something to wait for: the end of a running transfer. The login is that of a user with a password,
/// unless only another kind of user can get there. Costs at most two strict steps for each pair of reachable state and
/// input.
pub fn shortest(machine: &Machine<'_>, from: State, last: Input) -> Option<Vec<Input>> {
    search(machine, from, last, is_usual).or_else(|| search(machine, from, last, |_| true))
}

/// Whether a login takes this way as a rule: a password, and nothing more.
pub(super) fn is_usual(input: Input) -> bool {
    !matches!(input, Input::UserOpen | Input::UserAccount)
}

fn search(
    machine: &Machine<'_>,
    from: State,
    last: Input,
    may_be_sent: impl Fn(Input) -> bool,
) -> Option<Vec<Input>> {
    let mut came: HashMap<State, Option<(State, Input)>> = HashMap::from([(from, None)]);
    let mut queue = VecDeque::from([from]);
    while let Some(state) = queue.pop_front() {
        if succeeds(machine, state, last) {
            let mut path = vec![last];
            let mut at = state;
            while let Some(Some((before, input))) = came.get(&at) {
                path.push(*input);
                at = *before;
            }
            path.reverse();
            return Some(path);
        }
        // A transfer that is to end ends well; to wait for that comes before all that ends it otherwise.
        let lines = Input::ALL.iter().filter(|input| !input.is_event());
        for &input in [Input::DataDone].iter().chain(lines) {
            let is_step = input.is_event() || may_be_sent(input) && succeeds(machine, state, input);
            let Some(step) = machine.strict(state, input).filter(|_| is_step) else {
                continue;
            };
            came.entry(step.next).or_insert_with(|| {
                queue.push_back(step.next);
                Some((state, input))
            });
        }
    }
    None
}

/// What can stand in place of the first input of `path`, itself first, so that the rest is as legal.
pub fn opens(machine: &Machine<'_>, from: State, path: &[Input]) -> Vec<Input> {
    let Some((first, rest)) = path.split_first() else {
        return Vec::new();
    };
    let goes_on = |input: Input| {
        let mut state = from;
        for &input in [input].iter().chain(rest) {
            if !input.is_event() && !succeeds(machine, state, input) {
                return false;
            }
            let Some(step) = machine.strict(state, input) else {
                return false;
            };
            state = step.next;
        }
        true
    };
    let others = Input::ALL
        .iter()
        .copied()
        .filter(|other| other != first && other.is_event() == first.is_event());
    [*first]
        .into_iter()
        .chain(others.filter(|&other| goes_on(other)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::machine;

    fn verbs(path: &[Input]) -> Vec<&'static str> {
        path.iter().map(|input| input.verb()).collect()
    }

    #[test]
    fn the_sequences_are_those_that_everybody_knows() {
        let machine = machine();
        for (last, expected) in [
            (Input::PassRight, &["USER", "PASS"][..]),
            (Input::Rnto, &["USER", "PASS", "RNFR", "RNTO"]),
            (Input::AcctRight, &["USER", "PASS", "ACCT"]),
            (Input::ProtPrivate, &["AUTH", "PBSZ", "PROT"]),
            (Input::Ccc, &["AUTH", "CCC"]),
            (Input::Help, &["HELP"]),
        ] {
            let path = shortest(&machine, State::default(), last).unwrap();
            assert_eq!(verbs(&path), expected, "{last:?}");
        }
        assert_eq!(shortest(&machine, State::default(), Input::Adat), None);
    }

    #[test]
    fn what_stands_in_place_of_pasv_sets_up_too() {
        let machine = machine();
        let logged_in = State {
            login: ftproof_model::Login::In,
            ..State::default()
        };
        let path = shortest(&machine, logged_in, Input::Retr).unwrap();
        assert_eq!(verbs(&path), ["PASV", "RETR"]);
        assert_eq!(
            verbs(&opens(&machine, logged_in, &path)),
            ["PASV", "EPSV", "LPSV", "PORT", "EPRT", "LPRT"]
        );
    }
}
