//! The check of a server: every input in every state that can be reached on it, judged by the oracle.
//!
//! The states are found as the rules' own graph is, breadth first, but by what this server answers: a state is reached
//! when the oracle holds it alone. Each state is one tour (`tour`); the tours of one depth are independent of each
//! other, so several workers make them (`crew`). Then, for each command that needs an earlier one, every input is put
//! between the two: what ended the prerequisite in the model must have ended it on the server.

mod conclusion;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use ftproof_model::{Asks, Input, Kind, Security, State};

use crate::absence::Absence;
use crate::crew::{Crew, Farewell, Job, with_crew};
use crate::journal::Journal;
use crate::login::scout;
use crate::options::{Options, Shard};
use crate::plan;
use crate::report::{Finding, Report, Server};
use crate::tally::Tally;
use crate::target::{Target, Trouble};
use crate::tour::{Breach, Costly, Known, Record, Seen, TRIES, Test, Tour};
use crate::verdict::findings;
use crate::walk::Setting;
use crate::worker::{Worker, is_failed_login};

/// No honest server has more states than this; more are not tested.
const STATES_MAX: usize = 2_000;
/// An input that so often cost a deadline is given up.
const LOST_MAX: usize = 3;

/// Checks a server. `Err`: we could not find out; nothing is claimed of it then.
pub fn check(target: &mut dyn Target, options: &Options) -> Result<Report, Trouble> {
    let started = Instant::now();
    let machine = &crate::verify::machine();
    let start = State {
        security: if target.is_protected() {
            Security::Tls
        } else {
            Security::Clear
        },
        ..State::default()
    };
    let setting = Setting {
        machine,
        profile: options.profile,
        start,
        holds_downloads: false,
    };
    let names = target.names().clone();
    let server = scout(target, &names, &options.stop)?;
    let journal = Journal::open(options, target, &server)?;
    let mut lead = Worker::new(target, setting, Absence::new(options));
    lead.enter()?;
    let mut run = Run::new(setting, options);
    let (done, due) = (AtomicUsize::new(0), Arc::clone(&run.due));
    let progress = || {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        (options.progress)(done, due.load(Ordering::Relaxed).max(done));
    };
    let (explored, mut farewells) =
        with_crew(&mut lead, options, journal.as_ref(), &progress, |crew| {
            run.explore(crew).and_then(|()| run.put_between(crew))
        });
    let ended = run.conclude(explored, &mut lead, &farewells);
    let is_asked_for = |requirement: &str| options.selects(requirement);
    let findings = findings(&mut run.tally, &mut lead, &is_asked_for);
    let no_files = lead.no_files.take();
    run.untested
        .extend(no_files.map(|reason| format!("what needs files: {reason}")));
    farewells.push(Farewell::of(&mut lead));
    let left: Vec<String> = farewells
        .iter()
        .filter_map(|farewell| farewell.left.clone())
        .collect();
    if let Err(trouble) = ended {
        let (left, trouble) = (left.join("; "), Box::new(trouble));
        return Err(if left.is_empty() {
            *trouble
        } else {
            Trouble::LeftBehind { trouble, left }
        });
    }
    run.untested.extend(left);
    let report = run.report(target, server, findings, &farewells, started);
    if let (Some(journal), false) = (journal, report.interrupted) {
        journal.remove();
    }
    Ok(report)
}

/// A check under way.
struct Run<'o, 'm> {
    setting: Setting<'m>,
    options: &'o Options,
    tally: Tally,
    /// How each state was first reached.
    access: HashMap<State, Vec<Input>>,
    /// The states in the order in which they were reached.
    found: Vec<State>,
    known: Arc<Known>,
    /// How many tests of an input ended with no reply.
    lost: HashMap<Costly, usize>,
    leaves_transfers: bool,
    /// What was tried again, and came each time.
    confirmed: HashSet<Breach>,
    /// 500 and 502 that count only if the verb works elsewhere: the subject, and all inputs from connect.
    unimplemented: Vec<(&'static str, Vec<Input>)>,
    /// The verbs that were seen to work.
    implemented: HashSet<&'static str>,
    /// The inputs whose tests may break a rule that is asked for.
    breakers: HashSet<Input>,
    /// How many tests left it open in which state the server then was.
    ambiguous: usize,
    is_gone: bool,
    /// The tests with a failed login, which come last.
    failing: Vec<Tour>,
    untested: Vec<String>,
    /// How many tests are known to be due.
    due: Arc<AtomicUsize>,
}

impl<'o, 'm> Run<'o, 'm> {
    fn new(setting: Setting<'m>, options: &'o Options) -> Self {
        Run {
            setting,
            options,
            tally: Tally::default(),
            access: HashMap::from([(setting.start, Vec::new())]),
            found: vec![setting.start],
            known: Arc::default(),
            lost: HashMap::new(),
            leaves_transfers: false,
            confirmed: HashSet::new(),
            unimplemented: Vec::new(),
            implemented: HashSet::new(),
            breakers: options.breakers(setting.machine),
            ambiguous: 0,
            is_gone: false,
            failing: Vec::new(),
            untested: Vec::new(),
            due: Arc::default(),
        }
    }

    /// Tours through all states, depth by depth.
    fn explore(&mut self, crew: &mut Crew<'_, '_, '_>) -> Result<(), Trouble> {
        let mut depth = 0..1;
        while !depth.is_empty() {
            let states = self.found[depth.clone()].to_vec();
            let tours = states.iter().map(|&state| {
                let mut tests = plan::singles(self.setting.machine, state);
                if plan::is_for_twice(state) {
                    tests.extend(plan::twice(self.setting.machine, state));
                }
                tests.extend(plan::transfers(state));
                self.tour(state, tests)
            });
            let tours: Vec<Tour> = tours.collect();
            let results = self.make(crew, tours)?;
            for (state, records) in states.into_iter().zip(results) {
                self.follow(state, &records);
            }
            depth = depth.end..self.found.len();
        }
        Ok(())
    }

    /// Puts every input between a command and the one that it needs.
    fn put_between(&mut self, crew: &mut Crew<'_, '_, '_>) -> Result<(), Trouble> {
        let machine = self.setting.machine;
        let ready = plan::DEPENDENT.into_iter().filter_map(|dependent| {
            let ready = |state: &&State| plan::is_ready_for(machine, **state, dependent);
            Some((*self.found.iter().find(ready)?, dependent))
        });
        // HELP must work behind anything; what EPSV ALL and the missing login forbid stays forbidden.
        let others = [
            (plan::is_logged_in as fn(&State) -> bool, Input::Help),
            (plan::is_bound, Input::Pasv),
            (plan::is_new, Input::Pwd),
            (|state| plan::is_asked(state, Asks::Password), Input::Pwd),
            (
                |state| plan::is_asked(state, Asks::PasswordAndAccount),
                Input::Pwd,
            ),
        ];
        let others = others.into_iter().filter_map(|(is_meant, dependent)| {
            Some((*self.found.iter().find(|state| is_meant(state))?, dependent))
        });
        let between: Vec<(State, Input)> = ready.chain(others).collect();
        let tours: Vec<Tour> = between
            .into_iter()
            .map(|(state, dependent)| self.tour(state, plan::between(machine, state, dependent)))
            .collect();
        self.make(crew, tours).map(drop)
    }

    /// The tour through `state` with those of `tests` that may break what is asked for, and those that are needed to go
    /// on. Those with a failed login are kept for later.
    fn tour(&mut self, state: State, tests: Vec<Test>) -> Tour {
        let tests = tests.into_iter().filter_map(|test| {
            let may_break = |last| self.breakers.contains(last);
            let counts =
                plan::is_in(self.options.shard, &test) && test.inputs.last().is_some_and(may_break);
            let is_made = counts || self.is_needed(state, &test);
            is_made.then_some(Test { counts, ..test })
        });
        let fails = |test: &Test| test.inputs.iter().any(|&input| is_failed_login(input));
        let (failing, tests) = tests.partition(fails);
        let tour = |tests| Tour {
            state,
            access: self.access[&state].clone(),
            tests,
        };
        let (failing, tour) = (tour(failing), tour(tests));
        if !failing.tests.is_empty() {
            self.failing.push(failing);
        }
        tour
    }

    /// Whether a test that is not asked for is made all the same: to find states, and to see the verb work at least
    /// once.
    fn is_needed(&self, state: State, test: &Test) -> bool {
        let machine = self.setting.machine;
        let is_unknown = |state| !self.access.contains_key(&state);
        let would_work = |state: &State| {
            let last = test.inputs.last();
            last.is_some_and(|&input| plan::is_ready_for(machine, *state, input))
        };
        plan::leads_on(machine, state, test, is_unknown)
            || would_work(&state)
                && self.found.iter().find(|found| would_work(found)) == Some(&state)
    }

    fn make(
        &mut self,
        crew: &mut Crew<'_, '_, '_>,
        tours: Vec<Tour>,
    ) -> Result<Vec<Vec<Record>>, Trouble> {
        let tests: usize = tours.iter().map(|tour| tour.tests.len()).sum();
        self.due.fetch_add(tests, Ordering::Relaxed);
        let states: Vec<State> = tours.iter().map(|tour| tour.state).collect();
        let jobs = tours.into_iter().enumerate().map(|(index, tour)| Job {
            index,
            tour,
            known: Arc::clone(&self.known),
        });
        let (results, trouble) = crew.run(jobs.collect());
        for (state, records) in states.iter().zip(&results) {
            self.take(*state, records);
        }
        trouble.map_or(Ok(results), Err)
    }

    /// Counts what the tests of one tour showed.
    fn take(&mut self, state: State, records: &[Record]) {
        for record in records {
            let Record { subject, .. } = *record;
            if record.seen.is_costly()
                && let Some(&last) = record.inputs.last()
            {
                *self.lost.entry((last, subject, state.data)).or_default() += 1;
            }
            if record.left_alone && record.counts {
                self.tally.passed("state/refused-changes-nothing", true);
            }
            match &record.seen {
                Seen::Diverged(found) => {
                    if found.runs == TRIES && found.inputs.ends_with(&record.inputs) {
                        let divergence = &found.divergence;
                        let breach = (
                            divergence.requirement,
                            divergence.kind,
                            record.inputs.clone(),
                        );
                        self.confirmed.insert(breach);
                    }
                    self.is_gone |= found.divergence.kind == Kind::Gone;
                    self.leaves_transfers |= found.runs == TRIES
                        && found.divergence.kind == Kind::Accepted
                        && found.divergence.came.is_empty();
                    if record.counts {
                        self.tally.diverged(found.clone(), &record.inputs);
                    }
                }
                Seen::NotTested(trouble) => {
                    if record.counts {
                        self.tally.not_tested(subject, trouble.clone());
                    }
                }
                _ if !record.counts => {}
                Seen::Strict => self.tally.passed(subject, true),
                Seen::Allowed => self.tally.passed(subject, false),
                Seen::Ambiguous { is_strict } => {
                    self.tally.passed(subject, *is_strict);
                    self.ambiguous += 1;
                }
                Seen::Unimplemented(inputs) => self.unimplemented.push((subject, inputs.clone())),
                Seen::Lost => {}
            }
        }
    }

    /// Goes on from the states that the tests in `state` have reached.
    fn follow(&mut self, state: State, records: &[Record]) {
        let mut known = Known {
            ways: self.known.ways.clone(),
            given_up: HashSet::new(),
            confirmed: self.confirmed.clone(),
            leaves_transfers: self.leaves_transfers,
        };
        let machine = self.setting.machine;
        let mut leading: Vec<&Record> = records
            .iter()
            .filter(|record| record.next.is_some())
            .collect();
        // The input that is meant to lead there comes first, then the order of the alphabet.
        leading.sort_by_key(|record| {
            let input = record.inputs.first().copied().unwrap_or(Input::Noop);
            let meant = machine.strict(state, input).map(|step| step.next);
            (meant != record.next, record.inputs.len(), input)
        });
        for record in leading {
            // A failed login is tried once in a state, and is no way to another.
            let is_failed_login =
                matches!(record.inputs[..], [Input::PassWrong | Input::AcctWrong]);
            let (Some(next), false) = (record.next, is_failed_login) else {
                continue;
            };
            if let [input] = record.inputs[..]
                && next != state
                && crate::tour::is_way(input)
            {
                known.ways.entry(state).or_default().push((input, next));
            }
            if self.found.len() < STATES_MAX && !self.access.contains_key(&next) {
                let access = [&self.access[&state][..], &record.inputs].concat();
                self.access.insert(next, access);
                self.found.push(next);
            }
        }
        let given_up = self.lost.iter().filter(|(_, count)| **count >= LOST_MAX);
        known.given_up = given_up.map(|(costly, _)| *costly).collect();
        self.known = Arc::new(known);
    }

    fn report(
        mut self,
        target: &dyn Target,
        server: Server,
        (findings, flaky): (Vec<Finding>, Vec<Finding>),
        farewells: &[Farewell],
        started: Instant,
    ) -> Report {
        let Shard { index, count } = self.options.shard;
        if count > 1 {
            self.untested.push(format!(
                "the commands of the other parts: this is part {} of {count}",
                index + 1
            ));
        }
        if self.ambiguous > 0 {
            self.untested.push(format!(
                "what follows {} tests that may have ended in one of several states",
                self.ambiguous
            ));
        }
        if let Some(reason) = farewells
            .iter()
            .find_map(|farewell| farewell.no_tls.as_ref())
        {
            self.untested
                .push(format!("every state behind AUTH TLS: {reason}"));
        }
        Report {
            target: target.name(),
            server,
            rules: self
                .tally
                .rules(&findings, &flaky, |id| self.options.selects(id)),
            findings,
            known: Vec::new(),
            stale: Vec::new(),
            flaky,
            untested: self.untested,
            commands_sent: farewells
                .iter()
                .map(|farewell| farewell.counts.commands)
                .sum(),
            connections: farewells
                .iter()
                .map(|farewell| farewell.counts.connections)
                .sum(),
            seconds: started.elapsed().as_secs_f64(),
            interrupted: Worker::is_stopped(self.options),
        }
    }
}
