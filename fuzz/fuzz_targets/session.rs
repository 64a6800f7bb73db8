//! The session never gives a reply that the model forbids.
#![no_main]

libfuzzer_sys::fuzz_target!(
    |inputs: ftproof::fuzzing::Inputs| ftproof::fuzzing::session_conforms(&inputs)
);
