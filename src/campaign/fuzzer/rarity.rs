//! How seldom is sent what is known to end a session, or to cost a wait.

use ftproof_model::{Input, State};

use super::{BREACHED_EVERY, Fuzzer};
use crate::walk::Pace;

/// Where transfers were left unanswered so often, with as much set up, those that were are seldom sent: each costs a
/// wait.
const SILENCES_MAX: u32 = 3;

/// A server that was late so often is waited for longer: each time costs no more than a few sessions.
const ALARMS_MAX: u32 = 4;
/// Behind so many runs one of these times is forgotten.
const ALARM_RUNS: u64 = 1_000;

impl Fuzzer<'_, '_, '_> {
    /// The server was only late, and what was not in time was no silence. Where it is so again and again, it is waited
    /// for longer.
    pub(super) fn slow_down(&mut self) {
        self.breached.clear();
        self.silences.clear();
        self.silences_of_all.clear();
        self.alarms += 1;
        if self.alarms < ALARMS_MAX {
            return;
        }
        self.alarms = 0;
        self.worker.pace = match self.worker.pace {
            Pace::Brisk | Pace::Hasty => Pace::Quick,
            Pace::Quick | Pace::Usual | Pace::Slow => Pace::Usual,
        };
    }

    /// That it was late once is forgotten in time.
    pub(super) fn forget_alarm(&mut self) {
        if self.ledger.runs.is_multiple_of(ALARM_RUNS) {
            self.alarms = self.alarms.saturating_sub(1);
        }
    }

    pub(super) fn note_silence(
        &mut self,
        before: Option<State>,
        input: Input,
        about: &'static str,
    ) {
        let place = (about, before.map(|state| state.data));
        self.silences.insert((input, place));
        *self.silences_of_all.entry(place).or_default() += 1;
    }

    /// Of so many times that it could be sent in this state, once it is: 1, unless it would end the session and tell
    /// nothing new. What costs a wait becomes the rarer the more of them there were, so that these never take more than
    /// a small part of a campaign.
    pub(super) fn rarity(&self, before: Option<State>, input: Input, about: &'static str) -> u32 {
        let place = (about, before.map(|state| state.data));
        // Each input is left unanswered once before it is seldom sent.
        let has_been_silent = self.silences.contains(&(input, place));
        let of_all = self.silences_of_all.get(&place);
        let is_breach = || before.is_some_and(|state| self.breached.contains(&(state, input)));
        match of_all {
            Some(&count) if has_been_silent && count >= SILENCES_MAX => {
                BREACHED_EVERY.saturating_mul(count)
            }
            _ if is_breach() => BREACHED_EVERY,
            _ => 1,
        }
    }
}
