//! The walk over the state graph: each state that a line leads to is as likely as the others, whatever the number of
//! lines that lead there. Now and then a line that works and leads nowhere, as far as the rules know. Finds what lies
//! deep.

use ftproof_model::Input;

use super::Generator;
use crate::fuzzing::table::Place;

/// Of how many ways the least trodden is taken.
const DRAWS: usize = 3;

pub(super) fn plan(generator: &mut Generator) {
    let (table, at) = (generator.table, generator.here());
    let input = match generator.random.u8(0..8) {
        0 => generator.fresher(at, |generator| generator.choose(table.stays(at))),
        // What was prepared for the very next line is used.
        1..5 if !table.dependents(at).is_empty() => generator.choose(table.dependents(at)),
        _ => step(generator, at),
    };
    if let Some(input) = input {
        generator.plan_input(input);
    }
}

/// A line that leads to another state: to any, or of a few to the one that was visited least often.
pub(super) fn step(generator: &mut Generator, at: Place) -> Option<Input> {
    let table = generator.table;
    let mut best: Option<(u32, Input)> = None;
    let draws = if generator.random.bool() { 1 } else { DRAWS };
    for _ in 0..draws {
        let group = *generator.random.choice(table.groups(at))?;
        let Some(input) = generator.choose(table.ways(group)) else {
            continue;
        };
        // REIN leads back from everywhere: often enough it does so.
        if generator.behind(at, input) == 0 && generator.random.u8(0..4) > 0 {
            continue;
        }
        let visits = generator.visits[usize::from(generator.behind(at, input))];
        if best.is_none_or(|(fewest, _)| visits < fewest) {
            best = Some((visits, input));
        }
    }
    best.map(|(_, input)| input)
}
