//! Two sessions that take turns: when the second is opened, and what becomes of a divergence in one of them that does
//! not come without the other.
//!
//! Sessions share files, ports and limits, and may; what they must not share is what the one has prepared: its login,
//! its RNFR, its EPSV ALL. So it is told of what was accepted without its prerequisite, or refused in spite of it,
//! where the other session has changed no files; and of a session that is not answered any more once the other has
//! quit.

use ftproof_model::{Divergence, Input, Kind, Transfer};

use super::run::{Item, Run, Source, inputs_of};
use super::script::{Played, line_by_line, play, told};
use super::segment::LOGIN;
use super::{BREACHED_EVERY, Fuzzer};
use crate::fuzzing::AnyInput;
use crate::reduce;
use crate::reply::Reply;
use crate::target::Trouble;
use crate::tour::{Found, TRIES};
use crate::verdict::expected_codes;
use crate::walk::{Pace, Step, Walk};

/// A server that has refused so often to have two sessions is not asked again.
const REFUSALS_MAX: usize = 2;
/// How many of the last items are tried behind two logins.
const TAILS: std::ops::RangeInclusive<usize> = 2..=4;

impl<'m> Fuzzer<'_, '_, 'm> {
    /// Gives the turn to the other session, and opens it when it is first needed: mostly with a login, without which
    /// there is little to share. Where it cannot be had all goes on in the first: that is no finding. Gives what
    /// diverged.
    pub(super) fn switch(&mut self, run: &mut Run<'m>, source: &Source<'_>) -> Option<Divergence> {
        let is_first = run.walks.len() == 1;
        let rarity = BREACHED_EVERY.saturating_mul(self.starved).max(1);
        let is_left_alone = self.random.u32(0..rarity) > 0;
        if is_first && self.refusals < REFUSALS_MAX && !is_left_alone {
            match self.worker.connect_at_once() {
                Ok(walk) => {
                    self.refusals = 0;
                    run.walks.push(walk);
                }
                Err(trouble) => self.note_refusal(&trouble),
            }
        }
        if run.walks.len() > 1 {
            run.seat ^= 1;
            run.sent.push(AnyInput::Switch);
            // What was sent last was sent in the other one.
            self.novelty.start();
        }
        self.generator.turn_to(run.seat);
        let logs_in = is_first && run.seat == 1 && source.is_new() && self.random.u32(0..4) > 0;
        let login = LOGIN.map(AnyInput::known).into_iter();
        login.take_while(|_| logs_in).find_map(|line| {
            self.generator.follow(&line);
            self.send(run, &line)
        })
    }

    /// Opens another session behind one that has moved data and is to end now: it must be answered all the same. Gives
    /// what diverged.
    pub(super) fn come_behind(&mut self, run: &mut Run<'m>) -> Option<Divergence> {
        let has_moved = run.items.iter().any(|item| item.input.is_transfer());
        let is_due = has_moved && run.walks.len() == 1 && !run.walk().is_over();
        if !is_due || self.random.bool() {
            return None;
        }
        let nothing = Source {
            kept: &[],
            left: 0,
            goes_on: true,
        };
        self.switch(run, &nothing)
    }

    /// Ends the session whose turn it is; gives what diverged. Its QUIT must be answered, though the other one has
    /// ended.
    pub(super) fn end_one(&mut self, run: &mut Run<'m>, walk: Walk<'m>) -> Option<Divergence> {
        let mut states = walk.states().iter();
        let is_idle = states.all(|state| state.transfer == Transfer::Idle);
        let (has_quit, silence) = (walk.is_to_close(), walk.silence_behind(Input::Quit));
        let quit = run.item(Input::Quit);
        match self.worker.try_to_finish(walk) {
            Ok(Some((divergence, ..))) => return Some(divergence),
            Ok(None) if !has_quit => run.items.push(quit),
            Err(Trouble::TimedOut {
                awaited: "reply", ..
            }) if !has_quit
                && is_idle
                && !run.is_noisy[run.seat]
                && run.items.iter().any(|item| item.seat != run.seat) =>
            {
                run.items.push(quit);
                return Some(silence);
            }
            Ok(None) | Err(_) => {}
        }
        None
    }

    /// Counts the reply to `input`, as it should be though the other session had prepared something.
    pub(super) fn note_apart(&mut self, run: &Run<'_>, input: Input, strictly: bool) {
        let Some(other) = run.walks.get(run.seat ^ 1) else {
            return;
        };
        let has_quit = other.steps().last().map(|step| step.input) == Some(Input::Quit);
        let is_served = has_quit && !may_wait(input) && run.own(run.seat).len() > 1;
        let rules = [rule_for(input), is_served.then_some("isolation/data")];
        if rules == [None, None] {
            return;
        }
        let took_effect = |step: &&Step| step.codes().first().is_some_and(|&code| code < 400);
        let others = other.steps().iter().filter(took_effect);
        let others: Vec<Input> = others.map(|step| step.input).collect();
        for rule in rules.into_iter().flatten() {
            if has_prepared(&others, rule) {
                self.ledger.passed(rule, strictly);
            }
        }
    }

    fn note_refusal(&mut self, trouble: &Trouble) {
        self.refusals += 1;
        if self.refusals == REFUSALS_MAX {
            let reason = format!("two sessions at once: {trouble}");
            self.ledger.untested.push(reason);
        }
    }

    /// What diverges in the session `seat`, and not where the other is not there; if it comes every time, and with the
    /// fewest items that show it.
    pub(super) fn only_in_pairs(
        &mut self,
        items: &[Item],
        seat: usize,
        seen: &Divergence,
    ) -> Option<Found> {
        let rule = rule(items.last()?.input, seen)?;
        items.iter().find(|item| item.seat != seat)?;
        let items = line_by_line(items);
        // What is searched with short waits is tried again with the usual ones; behind a full one a shorter one tells
        // as much.
        let [search, again] = match seen.kind {
            Kind::NoReply => [Pace::Hasty, Pace::Quick],
            _ => [Pace::Usual; 2],
        };
        let few = self.at_pace(search, |fuzzer| {
            fuzzer.reduced_pair(&items, seat, seen, rule)
        })?;
        self.at_pace(Pace::Usual, |fuzzer| fuzzer.mixed_up(&few, seat, seen))?;
        let found = self.at_pace(again, |fuzzer| {
            fuzzer.confirmed_pair(&few, seat, seen, rule)
        })?;
        // Each session that is left without an answer costs long waits.
        self.starved += u32::from(seen.kind == Kind::NoReply);
        Some(found)
    }

    fn reduced_pair(
        &mut self,
        items: &[Item],
        seat: usize,
        seen: &Divergence,
        rule: &'static str,
    ) -> Option<Vec<Item>> {
        let mut candidates = short(items);
        candidates.push(items.to_vec());
        let shown = candidates
            .into_iter()
            .find(|items| self.mixed_up(items, seat, seen).is_some())?;
        let last = shown.last();
        let few = reduce::minimal(&shown, |items| {
            items.last() == last && self.mixed_up(items, seat, seen).is_some()
        });
        is_of_the_other(&few, seat, seen, rule).then_some(few)
    }

    /// Behind the first time, which was waited for as long as may be.
    fn confirmed_pair(
        &mut self,
        items: &[Item],
        seat: usize,
        seen: &Divergence,
        rule: &'static str,
    ) -> Option<Found> {
        let mut last = None;
        for _ in 1..TRIES {
            last = Some(self.mixed_up(items, seat, seen)?);
        }
        let (played, alone) = last?;
        found(items, &played, &alone, rule)
    }

    /// What comes of `items` with both sessions and with `seat` alone, if `seen` diverges there with both and nothing
    /// does alone.
    fn mixed_up(
        &mut self,
        items: &[Item],
        seat: usize,
        seen: &Divergence,
    ) -> Option<(Played, Played)> {
        items.iter().find(|item| item.seat != seat)?;
        if self.shared.is_over() {
            return None;
        }
        let played = play(self.worker, items).ok()?;
        if !played.shows(seen, seat) || played.turns.len() != items.len() {
            return None;
        }
        let own: Vec<Item> = items
            .iter()
            .filter(|item| item.seat == seat)
            .copied()
            .collect();
        let alone = play(self.worker, &own).ok()?;
        alone.diverged.is_none().then_some((played, alone))
    }
}

/// The last few items, with nobody logged in, with both, and with either.
fn short(items: &[Item]) -> Vec<Vec<Item>> {
    let login = |seat| {
        LOGIN.map(|input| Item {
            input,
            seat,
            segment: 0,
        })
    };
    let logins = [
        [].to_vec(),
        [login(0), login(1)].concat(),
        login(0).to_vec(),
        login(1).to_vec(),
    ];
    let tails = TAILS.filter(|&count| count <= items.len());
    let tails = tails.map(|count| &items[items.len() - count..]);
    tails
        .flat_map(|tail| {
            logins
                .each_ref()
                .map(|login| line_by_line(&[login, tail].concat()))
        })
        .collect()
}

/// The rule of isolation that is broken if `seen`, the reply to `input`, comes only because of another session.
fn rule(input: Input, seen: &Divergence) -> Option<&'static str> {
    match seen.kind {
        Kind::NoReply => (!may_wait(input)).then_some("isolation/data"),
        Kind::Accepted | Kind::Refused => rule_for(input),
        Kind::LoginBypass => rule_for(input).or(Some("isolation/login")),
        _ => None,
    }
}

/// A transfer may wait for its data connection, and a login be slow on purpose.
fn may_wait(input: Input) -> bool {
    input.is_event() || input.is_transfer() || matches!(input.verb(), "PASS" | "ACCT" | "HOST")
}

/// The rule of isolation that tells what `input` must not take from another session.
fn rule_for(input: Input) -> Option<&'static str> {
    match input.verb() {
        "RNTO" => Some("isolation/rename"),
        "PASS" | "ACCT" => Some("isolation/login"),
        "PASV" | "LPSV" | "PORT" | "EPRT" | "LPRT" => Some("isolation/epsv-all"),
        // A transfer that is fed over another session's data connection is not told from one that waits.
        _ => None,
    }
}

/// Whether the other session has sent what this rule is about.
fn has_prepared(others: &[Input], rule: &str) -> bool {
    let has = |verbs: &[&str]| others.iter().any(|input| verbs.contains(&input.verb()));
    match rule {
        "isolation/rename" => has(&["RNFR"]),
        "isolation/epsv-all" => others.contains(&Input::EpsvAll),
        "isolation/data" => {
            others.last() == Some(&Input::Quit) && others.iter().any(|input| input.is_transfer())
        }
        _ => has(&["USER", "PASS", "ACCT"]),
    }
}

/// Whether the other session has sent what is used of it, and nothing that changes files, which are everybody's.
fn is_of_the_other(items: &[Item], seat: usize, seen: &Divergence, rule: &str) -> bool {
    let others = inputs_of(items, seat ^ 1);
    // No RFC says that a server must serve a session while another is there: only of one that was served, and is not
    // any more once the other has quit, it is told that nothing comes.
    if seen.kind == Kind::NoReply {
        let own = items.iter().filter(|item| item.seat == seat);
        return others.last() == Some(&Input::Quit) && own.count() > 1;
    }
    let changes_files = others.iter().any(|input| {
        matches!(
            input.verb(),
            "RNTO" | "DELE" | "RMD" | "XRMD" | "MKD" | "XMKD" | "STOR" | "STOU" | "APPE"
        )
    });
    let is_disturbed = match rule {
        "isolation/epsv-all" => seen.kind != Kind::Refused,
        // In order, and refused: whatever the other has sent disturbs it.
        _ => seen.kind == Kind::Refused,
    };
    !changes_files && (is_disturbed || has_prepared(&others, rule))
}

fn found(items: &[Item], played: &Played, alone: &Played, rule: &'static str) -> Option<Found> {
    let seat = items.last()?.seat;
    let divergence = played.diverged.as_ref()?.divergence.clone();
    let came_alone = alone.turns.last().into_iter().flat_map(|turn| &turn.steps);
    let came_alone: Vec<String> = came_alone
        .flat_map(|step| step.replies.iter().map(Reply::headline))
        .collect();
    let [own, other] = if seat == 0 { ["A", "B"] } else { ["B", "A"] };
    let note = format!(
        "without session {other} the same lines of session {own} get '{}'",
        came_alone.join("', '")
    );
    Some(Found {
        transcript: Some(told(items, played, &expected_codes(&divergence), &[])),
        divergence: Divergence {
            requirement: rule,
            kind: Kind::Isolation,
            ..divergence
        },
        note: Some(note),
        inputs: items.iter().map(|item| item.input).collect(),
        steps: played.steps(seat),
        runs: TRIES,
        is_controlled: true,
    })
}
