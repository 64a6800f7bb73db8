//! Whatever bytes come, in whatever chunks: no panic, well-formed replies, and the same ones; what is held is bounded.
#![no_main]

libfuzzer_sys::fuzz_target!(|script: ftproof::fuzzing::Script| {
    ftproof::fuzzing::bytes_are_answered(&script)
});
