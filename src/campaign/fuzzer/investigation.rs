//! What becomes of a divergence: the fewest inputs that show it, from a fresh connection, as often as it must come.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use ftproof_model::{Divergence, Input, Kind};

use super::tangle::awaits_end;
use super::{Fuzzer, Look};
use crate::absence::Absence;
use crate::reduce;
use crate::tally::{BROAD_MIN, culprit, has_in_order, is_broadened};
use crate::target::{Trouble, Unowed, Wait};
use crate::tour::{Found, TRIES, blame_what_was_refused, confirm};
use crate::walk::{NO_TIME, Pace};
use crate::worker::Anomaly;

/// What diverged is looked into so often for each command, kind and rule.
const LOOKS_MAX: usize = 2;
/// A login was left without a reply.
const UNANSWERED: Trouble = Trouble::Closed("the reply to a login");
/// How many of the last inputs are tried alone.
const TAIL_MAX: usize = 3;
/// How long the end of a transfer is waited for that the server is known to leave without one.
const ENDLESS: Wait = Wait::Unowed(Unowed::Connectionless);

/// The fewest inputs that diverge when they are sent again, all up to there, and how each does.
type Search = [(Vec<Input>, Divergence); 2];

impl Fuzzer<'_, '_, '_> {
    /// Reduces what diverged to the fewest inputs that show it, and tries these again.
    pub(super) fn look_into(&mut self, sent: &[Input], seen: &Divergence, is_noisy: bool) {
        let last = sent.iter().rev().find(|input| !input.is_event()).copied();
        let Some(last) = last else {
            return;
        };
        let key = (seen.requirement, seen.kind, seen.came.clone(), last);
        if self.is_told(sent, seen) || self.is_looked_into(&key) {
            return;
        }
        *self.looks.entry(key.clone()).or_default() += 1;
        self.worker.put_all_back();
        if self.lets_nobody_in(seen.kind) {
            return;
        }
        let pace = Pace::to_see_again(seen.kind);
        let found = self.at_pace(pace, |fuzzer| fuzzer.reduce(sent, seen, is_noisy));
        let came_again = found.as_ref().is_some_and(|found| found.runs > 1);
        if self.worker.pace.is_quick() && seen.kind == Kind::NoReply && !came_again {
            self.looks.remove(&key);
            // Only that is briefly waited for. Why a line was not answered once nobody can tell.
            if sent.last().is_some_and(|&input| awaits_end(input)) {
                self.slow_down();
            }
            return;
        }
        let Some(mut found) = found else {
            return;
        };
        // That may have begun only while another divergence was looked into.
        if found.divergence.kind != seen.kind && self.lets_nobody_in(found.divergence.kind) {
            return;
        }
        self.at_pace(pace, |fuzzer| {
            blame_what_was_refused(fuzzer.worker, &mut found);
        });
        // That such a transfer is left without an end needs no full wait any more.
        if found.runs == TRIES && is_endless(&found.divergence) {
            self.worker.silence = ENDLESS;
        }
        self.shared
            .breaches
            .fetch_add(usize::from(found.runs == TRIES), Ordering::Relaxed);
        let tested = tested(&found);
        self.ledger.found.push((found, tested));
    }

    /// Whether to look into it once more would tell nothing new.
    pub(super) fn is_looked_into(&self, look: &Look) -> bool {
        // Where nothing comes each look costs many waits.
        let looks_max = if look.2.is_empty() { 1 } else { LOOKS_MAX };
        self.looks
            .get(look)
            .is_some_and(|&looks| looks >= looks_max)
    }

    /// Whether a finding tells of it already: to see it again would say nothing new, and costs waits.
    pub(super) fn is_told(&self, sent: &[Input], seen: &Divergence) -> bool {
        let is_of_it = |(found, _): &(Found, Vec<Input>)| {
            let other = &found.divergence;
            found.runs == TRIES
                && (other.requirement, other.kind, &other.came)
                    == (seen.requirement, seen.kind, &seen.came)
                && ends_transfer_like(sent, &found.inputs)
        };
        self.is_broad(seen) || self.ledger.found.iter().any(is_of_it)
    }

    /// Whether so many commands were seen to show it that it is the fault of none.
    fn is_broad(&self, seen: &Divergence) -> bool {
        let is_like = |found: &&(Found, Vec<Input>)| {
            let other = &found.0.divergence;
            found.0.runs == TRIES
                && (other.requirement, other.kind) == (seen.requirement, seen.kind)
        };
        let verbs = || -> BTreeSet<&str> {
            let alike = self.ledger.found.iter().filter(is_like);
            alike.map(|(found, _)| culprit(found).verb()).collect()
        };
        is_broadened(seen.requirement, seen.kind) && verbs().len() >= BROAD_MIN
    }

    fn reduce(&mut self, sent: &[Input], seen: &Divergence, is_noisy: bool) -> Option<Found> {
        let usual = (self.worker.silence, self.worker.pace);
        let mut searched = Ok(None);
        // What is searched with short waits is tried again with the usual ones. Where it does not come again, a
        // transfer in it may take longer.
        let short = (seen.kind != Kind::OutOfStep).then_some((ENDLESS, Pace::Brisk));
        for waits in short.into_iter().chain([usual]) {
            (self.worker.silence, self.worker.pace) = waits;
            searched = self.search(sent, seen);
            (self.worker.silence, self.worker.pace) = usual;
            match &searched {
                Ok(Some(candidates)) => {
                    let confirmed = candidates
                        .iter()
                        .find_map(|(inputs, wanted)| self.confirmed(inputs, wanted));
                    if confirmed.is_some() {
                        return confirmed;
                    }
                }
                Err(trouble @ Trouble::NoConnection { .. }) => {
                    self.see_whether_it_is_gone(trouble);
                    return None;
                }
                Ok(None) | Err(_) => {}
            }
        }
        match searched {
            // It came from a line that is not judged.
            Ok(None) if is_noisy => None,
            Ok(_) => Some(once(sent, seen)),
            // The sequence could not be sent again, so nothing is known.
            Err(_) => None,
        }
    }

    /// Whether `inputs` show what is `wanted`, and how often when they are sent again.
    fn confirmed(&mut self, inputs: &[Input], wanted: &Divergence) -> Option<Found> {
        let again = self.worker.trial(inputs, false).ok().flatten()?;
        is_same(&again, wanted).then(|| confirm(self.worker, &inputs[..again.length], again, false))
    }

    /// What diverges when `sent` is sent again, if anything does.
    fn search(&mut self, sent: &[Input], seen: &Divergence) -> Result<Option<Search>, Trouble> {
        let (wanted, length) = match self.worker.trial(sent, false) {
            Ok(Some(anomaly)) => (anomaly.divergence, anomaly.length),
            Ok(None) => return Ok(None),
            Err(Trouble::Unsupported(NO_TIME)) if is_endless(seen) => (seen.clone(), sent.len()),
            Err(trouble) => return Err(trouble),
        };
        let all = sent[..length].to_vec();
        let (short, of_short) = self
            .short(&all, &wanted)
            .unwrap_or_else(|| (all.clone(), wanted.clone()));
        let few = reduce::minimal(&short, |inputs| self.shows(inputs, &of_short));
        Ok(Some([(few, of_short), (all, wanted)]))
    }

    /// Whether `inputs`, from a fresh connection, show what is wanted. Once the campaign is stopped nothing is made
    /// shorter.
    fn shows(&mut self, inputs: &[Input], wanted: &Divergence) -> bool {
        if self.worker.absence.is_stopped() {
            return false;
        }
        match self.worker.trial(inputs, false) {
            Ok(Some(again)) => is_same(&again, wanted),
            Err(Trouble::Unsupported(NO_TIME)) => is_endless(wanted),
            _ => false,
        }
    }

    /// The last few inputs, with a login before them or without one, if they show it, and what they show: most of what
    /// is wrong needs no more, and a search in all that was sent takes many sessions.
    fn short(&mut self, sent: &[Input], wanted: &Divergence) -> Option<(Vec<Input>, Divergence)> {
        for count in 1..=TAIL_MAX.min(sent.len()) {
            for login in [&[][..], &[Input::UserPassword, Input::PassRight]] {
                let candidate = [login, &sent[sent.len() - count..]].concat();
                let again = match self.worker.trial(&candidate, false) {
                    Ok(Some(again)) => again,
                    Err(Trouble::Unsupported(NO_TIME)) if is_endless(wanted) => {
                        return Some((candidate, wanted.clone()));
                    }
                    _ => continue,
                };
                // A line that is taken alone is not called what it is behind its predecessor.
                let is_plainer = count == 1
                    && !wanted.came.is_empty()
                    && again.divergence.requirement == wanted.requirement
                    && again.divergence.came == wanted.came;
                if is_plainer || is_same(&again, wanted) {
                    return Some((candidate, again.divergence));
                }
            }
        }
        None
    }

    /// The server took connections before. It is told of once that it takes none any more, or greets nobody.
    pub(super) fn see_whether_it_is_gone(&mut self, trouble: &Trouble) {
        let note = match trouble {
            Trouble::NoConnection { .. } => {
                "it took connections when the run began, and takes none any more"
            }
            Trouble::TimedOut {
                awaited: "greeting",
                ..
            } if self.worker.connect().is_err() => {
                "it took connections when the run began, and greets nobody any more"
            }
            _ => return,
        };
        self.end_as_gone(note, &trouble.to_string());
    }

    /// Whether a line was left without a reply though it is not to blame: not even the login is answered that was when
    /// the campaign began. Then the server's end is told of.
    fn lets_nobody_in(&mut self, kind: Kind) -> bool {
        let (note, reason) = match kind {
            Kind::Dropped => (
                "it let us in when the run began, and closes the connection on the same login now",
                "the server closes every connection on the login that worked before",
            ),
            Kind::NoReply => (
                "it let us in when the run began, and does not answer the same login now",
                "the server does not answer the login that worked before",
            ),
            _ => return false,
        };
        let is_so = self.leaves_login_unanswered();
        // Where the campaign was stopped it was not waited for, so nobody is accused of anything.
        if is_so && !self.worker.absence.is_stopped() {
            self.end_as_gone(note, reason);
        }
        is_so
    }

    /// It may be so only for a while, so it is waited for as for a server that takes no connections.
    fn leaves_login_unanswered(&mut self) -> bool {
        let login = [Input::UserPassword, Input::PassRight];
        let mut absence = self.worker.absence.clone();
        absence.wait_long();
        let closed = absence.outlast(|| match self.worker.trial(&login, false) {
            Ok(Some(anomaly))
                if matches!(anomaly.divergence.kind, Kind::Dropped | Kind::NoReply) =>
            {
                Err(UNANSWERED)
            }
            Err(Trouble::Closed(_) | Trouble::TimedOut { .. }) => Err(UNANSWERED),
            other => other.map(drop),
        });
        matches!(closed, Err(Trouble::Closed(_)))
    }

    /// Tells of the server's end, once, and ends the campaign.
    fn end_as_gone(&mut self, note: &str, reason: &str) {
        let is_first = self
            .ledger
            .found
            .iter()
            .all(|(found, _)| found.divergence.kind != Kind::Gone);
        if is_first {
            let gone = Found {
                note: Some(note.to_owned()),
                ..Found::gone()
            };
            self.ledger.found.push((gone, Vec::new()));
        }
        // To remove our files it is not waited for long.
        let absences = self
            .worker
            .workdir
            .as_mut()
            .map(|workdir| &mut workdir.absence);
        absences.into_iter().for_each(Absence::wait_briefly);
        self.worker.absence.wait_briefly();
        self.shared.is_ended.store(true, Ordering::Relaxed);
        self.ledger.ended_by = Some(reason.to_owned());
    }
}

/// It came once, and not when the same was sent again.
fn once(sent: &[Input], seen: &Divergence) -> Found {
    Found {
        divergence: seen.clone(),
        note: None,
        inputs: sent.to_vec(),
        steps: Vec::new(),
        runs: 1,
        is_controlled: false,
        transcript: None,
    }
}

/// Whether both end with the same event, and `sent` has what may be to blame for it in `told`: what was sent during the
/// transfer, or, if nothing was, all.
fn ends_transfer_like(sent: &[Input], told: &[Input]) -> bool {
    let is_same_event = |last: &Input| last.is_event() && told.last() == Some(last);
    if !sent.last().is_some_and(is_same_event) {
        return false;
    }
    match (during_transfer(sent), during_transfer(told)) {
        (_, [_]) => transfer(sent) == transfer(told) && has_in_order(sent, told),
        (sent, told) => has_in_order(sent, told),
    }
}

/// What was sent behind the start of the last transfer, up to the event that ended it.
fn during_transfer(inputs: &[Input]) -> &[Input] {
    let start = inputs.iter().rposition(|input| input.is_transfer());
    &inputs[start.map_or(0, |start| start + 1)..]
}

/// The last transfer.
fn transfer(inputs: &[Input]) -> Option<&Input> {
    inputs.iter().rfind(|input| input.is_transfer())
}

/// A transfer without a data connection was started, and left without an end.
fn is_endless(divergence: &Divergence) -> bool {
    divergence.kind == Kind::Accepted && divergence.came.is_empty()
}

/// Whether both are the same breach. Which refused line is to blame for a side effect, if any, only the fewest lines
/// tell: there the same reply is enough, whatever it is called. Of a reply too many it says nothing which others came
/// with it.
fn is_same(anomaly: &Anomaly, wanted: &Divergence) -> bool {
    let is_like = anomaly.is_like(wanted) || wanted.kind == Kind::SideEffect;
    is_like && (wanted.kind == Kind::OutOfStep || anomaly.divergence.came == wanted.came)
}

/// Whether the command that is out of order had its predecessor, with something in between.
fn follows_its_predecessor(found: &Found) -> bool {
    let predecessor = match found.divergence.requirement {
        "seq/pass" => "USER",
        "seq/rnto" => "RNFR",
        _ => return false,
    };
    let has_it = found.inputs.iter().any(|input| input.verb() == predecessor);
    has_it && found.inputs.last() != Some(&Input::PassWrong)
}

/// What tells a finding from others of its cause: the line itself, with the line that was refused and yet took effect,
/// or that was put between it and its predecessor.
fn tested(found: &Found) -> Vec<Input> {
    let lines: Vec<Input> = found
        .inputs
        .iter()
        .copied()
        .filter(|input| !input.is_event())
        .collect();
    let is_of_two = found.is_controlled || follows_its_predecessor(found);
    let count = if is_of_two { 2 } else { 1 };
    lines[lines.len().saturating_sub(count)..].to_vec()
}
