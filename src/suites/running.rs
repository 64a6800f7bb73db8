//! Lines that come while the server feeds a transfer which nobody reads (RFC 959 §4.2): a file larger than the buffers
//! of a data connection is on its way all the time. The late reply is as good as the one at once.

use ftproof_model::{Data, Input, Login, State, Transfer};

use super::{BYTES, LOGIN, Suites};
use crate::plan::subject;
use crate::target::Trouble;
use crate::workdir::big;

const NAME: &str = "big_file";

/// What no transfer keeps from being answered, sooner or later.
const ALWAYS: [Input; 9] = [
    Input::Help,
    Input::Noop,
    Input::Stat,
    Input::Pwd,
    Input::UserPassword,
    Input::PassRight,
    Input::Abor,
    Input::Rein,
    Input::Quit,
];

pub(super) fn run(suites: &mut Suites<'_, '_, '_>) {
    let state = State {
        login: Login::In,
        transfer: Transfer::Running,
        data: Data::None,
        ..suites.worker.setting.start
    };
    let inputs = lines(suites, state);
    let Some(set_up) = suites.first_implemented(&[Input::Pasv, Input::Epsv, Input::Port]) else {
        return;
    };
    if inputs.is_empty() && !suites.wants_any(Input::Retr) {
        return;
    }
    let whole = match big_file(suites) {
        Ok(whole) => whole,
        Err(trouble) => {
            for rule in inputs.iter().map(|(rule, _)| *rule).chain([BYTES]) {
                suites.not_tested(rule, trouble.clone());
            }
            return;
        }
    };
    suites.worker.setting.holds_downloads = true;
    let transfer = [&LOGIN[..], &[set_up, Input::Retr]].concat();
    let alone = [&transfer[..], &[Input::DataDone]].concat();
    // Where the transfer fails by itself, nothing is to be seen of what comes in between.
    if suites.trial_with(BYTES, &alone, NAME, &whole) {
        for (rule, input) in inputs {
            let inputs = [&transfer[..], &[input, Input::DataDone]].concat();
            suites.trial_with(rule, &inputs, NAME, &whole);
        }
    }
    suites.worker.setting.holds_downloads = false;
}

/// The lines to try, each with its rule: one of each verb that a transfer keeps out, and what it does not.
fn lines(suites: &Suites<'_, '_, '_>, state: State) -> Vec<(&'static str, Input)> {
    let machine = suites.worker.setting.machine;
    let mut verbs = Vec::new();
    let mut is_first = |input: &Input| {
        let is_new = !verbs.contains(&input.verb());
        verbs.push(input.verb());
        is_new
    };
    let is_busy = |input: &&Input| {
        let rule = machine.rule(state, **input);
        // STOU stores where the session is, which is not ours here.
        rule.is_some_and(|rule| rule.requirement == "seq/busy") && **input != Input::Stou
    };
    let busy = Input::ALL
        .iter()
        .filter(is_busy)
        .copied()
        .filter(&mut is_first);
    let all: Vec<Input> = busy.chain([Input::AuthTls]).chain(ALWAYS).collect();
    let asked = all.into_iter().filter_map(|input| {
        let rule = subject(machine, state, &[input]);
        let is_asked = suites.wants_any(input) && suites.implemented.contains(input.verb());
        is_asked.then_some((rule, input))
    });
    asked.collect()
}

/// Sees that the big file is there; gives its bytes.
fn big_file(suites: &mut Suites<'_, '_, '_>) -> Result<Vec<u8>, Trouble> {
    let worker = &mut suites.worker;
    match &mut worker.workdir {
        Some(workdir) => match workdir.store_big()? {
            Ok(()) => Ok(big()),
            Err(_) => Err(Trouble::Unsupported("room for a file of 8 MiB")),
        },
        None if worker.target.starts_fresh() => worker.retrieve(b"RETR {big_file}"),
        None => Err(Trouble::Unsupported("directory in which files can be made")),
    }
}
