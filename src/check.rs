//! The check of a server: every input in every state that can be reached on it, judged by the oracle.
//!
//! The states are found as the rules' own graph is, breadth first, but by what this server answers: a state is reached
//! when the oracle holds it alone. Each test opens a fresh connection, walks the state's access sequence and tries one
//! input. Then, for each command that needs an earlier one, every input is put between the two: what ended the
//! prerequisite in the model must have ended it on the server. Costs one connection for each test.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use ftproof_model::{Code, Divergence, Input, Judgement, Kind, Login, Machine, Order, State};

use crate::options::Options;
use crate::reply::shown;
use crate::report::{Finding, Report, Server};
use crate::tally::Tally;
use crate::target::{Names, Target, Trouble, Wait};
use crate::walk::{Step, Walk, transcript};
use crate::workdir::{Workdir, log_in};

/// How often a divergence must come, each time on a fresh connection, to be a finding.
const TRIES: usize = 3;
/// States beyond this many are not tested: no honest server has so many.
const STATES_MAX: usize = 2_000;

/// An input is given up when so much time was lost with it: it is never answered.
const LOST_MAX: Duration = Duration::from_secs(30);

/// The commands that need an earlier one, each as the input that shows whether that is still in force.
const DEPENDENT: [Input; 8] = [
    Input::Pwd,
    Input::PassRight,
    Input::AcctRight,
    Input::Rnto,
    Input::Retr,
    Input::List,
    Input::Pbsz,
    Input::ProtPrivate,
];

/// Checks a server. `Err`: we could not find out; nothing is claimed of it then.
pub fn check(target: &mut dyn Target, options: &Options) -> Result<Report, Trouble> {
    let machine = &crate::verify::machine();
    let progress = &*options.progress;
    let started = Instant::now();
    let mut names = target.names().clone();
    let server = scout(target, &names)?;
    let mut untested = Vec::new();
    let mut workdir = None;
    if !target.starts_fresh() {
        match Workdir::make(target, &mut names)? {
            Ok(made) => workdir = Some(made),
            Err(reason) => untested.push(format!("what needs files: {reason}")),
        }
    }
    let mut run = Run {
        target,
        machine,
        names,
        workdir,
        tally: Tally::default(),
        undecided: Vec::new(),
        lost: HashMap::new(),
        is_tls_untested: false,
        ambiguous: Cell::new(0),
        connections: 0,
        commands_sent: 0,
        silence: Wait::Full,
    };
    let explored = run.explore(progress);
    run.settle();
    match (explored, run.clean_up()) {
        (Ok(()), Ok(())) => {}
        (Ok(()), Err(left)) => untested.push(left),
        (Err(trouble), Ok(())) => return Err(trouble),
        (Err(trouble), Err(left)) => {
            return Err(Trouble::LeftBehind {
                trouble: Box::new(trouble),
                left,
            });
        }
    }
    let ambiguous = run.ambiguous.get();
    if ambiguous > 0 {
        untested.push(format!(
            "what follows {ambiguous} tests that may have ended in one of several states"
        ));
    }
    if run.is_tls_untested {
        untested.push(
            "every state behind AUTH TLS, which ftproof does not speak to servers yet".to_owned(),
        );
    }
    let (findings, flaky) = run.tally.findings();
    Ok(Report {
        target: run.target.name(),
        server,
        rules: run.tally.rules(&findings),
        findings,
        known: Vec::new(),
        stale: Vec::new(),
        flaky,
        untested,
        commands_sent: run.commands_sent,
        connections: run.connections,
        seconds: started.elapsed().as_secs_f64(),
        interrupted: false,
    })
}

/// Sees that the server is there and lets us in, and what it calls itself.
fn scout(target: &mut dyn Target, names: &Names) -> Result<Server, Trouble> {
    let mut session = log_in(target, names)?;
    let greeting = session.greeting().headline();
    // A server that does not answer it is none the worse here.
    let syst = session
        .send(b"SYST")
        .ok()
        .flatten()
        .map(|reply| reply.headline());
    Ok(Server { greeting, syst })
}

/// A test: walk `path` to `state` on a fresh connection, then try `inputs`.
#[derive(Clone, Copy)]
struct Test<'a> {
    state: State,
    path: &'a [Input],
    inputs: &'a [Input],
}

/// What one try of a test showed.
struct Seen {
    judgement: Judgement,
    steps: Vec<Step>,
    /// The state behind it, if it is known for sure and the session can go on from it.
    next: Option<State>,
    /// Nothing more could be sent.
    is_over: bool,
}

/// A divergence only if its verb works in some state; with the test that shows it.
struct Undecided {
    subject: &'static str,
    finding: Finding,
    state: State,
    path: Vec<Input>,
    inputs: Vec<Input>,
}

struct Run<'a, 'm> {
    target: &'a mut dyn Target,
    machine: &'m Machine<'m>,
    names: Names,
    workdir: Option<Workdir>,
    tally: Tally,
    undecided: Vec<Undecided>,
    /// The time lost with tests of an input that failed for trouble twice in a row.
    lost: HashMap<Input, Duration>,
    /// AUTH TLS was answered 234, and could not be followed.
    is_tls_untested: bool,
    /// How many tests left it open in which state the server then was.
    ambiguous: Cell<usize>,
    connections: usize,
    commands_sent: usize,
    /// How long to wait for the end of a transfer without a data connection.
    silence: Wait,
}

impl<'m> Run<'_, 'm> {
    fn explore(&mut self, progress: &dyn Fn(usize, usize)) -> Result<(), Trouble> {
        let start = State::default();
        let mut access: HashMap<State, Vec<Input>> = HashMap::from([(start, Vec::new())]);
        let mut queue = VecDeque::from([start]);
        let mut found = vec![start];
        let mut done = 0;
        while let Some(state) = queue.pop_front() {
            let path = access[&state].clone();
            for input in inputs(self.machine, state) {
                let inputs = &[input];
                let next = self.test(Test {
                    state,
                    path: &path,
                    inputs,
                })?;
                done += 1;
                progress(done, access.len() * Input::ALL.len());
                // A failed login is tried once in a state, and is no way to another.
                let is_failed_login = matches!(input, Input::PassWrong | Input::AcctWrong);
                let Some(next) = next.filter(|_| !is_failed_login) else {
                    continue;
                };
                if access.len() < STATES_MAX && !access.contains_key(&next) {
                    access.insert(next, path.iter().copied().chain([input]).collect());
                    queue.push_back(next);
                    found.push(next);
                }
            }
        }
        for dependent in DEPENDENT {
            let Some(&state) = found
                .iter()
                .find(|state| self.is_ready_for(**state, dependent))
            else {
                continue;
            };
            let path = &access[&state];
            // DELE takes away the file that the other commands are about.
            for between in inputs(self.machine, state).filter(|&input| input != Input::Dele) {
                let inputs = &[between, dependent];
                self.test(Test {
                    state,
                    path,
                    inputs,
                })?;
                done += 1;
                progress(done, (access.len() + DEPENDENT.len()) * Input::ALL.len());
            }
        }
        Ok(())
    }

    /// Whether `dependent` is in order in `state` and would succeed.
    fn is_ready_for(&self, state: State, dependent: Input) -> bool {
        self.machine.strict(state, dependent).is_some_and(|step| {
            step.rule.order == Order::InOrder
                && step.replies.first().is_some_and(|&code| code < 400)
        })
    }

    /// Makes a test and notes what it showed. Gives the state behind it, if the session can go on from it.
    fn test(&mut self, test: Test<'_>) -> Result<Option<State>, Trouble> {
        let mut subject = subject(self.machine, test);
        let last = test.inputs.last().copied().unwrap_or(Input::Noop);
        if self.lost.get(&last).is_some_and(|lost| *lost > LOST_MAX) {
            self.tally
                .not_tested(subject, Trouble::GivenUp(last.verb()));
            return Ok(None);
        }
        let since = Instant::now();
        let mut tried = self.attempt(test);
        if !matches!(
            tried,
            Ok(_) | Err(Trouble::NoName(_) | Trouble::Unsupported(_))
        ) {
            // It may have been chance, so once more. If even a login fails, the run ends.
            drop(log_in(self.target, &self.names)?);
            tried = self.attempt(test);
            if tried.is_err() {
                *self.lost.entry(last).or_default() += since.elapsed();
            }
        }
        let seen = match tried {
            Ok(seen) => seen,
            Err(trouble) => {
                self.tally.not_tested(subject, trouble);
                return Ok(None);
            }
        };
        self.tally.learn(&seen.steps);
        let is_secured = |step: &Step| step.input == Input::AuthTls && step.codes() == [234];
        self.is_tls_untested |= seen.is_over && seen.steps.last().is_some_and(is_secured);
        let is_secured = seen.steps.iter().any(is_secured);
        if subject == "seq/auth-reset" && !is_secured {
            subject = "seq/pass";
        }
        match seen.judgement {
            Judgement::Strict => self.tally.passed(subject, true),
            Judgement::Allowed => self.tally.passed(subject, false),
            Judgement::Lost => {}
            Judgement::UnlessImplemented(divergence) => self.undecided.push(Undecided {
                subject,
                finding: self.finding(&divergence, &seen.steps),
                state: test.state,
                path: test.path.to_vec(),
                inputs: test.inputs.to_vec(),
            }),
            Judgement::Diverges(mut divergence) => {
                let first = (divergence.requirement, divergence.kind);
                // What the state alone does not tell: that a USER came before AUTH.
                if subject == "seq/auth-reset" {
                    divergence.requirement = subject;
                }
                let mut finding = self.finding(&divergence, &seen.steps);
                finding.runs = 1 + self.again(test, first);
                if finding.came.is_empty() && finding.is_sure() {
                    self.silence = Wait::Brief;
                }
                self.tally.diverged(finding, test.inputs);
            }
        }
        Ok(seen.next)
    }

    /// One try.
    fn attempt(&mut self, test: Test<'_>) -> Result<Seen, Trouble> {
        self.connections += 1;
        let mut walk = Walk::start(self.target, &self.names, self.machine, self.silence)?;
        let seen = self.walk(&mut walk, test);
        self.commands_sent += walk.steps().len();
        if let Some(workdir) = &mut self.workdir {
            workdir.restore(self.target, &self.names, walk.steps())?;
        }
        seen
    }

    fn walk(&self, walk: &mut Walk<'m>, test: Test<'_>) -> Result<Seen, Trouble> {
        // STOU stores into the working directory, which must be ours.
        let mut needs_cwd = !self.target.starts_fresh()
            && test
                .path
                .iter()
                .chain(test.inputs)
                .any(|&input| input == Input::Stou);
        if needs_cwd && self.workdir.is_none() {
            return Err(Trouble::Unsupported("directory of ours for STOU"));
        }
        for &input in test.path {
            walk.step(input)?;
            if needs_cwd && walk.states().iter().all(|state| state.login == Login::In) {
                walk.step(Input::Cwd)?;
                if walk.steps().last().is_none_or(|step| step.codes() != [250]) {
                    return Err(Trouble::Unsupported(
                        "way into a directory of ours for STOU",
                    ));
                }
                needs_cwd = false;
            }
        }
        if walk.states() != [test.state] {
            return Err(Trouble::Unsupported(
                "way back to this state: the same lines led elsewhere",
            ));
        }
        let mut judgement = Judgement::Lost;
        for &input in test.inputs {
            let is_possible = walk
                .states()
                .iter()
                .any(|&state| self.machine.rule(state, input).is_some());
            if walk.is_over() || !is_possible {
                if walk
                    .steps()
                    .last()
                    .is_some_and(|step| step.input == Input::AuthTls && step.codes() == [234])
                {
                    return Err(Trouble::Unsupported("TLS"));
                }
                judgement = Judgement::Lost;
                break;
            }
            judgement = walk.step(input)?;
        }
        let next = match walk.states() {
            _ if walk.is_over() => None,
            [next] => Some(*next).filter(State::reads),
            _ => {
                self.ambiguous.set(self.ambiguous.get() + 1);
                None
            }
        };
        Ok(Seen {
            judgement,
            steps: walk.steps().to_vec(),
            next,
            is_over: walk.is_over(),
        })
    }

    /// How often a divergence of this kind comes in the tries that are left.
    fn again(&mut self, test: Test<'_>, first: (&str, Kind)) -> usize {
        (1..TRIES)
            .filter(|_| match self.attempt(test).map(|seen| seen.judgement) {
                Ok(Judgement::Diverges(again) | Judgement::UnlessImplemented(again)) => {
                    (again.requirement, again.kind) == first
                }
                Ok(Judgement::Strict | Judgement::Allowed | Judgement::Lost) | Err(_) => false,
            })
            .count()
    }

    /// 500 and 502 say that a verb is not implemented. Where it was seen to work, they are divergences, and are tried
    /// again; HELP, which every server must have, is one even where it never worked.
    fn settle(&mut self) {
        for undecided in std::mem::take(&mut self.undecided) {
            let Undecided {
                subject,
                mut finding,
                state,
                path,
                inputs,
            } = undecided;
            let first = (finding.rule, finding.kind);
            let verb = finding.input.verb();
            if !self.tally.is_implemented(verb) {
                if verb != "HELP" {
                    self.tally.not_applicable(subject);
                    continue;
                }
                finding.rule = "help/always";
                finding.id = format!("{}:{}", finding.rule, finding.kind);
            }
            let test = Test {
                state,
                path: &path,
                inputs: &inputs,
            };
            finding.runs = 1 + self.again(test, first);
            self.tally.diverged(finding, &inputs);
        }
    }

    /// Removes our files. `Err` says what is left.
    fn clean_up(&mut self) -> Result<(), String> {
        let Some(workdir) = self.workdir.take() else {
            return Ok(());
        };
        let base = shown(workdir.base().as_bytes());
        workdir
            .remove(self.target, &self.names)
            .map_err(|reason| format!("the clean-up: {base} is still there: {reason}"))
    }

    fn finding(&self, divergence: &Divergence, steps: &[Step]) -> Finding {
        let mut expected: Vec<Code> = divergence.strict.first().copied().into_iter().collect();
        for &code in &divergence.allowed {
            if !expected.contains(&code) {
                expected.push(code);
            }
        }
        let last = steps.last();
        let came = last.map(|step| {
            step.replies
                .iter()
                .map(crate::reply::Reply::headline)
                .collect()
        });
        Finding {
            rule: divergence.requirement,
            kind: divergence.kind,
            severity: divergence.kind.severity(),
            id: format!("{}:{}", divergence.requirement, divergence.kind),
            note: None,
            transcript: transcript(steps, &expected),
            expected,
            came: came.unwrap_or_default(),
            input: last.map_or(Input::Noop, |step| step.input),
            runs: 1,
            tries: TRIES,
            also: Vec::new(),
            reproduce: self.target.url().map_or_else(
                || "ftproof check".to_owned(),
                |url| format!("ftproof check {url}"),
            ),
        }
    }
}

/// The inputs that are possible in `state`.
fn inputs(machine: &Machine<'_>, state: State) -> impl Iterator<Item = Input> {
    Input::ALL
        .iter()
        .copied()
        .filter(move |&input| machine.rule(state, input).is_some())
}

/// The requirement that a test is about.
fn subject(machine: &Machine<'_>, test: Test<'_>) -> &'static str {
    match test.inputs {
        // The state behind AUTH is that of any connection without a USER: only here is it known that there was one.
        [Input::AuthTls, Input::PassRight] => return "seq/auth-reset",
        [Input::UserPassword, Input::Pwd] if test.state.login == Login::In => return "login/flush",
        _ => {}
    }
    let (mut state, mut requirement) = (test.state, "reply/one");
    for &input in test.inputs {
        let Some(step) = machine.strict(state, input) else {
            break;
        };
        requirement = step.rule.requirement;
        state = step.next;
    }
    requirement
}
