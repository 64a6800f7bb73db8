//! Whatever bytes come to the server, with sockets in memory: no panic, well-formed replies, bounds.
#![no_main]

libfuzzer_sys::fuzz_target!(|script: ftproof::fuzzing::Script| {
    ftproof::fuzzing::server_bytes_are_answered(&script)
});
