//! A line that should change nothing, between a command and the one that it is needed for. Finds prerequisites that
//! are kept too long, and such that are lost too soon (RFC 959 §4.1.1, §4.1.3: *immediately*).

use ftproof_model::Input;

use super::{Generator, walk};

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

pub(super) fn plan(generator: &mut Generator) {
    let (table, at) = (generator.table, generator.here());
    // Nothing was prepared for the very next line here: first go where something is, or take what may follow anyway.
    let (prepared, prepare) = if table.dependents(at).is_empty() && generator.random.bool() {
        let Some(step) = walk::step(generator, at) else {
            return;
        };
        (generator.behind(at, step), Some(step))
    } else {
        (at, None)
    };
    let neutral = if generator.random.u8(0..4) == 0 {
        generator.choose(table.lines(prepared))
    } else {
        generator.choose(NEUTRAL)
    };
    let last = match table.dependents(prepared) {
        [] => walk::step(generator, prepared),
        dependents => generator.choose(dependents),
    };
    let (Some(neutral), Some(last)) = (neutral, last) else {
        return;
    };
    if let Some(step) = prepare {
        generator.plan_input(step);
    }
    generator.plan_input(neutral);
    generator.plan_input(last);
}
