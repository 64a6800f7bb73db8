//! One worker of a campaign: makes its runs, and looks into what diverges.

mod investigation;
mod pair;
mod rarity;
mod run;
mod script;
mod segment;
mod tangle;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use fastrand::Rng;
use ftproof_model::{Code, Data, Divergence, Input, Judgement, Kind, Login, Security, State};

use super::corpus::Corpus;
use super::ledger::Ledger;
use super::novelty::{Novelty, POOL_MAX};
use super::{Progress, Shared};
use crate::fuzzing::{AnyInput, Generator, Inputs};
use crate::plan::{is_costly, subject};
use crate::target::{Names, Trouble};
use crate::walk::{NO_TIME, Pace, Step, Walk};
use crate::worker::Worker;
use run::{Run, Source};

/// Of so many runs one goes on from a session that was kept.
const KEPT_EVERY: u32 = 4;
/// Of so many times that it could be sent, once what is known to diverge is.
const BREACHED_EVERY: u32 = 16;
/// More wrong passwords than this are not sent: they are slow on purpose, and may lock the user out.
const WRONG_LOGINS_MAX: usize = 4;
/// A worker that so often in a row could not go on gives up.
const FAILURES_MAX: usize = 5;

/// One worker.
pub(super) struct Fuzzer<'a, 't, 'm> {
    worker: &'a mut Worker<'t, 'm>,
    shared: &'a Shared<'a>,
    corpus: &'a Corpus,
    index: usize,
    count: usize,
    generator: Generator,
    random: Rng,
    novelty: Novelty,
    /// Sessions to go on from.
    pool: Vec<Inputs>,
    /// What diverged in which state: it ends a session, so it is seldom sent again there.
    breached: HashSet<(State, Input)>,
    /// Which transfers were left unanswered, and how often any was there.
    silences: HashSet<(Input, Place)>,
    silences_of_all: HashMap<Place, u32>,
    /// How often was looked into what.
    looks: HashMap<Look, usize>,
    /// The same, of what does not come line by line in one session.
    tangled: HashMap<Look, usize>,
    /// Lines are sent several in one segment: the server was not seen to lose any.
    joins_lines: bool,
    /// How often a session was left without an answer because of another: a second one is the more seldom opened.
    starved: u32,
    /// How often, lately, what had not come in time was seen to come.
    alarms: u32,
    /// How often a second session could not be had.
    refusals: usize,
    wrong_logins: usize,
    ledger: Ledger,
}

/// What the wait for a transfer depends on: the requirement, and what is set up, if that is known.
type Place = (&'static str, Option<Data>);

/// What is looked into: a requirement, how it is broken, what came, and to which line.
type Look = (&'static str, Kind, Vec<Code>, Input);

impl<'a, 't, 'm> Fuzzer<'a, 't, 'm> {
    /// The worker with this index, of so many on this machine.
    pub(super) fn new(
        worker: &'a mut Worker<'t, 'm>,
        shared: &'a Shared<'a>,
        corpus: &'a Corpus,
        index: usize,
        count: usize,
    ) -> Self {
        let campaign = shared.campaign;
        let number = campaign.shard.index * count + index;
        // Seeds that are near each other must not give sequences that are.
        let before = corpus.runs_before(index);
        let seed = [number as u64, before]
            .into_iter()
            .fold(campaign.seed, mixed);
        let mut generator = Generator::new(seed);
        for &input in Input::ALL {
            if !has_names(&worker.names, input) {
                generator.ban(input);
            }
        }
        if !worker.target.starts_fresh() {
            // What only a server in process can be made to meet.
            generator.ban(Input::DataRefused);
            generator.ban(Input::DataFailed);
        }
        Fuzzer {
            worker,
            shared,
            corpus,
            index,
            count,
            generator,
            random: Rng::with_seed(!seed),
            novelty: Novelty::default(),
            pool: Vec::new(),
            breached: HashSet::new(),
            silences: HashSet::new(),
            silences_of_all: HashMap::new(),
            looks: HashMap::new(),
            tangled: HashMap::new(),
            joins_lines: true,
            starved: 0,
            alarms: 0,
            refusals: 0,
            wrong_logins: 0,
            ledger: Ledger::default(),
        }
    }

    /// Plays its part of the corpus, then makes its runs until the campaign is over; gives what it saw.
    pub(super) fn run(mut self) -> Ledger {
        self.shared
            .edges_in_all
            .fetch_max(self.generator.edges(), Ordering::Relaxed);
        // Until the server is seen to be slow: what is not in time is looked into at the usual pace.
        self.worker.pace = Pace::Brisk;
        let mut failures = 0;
        for kept in self.corpus.part(self.index, self.count) {
            if self.shared.is_over() {
                break;
            }
            self.pool.push(kept.clone());
            failures = self.attempt(kept, false, failures);
        }
        let mut number = self.index as u64;
        while !self.shared.is_over() && self.shared.campaign.runs.is_none_or(|runs| number < runs) {
            let prefix = self.prefix();
            failures = self.attempt(&prefix, true, failures);
            self.ledger.runs += 1;
            self.forget_alarm();
            number += self.count as u64;
        }
        self.worker.pace = Pace::Usual;
        self.ledger
    }

    /// What the next run begins with: nothing, or a piece of a session that was kept.
    fn prefix(&mut self) -> Inputs {
        if self.pool.is_empty() || self.random.u32(0..KEPT_EVERY) > 0 {
            return Inputs::default();
        }
        let kept = &self.pool[self.random.usize(0..self.pool.len())];
        let length = self.random.usize(0..=kept.len());
        Inputs(kept[..length].to_vec())
    }

    /// Makes one run; gives how many in a row have failed.
    fn attempt(&mut self, prefix: &Inputs, goes_on: bool, failures: usize) -> usize {
        let made = self.make(prefix, goes_on);
        self.tell(goes_on);
        match made {
            Ok(()) => 0,
            Err(trouble) if failures + 1 >= FAILURES_MAX => {
                self.shared.is_ended.store(true, Ordering::Relaxed);
                self.ledger.ended_by = Some(trouble.to_string());
                failures + 1
            }
            Err(_) => failures + 1,
        }
    }

    /// What is played from the corpus is no run of this campaign.
    fn tell(&mut self, is_run: bool) {
        let shared = self.shared;
        shared.runs.fetch_add(u64::from(is_run), Ordering::Relaxed);
        shared
            .edges
            .fetch_max(self.generator.covered(), Ordering::Relaxed);
        let progress: Progress = shared.progress();
        (shared.campaign.progress)(progress);
    }

    /// Sends `prefix`, then what the generator makes.
    fn make(&mut self, prefix: &Inputs, goes_on: bool) -> Result<(), Trouble> {
        let walk = match self.worker.connect() {
            Ok(walk) => walk,
            Err(trouble) => {
                self.see_whether_it_is_gone(&trouble);
                return Err(trouble);
            }
        };
        self.ledger.greetings.took(self.worker.greeted_within);
        let mut run = Run::new(walk);
        let start = self.worker.setting.start;
        let mut source = Source {
            kept: prefix,
            left: self.generator.start_at(&start).max(prefix.len()),
            goes_on,
        };
        self.novelty.start();
        let mut next = self.next(&mut source);
        while let Some(any) = next.take() {
            if self.shared.is_over() {
                break;
            }
            let divergence = if any == AnyInput::Switch {
                self.switch(&mut run, &source)
            } else if run.walk().is_over() {
                break;
            } else {
                let (lines, behind) = self.gather(&run, any, &mut source);
                next = behind;
                self.send_all(&mut run, &lines)
            };
            if let Some(divergence) = divergence {
                self.keep(&run, goes_on);
                run.walks.drain(..).for_each(|walk| self.end_quietly(walk));
                self.put_back(run.ahead.iter().copied());
                self.look_at(&run, &divergence);
                return Ok(());
            }
            if self.lacks_files(run.walk()) {
                break;
            }
            next = next.or_else(|| self.next(&mut source));
        }
        self.keep(&run, goes_on);
        self.end(run);
        Ok(())
    }

    /// The next item of a run.
    fn next(&mut self, source: &mut Source<'_>) -> Option<AnyInput> {
        source.left = source.left.checked_sub(1)?;
        match source.kept.split_first() {
            Some((any, rest)) => {
                source.kept = rest;
                self.generator.follow(any);
                Some(any.clone())
            }
            None if source.goes_on => self.generator.next_input(),
            None => None,
        }
    }

    /// Ends the sessions of a run, and sees whether their replies were as many as the lines.
    fn end(&mut self, mut run: Run<'m>) {
        let mut ended = self.come_behind(&mut run);
        for (seat, walk) in std::mem::take(&mut run.walks).into_iter().enumerate() {
            if walk.is_over() && !walk.is_to_close() {
                continue;
            }
            if ended.is_some() {
                self.end_quietly(walk);
                continue;
            }
            // It may be one that another leaves without an answer, and is told of.
            if self.starved > 0 && seat > 0 && !walk.is_to_close() {
                continue;
            }
            run.seat = seat;
            ended = self.end_one(&mut run, walk);
        }
        if let Some(divergence) = ended {
            run.before = None;
            self.look_at(&run, &divergence);
        }
    }

    /// Sends one item; gives what diverged.
    fn send(&mut self, run: &mut Run<'m>, next: &AnyInput) -> Option<Divergence> {
        let input = next.known_input().filter(|_| !next.is_spelled());
        let Some(input) = input else {
            self.send_noise(run, next);
            return None;
        };
        let before = sole(run.walk().states());
        let machine = self.worker.setting.machine;
        let about = before.map_or("reply/one", |state| subject(machine, state, &[input]));
        let is_sent = !run.ahead.is_empty();
        let is_skipped = !is_sent
            && (self.random.u32(0..self.rarity(before, input, about)) > 0
                || !self.worker.is_possible(run.walk(), input)
                || self.is_too_costly(run.walk(), input));
        if is_skipped {
            return None;
        }
        let item = run.ahead.pop_front().unwrap_or_else(|| run.item(input));
        let is_joined = run
            .items
            .last()
            .is_some_and(|last| last.segment == item.segment);
        run.sent.extend(is_joined.then_some(AnyInput::Join));
        run.sent.push(next.clone());
        run.items.push(item);
        run.before = before;
        let steps = run.walk().steps().len();
        let judged = self.worker.step(run.walk(), input);
        self.shared.commands.fetch_add(1, Ordering::Relaxed);
        let came = run.walk().steps().iter().skip(steps);
        let codes: Vec<Code> = came.flat_map(Step::codes).collect();
        self.novelty
            .take(before.as_ref(), input, &codes, &mut run.news);
        if let Some(state) = sole(run.walk().states()) {
            self.generator.observe(&state);
        }
        // Only of these: a login that is seldom sent would leave nothing to try.
        if is_silent(&judged) && input.is_transfer() {
            self.note_silence(before, input, about);
        }
        self.take_note(run, about, judged)
    }

    /// Counts what a step was judged to be; gives what diverged.
    fn take_note(
        &mut self,
        run: &mut Run<'m>,
        about: &'static str,
        judged: Result<Judgement, Trouble>,
    ) -> Option<Divergence> {
        let item = *run.items.last()?;
        if let Ok(good @ (Judgement::Strict | Judgement::Allowed)) = &judged {
            self.note_apart(run, item.input, matches!(good, Judgement::Strict));
            if let Some(before) = run.before {
                self.ledger.is_protected |= before.security == Security::Tls;
                self.breached.remove(&(before, item.input));
            }
        }
        match judged {
            Ok(Judgement::Diverges(divergence)) => return Some(divergence),
            Ok(Judgement::Strict) => self.ledger.passed(about, true),
            Ok(Judgement::Allowed) => self.ledger.passed(about, false),
            Ok(Judgement::UnlessImplemented(_)) => {
                self.ledger.unimplemented(about, &run.own(item.seat));
            }
            Ok(Judgement::Lost) => {}
            // Nothing was sent: STOU stores into whatever directory it is in.
            Err(Trouble::Unsupported(what)) if item.input == Input::Stou && what != NO_TIME => {
                run.sent.pop();
                run.items.pop();
            }
            // A line that was lost is perhaps answered when more comes.
            Err(Trouble::TimedOut { .. }) if !run.is_alone(item) => {
                run.walk().give_up();
                return Some(run.walk().silence_behind(item.input));
            }
            Err(trouble) => {
                let was_late =
                    matches!(&trouble, Trouble::TimedOut { awaited, .. } if *awaited == "reply");
                if was_late && self.worker.pace.is_quick() {
                    self.slow_down();
                }
                self.ledger.not_tested(about, trouble);
                run.walk().give_up();
            }
        }
        None
    }

    /// Sends a line that the rules have no row for. What it is answered is not judged: no RFC says.
    fn send_noise(&mut self, run: &mut Run<'m>, next: &AnyInput) {
        let Some(line) = next.noise(&self.worker.names) else {
            return;
        };
        run.sent.push(next.clone());
        run.is_noisy[run.seat] = true;
        self.shared.commands.fetch_add(1, Ordering::Relaxed);
        self.worker.counts.commands += 1;
        let steps = run.walk().steps().len();
        if run.walk().noise(&line).is_err() {
            run.walk().give_up();
        }
        // What is tried again has a line in its place that is refused as well.
        if run.walk().steps().len() > steps {
            let refused = run.item(Input::Unknown);
            run.items.push(refused);
        }
        if let Some(state) = sole(run.walk().states()) {
            self.generator.observe(&state);
        }
    }

    /// Whether files were changed that nobody puts back: what follows would be refused for that.
    fn lacks_files(&self, walk: &Walk<'_>) -> bool {
        let changes = |step: &Step| {
            let is_done = step.codes().iter().any(|code| (200..300).contains(code));
            is_done
                && matches!(
                    step.input.verb(),
                    "RNTO" | "DELE" | "RMD" | "XRMD" | "MKD" | "XMKD"
                )
        };
        self.worker.workdir.is_none() && walk.steps().last().is_some_and(changes)
    }

    fn is_too_costly(&mut self, walk: &Walk<'_>, input: Input) -> bool {
        if !matches!(input, Input::PassWrong | Input::AcctWrong) {
            return false;
        }
        let is_wanted = sole(walk.states()).is_some_and(|state| !is_costly(state, input));
        let is_attempt = walk.states().iter().any(|state| state.login != Login::In);
        if is_wanted && is_attempt {
            self.wrong_logins += 1;
        }
        !is_wanted || is_attempt && self.wrong_logins > WRONG_LOGINS_MAX
    }

    /// Keeps a session in which something new came; what is played from the corpus is there already.
    fn keep(&mut self, run: &Run<'m>, is_own: bool) {
        if !is_own || !run.news.is_any() {
            return;
        }
        let session = Inputs(run.sent.clone());
        if run.news.replies > 0 {
            let now = self.shared.begun.elapsed().as_millis();
            self.shared
                .last_new
                .store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::Relaxed);
            if let Err(error) = self.corpus.add(&session) {
                self.shared.is_ended.store(true, Ordering::Relaxed);
                self.ledger.ended_by = Some(error.to_string());
            }
        }
        if self.pool.len() < POOL_MAX {
            self.pool.push(session);
        } else {
            let place = self.random.usize(..POOL_MAX);
            self.pool[place] = session;
        }
    }

    /// Does something at this pace.
    fn at_pace<T>(&mut self, pace: Pace, does: impl FnOnce(&mut Self) -> T) -> T {
        let usual = std::mem::replace(&mut self.worker.pace, pace);
        let done = does(self);
        self.worker.pace = usual;
        done
    }

    fn end_quietly(&mut self, walk: Walk<'m>) {
        if !walk.is_over() {
            self.worker.finish(walk);
        }
    }
}

/// A seed of two numbers (a step of SplitMix64).
fn mixed(seed: u64, number: u64) -> u64 {
    Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).u64(..)
}

/// Whether the line, or the transfer that it started, was waited for in vain.
fn is_silent(judged: &Result<Judgement, Trouble>) -> bool {
    match judged {
        Ok(Judgement::Diverges(divergence)) => {
            let is_waited_for = matches!(divergence.kind, Kind::NoReply | Kind::Accepted);
            is_waited_for && divergence.came.is_empty()
        }
        Err(trouble) => matches!(
            trouble,
            Trouble::TimedOut { .. } | Trouble::Unsupported(NO_TIME)
        ),
        Ok(_) => false,
    }
}

/// The one state that the session is in, if that is known.
fn sole(states: &[State]) -> Option<State> {
    match states {
        [state] => Some(*state),
        _ => None,
    }
}

/// Whether everything in the line of `input` is known on this target; ports are opened when they are needed.
fn has_names(names: &Names, input: Input) -> bool {
    let mut names = names.clone();
    for port in ["port", "eprt", "lprt"] {
        names.set(port, "");
    }
    input
        .line()
        .is_none_or(|template| names.fill(template.as_bytes()).is_ok())
}
