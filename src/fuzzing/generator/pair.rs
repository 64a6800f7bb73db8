//! Two sessions at once: what one of them prepared is used in the other. Finds what sessions share.

use super::{Generator, any, walk};
use crate::fuzzing::input::AnyInput;

pub(super) fn plan(generator: &mut Generator) {
    let (table, mut here) = (generator.table, generator.here());
    let there = generator.seats[generator.current ^ 1].at;
    // Where nothing is prepared for the very next line, something may be first.
    if table.dependents(here).is_empty()
        && let Some(step) = walk::step(generator, here)
    {
        generator.plan_input(step);
        here = generator.behind(here, step);
    }
    generator.planned.push(AnyInput::Switch);
    let prepared = match table.dependents(here) {
        [] => generator.choose_of(table.refused_only(there, here)),
        dependents => generator.choose(dependents),
    };
    match prepared {
        Some(input) => {
            generator.plan_input(input);
            generator.planned.push(AnyInput::Switch);
        }
        // The other session goes on.
        None => {
            let line = any::line(generator, there);
            generator.plan_inputs(line);
        }
    }
}
