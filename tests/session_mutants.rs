//! Breaking any one place of the session makes `verify`, a transcript or a test of `core` fail, or is known to be seen
//! by nobody.
//!
//! Every change is made in one copy of the sources, behind a run-time switch, so that they are compiled once.

mod schemata;
mod source;
mod survivors;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;
use std::{env, thread};

use libtest_mimic::Trial;

use schemata::Mutant;
use survivors::SURVIVORS;
use workspace::Built;

/// A mutant that runs longer hangs, and is caught. An intact run takes half a second.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// What saw a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SeenBy {
    Proof,
    Transcript,
    TestOfCore,
    Crash,
    Nobody,
}

/// One, which computes while the others wait for servers.
pub fn trials() -> Vec<Trial> {
    let name = "every_broken_place_of_the_session_is_caught_or_listed";
    let run = || {
        every_broken_place_is_caught_or_listed();
        Ok(())
    };
    vec![Trial::test(name, run)]
}

fn every_broken_place_is_caught_or_listed() {
    let (built, mutants) = workspace::build();
    assert_eq!(
        seen_by(&built, 0),
        SeenBy::Nobody,
        "the copy is intact while no mutant is on"
    );
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seen = seen_by(&built, mutant.id);
                    results
                        .lock()
                        .expect("no thread panicked")
                        .push((mutant, seen));
                }
            });
        }
    });
    judge(&results.into_inner().expect("no thread panicked"));
}

fn judge(results: &[(&Mutant, SeenBy)]) {
    let mut counts: BTreeMap<SeenBy, usize> = BTreeMap::new();
    for (_, seen) in results {
        *counts.entry(*seen).or_default() += 1;
    }
    let count = format!(
        "{} mutants of the session, seen by: {counts:?}",
        results.len()
    );
    println!("{count}");
    let listed: BTreeSet<&str> = SURVIVORS
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect();
    let seen_by_nobody = results.iter().filter(|(_, seen)| *seen == SeenBy::Nobody);
    let survivors: BTreeSet<&str> = seen_by_nobody
        .map(|(mutant, _)| mutant.name.as_str())
        .collect();
    let missed: Vec<_> = survivors.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&survivors).collect();
    assert!(results.len() >= 400, "{count}");
    assert!(
        missed.is_empty(),
        "{count}; not caught and not listed:\n{missed:#?}"
    );
    assert!(
        stale.is_empty(),
        "{count}; listed, but caught or no longer there:\n{stale:#?}"
    );
}

/// Runs the mutant under each check in turn, until one sees it.
fn seen_by(built: &Built, mutant: u32) -> SeenBy {
    let transcripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    match exit_code(Command::new(&built.runner).arg(transcripts), mutant) {
        Some(0) => {}
        Some(1) => return SeenBy::Proof,
        Some(2) => return SeenBy::Transcript,
        _ => return SeenBy::Crash,
    }
    let fails = |test: &_| exit_code(&mut Command::new(test), mutant) != Some(0);
    if built.tests_of_core.iter().any(fails) {
        SeenBy::TestOfCore
    } else {
        SeenBy::Nobody
    }
}

/// The exit code of a run of this mutant; `None` if it is killed for its time, or has none.
fn exit_code(command: &mut Command, mutant: u32) -> Option<i32> {
    command
        .env("FTPROOF_MUTANT", mutant.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("what was built can be run");
    let mut stdout = child.stdout.take().expect("it is piped");
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let _ = stdout.read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    if end.recv_timeout(LONGEST_RUN).is_err() {
        let _ = child.kill();
    }
    child.wait().ok()?.code()
}
