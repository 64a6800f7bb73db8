//! Two to four lines in one segment. Finds who answers only the first line of what was read, or the lines out of order.

use super::{Generator, any, walk};
use crate::fuzzing::input::AnyInput;

pub(super) fn plan(generator: &mut Generator) {
    let mut at = generator.here();
    for number in 0..generator.random.u8(2..=4) {
        let input = if generator.random.u8(0..3) == 0 {
            any::line(generator, at)
        } else {
            walk::step(generator, at)
        };
        let Some(input) = input else {
            return;
        };
        if number > 0 {
            generator.planned.push(AnyInput::Join);
        }
        generator.plan_input(input);
        at = generator.behind(at, input);
    }
}
