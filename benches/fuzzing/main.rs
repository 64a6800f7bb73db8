//! How fast the fuzz loop is in process, and how soon it finds each of twenty planted bugs, beside uniform proptest.
//!
//! `cargo bench --bench fuzzing -- rate` and `cargo bench --bench fuzzing -- table`, on one core; the oracle and every
//! claim are on. Where Linux tells it, time is what this thread had of a processor: what else runs does not count.

#[path = "../../tests/support/bugs.rs"]
mod bugs;
#[path = "../../tests/support/planted.rs"]
mod planted;

use std::fs;
use std::time::{Duration, Instant};

use ftproof::embedded::Embedded;
use ftproof::fuzzing::{AnyInput, Checker, Claim, Generator, Part, Weights, hunt};
use ftproof_model::Input;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use bugs::{BUGS, Named};
use planted::{Bug, Planted};

const SEEDS: u64 = 5;
const ROUNDS: u64 = 5;
const COMMANDS: u64 = 3_000_000;
/// A search that takes more commands has not found it.
const COMMANDS_MAX: u64 = 1_000_000;
/// Linux counts a thread's time in steps of some milliseconds.
const TIMED_MIN: Duration = Duration::from_millis(200);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test` runs this too, and only wants to know whether it builds.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let is_asked = |word: &str| arguments.iter().any(|argument| argument == word);
    if !is_asked("table") {
        rate("all parts", Weights::default());
        let single = Weights::default()
            .without(Part::Pair)
            .without(Part::Segment);
        rate("one session, one line a segment", single);
        rate("inputs of the alphabet only", Weights::default().plain());
    }
    if !is_asked("rate") {
        table();
    }
}

/// Measures from now on.
struct Clock {
    begun: Instant,
    busy: Option<Duration>,
}

impl Clock {
    fn start() -> Self {
        Clock {
            begun: Instant::now(),
            busy: busy(),
        }
    }

    fn elapsed(&self) -> Duration {
        match (self.busy, busy()) {
            (Some(before), Some(now)) => now - before,
            _ => self.begun.elapsed(),
        }
    }
}

/// How long this thread has had a processor: the first number of Linux's `schedstat`, in nanoseconds.
fn busy() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// The fastest of a few rounds counts: what else the machine does at that time only makes it slower.
fn rate(name: &str, weights: Weights) {
    let fastest = (0..ROUNDS).map(|seed| {
        let (mut generator, clock) = (Generator::with(seed, weights), Clock::start());
        let hunted = hunt(Embedded::default, &mut generator, COMMANDS);
        assert!(hunted.found.is_none(), "the session conforms");
        let seconds = clock.elapsed().as_secs_f64();
        (
            hunted.commands as f64 / seconds,
            hunted.commands as f64 / hunted.sequences as f64,
        )
    });
    let (fastest, length) = fastest.fold(
        (0.0, 0.0),
        |one, other| if other.0 > one.0 { other } else { one },
    );
    println!(
        "{:.2} M commands/s, {length:.1} a sequence: {name}",
        fastest / 1e6
    );
}

fn table() {
    println!("\nCommands to the first failure, and time: medians of {SEEDS} seeds, on one core.\n");
    println!("| depth | bug | generator | | uniform proptest | |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: |");
    for Named { name, depth, bug } in &BUGS {
        let (ours, our_time) = median(|seed| generated(bug, seed));
        let (uniform, uniform_time) = median(|seed| uniform(bug, seed));
        println!("| {depth} | {name} | {ours} | {our_time} | {uniform} | {uniform_time} |");
    }
}

/// The commands and the time that a search took; `None`: it did not find it.
type Search = Option<(u64, Duration)>;

fn median(search: impl Fn(u64) -> Option<u64>) -> (String, String) {
    let mut searches: Vec<Search> = Vec::new();
    for seed in 0..SEEDS {
        searches.push(timed(|| search(seed)));
        // Most have not found it: nor has the median.
        if searches.iter().filter(|search| search.is_none()).count() as u64 > SEEDS / 2 {
            return ("not in a million".to_owned(), String::new());
        }
    }
    searches.sort_by_key(|search| search.map_or(u64::MAX, |(commands, _)| commands));
    let (commands, time) = searches[searches.len() / 2].unwrap_or_default();
    (
        commands.to_string(),
        format!("{:.1} ms", time.as_secs_f64() * 1e3),
    )
}

/// Searches again and again, each time the same, until the clock has something to show.
fn timed(search: impl Fn() -> Option<u64>) -> Search {
    let (clock, mut rounds) = (Clock::start(), 0);
    loop {
        let commands = search()?;
        rounds += 1;
        let elapsed = clock.elapsed();
        if elapsed >= TIMED_MIN {
            return Some((commands, elapsed / rounds));
        }
    }
}

/// The commands up to the failure: how it is reduced does not count.
fn generated(bug: &'static Bug, seed: u64) -> Option<u64> {
    let (mut generator, mut checker, mut inputs) =
        (Generator::new(seed), Checker::default(), Vec::new());
    let mut commands = 0;
    while commands < COMMANDS_MAX {
        generator.sequence(&mut inputs);
        match checker.check(|| Planted::new(bug), &inputs, Claim::ALL) {
            Ok(sent) => commands += sent as u64,
            Err(_) => return Some(commands + inputs.len() as u64),
        }
    }
    None
}

/// What `proptest!` with a vector of inputs does, without its limit of 256 cases.
fn uniform(bug: &'static Bug, seed: u64) -> Option<u64> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = vec(select(Input::ALL).prop_map(AnyInput::known), 0..=48);
    let (mut checker, mut commands) = (Checker::default(), 0);
    while commands < COMMANDS_MAX {
        let inputs = strategy.new_tree(&mut runner).ok()?.current();
        match checker.check(|| Planted::new(bug), &inputs, Claim::ALL) {
            Ok(sent) => commands += sent as u64,
            Err(_) => return Some(commands + inputs.len() as u64),
        }
    }
    None
}
