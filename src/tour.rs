//! A tour through one state: all its tests, in as few sessions as the server's own answers allow.
//!
//! A session goes on as long as the oracle knows its state for sure. Behind a test it goes back to the state of the
//! tour by ways that were seen before, if there is a short one, else a fresh session takes the access sequence. What
//! diverges is tried again from a fresh connection before anything is said of it.

use std::collections::{HashMap, HashSet, VecDeque};

use ftproof_model::{Code, Data, Divergence, Input, Judgement, Kind, State};

use crate::options::Options;
use crate::plan::{is_ready_for, subject};
use crate::reduce;
use crate::target::{Trouble, Wait};
use crate::walk::{Step, Walk};
use crate::worker::{Anomaly, Worker};

/// How often a divergence must come, each time on a fresh connection, to be a finding.
pub(crate) const TRIES: usize = 3;
/// After so many inputs a session is ended, so that what went wrong in it is soon found.
const TOUR_INPUTS_MAX: usize = 150;
/// A way back that is longer costs more than a fresh session.
const WAY_MAX: usize = 3;
/// How often a worker reduces a whole tour: each time costs as much as many tests.
const REDUCTIONS_MAX: usize = 12;

/// What is tried in one state.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Tour {
    pub(crate) state: State,
    /// How to get there from connect.
    pub(crate) access: Vec<Input>,
    pub(crate) tests: Vec<Test>,
}

/// Inputs to send one after the other; the last is the one that is tested.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Test {
    pub(crate) inputs: Vec<Input>,
    /// The last input works in the state of the tour, so one in between that changes nothing must not stop it.
    pub(crate) is_controlled: bool,
    /// What it shows is counted; else it is only made to see where it leads.
    pub(crate) counts: bool,
}

/// What is known when a tour starts.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Where inputs were seen to lead.
    pub(crate) ways: HashMap<State, Vec<(Input, State)>>,
    /// Inputs with which too much time was lost, in states of one kind.
    pub(crate) given_up: HashSet<Costly>,
    /// What was seen and tried again before, in states nearer to connect.
    pub(crate) confirmed: HashSet<Breach>,
    /// The server was seen to leave a transfer without a data connection without an end.
    pub(crate) leaves_transfers: bool,
}

/// A divergence, as the inputs of a test show it.
pub(crate) type Breach = (&'static str, Kind, Vec<Input>);

/// An input in the states of one kind: where the same requirement is its, and a data connection is set up in the same way.
pub(crate) type Costly = (Input, &'static str, Data);

/// What a test showed.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) inputs: Vec<Input>,
    /// The requirement that the test is about.
    pub(crate) subject: &'static str,
    pub(crate) counts: bool,
    pub(crate) seen: Seen,
    /// The state behind it, if it is known for sure and the session can go on from it.
    pub(crate) next: Option<State>,
    /// An input that had to change nothing was put in between, and changed nothing.
    pub(crate) left_alone: bool,
}

impl Record {
    /// Whether the server takes no connections any more since this test.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(&self.seen, Seen::Diverged(found) if found.divergence.kind == Kind::Gone)
    }
}

/// What came of a test.
#[derive(Debug, Clone)]
pub(crate) enum Seen {
    Strict,
    Allowed,
    /// 500 or 502: a divergence only if the verb works elsewhere. With all inputs from connect.
    Unimplemented(Vec<Input>),
    Diverged(Found),
    NotTested(Trouble),
    /// Nothing can be said.
    Lost,
    /// The server may then have been in one of several states.
    Ambiguous,
}

/// A divergence that was tried again.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) divergence: Divergence,
    pub(crate) note: Option<String>,
    /// What shows it, from a fresh connection.
    pub(crate) inputs: Vec<Input>,
    pub(crate) steps: Vec<Step>,
    /// How often it came.
    pub(crate) runs: usize,
    /// It is one that only a comparison shows: the last input works when the one before it is left out.
    pub(crate) is_controlled: bool,
}

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
    reductions: usize,
    records: Vec<Record>,
}

impl<'a, 't, 'm> Guide<'a, 't, 'm> {
    /// Makes all tests of `tour`, until the run is stopped or the server cannot be reached any more: then with the reason.
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
            reductions: 0,
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
        if self.known.given_up.contains(&(last, subject, state.data)) {
            let given_up = Seen::NotTested(Trouble::GivenUp(last.verb()));
            self.record(test, given_up, None);
            return Ok(());
        }
        let mut tried = self.attempt(test);
        if matches!(&tried, Err(trouble) if may_be_chance(trouble)) {
            self.session = None;
            tried = self.attempt(test);
        }
        match tried {
            Ok(()) => {}
            Err(trouble @ (Trouble::NoConnection { .. } | Trouble::Unavailable(_))) => {
                return Err(trouble);
            }
            Err(trouble) => {
                self.session = None;
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
            Judgement::Strict | Judgement::Allowed if is_ambiguous => Seen::Ambiguous,
            Judgement::Strict => Seen::Strict,
            Judgement::Allowed => Seen::Allowed,
            Judgement::Lost => Seen::Lost,
            Judgement::UnlessImplemented(_) => Seen::Unimplemented(self.canonical(test)),
            Judgement::Diverges(divergence) => {
                let sent = session.sent.clone();
                self.end_quietly(session);
                return self.diverged(test, &divergence, &sent);
            }
        };
        self.record(test, seen, next);
        if next.is_some() && session.sent.len() < TOUR_INPUTS_MAX {
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
                let sent = session.sent.clone();
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
            let sent = session.sent.clone();
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
        let Some((divergence, ..)) = self.worker.finish(session.walk) else {
            return Ok(());
        };
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
        if self.known.confirmed.contains(&breach) {
            self.record(test, Seen::Lost, None);
            return Ok(());
        }
        let mut found = self.investigate(test, divergence, sent)?;
        self.blame_what_was_refused(test, &mut found);
        self.push_found(test, found);
        Ok(())
    }

    /// A command that is out of order works behind one that was refused, and not without it: so what was refused has
    /// changed the state. A failure within the sequence itself is another matter (RFC 959 §4.2).
    fn blame_what_was_refused(&mut self, test: &Test, found: &mut Found) {
        let [between, last] = test.inputs[..] else {
            return;
        };
        let was_refused = found.steps.iter().rev().nth(1).is_some_and(|step| {
            step.input == between && step.codes().first().is_some_and(|&code| code >= 400)
        });
        let is_own = match last.verb() {
            "PASS" => matches!(between.verb(), "USER" | "PASS"),
            "ACCT" => matches!(between.verb(), "PASS" | "ACCT"),
            "RNTO" => matches!(between.verb(), "RNFR" | "RNTO"),
            _ => false,
        };
        // A right password that was refused, and logs in all the same, lets in nobody who may not.
        let is_bypass = found.divergence.kind == Kind::LoginBypass && between == Input::PassRight;
        let is_suspect = (found.divergence.kind == Kind::Accepted || is_bypass)
            && found.runs == TRIES
            && found.inputs == self.canonical(test)
            && was_refused
            && !is_own;
        if is_suspect {
            let without = [&self.tour.access[..], &[last]].concat();
            if let Ok(None) = self.worker.trial(&without, false) {
                found.divergence.requirement = "state/refused-changes-nothing";
                found.divergence.kind = Kind::SideEffect;
                found.is_controlled = true;
            }
        }
    }

    fn push_found(&mut self, test: &Test, found: Found) {
        // What was seen on the way belongs to another test.
        let is_own = found.inputs == self.canonical(test);
        self.record(test, Seen::Diverged(found), None);
        if !is_own && let Some(last) = self.records.last_mut() {
            last.inputs.clear();
        }
    }

    /// Looks for the shortest sequence from a fresh connection that shows what was seen: the test alone, the test before
    /// it, both, or else all that was sent in this session, reduced.
    fn investigate(
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
        self.worker.waits_long = seen.kind == Kind::OutOfStep;
        let found = self.search(&candidates, seen, sent);
        self.worker.waits_long = false;
        found
    }

    fn search(
        &mut self,
        candidates: &[Vec<Input>],
        seen: &Divergence,
        sent: &[Input],
    ) -> Result<Found, Trouble> {
        for candidate in candidates {
            match self.worker.trial(candidate, false) {
                Ok(Some(anomaly)) => return Ok(self.confirmed(candidate, anomaly)),
                Err(Trouble::NoConnection { .. }) => return Ok(gone(seen, sent)),
                Ok(None) | Err(_) => {}
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
            steps: Vec::new(),
            runs: 1,
            is_controlled: false,
        })
    }

    /// Tries it again until it has come as often as it must. Which command put the replies out of step, or had the
    /// connection closed, only the shortest sequence tells.
    fn confirmed(&mut self, inputs: &[Input], anomaly: Anomaly) -> Found {
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

    fn minimal(&mut self, inputs: &[Input], wanted: &Divergence) -> Vec<Input> {
        reduce::minimal(
            inputs,
            |inputs| matches!(self.worker.trial(inputs, false), Ok(Some(again)) if again.is_like(wanted)),
        )
    }

    /// Whether a step is one that must leave everything as it was: HELP, NOOP and the like, and whatever is refused.
    fn changes_nothing(&self, step: Option<&Step>) -> bool {
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
    fn compare(&mut self, test: &'a Test) -> Result<(), Trouble> {
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
        };
        self.record(test, Seen::Diverged(found), None);
        Ok(())
    }

    fn strict_codes(&self, input: Input) -> Vec<Code> {
        let strict = self.worker.setting.machine.strict(self.tour.state, input);
        strict.map(|step| step.replies.to_vec()).unwrap_or_default()
    }

    /// Runs `inputs` on a fresh connection, and gives the steps up to the last; none, if it did not get there.
    fn last_step(&mut self, inputs: &[Input]) -> Result<Vec<Step>, Trouble> {
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

/// The server takes no connections any more, so nothing can be tried again.
fn gone(seen: &Divergence, sent: &[Input]) -> Found {
    Found {
        divergence: Divergence {
            kind: Kind::Gone,
            ..seen.clone()
        },
        note: Some("since then the server takes no connections".to_owned()),
        inputs: sent.to_vec(),
        steps: Vec::new(),
        runs: 1,
        is_controlled: false,
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
    }
}

fn is_refused_for_good(step: &Step) -> bool {
    step.codes().first().is_some_and(|&code| code >= 500)
}

/// Whether the same may go better a second time.
fn may_be_chance(trouble: &Trouble) -> bool {
    !matches!(
        trouble,
        Trouble::NoName(_)
            | Trouble::Unsupported(_)
            | Trouble::NoConnection { .. }
            | Trouble::Unavailable(_)
    )
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
