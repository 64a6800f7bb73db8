//! A text is a transcript or an error at one of its lines, and a printed transcript reads back the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ftproof::fuzzing::transcript_is_read(bytes));
