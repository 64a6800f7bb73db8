//! What is tried in a state: every input alone, and the sequences in which servers were wrong before.

use ftproof_model::{
    Asks, Data, EpsvAll, Input, Login, Machine, Order, Pbsz, Security, State, Transfer,
};

use crate::options::Shard;
use crate::tour::Test;

/// The commands that need an earlier one, each as the input that shows whether that is still in force.
pub(crate) const DEPENDENT: [Input; 8] = [
    Input::Pwd,
    Input::PassRight,
    Input::AcctRight,
    Input::Rnto,
    Input::Retr,
    Input::List,
    Input::Pbsz,
    Input::ProtPrivate,
];

/// The inputs that are possible in `state`, each as a test: what leaves the state as it is comes first, so that a
/// session lasts long, and QUIT last.
pub(crate) fn singles(machine: &Machine<'_>, state: State) -> Vec<Test> {
    let mut inputs: Vec<Input> = Input::ALL
        .iter()
        .copied()
        .filter(|&input| machine.rule(state, input).is_some() && !is_costly(state, input))
        .collect();
    inputs.sort_by_key(|&input| {
        let stays = machine
            .strict(state, input)
            .is_some_and(|step| step.next == state);
        (input == Input::Quit, !stays)
    });
    inputs.into_iter().map(single).collect()
}

fn single(input: Input) -> Test {
    // STOU stores into the working directory, which must be ours.
    let inputs = if input == Input::Stou {
        vec![Input::Cwd, input]
    } else {
        vec![input]
    };
    Test {
        inputs,
        is_controlled: false,
        counts: true,
    }
}

/// Wrong passwords are slow on purpose and may lock the user out, so they are tried only where nothing else is new, and
/// once where somebody is logged in.
pub(crate) fn is_costly(state: State, input: Input) -> bool {
    let plain = State {
        security: state.security,
        login: state.login,
        ..State::default()
    };
    let is_attempt = matches!(state.login, Login::NeedPass(_) | Login::NeedAcct);
    let is_again = input == Input::PassWrong && is_logged_in(&state);
    matches!(input, Input::PassWrong | Input::AcctWrong)
        && !is_again
        && (state != plain || !is_attempt || state.security == Security::Cleared)
}

/// Each input between `dependent` and what it needs, which `state` has.
pub(crate) fn between(machine: &Machine<'_>, state: State, dependent: Input) -> Vec<Test> {
    let possible = singles(machine, state).into_iter();
    possible
        .map(|test| test.inputs)
        // DELE takes away the file that the other commands are about.
        .filter(|inputs| !matches!(inputs[..], [Input::Dele | Input::Quit] | [_, Input::Stou]))
        .map(|inputs| Test {
            inputs: inputs.into_iter().chain([dependent]).collect(),
            is_controlled: is_ready_for(machine, state, dependent),
            counts: true,
        })
        .collect()
}

/// The same line twice, where it leaves the state as it is.
pub(crate) fn twice(machine: &Machine<'_>, state: State) -> Vec<Test> {
    singles(machine, state)
        .into_iter()
        .filter(|test| match test.inputs[..] {
            [input] => {
                let strict = machine.strict(state, input);
                let stays = strict.is_some_and(|step| step.next == state);
                stays
                    && !matches!(
                        input,
                        Input::Dele | Input::Rmd | Input::Xrmd | Input::Mkd | Input::Xmkd
                    )
            }
            _ => false,
        })
        .map(|test| Test {
            inputs: test.inputs.repeat(2),
            is_controlled: false,
            counts: true,
        })
        .collect()
}

/// Whether the session has just begun.
pub(crate) fn is_new(state: &State) -> bool {
    let plain = State {
        security: state.security,
        ..State::default()
    };
    *state == plain && state.security != Security::Cleared
}

/// Whether a user was named, nothing else was done, and this is asked for.
pub(crate) fn is_asked(state: &State, what: Asks) -> bool {
    let before = State {
        login: Login::Out,
        ..*state
    };
    state.login == Login::NeedPass(what) && is_new(&before)
}

/// Whether somebody is logged in, and nothing else was done.
pub(crate) fn is_logged_in(state: &State) -> bool {
    let plain = State {
        login: Login::In,
        ..State::default()
    };
    *state == plain
}

/// Whether EPSV ALL is in force, and EPSV has set up a data connection.
pub(crate) fn is_bound(state: &State) -> bool {
    let plain = State {
        login: Login::In,
        data: Data::Passive,
        epsv_all: EpsvAll::Yes,
        ..State::default()
    };
    *state == plain
}

/// Whether the same line twice is tried in `state`: connected, logged in, and ready for a transfer.
pub(crate) fn is_for_twice(state: State) -> bool {
    let plain = State {
        login: state.login,
        data: state.data,
        ..State::default()
    };
    state == plain && (state.login == Login::In || state == State::default())
}

/// Sequences of transfers, for a logged-in `state` that has a passive data connection: a REST must not reach a second
/// transfer, and every transfer brings the whole file.
pub(crate) fn transfers(state: State) -> Vec<Test> {
    use Input::{List, Pasv, Rest, Retr, RetrMissing};
    let is_plain = state.data == Data::Passive
        && state.epsv_all == EpsvAll::No
        && state.transfer == Transfer::Idle
        && state.security == Security::Clear
        && state.login == Login::In
        && state.pbsz == Pbsz::No;
    if !is_plain {
        return Vec::new();
    }
    let sequences: [&[Input]; 5] = [
        &[Rest, Retr, Pasv, Retr],
        &[Rest, List, Pasv, Retr],
        &[Retr, Pasv, Retr],
        &[RetrMissing, Pasv, Retr],
        &[Pasv, Retr],
    ];
    let tests = sequences.map(|inputs| Test {
        inputs: inputs.to_vec(),
        is_controlled: false,
        counts: true,
    });
    tests.into()
}

/// Whether `test` belongs to `shard`. All tests of one command belong to one, so that it sees all that a finding comes
/// from: whether the verb works elsewhere, and whether it needs its predecessor at all.
pub(crate) fn is_in(shard: Shard, test: &Test) -> bool {
    if shard.count <= 1 {
        return true;
    }
    let verb = test.inputs.last().map_or("", |input| input.verb());
    let first = Input::ALL.iter().position(|input| input.verb() == verb);
    first.unwrap_or_default() % shard.count == shard.index
}

/// Whether `test` may lead to a state that is not known yet, whatever it shows: by a step of the rules, or by one that
/// ignores a running transfer (RFC 959 §4.2) or that needs no login on this server.
pub(crate) fn leads_on(
    machine: &Machine<'_>,
    state: State,
    test: &Test,
    is_unknown: impl Fn(State) -> bool,
) -> bool {
    let Some((&last, before)) = test.inputs.split_last() else {
        return false;
    };
    let step = |at, &input| machine.strict(at, input).map_or(at, |step| step.next);
    let at = before.iter().fold(state, step);
    let mut leads = false;
    machine.allowed(at, last, |step| leads |= is_unknown(step.next));
    let as_if = State {
        login: Login::In,
        transfer: Transfer::Idle,
        ..at
    };
    machine.allowed(as_if, last, |step| {
        leads |= is_unknown(State {
            login: at.login,
            transfer: at.transfer,
            ..step.next
        });
    });
    leads
}

/// Whether `input` is in order in `state` and would succeed.
pub(crate) fn is_ready_for(machine: &Machine<'_>, state: State, input: Input) -> bool {
    machine.strict(state, input).is_some_and(|step| {
        step.rule.order == Order::InOrder && step.replies.first().is_some_and(|&code| code < 400)
    })
}

/// The requirement that a test in `state` is about.
pub(crate) fn subject(machine: &Machine<'_>, state: State, inputs: &[Input]) -> &'static str {
    match inputs {
        // The state behind AUTH is that of any connection without a USER: only here is it known that there was one.
        [Input::AuthTls, Input::PassRight] => return "seq/auth-reset",
        [Input::UserPassword, Input::Pwd] if state.login == Login::In => return "login/flush",
        [Input::Rein, _] => return "state/reset",
        [Input::Rest, Input::Retr, ..] | [Input::Rest, Input::List, ..] => return "state/rest",
        _ => {}
    }
    let (mut state, mut requirement) = (state, "reply/one");
    for &input in inputs {
        let Some(step) = machine.strict(state, input) else {
            break;
        };
        requirement = step.rule.requirement;
        state = step.next;
    }
    requirement
}
