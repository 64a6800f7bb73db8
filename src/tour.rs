//! A tour through one state: all its tests, in as few sessions as the server's own answers allow.
//!
//! A session goes on as long as the oracle knows its state for sure. Behind a test it goes back to the state of the
//! tour by ways that were seen before, if there is a short one, else a fresh session takes the access sequence. What
//! diverges is tried again from a fresh connection before anything is said of it.

mod evidence;
mod record;

use std::collections::{HashMap, HashSet, VecDeque};

use ftproof_model::{Divergence, Input, Judgement, Kind, State};

use evidence::is_refused_for_good;
pub(crate) use evidence::{blame_what_was_refused, confirm};
pub(crate) use record::{Breach, Costly, Found, Known, Record, Seen, Test, Tour};

use crate::options::Options;
use crate::plan::{is_ready_for, subject};
use crate::target::{Trouble, Wait};
use crate::walk::{Pace, Step, Walk};
use crate::worker::Worker;

/// How often a divergence must come, each time on a fresh connection, to be a finding.
pub(crate) const TRIES: usize = 3;
/// After so many inputs a session is ended, so that what went wrong in it is soon found.
const TOUR_INPUTS_MAX: usize = 150;
/// A way back that is longer costs more than a fresh session.
const WAY_MAX: usize = 3;
/// After so many tests that each cost waits, a tour looks into no other of them: a server that answers nothing in time
/// would take hours. Those are known in the next tour, which looks into others.
const COSTLY_MAX: usize = 5;
/// After so many it makes only the tests that are meant to lead on.
const GIVEN_UP_AT: usize = 10;
/// How often a worker reduces a whole tour: each time costs as much as many tests.
const REDUCTIONS_MAX: usize = 12;

/// A session under way, with what was sent in it.
struct Session<'m> {
    walk: Walk<'m>,
    sent: Vec<Input>,
}

/// One tour under way.
pub(crate) struct Guide<'a, 't, 'm> {
    worker: &'a mut Worker<'t, 'm>,
    tour: &'a Tour,
    known: &'a Known,
    /// Ways that this tour has found.
    ways: HashMap<State, Vec<(Input, State)>>,
    session: Option<Session<'m>>,
    /// The inputs of the test before.
    before: Vec<Input>,
    /// What the session showed in which something diverged last: all that is told of it if the server is gone since.
    last_seen: Vec<Step>,
    reductions: usize,
    /// How many tests cost waits, and showed nothing else.
    costly: usize,
    records: Vec<Record>,
}

impl<'a, 't, 'm> Guide<'a, 't, 'm> {
    /// Makes all tests of `tour`, until the run is stopped or the server cannot be reached any more: then with the
    /// reason.
    pub(crate) fn guide(
        worker: &'a mut Worker<'t, 'm>,
        tour: &'a Tour,
        known: &'a Known,
        options: &Options,
        done: &dyn Fn(),
    ) -> (Vec<Record>, Option<Trouble>) {
        if known.leaves_transfers {
            worker.silence = Wait::Brief;
        }
        let mut guide = Guide {
            worker,
            tour,
            known,
            ways: HashMap::new(),
            session: None,
            before: Vec::new(),
            last_seen: Vec::new(),
            reductions: 0,
            costly: 0,
            records: Vec::new(),
        };
        for test in &tour.tests {
            if Worker::is_stopped(options) {
                break;
            }
            if let Err(trouble) = guide.make(test) {
                return (guide.records, Some(trouble));
            }
            done();
        }
        let trouble = guide.end_session(&[]).err();
        (guide.records, trouble)
    }

    fn make(&mut self, test: &'a Test) -> Result<(), Trouble> {
        let last = test.inputs.last().copied().unwrap_or(Input::Noop);
        let state = self.tour.state;
        let subject = subject(self.worker.setting.machine, state, &test.inputs);
        let machine = self.worker.setting.machine;
        let leads_on = || {
            machine
                .strict(state, last)
                .is_some_and(|step| step.next != state)
        };
        let is_given_up = self.known.given_up.contains(&(last, subject, state.data))
            || self.costly >= GIVEN_UP_AT && !leads_on();
        if is_given_up {
            let given_up = Seen::NotTested(Trouble::GivenUp(last.verb()));
            self.record(test, given_up, None);
            return Ok(());
        }
        let mut tried = self.attempt(test);
        if matches!(&tried, Err(trouble) if may_be_chance(trouble)) {
            self.session = None;
            self.worker.pace = Pace::Slow;
            tried = self.attempt(test);
            self.worker.pace = Pace::Usual;
            if let Some(session) = &mut self.session {
                session.walk.set_pace(Pace::Usual);
            }
        }
        match tried {
            Ok(()) => {}
            Err(trouble) if trouble.is_absence() => return Err(trouble),
            Err(trouble) => {
                self.session = None;
                self.costly += usize::from(matches!(trouble, Trouble::TimedOut { .. }));
                self.record(test, Seen::NotTested(trouble), None);
            }
        }
        self.before.clone_from(&test.inputs);
        Ok(())
    }

    /// Makes the test and records what it showed.
    fn attempt(&mut self, test: &'a Test) -> Result<(), Trouble> {
        let mut session = match self.at_the_state()? {
            Ok(session) => session,
            Err((divergence, sent)) => return self.diverged(test, &divergence, &sent),
        };
        let mut judgement = Judgement::Lost;
        let mut is_controlled = test.is_controlled;
        for (index, &input) in test.inputs.iter().enumerate() {
            if session.walk.is_over() || !self.worker.is_possible(&session.walk, input) {
                self.end(session, &test.inputs)?;
                self.record(test, Seen::Lost, None);
                return Ok(());
            }
            let from = session.walk.states().to_vec();
            session.sent.push(input);
            judgement = self.worker.step(&mut session.walk, input)?;
            self.remember(&from, input, &session.walk);
            if matches!(judgement, Judgement::Diverges(_)) && index + 1 < test.inputs.len() {
                // Another test is about it.
                self.session = None;
                self.record(test, Seen::Lost, None);
                return Ok(());
            }
            if index + 1 < test.inputs.len() {
                is_controlled &= self.changes_nothing(session.walk.steps().last())
                    && session.walk.states().iter().all(|&state| {
                        is_ready_for(self.worker.setting.machine, state, test.inputs[index + 1])
                    });
            }
        }
        let may_be_stopped = match &judgement {
            Judgement::Allowed => true,
            Judgement::Diverges(divergence) => divergence.kind == Kind::Refused,
            _ => false,
        };
        let is_stopped = is_controlled
            && may_be_stopped
            && session.walk.steps().last().is_some_and(is_refused_for_good);
        if is_stopped {
            self.end_quietly(session);
            return self.compare(test);
        }
        let is_fine = matches!(judgement, Judgement::Strict | Judgement::Allowed);
        self.conclude(test, judgement, session)?;
        if is_controlled
            && is_fine
            && let Some(record) = self.records.last_mut()
        {
            record.left_alone = true;
        }
        Ok(())
    }

    fn conclude(
        &mut self,
        test: &'a Test,
        judgement: Judgement,
        session: Session<'m>,
    ) -> Result<(), Trouble> {
        let next = match session.walk.states() {
            _ if session.walk.is_over() => None,
            [next] => Some(*next).filter(State::reads),
            _ => None,
        };
        let is_ambiguous = session.walk.states().len() > 1 && !session.walk.is_over();
        let seen = match judgement {
            Judgement::Strict | Judgement::Allowed if is_ambiguous => Seen::Ambiguous {
                is_strict: judgement == Judgement::Strict,
            },
            Judgement::Strict => Seen::Strict,
            Judgement::Allowed => Seen::Allowed,
            Judgement::Lost => Seen::Lost,
            Judgement::UnlessImplemented(_) => Seen::Unimplemented(self.canonical(test)),
            Judgement::Diverges(divergence) => {
                let sent = self.keep(&session);
                self.end_quietly(session);
                return self.diverged(test, &divergence, &sent);
            }
        };
        self.record(test, seen, next);
        let steps = session.walk.steps();
        let of_test = &steps[steps.len().saturating_sub(test.inputs.len())..];
        if next.is_some() && !may_be_stuck(of_test) && session.sent.len() < TOUR_INPUTS_MAX {
            self.session = Some(session);
            return Ok(());
        }
        self.end(session, &test.inputs)
    }

    fn canonical(&self, test: &Test) -> Vec<Input> {
        [&self.tour.access[..], &test.inputs].concat()
    }

    fn record(&mut self, test: &Test, seen: Seen, next: Option<State>) {
        let machine = self.worker.setting.machine;
        let subject = subject(machine, self.tour.state, &test.inputs);
        self.records.push(Record {
            inputs: test.inputs.clone(),
            subject,
            counts: test.counts,
            left_alone: false,
            seen,
            next,
        });
    }

    /// Brings a session to the state of the tour. The inner `Err` is a divergence on the way, with all that was sent.
    fn at_the_state(&mut self) -> Result<Result<Session<'m>, (Divergence, Vec<Input>)>, Trouble> {
        if let Some(mut session) = self.session.take() {
            let way = match session.walk.states() {
                [at] => self.way_from(*at),
                _ => None,
            };
            let Some(way) = way else {
                self.end(session, &[])?;
                return self.at_the_state();
            };
            if let Some(divergence) = self.go(&mut session, &way)? {
                let sent = self.keep(&session);
                self.end_quietly(session);
                return Ok(Err((divergence, sent)));
            }
            if session.walk.states() == [self.tour.state] && !session.walk.is_over() {
                return Ok(Ok(session));
            }
            self.end(session, &[])?;
        }
        let mut session = Session {
            walk: self.worker.connect()?,
            sent: Vec::new(),
        };
        if let Some(divergence) = self.go(&mut session, &self.tour.access)? {
            let sent = self.keep(&session);
            return Ok(Err((divergence, sent)));
        }
        if session.walk.states() == [self.tour.state] && !session.walk.is_over() {
            return Ok(Ok(session));
        }
        Err(Trouble::Unsupported(
            "way back to this state: the same lines led elsewhere",
        ))
    }

    /// Sends `inputs` as far as they are possible; gives what diverged.
    fn go(
        &mut self,
        session: &mut Session<'m>,
        inputs: &[Input],
    ) -> Result<Option<Divergence>, Trouble> {
        for &input in inputs {
            if session.walk.is_over() || !self.worker.is_possible(&session.walk, input) {
                return Ok(None);
            }
            session.sent.push(input);
            if let Judgement::Diverges(divergence) = self.worker.step(&mut session.walk, input)? {
                return Ok(Some(divergence));
            }
        }
        Ok(None)
    }

    /// A short way to the state of the tour over what was seen before.
    fn way_from(&self, from: State) -> Option<Vec<Input>> {
        let mut queue = VecDeque::from([(from, Vec::new())]);
        let mut met = HashSet::from([from]);
        while let Some((at, way)) = queue.pop_front() {
            if at == self.tour.state {
                return Some(way);
            }
            if way.len() == WAY_MAX {
                continue;
            }
            let known = self.known.ways.get(&at).into_iter().flatten();
            for &(input, to) in known.chain(self.ways.get(&at).into_iter().flatten()) {
                if met.insert(to) {
                    let longer = way.iter().copied().chain([input]).collect();
                    queue.push_back((to, longer));
                }
            }
        }
        None
    }

    fn remember(&mut self, from: &[State], input: Input, walk: &Walk<'_>) {
        if let ([from], [to]) = (from, walk.states())
            && from != to
            && is_way(input)
            && !walk.is_over()
        {
            let ways = self.ways.entry(*from).or_default();
            if !ways.contains(&(input, *to)) {
                ways.push((input, *to));
            }
        }
    }

    /// Ends the session that may be left.
    fn end_session(&mut self, inputs: &[Input]) -> Result<(), Trouble> {
        match self.session.take() {
            Some(session) => self.end(session, inputs),
            None => Ok(()),
        }
    }

    /// Ends a session in good order, and sees that its replies were as many as its lines.
    fn end(&mut self, session: Session<'m>, inputs: &[Input]) -> Result<(), Trouble> {
        if session.walk.is_over() && !session.walk.is_to_close() {
            return Ok(());
        }
        let Some((divergence, _, steps)) = self.worker.finish(session.walk) else {
            return Ok(());
        };
        self.last_seen = steps;
        let test = Test {
            inputs: if inputs.is_empty() {
                self.before.clone()
            } else {
                inputs.to_vec()
            },
            is_controlled: false,
            counts: true,
        };
        let found = self.investigate(&test, &divergence, &session.sent)?;
        self.push_found(&test, found);
        Ok(())
    }

    /// Keeps what `session` showed; gives what was sent in it.
    fn keep(&mut self, session: &Session<'m>) -> Vec<Input> {
        self.last_seen = session.walk.steps().to_vec();
        session.sent.clone()
    }

    /// Ends a session in which nothing more is to be learned.
    fn end_quietly(&mut self, session: Session<'m>) {
        if !session.walk.is_over() {
            self.worker.finish(session.walk);
        }
    }

    fn diverged(
        &mut self,
        test: &'a Test,
        divergence: &Divergence,
        sent: &[Input],
    ) -> Result<(), Trouble> {
        let breach = (divergence.requirement, divergence.kind, test.inputs.clone());
        let last = test.inputs.last().copied().unwrap_or(Input::Noop);
        let given_up = Trouble::GivenUp(last.verb());
        if self.known.confirmed.contains(&breach) {
            let seen = if divergence.came.is_empty() {
                Seen::NotTested(given_up)
            } else {
                Seen::Lost
            };
            self.record(test, seen, None);
            return Ok(());
        }
        if is_costly(divergence) {
            self.costly += 1;
            if self.costly > COSTLY_MAX {
                self.record(test, Seen::NotTested(given_up), None);
                return Ok(());
            }
        }
        let mut found = self.investigate(test, divergence, sent)?;
        if test.inputs.len() == 2 && found.inputs == self.canonical(test) {
            blame_what_was_refused(self.worker, &mut found);
        }
        self.push_found(test, found);
        Ok(())
    }

    fn push_found(&mut self, test: &Test, found: Found) {
        // What was seen on the way belongs to another test.
        let is_own = found.inputs == self.canonical(test);
        self.record(test, Seen::Diverged(found), None);
        if !is_own && let Some(last) = self.records.last_mut() {
            last.inputs.clear();
        }
    }
}

/// Whether a server that insists on RNTO behind RNFR may now refuse whatever else comes, for that reason alone.
fn may_be_stuck(steps: &[Step]) -> bool {
    let of_rename = |step: &&Step| matches!(step.input.verb(), "RNFR" | "RNTO");
    let last = steps.iter().rfind(of_rename);
    last.is_some_and(|step| step.codes() == [350])
}

/// Whether to see a divergence again costs waits.
fn is_costly(divergence: &Divergence) -> bool {
    matches!(
        divergence.kind,
        Kind::NoReply | Kind::Dropped | Kind::OutOfStep
    )
}

/// Whether the same may go better a second time.
fn may_be_chance(trouble: &Trouble) -> bool {
    !(trouble.is_absence() || matches!(trouble, Trouble::NoName(_) | Trouble::Unsupported(_)))
}

/// Whether an input may be sent only to get somewhere: it changes no file, costs no failed login, and is no promise.
pub(crate) fn is_way(input: Input) -> bool {
    !matches!(
        input,
        Input::PassWrong
            | Input::AcctWrong
            | Input::EpsvAll
            | Input::Rnto
            | Input::Dele
            | Input::Rmd
            | Input::Xrmd
            | Input::Mkd
            | Input::Xmkd
            | Input::Stou
            | Input::Appe
            | Input::AuthTls
            | Input::Ccc
            | Input::Quit
            | Input::Rein
    )
}
