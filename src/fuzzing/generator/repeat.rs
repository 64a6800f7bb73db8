//! The last line once or twice more, or the last two lines. Finds what is good for a number of times other than once.

use super::Generator;

pub(super) fn plan(generator: &mut Generator) {
    let [before, last] = generator.seats[generator.current].last;
    let Some(last) = last.filter(|last| !last.is_event()) else {
        return;
    };
    match (before, generator.random.u8(0..3)) {
        (Some(before), 0) if !before.is_event() => {
            generator.plan_input(before);
            generator.plan_input(last);
        }
        (_, 1) => {
            generator.plan_input(last);
            generator.plan_input(last);
        }
        _ => generator.plan_input(last),
    }
}
