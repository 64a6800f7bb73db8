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

use bugs::BUGS;
use ftproof::fuzzing::{Claim, Inputs, check, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use planted::{Bug, Planted};

static BUG: LazyLock<&Bug> = LazyLock::new(|| {
    let number = env::var("FTPROOF_BUG").unwrap_or_default();
    let named = number
        .parse()
        .ok()
        .and_then(|number: usize| BUGS.get(number));
    &named.expect("FTPROOF_BUG is a number from 0 to 19").bug
});
static IS_BLIND: LazyLock<bool> = LazyLock::new(|| env::var_os("FTPROOF_BLIND").is_some());

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if *IS_BLIND || seed.is_multiple_of(2) {
        fuzzer_mutate(data, size, max_size)
    } else {
        mutate(data, size, max_size, seed)
    }
});

fuzz_target!(|inputs: Inputs| {
    if let Err(nonconformance) = check(|| Planted::new(*BUG), &inputs, Claim::ALL) {
        panic!("\n{nonconformance}");
    }
});
