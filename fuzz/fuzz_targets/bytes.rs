//! Whatever bytes come, in whatever chunks: no panic, well-formed replies, and the same ones.
#![no_main]

libfuzzer_sys::fuzz_target!(|chunks: Vec<Vec<u8>>| ftproof::fuzzing::bytes_are_answered(&chunks));
