//! The session never gives a reply that the model forbids.
//!
//! Every other mutation is the generator's: a sequence that goes on along the state graph.
#![no_main]

use ftproof::fuzzing::{Inputs, mutate, session_conforms};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // The others are libFuzzer's own.
    mutate(data, size, max_size, seed, fuzzer_mutate)
});

fuzz_target!(|inputs: Inputs| session_conforms(&inputs));
