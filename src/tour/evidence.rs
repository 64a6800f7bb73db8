//! What makes a divergence a finding: it comes again on fresh connections, and the fewest inputs show it.

use ftproof_model::{Code, Divergence, Input, Judgement, Kind};

use super::{Found, Guide, REDUCTIONS_MAX, Seen, Session, TRIES, Test};
use crate::reduce;
use crate::target::Trouble;
use crate::walk::{Pace, Step};
use crate::worker::{Anomaly, Worker};

impl<'m> Guide<'_, '_, 'm> {
    /// Looks for the shortest sequence from a fresh connection that shows what was seen: the test alone, the test
    /// before it, both, or else all that was sent in this session, reduced.
    pub(super) fn investigate(
        &mut self,
        test: &Test,
        seen: &Divergence,
        sent: &[Input],
    ) -> Result<Found, Trouble> {
        let access = &self.tour.access[..];
        let candidates = [
            [access, &test.inputs].concat(),
            [access, &self.before].concat(),
            [access, &self.before, &test.inputs].concat(),
        ];
        self.worker.pace = Pace::to_see_again(seen.kind);
        let found = self.search(&candidates, seen, sent);
        self.worker.pace = Pace::Usual;
        found
    }

    pub(super) fn search(
        &mut self,
        candidates: &[Vec<Input>],
        seen: &Divergence,
        sent: &[Input],
    ) -> Result<Found, Trouble> {
        for candidate in candidates {
            let mut tried = self.worker.trial(candidate, false);
            if matches!(&tried, Err(trouble) if trouble.is_absence()) {
                // It may only have enough of us for now.
                if let Err(trouble) = self.worker.await_return() {
                    let is_gone = self.is_the_end(seen, &trouble);
                    return if is_gone {
                        Ok(self.gone(seen, sent))
                    } else {
                        Err(trouble)
                    };
                }
                tried = self.worker.trial(candidate, false);
            }
            if let Ok(Some(anomaly)) = tried {
                return Ok(self.confirmed(candidate, anomaly));
            }
        }
        self.reductions += 1;
        if self.reductions <= REDUCTIONS_MAX
            && let Ok(Some(anomaly)) = self.worker.trial(sent, false)
        {
            let short = self.minimal(&sent[..anomaly.length], &anomaly.divergence);
            if let Ok(Some(anomaly)) = self.worker.trial(&short, false) {
                return Ok(confirm(
                    self.worker,
                    &short[..anomaly.length],
                    anomaly,
                    false,
                ));
            }
        }
        Ok(Found {
            divergence: seen.clone(),
            note: None,
            inputs: candidates[0].clone(),
            steps: std::mem::take(&mut self.last_seen),
            runs: 1,
            is_controlled: false,
            transcript: None,
        })
    }

    /// The server takes no connections any more, so nothing can be tried again: what shows it is all that the session
    /// sent.
    fn gone(&mut self, seen: &Divergence, sent: &[Input]) -> Found {
        let steps = std::mem::take(&mut self.last_seen);
        let mut lines = steps.iter().rev().filter_map(|step| step.input.line());
        let last = lines.next().unwrap_or_default();
        Found {
            divergence: Divergence {
                kind: Kind::Gone,
                ..seen.clone()
            },
            note: Some(format!(
                "the last line of this session was '{last}'; since then the server takes no connections"
            )),
            inputs: sent.to_vec(),
            steps,
            runs: 1,
            is_controlled: false,
            transcript: None,
        }
    }

    /// Whether what was seen ended the server, which takes no connections since then: nothing else explains it, such as
    /// a failed login.
    fn is_the_end(&self, seen: &Divergence, trouble: &Trouble) -> bool {
        matches!(trouble, Trouble::NoConnection { .. })
            && matches!(seen.kind, Kind::Dropped | Kind::NoReply)
            && !self.worker.has_failed_login
            && !self.worker.absence.is_stopped()
    }

    /// Tries it again until it has come as often as it must. Which command put the replies out of step, or had the
    /// connection closed, only the shortest sequence tells.
    pub(super) fn confirmed(&mut self, inputs: &[Input], anomaly: Anomaly) -> Found {
        let inputs = &inputs[..anomaly.length];
        if !matches!(anomaly.divergence.kind, Kind::OutOfStep | Kind::Dropped) {
            return confirm(self.worker, inputs, anomaly, false);
        }
        let short = self.minimal(inputs, &anomaly.divergence);
        match self.worker.trial(&short, false) {
            Ok(Some(shorter)) if shorter.is_like(&anomaly.divergence) => {
                confirm(self.worker, &short[..shorter.length], shorter, false)
            }
            _ => confirm(self.worker, inputs, anomaly, false),
        }
    }

    pub(super) fn minimal(&mut self, inputs: &[Input], wanted: &Divergence) -> Vec<Input> {
        reduce::minimal(
            inputs,
            |inputs| matches!(self.worker.trial(inputs, false), Ok(Some(again)) if again.is_like(wanted)),
        )
    }

    /// Whether a step is one that must leave everything as it was: HELP, NOOP and the like, and whatever is refused.
    pub(super) fn changes_nothing(&self, step: Option<&Step>) -> bool {
        step.is_some_and(|step| {
            let is_neutral = matches!(step.input.verb(), "NOOP" | "HELP" | "SYST" | "FEAT" | "PWD");
            let is_refused = step.codes().first().is_some_and(|&code| code >= 500);
            let may_reset = matches!(
                step.input.verb(),
                "USER" | "PASS" | "ACCT" | "ABOR" | "QUIT"
            );
            (is_neutral || is_refused) && !may_reset && !step.input.is_transfer()
        })
    }

    /// The last input was refused, though it worked without the one before it. Both are tried again, in turn.
    pub(super) fn compare(&mut self, test: &Test) -> Result<(), Trouble> {
        let with = self.canonical(test);
        let mut without = with.clone();
        without.remove(with.len() - 2);
        let (mut runs, mut steps) = (0, Vec::new());
        for _ in 0..TRIES {
            let (refused, worked) = (self.last_step(&with)?, self.last_step(&without)?);
            let works = worked
                .last()
                .is_some_and(|step| step.codes().first().is_some_and(|&code| code < 400));
            if refused.last().is_some_and(is_refused_for_good) && works {
                runs += 1;
                steps = refused;
            }
        }
        let (Some(last), Some(between)) = (steps.last(), steps.iter().rev().nth(1)) else {
            self.record(test, Seen::Allowed, None);
            return Ok(());
        };
        let codes = between.codes();
        let is_help = between.input.verb() == "HELP";
        let (requirement, kind) = if is_help || codes.first().is_some_and(|&code| code >= 400) {
            ("state/refused-changes-nothing", Kind::SideEffect)
        } else {
            ("seq/refused", Kind::Refused)
        };
        let divergence = Divergence {
            requirement,
            kind,
            strict: self.strict_codes(last.input),
            allowed: Vec::new(),
            came: last.codes(),
            row: "in order, and refused because of the line before",
        };
        let note = Some(format!(
            "'{}' works here without the '{}' before it",
            last.input.line().unwrap_or_default(),
            between.input.line().unwrap_or_default()
        ));
        let found = Found {
            divergence,
            note,
            inputs: with,
            steps,
            runs,
            is_controlled: true,
            transcript: None,
        };
        self.record(test, Seen::Diverged(found), None);
        Ok(())
    }

    pub(super) fn strict_codes(&self, input: Input) -> Vec<Code> {
        let strict = self.worker.setting.machine.strict(self.tour.state, input);
        strict.map(|step| step.replies.to_vec()).unwrap_or_default()
    }

    /// Runs `inputs` on a fresh connection, and gives the steps up to the last; none, if it did not get there.
    pub(super) fn last_step(&mut self, inputs: &[Input]) -> Result<Vec<Step>, Trouble> {
        let mut session = Session {
            walk: self.worker.connect()?,
            sent: Vec::new(),
        };
        self.go(&mut session, inputs)?;
        let mut steps = session.walk.steps().to_vec();
        // The end of a transfer is a step of its own.
        while steps.last().is_some_and(|step| step.input.is_event())
            && inputs.last().is_some_and(|last| !last.is_event())
        {
            steps.pop();
        }
        let is_whole = steps.last().map(|step| step.input) == inputs.last().copied();
        // Out of step, the last reply may be another line's.
        let is_in_step = session.walk.is_over() || self.worker.finish(session.walk).is_none();
        Ok(if is_whole && is_in_step {
            steps
        } else {
            Vec::new()
        })
    }
}

/// Tries `inputs`, which have shown `anomaly`, until it has come as often as it must.
pub(crate) fn confirm(
    worker: &mut Worker<'_, '_>,
    inputs: &[Input],
    anomaly: Anomaly,
    judges_unimplemented: bool,
) -> Found {
    let again = (1..TRIES)
        .filter(|_| {
            matches!(
                worker.trial(inputs, judges_unimplemented),
                Ok(Some(again)) if again.is_like(&anomaly.divergence)
            )
        })
        .count();
    Found {
        inputs: inputs.to_vec(),
        runs: 1 + again,
        divergence: anomaly.divergence,
        note: anomaly.note,
        steps: anomaly.steps,
        is_controlled: false,
        transcript: None,
    }
}

/// A command that is out of order works behind one that was refused, and is refused without it: so what was refused has
/// changed the state. A failure within the sequence itself is another matter (RFC 959 §4.2).
pub(crate) fn blame_what_was_refused(worker: &mut Worker<'_, '_>, found: &mut Found) {
    let [.., between, last] = found.inputs[..] else {
        return;
    };
    // What fails in a login ends it, or should.
    let is_own = matches!(between.verb(), "USER" | "PASS" | "ACCT" | "AUTH")
        || last.verb() == "RNTO" && matches!(between.verb(), "RNFR" | "RNTO");
    let is_suspect = match found.divergence.kind {
        Kind::Accepted => !is_own,
        // A right password that was refused, and logs in all the same, lets in nobody who may not.
        Kind::LoginBypass => between == Input::PassRight,
        _ => false,
    };
    if !is_suspect || found.runs < TRIES || !found.is_behind_refusal() {
        return;
    }
    let mut without = found.inputs.clone();
    without.remove(without.len() - 2);
    let mut is_refused = || is_last_refused(worker, &without);
    if is_refused().or_else(|_| is_refused()).unwrap_or(false) {
        found.divergence.requirement = "state/refused-changes-nothing";
        found.divergence.kind = Kind::SideEffect;
        found.is_controlled = true;
    }
}

/// Whether the last of `inputs`, from a fresh connection, is refused, with nothing wrong before or behind it.
fn is_last_refused(worker: &mut Worker<'_, '_>, inputs: &[Input]) -> Result<bool, Trouble> {
    let mut walk = worker.connect()?;
    for &input in inputs {
        if walk.is_over() || !worker.is_possible(&walk, input) {
            return Ok(false);
        }
        if let Judgement::Diverges(_) | Judgement::Lost = worker.step(&mut walk, input)? {
            return Ok(false);
        }
    }
    let is_refused = walk.steps().last().is_some_and(Step::is_refused);
    Ok(is_refused && (walk.is_over() || worker.finish(walk).is_none()))
}

/// Refused, and not for its file: full, or not that name.
pub(super) fn is_refused_for_good(step: &Step) -> bool {
    let first = step.codes().first().copied();
    first.is_some_and(|code| code >= 500 && !matches!(code, 551..=553))
}
