//! The generator finds each of twenty planted order bugs, of depth 2 to 8, within a bounded number of commands.

#[path = "support/bugs.rs"]
mod bugs;
#[path = "support/planted.rs"]
mod planted;

use std::collections::HashSet;

use ftproof::embedded::Embedded;
use ftproof::fuzzing::{Generator, hunt};
use ftproof::verify::machine;
use ftproof_model::{Input, State};

use bugs::{BUGS, Named};
use planted::{Bug, Planted};

const SEEDS: u64 = 5;
/// Of five seeds the median must be below; at the speed of `cargo bench --bench fuzzing` that is less than 50 ms.
const COMMANDS_MAX: u64 = 60_000;

#[test]
fn each_bug_is_found_and_reduced_to_its_depth() {
    let mut missed = Vec::new();
    for Named { name, depth, bug } in &BUGS {
        let mut took: Vec<u64> = Vec::new();
        for seed in 0..SEEDS {
            let mut generator = Generator::new(seed);
            let hunted = hunt(|| Planted::new(bug), &mut generator, 4 * COMMANDS_MAX);
            took.push(hunted.found.as_ref().map_or(u64::MAX, |_| hunted.commands));
            if let Some((inputs, nonconformance)) = hunted.found {
                let few = inputs.len();
                assert!(
                    (*depth..=depth + 2).contains(&few),
                    "{name}: {few} inputs\n{nonconformance}"
                );
            }
        }
        took.sort_unstable();
        let median = took[took.len() / 2];
        println!("{median:8}  {took:?}  {name}");
        if median > COMMANDS_MAX {
            missed.push((*name, took));
        }
    }
    assert!(
        missed.is_empty(),
        "not found in {COMMANDS_MAX} commands:\n{missed:#?}"
    );
}

#[test]
fn nothing_is_found_where_nothing_is_planted() {
    let hunted = hunt(Embedded::default, &mut Generator::new(1), 200_000);
    assert!(hunted.found.is_none(), "{}", hunted.found.unwrap().1);
    assert!(hunted.commands >= 200_000);
}

/// The fewest inputs that show `bug`, by breadth-first search over the model's states and the legs that are done.
fn depth(bug: &Bug) -> usize {
    let machine = machine();
    let start = (State::default(), 0);
    let (mut met, mut level, mut depth) = (HashSet::from([start]), vec![start], 0);
    while !level.is_empty() {
        depth += 1;
        let mut next = Vec::new();
        for (state, done) in level {
            for &input in Input::ALL {
                let Some(step) = machine.strict(state, input) else {
                    continue;
                };
                let real = step
                    .replies
                    .first()
                    .map(|code| code.to_string())
                    .unwrap_or_default();
                if bug.lies(done, input, real.as_bytes()) {
                    return depth;
                }
                let works = real.as_bytes().first().is_some_and(|&digit| digit < b'4');
                let pair = (step.next, bug.advance(done, input, works));
                if met.insert(pair) {
                    next.push(pair);
                }
            }
        }
        level = next;
    }
    usize::MAX
}

#[test]
fn the_bugs_lie_as_deep_as_they_say() {
    let depths: Vec<(&str, usize)> = BUGS
        .iter()
        .map(|named| (named.name, depth(&named.bug)))
        .collect();
    let said: Vec<(&str, usize)> = BUGS.iter().map(|bug| (bug.name, bug.depth)).collect();
    assert_eq!(depths, said);
    assert_eq!(BUGS.iter().map(|bug| bug.depth).min(), Some(2));
    assert_eq!(BUGS.iter().map(|bug| bug.depth).max(), Some(8));
}
