//! A whole transfer: what sets it up, perhaps a REST, the command, perhaps a line while it runs, its end in each of the
//! four ways, and perhaps the command once more. Finds what a transfer uses up or leaves behind.

use ftproof_model::Input;

use super::{Generator, any, between};
use crate::fuzzing::table::Place;

const ENDS: &[Input] = &[
    Input::DataDone,
    Input::DataDone,
    Input::DataDone,
    Input::DataBroken,
    Input::DataRefused,
    Input::DataFailed,
];

/// No state is further from a running transfer.
const STEPS_MAX: usize = 8;

pub(super) fn plan(generator: &mut Generator) {
    let (table, mut at) = (generator.table, generator.here());
    let mut transfer = None;
    for _ in 0..STEPS_MAX {
        let Some(next) = generator.choose(table.toward_transfer(at)) else {
            break;
        };
        if table.is_running(generator.behind(at, next)) && generator.random.u8(0..4) == 0 {
            generator.plan_input(Input::Rest);
        }
        generator.plan_input(next);
        at = generator.behind(at, next);
        transfer = Some(next);
    }
    if !table.is_running(at) {
        return;
    }
    if table.reads(at) && generator.random.bool() {
        at = meanwhile(generator, at);
    }
    if !table.is_running(at) {
        return;
    }
    let end = generator.choose(ENDS);
    generator.plan_inputs(end);
    if let Some(transfer) = transfer
        && generator.random.bool()
    {
        let between = between::neutral(generator).filter(|_| generator.random.bool());
        generator.plan_inputs(between.into_iter().chain([transfer]));
    }
}

/// A line while the transfer runs; gives where it leads.
fn meanwhile(generator: &mut Generator, at: Place) -> Place {
    let line = if generator.random.bool() {
        between::neutral(generator)
    } else {
        any::line(generator, at)
    };
    generator.plan_inputs(line);
    line.map_or(at, |line| generator.behind(at, line))
}
