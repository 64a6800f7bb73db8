//! What a run has sent, played again on fresh connections as it was sent: in two sessions, and several lines in one
//! segment.

use ftproof_model::{Code, Divergence, Entry, Expected, Input, Judgement, Kind, Transcript};

use super::run::Item;
use crate::target::Trouble;
use crate::walk::{Pace, Step, Walk, transcript};
use crate::worker::Worker;

/// What came of one item.
pub(super) struct Turn {
    pub(super) item: Item,
    pub(super) steps: Vec<Step>,
}

/// What came of all of them, up to what diverged.
pub(super) struct Played {
    pub(super) turns: Vec<Turn>,
    pub(super) diverged: Option<Diverged>,
}

/// What diverged, in the session of the last turn.
#[derive(Clone)]
pub(super) struct Diverged {
    pub(super) divergence: Divergence,
    pub(super) note: Option<String>,
    /// Only the end of the session shows it: beside the reply to QUIT came others.
    is_at_end: bool,
}

impl Diverged {
    fn now(walk: &Walk<'_>, divergence: Divergence) -> Self {
        Diverged {
            divergence,
            note: walk.note().map(str::to_owned),
            is_at_end: false,
        }
    }
}

impl Played {
    /// Whether the same diverged as `wanted`, in the same session.
    pub(super) fn shows(&self, wanted: &Divergence, seat: usize) -> bool {
        let is_there = self.turns.last().is_some_and(|turn| turn.item.seat == seat);
        let seen = self.diverged.as_ref().map(|seen| &seen.divergence);
        is_there
            && seen.is_some_and(|seen| {
                (seen.requirement, seen.kind, &seen.came)
                    == (wanted.requirement, wanted.kind, &wanted.came)
            })
    }

    /// The steps of one session.
    pub(super) fn steps(&self, seat: usize) -> Vec<Step> {
        let own = self.turns.iter().filter(|turn| turn.item.seat == seat);
        own.flat_map(|turn| turn.steps.iter().cloned()).collect()
    }
}

/// Plays `items`, up to the first that diverges. `Err`: it could not be sent so again.
pub(super) fn play(worker: &mut Worker<'_, '_>, items: &[Item]) -> Result<Played, Trouble> {
    let mut walks: [Option<Walk<'_>>; 2] = [None, None];
    let mut has_quit = [false; 2];
    let mut played = Played {
        turns: Vec::new(),
        diverged: None,
    };
    let mut untaken: &[Item] = &[];
    for segment in segments(items) {
        let seat = segment[0].seat;
        // A server may wait for the end of one that has quit before it goes on with the other.
        if let Some(walk) = walks[seat ^ 1].take_if(|walk| walk.is_to_close()) {
            has_quit[seat ^ 1] = true;
            worker.finish(walk);
        }
        if has_quit[seat] {
            return Err(Trouble::Unsupported("way to send a line behind QUIT"));
        }
        let walk = match &mut walks[seat] {
            Some(walk) => walk,
            none => none.insert(if played.turns.is_empty() {
                worker.connect()?
            } else {
                worker.connect_at_once()?
            }),
        };
        if segment.len() > 1 {
            let inputs: Vec<Input> = segment.iter().map(|item| item.input).collect();
            if let Some(divergence) = walk.send_together(&inputs)? {
                let (item, steps) = (segment[0], Vec::new());
                played.turns.push(Turn { item, steps });
                played.diverged = Some(Diverged::now(walk, divergence));
            }
        }
        for (index, &item) in segment.iter().enumerate() {
            if played.diverged.is_some() {
                break;
            }
            untaken = &segment[index + 1..];
            // Where it is hasty, what counts is what comes of the last line; but behind one that begins or ends TLS the
            // end would be misread.
            let is_last = played.turns.len() + 1 == items.len();
            let moves_tls = matches!(item.input.verb(), "AUTH" | "CCC" | "REIN");
            walk.set_pace(match worker.pace {
                Pace::Hasty if !is_last || moves_tls => Pace::Quick,
                pace => pace,
            });
            take(worker, walk, item, &mut played).inspect_err(|_| {
                untaken.iter().for_each(|item| worker.put_back(item.input));
            })?;
        }
        if played.diverged.is_some() {
            break;
        }
    }
    end(worker, walks, &mut played);
    untaken.iter().for_each(|item| worker.put_back(item.input));
    Ok(played)
}

/// Sends an item, or takes the reply to one that was sent.
fn take<'m>(
    worker: &mut Worker<'_, 'm>,
    walk: &mut Walk<'m>,
    item: Item,
    played: &mut Played,
) -> Result<(), Trouble> {
    if walk.is_over() || !worker.is_possible(walk, item.input) {
        return Err(Trouble::Unsupported("way to send the rest of the sequence"));
    }
    let before = walk.steps().len();
    let judged = worker.step(walk, item.input)?;
    let steps = walk.steps()[before..].to_vec();
    played.turns.push(Turn { item, steps });
    if let Judgement::Diverges(divergence) = judged {
        played.diverged = Some(Diverged::now(walk, divergence));
    }
    Ok(())
}

/// Ends the sessions. Of the one whose turn was the last it is told if its replies were too many.
fn end<'m>(worker: &mut Worker<'_, 'm>, walks: [Option<Walk<'m>>; 2], played: &mut Played) {
    let last = played.turns.last().map(|turn| turn.item.seat);
    let seen = played.diverged.as_ref().map(|seen| seen.divergence.kind);
    for (seat, walk) in walks.into_iter().enumerate() {
        // To wait for its end would tell nothing more.
        if seen == Some(Kind::NoReply) && last == Some(seat) {
            continue;
        }
        let ended = walk.and_then(|walk| worker.finish(walk));
        if let Some((divergence, note, _)) = ended
            && played.diverged.is_none()
            && last == Some(seat)
        {
            played.diverged = Some(Diverged {
                divergence,
                note: Some(note),
                is_at_end: true,
            });
        }
    }
}

/// The items, those of one segment together.
fn segments(items: &[Item]) -> impl Iterator<Item = &[Item]> {
    items.chunk_by(|one, other| (one.seat, one.segment) == (other.seat, other.segment))
}

/// The same items, each line in a segment of its own. No segment of a run has such a number.
pub(super) fn line_by_line(items: &[Item]) -> Vec<Item> {
    let numbers = (0..=usize::MAX).rev();
    let numbered = items.iter().zip(numbers);
    numbered
        .map(|(&item, segment)| Item { segment, ..item })
        .collect()
}

/// What was played as a transcript that runs again: what came is what is expected, but for the last line that was
/// answered, which expects `expected`; behind it in its segment are lines that should get what `rest` got.
pub(super) fn told(
    items: &[Item],
    played: &Played,
    expected: &[Code],
    rest: &[Step],
) -> Transcript {
    let (mut entries, mut turns) = (Vec::new(), &played.turns[..]);
    let has_two = items.iter().any(|item| item.seat != items[0].seat);
    let at_end = played.diverged.as_ref().filter(|seen| seen.is_at_end);
    let mut on_stage = None;
    for segment in segments(items) {
        if turns.is_empty() {
            break;
        }
        let seat = segment[0].seat;
        if has_two && on_stage.replace(seat) != Some(seat) {
            entries.push(Entry::Session(["A", "B"][seat].to_owned()));
        }
        let (own, later) = turns.split_at(segment.len().min(turns.len()));
        turns = later;
        let steps: Vec<Step> = own.iter().flat_map(|turn| turn.steps.clone()).collect();
        let is_last = turns.is_empty();
        let instead = if is_last && at_end.is_none() {
            expected
        } else {
            &[]
        };
        let mut told = transcript(&steps, instead).entries;
        if segment.len() > 1 {
            told.extend(transcript(if is_last { rest } else { &[] }, &[]).entries);
            told.retain(|entry| !matches!(entry, Entry::Send(_)));
            let lines = segment.iter().filter_map(|item| item.input.line());
            let lines: Vec<&str> = lines.collect();
            entries.push(Entry::Send(lines.join("\r\n").into_bytes()));
        }
        entries.extend(told);
    }
    if let Some(Diverged { note, .. }) = at_end {
        entries.push(Input::Quit.entry());
        entries.push(Entry::Expect(vec![Expected::Code(221)]));
        entries.extend(note.clone().map(Entry::Comment));
    }
    Transcript { entries }
}
