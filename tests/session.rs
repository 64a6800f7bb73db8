//! Random sessions against the model: what the proof shows for the alphabet, here with any argument and any line too.
//!
//! A failure shows a transcript from which no input can be left out.

#[path = "support/sessions.rs"]
mod sessions;

use ftproof::embedded::Embedded;
use ftproof::fuzzing::{Claim, Inputs, Subject, check};
use ftproof_core::{Effect, MemorySite};
use ftproof_model::Input;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};

use sessions::sessions;

fn holds<S: Subject>(
    connect: impl FnMut() -> S,
    inputs: &Inputs,
    claim: Claim,
) -> Result<(), TestCaseError> {
    check(connect, inputs, &[claim])
        .map_err(|nonconformance| TestCaseError::fail(format!("\n{nonconformance}")))
}

proptest! {
    // A failure found by chance becomes a transcript in tests/transcripts, not a seed in a file.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_session_conforms_to_the_model(inputs in sessions()) {
        holds(Embedded::default, &inputs, Claim::Conforms)?;
    }

    #[test]
    fn out_of_order_is_always_503(inputs in sessions()) {
        holds(Embedded::default, &inputs, Claim::OutOfOrderGets503)?;
    }

    #[test]
    fn help_is_always_214(inputs in sessions()) {
        holds(Embedded::default, &inputs, Claim::HelpGets214)?;
    }

    #[test]
    fn an_in_order_command_is_never_503(inputs in sessions()) {
        holds(Embedded::default, &inputs, Claim::InOrderNeverGets503)?;
    }
}

/// What can be wrong with a session, planted to see that the checks find it.
#[derive(Clone, Copy)]
enum Bug {
    /// NOOP does not end what must follow immediately.
    NoopKeepsPending,
    /// LIST without a data connection gets 425.
    ListGets425,
    /// HELP gets 211 while a transfer runs.
    HelpGets211,
    /// A passive data connection is good for the very next line only.
    PassiveIsForgotten,
}

/// Our session with a bug in front of it.
struct Planted {
    bug: Bug,
    session: Embedded,
    /// The codes of the last two replies.
    last: [Vec<u8>; 2],
    transfers: bool,
}

impl Subject for Planted {
    fn play(
        &mut self,
        site: &mut MemorySite,
        input: Input,
        line: &[u8],
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        let [before, last] = &self.last;
        match (self.bug, input) {
            (Bug::NoopKeepsPending, Input::Noop) => self
                .session
                .clone()
                .play(site, input, line, replies, effects),
            (Bug::PassiveIsForgotten, _)
                if input.is_transfer() && before.starts_with(b"22") && !last.starts_with(b"22") =>
            {
                replies.extend(b"503 Send PASV first\r\n");
            }
            _ => self.session.play(site, input, line, replies, effects),
        }
        match (self.bug, input) {
            (Bug::ListGets425, Input::List) if replies.starts_with(b"503") => {
                replies[..3].copy_from_slice(b"425");
            }
            (Bug::HelpGets211, Input::Help | Input::HelpVerb | Input::HelpUnknown)
                if self.transfers =>
            {
                replies.clear();
                replies.extend(b"211 Wait\r\n");
            }
            _ => {}
        }
        self.transfers = replies.starts_with(b"150")
            || self.transfers && !input.is_event() && input != Input::Abor;
        self.last.rotate_left(1);
        self.last[1] = replies.iter().copied().take(3).collect();
    }

    fn reads(&self) -> bool {
        self.session.reads()
    }
}

/// Looks for `bug` in the usual number of cases; gives the shortest inputs found that show it.
fn hunt(bug: Bug, claim: Claim) -> Inputs {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let planted = || Planted {
        bug,
        session: Embedded::default(),
        last: Default::default(),
        transfers: false,
    };
    match runner.run(&sessions(), |inputs| holds(planted, &inputs, claim)) {
        Err(TestError::Fail(reason, shortest)) => {
            println!("{reason}");
            shortest
        }
        other => panic!("the bug is not found: {other:?}"),
    }
}

#[test]
fn a_session_whose_noop_keeps_pending_is_found() {
    // Such as USER, NOOP, PASS.
    assert!(hunt(Bug::NoopKeepsPending, Claim::Conforms).len() <= 3);
}

#[test]
fn a_session_that_answers_list_without_pasv_with_425_is_found() {
    // Such as USER without a password, LIST.
    assert!(hunt(Bug::ListGets425, Claim::OutOfOrderGets503).len() <= 2);
}

#[test]
fn a_session_that_answers_help_with_211_in_one_state_is_found() {
    // Such as USER, PASS, PASV, a transfer command, HELP.
    assert!(hunt(Bug::HelpGets211, Claim::HelpGets214).len() <= 5);
}

#[test]
fn a_session_that_forgets_pasv_behind_another_line_is_found() {
    // Such as USER without a password, PASV, any line, a transfer command.
    assert!(hunt(Bug::PassiveIsForgotten, Claim::InOrderNeverGets503).len() <= 4);
}
