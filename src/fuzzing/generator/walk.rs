//! The walk over the state graph: each state that a line leads to is as likely as the others, whatever the number of
//! lines that lead there. Finds what lies deep.

use ftproof_model::Input;

use super::Generator;
use crate::fuzzing::table::Place;

pub(super) fn plan(generator: &mut Generator) {
    let at = generator.here();
    if let Some(input) = step(generator, at) {
        generator.plan_input(input);
    }
}

/// A line that leads to another state.
pub(super) fn step(generator: &mut Generator, at: Place) -> Option<Input> {
    let table = generator.table;
    generator.fresher(at, |generator| {
        let group = *generator.random.choice(table.groups(at))?;
        generator.choose(table.ways(group))
    })
}
