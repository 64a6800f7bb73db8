//! No bug but those of `tests/support/bugs.rs`: how long libFuzzer takes to find one (`fuzz/compare`).
//!
//! `FTPROOF_BUG` is the number of the bug, from 0. With `FTPROOF_BLIND` libFuzzer is alone; else every other mutation
//! is the generator's, as in the target `session`.
#![no_main]

#[path = "../../tests/support/bugs.rs"]
mod bugs;
#[path = "../../tests/support/planted.rs"]
mod planted;

use std::env;
use std::sync::LazyLock;

use bugs::{BUGS, Named};
use ftproof::fuzzing::{Claim, Inputs, check, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use planted::Planted;

static BUG: LazyLock<&Named> = LazyLock::new(|| {
    let number = env::var("FTPROOF_BUG").unwrap_or_default();
    let named = number
        .parse()
        .ok()
        .and_then(|number: usize| BUGS.get(number));
    named.expect("FTPROOF_BUG is a number from 0 to 19")
});
static IS_BLIND: LazyLock<bool> = LazyLock::new(|| env::var_os("FTPROOF_BLIND").is_some());

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if *IS_BLIND {
        fuzzer_mutate(data, size, max_size)
    } else {
        mutate(data, size, max_size, seed, fuzzer_mutate)
    }
});

fuzz_target!(|inputs: Inputs| {
    let Named { name, depth, bug } = *BUG;
    if let Err(nonconformance) = check(|| Planted::new(bug), &inputs, Claim::ALL) {
        panic!("{name}, of depth {depth}\n{nonconformance}");
    }
});
