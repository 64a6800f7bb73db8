//! The trials that are rows of a table or need a program that may be missing, in one program: each real server,
//! browser and client goes beside the others.
//!
//! Some of them: `cargo test --test trials server_mutants`.

mod clients;
mod explorer;
mod real_servers;
mod server_mutants;
mod session_mutants;
mod terminal;
mod transcripts;

// What they share.
#[path = "support/port.rs"]
mod port;
#[path = "servers/running.rs"]
mod running;
#[path = "command_line/runs.rs"]
mod runs;
#[path = "reports/sample.rs"]
mod sample;
mod support;

use libtest_mimic::{Arguments, Trial};

/// How many go at once, unless asked for otherwise: most of the time is spent in waiting.
const AT_ONCE: usize = 8;

type Trials = fn() -> Vec<Trial>;

/// They start in this order: what takes longest comes first.
const ALL: [(&str, Trials); 7] = [
    ("real_servers", real_servers::trials),
    ("session_mutants", session_mutants::trials),
    ("server_mutants", server_mutants::trials),
    ("clients", clients::trials),
    ("explorer", explorer::trials),
    ("terminal", terminal::trials),
    ("transcripts", transcripts::trials),
];

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let mut trials = Vec::new();
    for (file, of_file) in ALL {
        trials.extend(of_file().into_iter().map(|trial| trial.with_kind(file)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
