//! What works elsewhere and is out of order here. Finds what is accepted without its predecessor.

use super::Generator;

pub(super) fn plan(generator: &mut Generator) {
    let (table, at) = (generator.table, generator.here());
    if let Some(input) = generator.fresher(at, |generator| generator.choose(table.refused(at))) {
        generator.plan_input(input);
    }
}
