//! Something between a command and the one that it is needed for: a line that should change nothing, a failure of the
//! second, or a whole transfer. Finds prerequisites that are kept too long, and such that are lost too soon (RFC 959
//! §4.1.1, §4.1.3: *immediately*; §4.2: after a failure the entire sequence is repeated).

use ftproof_model::Input;

use super::{Generator, walk};
use crate::fuzzing::table::Place;

/// What has nothing to do with the lines around it.
const NEUTRAL: &[Input] = &[
    Input::Noop,
    Input::Help,
    Input::HelpUnknown,
    Input::Pwd,
    Input::Syst,
    Input::Unknown,
    Input::Empty,
];

/// Lines that fail as those do that need another just before.
const FAILURES: &[Input] = &[
    Input::PassWrong,
    Input::RntoImpossible,
    Input::NoArgument,
    Input::RnfrMissing,
    Input::AcctWrong,
];

pub(super) fn plan(generator: &mut Generator) {
    let (table, mut at) = (generator.table, generator.here());
    // Where nothing is prepared for the very next line, something may be first.
    let mut prepare = None;
    if table.dependents(at).is_empty() && generator.random.bool() {
        prepare = walk::step(generator, at);
        at = prepare.map_or(at, |step| generator.behind(at, step));
    }
    let last = match table.dependents(at) {
        [] => walk::step(generator, at),
        dependents => generator.choose(dependents),
    };
    let Some(last) = last else {
        return;
    };
    if let Some(step) = prepare {
        generator.plan_input(step);
    }
    put_something(generator, at);
    generator.plan_input(last);
}

fn put_something(generator: &mut Generator, at: Place) {
    let table = generator.table;
    let is_failure = generator.random.u8(0..4) == 0;
    if generator.random.u8(0..4) == 0
        && let [first, ..] = table.toward_transfer(at)
        && table.is_running(generator.behind(at, *first))
    {
        let transfer = generator.choose(table.toward_transfer(at));
        generator.plan_inputs(transfer.into_iter().chain([Input::DataDone]));
        return;
    }
    let between = if is_failure {
        generator.choose(FAILURES)
    } else {
        neutral(generator)
    };
    generator.plan_inputs(between);
}

/// A line that has nothing to do with the lines around it.
pub(super) fn neutral(generator: &mut Generator) -> Option<Input> {
    generator.choose(NEUTRAL)
}
