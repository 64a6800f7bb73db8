//! A text is a file of accepted findings, or an error at one of its lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ftproof::fuzzing::known_is_read(bytes));
