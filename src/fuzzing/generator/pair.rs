//! Two sessions at once: what one of them prepared is used in the other. Finds what sessions share.

use ftproof_model::Input;

use super::{Generator, any};
use crate::fuzzing::input::AnyInput;

pub(super) fn plan(generator: &mut Generator) {
    let (table, here) = (generator.table, generator.here());
    let there = generator.seats[generator.current ^ 1].at;
    generator.planned.push(AnyInput::Switch);
    // What would work here and is out of order there; else go on there.
    let is_prepared = |input: &Input| {
        table.refused(there).contains(input) && !table.refused(here).contains(input)
    };
    let mut found = None;
    for _ in 0..super::DRAWS_MAX {
        found = generator.choose(table.refused(there)).filter(is_prepared);
        if found.is_some() {
            break;
        }
    }
    match found {
        Some(input) => {
            generator.plan_input(input);
            generator.planned.push(AnyInput::Switch);
        }
        None => {
            if let Some(input) = any::line(generator, there) {
                generator.plan_input(input);
            }
        }
    }
}
