//! How lines are cut, put together and spelled does not change the replies.
#![no_main]

libfuzzer_sys::fuzz_target!(|inputs: ftproof::fuzzing::Inputs| {
    ftproof::fuzzing::manner_does_not_matter(&inputs)
});
