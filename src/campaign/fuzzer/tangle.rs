//! What becomes of a divergence in a run that had two sessions, or several lines in one segment: most of what is wrong
//! comes without either, and is tried so first.

use std::sync::atomic::Ordering;

use ftproof_model::{Divergence, Input, Kind};

use super::run::{Item, Run};
use super::{BREACHED_EVERY, Fuzzer};
use crate::fuzzing::AnyInput;
use crate::target::Trouble;
use crate::walk::Pace;
use crate::worker::is_failed_login;

/// What comes only so is looked into so often for each command, kind and rule.
const LOOKS_MAX: usize = 4;

impl Fuzzer<'_, '_, '_> {
    /// Looks into what diverged in the session whose turn it was: line by line and without the other session first;
    /// where it does not come so, as it was sent.
    pub(super) fn look_at(&mut self, run: &Run<'_>, seen: &Divergence) {
        let own = run.own(run.seat);
        let Some(&last) = own.iter().rev().find(|input| !input.is_event()) else {
            return;
        };
        let look = (seen.requirement, seen.kind, seen.came.clone(), last);
        let is_end = own.last().is_some_and(|input| awaits_end(*input));
        // What another session leaves unanswered is told of, and costs waits.
        if self.starved > 0 && seen.kind == Kind::NoReply && run.sent.contains(&AnyInput::Switch) {
            self.starved += u32::from(!is_end);
            return;
        }
        // That a transfer is left without an end another session does not bring about, nor a segment.
        if run.is_plain() {
            return self.look_into_ordinary(run, &own, seen);
        }
        if self.is_looked_into(&look) || is_end && self.is_told(&own, seen) {
            return;
        }
        let times = self.tangled.get(&look).copied().unwrap_or_default();
        if times >= LOOKS_MAX && self.random.u32(0..BREACHED_EVERY) > 0 {
            return;
        }
        // What is looked into there is tried at the usual pace.
        let pace = match seen.kind {
            Kind::NoReply => self.worker.pace,
            kind => Pace::to_see_again(kind),
        };
        match self.at_pace(pace, |fuzzer| fuzzer.worker.trial(&own, false)) {
            Ok(Some(_)) | Err(Trouble::NoConnection { .. }) => {
                return self.look_into_ordinary(run, &own, seen);
            }
            Ok(None) if is_end && self.worker.pace.is_quick() && seen.kind == Kind::NoReply => {
                return self.slow_down();
            }
            Ok(None) if times < LOOKS_MAX => self.look_into_tangle(run, seen),
            // What could not be sent so tells nothing.
            Ok(None) | Err(_) => {}
        }
        self.tangled.insert(look, times + 1);
    }

    /// What comes line by line in one session.
    fn look_into_ordinary(&mut self, run: &Run<'_>, own: &[Input], seen: &Divergence) {
        let last = run.items.last().map(|item| item.input);
        self.breached.extend(run.before.zip(last));
        self.look_into(own, seen, run.is_noisy[run.seat]);
    }

    fn look_into_tangle(&mut self, run: &Run<'_>, seen: &Divergence) {
        // Each try would be one more failed login, and may lock the user out.
        let has_to_be =
            |item: &Item| !is_failed_login(item.input) || Some(item) == run.items.last();
        self.worker.put_all_back();
        let items: Vec<Item> = run.items.iter().copied().filter(has_to_be).collect();
        let all = items.iter().chain(&run.ahead).copied();
        let own: Vec<Item> = all.filter(|item| item.seat == run.seat).collect();
        let found = self
            .only_in_segments(&own, seen)
            .or_else(|| self.only_in_pairs(&items, run.seat, seen));
        let Some(found) = found else {
            return;
        };
        self.shared.breaches.fetch_add(1, Ordering::Relaxed);
        let tested = found.inputs.last().copied().into_iter().collect();
        self.ledger.found.push((found, tested));
    }
}

/// Whether it is answered, or answered at last, when a transfer ends.
pub(super) fn awaits_end(input: Input) -> bool {
    input.is_event() || input.is_transfer()
}

/// Whether no reply came, or one too late or too many.
pub(super) fn is_lost(seen: &Divergence) -> bool {
    seen.came.is_empty() || seen.kind == Kind::OutOfStep
}

/// How long is waited for it to come again: a server may only be slow, or answer what it has read when more comes.
pub(super) fn pace(seen: &Divergence) -> Pace {
    if is_lost(seen) {
        Pace::Slow
    } else {
        Pace::Usual
    }
}
