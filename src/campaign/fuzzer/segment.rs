//! Several lines in one segment: what may be sent so, and what becomes of a divergence that only a segment shows.
//!
//! A user *should* wait for each reply (RFC 959 §5.4), yet each line that was sent is a command, and must generate a
//! reply (RFC 959 §4.2). So the k-th reply is judged as that to the k-th line, as if it had come alone.

use ftproof_model::{Code, Divergence, Input, State, Transfer};

use super::Fuzzer;
use super::run::{Item, Run, Source, inputs_of};
use super::script::{Diverged, Played, line_by_line, play, told};
use super::sole;
use super::tangle::{is_lost, pace};
use crate::fuzzing::AnyInput;
use crate::plan::subject;
use crate::reduce;
use crate::tour::{Found, TRIES};
use crate::walk::Step;

/// Of so many lines that may have another behind them one has it in its segment.
const JOINED_EVERY: u32 = 16;
/// The login that most of what is wrong needs, and no more.
pub(super) const LOGIN: [Input; 2] = [Input::UserPassword, Input::PassRight];

impl<'m> Fuzzer<'_, '_, 'm> {
    /// The lines that are to be in one segment, of which `first` is the first; and what was looked at behind them.
    pub(super) fn gather(
        &mut self,
        run: &Run<'m>,
        first: AnyInput,
        source: &mut Source<'_>,
    ) -> (Vec<AnyInput>, Option<AnyInput>) {
        let mut lines = vec![first];
        while self.has_more(&lines, source) {
            let Some(next) = self.next(source) else {
                break;
            };
            if !lines.last().is_some_and(may_be_followed) || !may_be_joined(&next) {
                // If it gives the turn to the other session, these lines are sent before that.
                self.generator.turn_to(run.seat);
                return (lines, Some(next));
            }
            lines.push(next);
        }
        (lines, None)
    }

    /// Whether the next line joins these: where the generator says so, and now and then where it made them to be sent
    /// one by one, such as a command behind the one that it needs.
    fn has_more(&mut self, lines: &[AnyInput], source: &mut Source<'_>) -> bool {
        let joins = match source.kept.first() {
            Some(kept) => *kept == AnyInput::Join,
            None => source.goes_on && self.generator.joins(),
        };
        if joins {
            return self.next(source).is_some();
        }
        source.is_new()
            && self.joins_lines
            && lines.last().is_some_and(may_be_followed)
            && self.random.u32(0..JOINED_EVERY) == 0
    }

    /// Sends lines in one segment if that may be, else one by one; gives what diverged.
    pub(super) fn send_all(&mut self, run: &mut Run<'m>, lines: &[AnyInput]) -> Option<Divergence> {
        if lines.len() > 1 && self.joins_lines {
            let divergence = self.send_together(run, lines);
            if divergence.is_some() {
                return divergence;
            }
        }
        for line in lines {
            if run.walk().is_over() {
                // What is behind it is not answered; the other session may go on.
                self.put_back(run.ahead.drain(..));
                break;
            }
            let divergence = self.send(run, line);
            if divergence.is_some() {
                return divergence;
            }
        }
        None
    }

    fn send_together(&mut self, run: &mut Run<'m>, lines: &[AnyInput]) -> Option<Divergence> {
        let inputs: Vec<Input> = lines.iter().filter_map(AnyInput::known_input).collect();
        let is_due = sole(run.walk().states()).is_some_and(|state| self.is_due(state, &inputs));
        if !is_due {
            return None;
        }
        // Where it cannot be sent so, nothing was sent.
        let divergence = run.walk().send_together(&inputs).ok()?;
        let first = run.item(inputs[0]);
        if divergence.is_some() {
            run.sent.push(lines[0].clone());
            run.items.push(first);
        } else {
            let items = inputs.iter().map(|&input| Item { input, ..first });
            run.ahead.extend(items);
        }
        divergence
    }

    /// Puts back what lines would have changed whose replies are not taken.
    pub(super) fn put_back(&mut self, untaken: impl Iterator<Item = Item>) {
        untaken.for_each(|item| self.worker.put_back(item.input));
    }

    /// Whether all of `inputs` would be sent one by one too, the first of them in `state`, and none waits for a
    /// transfer.
    fn is_due(&self, mut state: State, inputs: &[Input]) -> bool {
        let machine = self.worker.setting.machine;
        state.transfer == Transfer::Idle
            && inputs.iter().all(|&input| {
                let about = subject(machine, state, &[input]);
                let is_known = self.rarity(Some(state), input, about) > 1;
                let step = machine.strict(state, input);
                state = step.map_or(state, |step| step.next);
                step.is_some() && !is_known
            })
    }

    /// What diverges where `items`, all of one session, are sent in segments, and not where they are sent one by one;
    /// if it comes every time, and with the fewest items that show it.
    pub(super) fn only_in_segments(&mut self, items: &[Item], seen: &Divergence) -> Option<Found> {
        let begin = items
            .windows(2)
            .rposition(|two| two[0].segment == two[1].segment)?;
        let last = items[begin].segment;
        let begin = items.iter().position(|item| item.segment == last)?;
        let (before, last) = items.split_at(begin);
        let found = self.at_pace(pace(seen), |fuzzer| fuzzer.reduced_segment(before, last))?;
        // Who loses lines loses others too, and each costs waits.
        self.joins_lines &= !is_lost(&found.divergence);
        Some(found)
    }

    /// `last` begins with the last segment of several lines, and `before` is what was sent before it.
    fn reduced_segment(&mut self, before: &[Item], last: &[Item]) -> Option<Found> {
        let seat = last.first()?.seat;
        // What went before in segments is mostly no part of it, nor most of what went before at all.
        let login = LOGIN.map(|input| Item {
            input,
            seat,
            segment: 0,
        });
        let candidates = [
            last.to_vec(),
            [line_by_line(&login), last.to_vec()].concat(),
            [line_by_line(before), last.to_vec()].concat(),
            [before, last].concat(),
        ];
        let (items, wanted) = candidates.into_iter().find_map(|candidate| {
            let (together, _) = self.apart(&candidate)?;
            Some((candidate, together.diverged?.divergence))
        })?;
        let few = reduce::minimal(&items, |items| {
            let shown = self.apart(items);
            shown.is_some_and(|(together, _)| together.shows(&wanted, seat))
        });
        let mut last = None;
        for _ in 0..TRIES {
            let shown = self.apart(&few)?;
            last = Some(shown).filter(|(together, _)| together.shows(&wanted, seat));
            last.as_ref()?;
        }
        let (together, alone) = last?;
        found(&few, &together, &alone)
    }

    /// What comes of `items` as they are and line by line, if something diverges there and nothing here.
    fn apart(&mut self, items: &[Item]) -> Option<(Played, Played)> {
        if self.shared.is_over() {
            return None;
        }
        let together = play(self.worker, items).ok()?;
        together.diverged.as_ref()?;
        let alone = play(self.worker, &line_by_line(items)).ok()?;
        alone.diverged.is_none().then_some((together, alone))
    }
}

fn found(items: &[Item], together: &Played, alone: &Played) -> Option<Found> {
    let seat = items.first()?.seat;
    let Diverged {
        divergence, note, ..
    } = together.diverged.clone()?;
    let (same, behind) = alone.turns[together.turns.len() - 1..].split_first()?;
    let expected: Vec<Code> = same.steps.iter().flat_map(Step::codes).collect();
    let rest: Vec<Step> = behind.iter().flat_map(|turn| turn.steps.clone()).collect();
    let apart = "sent one by one, these lines are answered as they should be";
    Some(Found {
        transcript: Some(told(items, together, &expected, &rest)),
        note: Some(note.map_or(apart.to_owned(), |note| format!("{note}; {apart}"))),
        divergence,
        inputs: inputs_of(items, seat),
        steps: together.steps(seat),
        runs: TRIES,
        is_controlled: true,
    })
}

/// Whether the line may be in a segment. Left out is whatever asks something of the transport (a data connection, TLS),
/// is slow on purpose, may get no reply, or is not of the rules.
fn may_be_joined(any: &AnyInput) -> bool {
    let Some(input) = any.known_input().filter(|_| !any.is_spelled()) else {
        return false;
    };
    let asks_the_transport = matches!(
        input.verb(),
        "PASV" | "EPSV" | "LPSV" | "PORT" | "EPRT" | "LPRT" | "AUTH" | "CCC" | "PROT" | "REIN"
    );
    let is_slow = matches!(input.verb(), "PASS" | "ACCT" | "HOST");
    !(input.is_event()
        || input.is_transfer()
        || asks_the_transport
        || is_slow
        || input == Input::Empty)
}

/// Whether another line may stand behind it: nothing is read behind QUIT, and files are put back only behind a segment.
fn may_be_followed(any: &AnyInput) -> bool {
    let is_last = |input: Input| {
        matches!(
            input.verb(),
            "QUIT" | "RNTO" | "DELE" | "RMD" | "XRMD" | "MKD" | "XMKD"
        )
    };
    may_be_joined(any) && !any.known_input().is_some_and(is_last)
}
