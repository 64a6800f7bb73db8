//! What a server sends is read the same in any chunking, and what is held is bounded.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ftproof::fuzzing::replies_are_read(bytes));
