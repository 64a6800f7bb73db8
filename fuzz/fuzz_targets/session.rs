//! The session never gives a reply that the model forbids.
#![no_main]

libfuzzer_sys::fuzz_target!(|inputs: Vec<ftproof::fuzzing::AnyInput>| ftproof::fuzzing::session_conforms(&inputs));
