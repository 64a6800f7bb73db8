//! Any line, whatever it leads to. Finds wrong replies to what is in order and changes nothing, HELP among them.

use ftproof_model::Input;

use super::Generator;
use crate::fuzzing::table::Place;

pub(super) fn plan(generator: &mut Generator) {
    let at = generator.here();
    if let Some(input) = line(generator, at) {
        generator.plan_input(input);
    }
}

/// A line that is read at `at`.
pub(super) fn line(generator: &mut Generator, at: Place) -> Option<Input> {
    let table = generator.table;
    generator.fresher(at, |generator| generator.choose(table.lines(at)))
}
