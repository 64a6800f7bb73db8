//! The check of a server: every input in every state that can be reached on it, judged by the oracle.
//!
//! The states are found as the rules' own graph is, breadth first, but by what this server answers: a state is reached
//! when the oracle holds it alone. Each test opens a fresh connection, walks the state's access sequence and tries one
//! input. Then, for each command that needs an earlier one, every input is put between the two: what ended the
//! prerequisite in the model must have ended it on the server. Costs one connection for each test.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Instant;

use ftproof_model::{Code, Divergence, Input, Judgement, Kind, Login, Machine, Order, State, shows_implemented};

use crate::report::{Finding, Outcome, Report, RuleReport, Server};
use crate::target::{Names, Target, Trouble, Wait};
use crate::walk::{Step, Walk, transcript};
use crate::workdir::{Workdir, log_in};

/// How often a divergence must come again before it is reported.
const RERUNS: usize = 2;
/// States beyond this many are not tested: no honest server has so many.
const STATES_MAX: usize = 2_000;

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

/// Called after each test with the number of tests done and of tests known to be due.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// Checks a server. `Err`: we could not find out; nothing is claimed of it then.
pub fn check(target: &mut dyn Target, machine: &Machine<'_>, progress: Progress<'_>) -> Result<Report, Trouble> {
    let started = Instant::now();
    let mut names = target.names().clone();
    let server = scout(target, &names)?;
    let mut untested = Vec::new();
    let workdir = if target.starts_fresh() {
        None
    } else {
        match Workdir::make(target, &mut names)? {
            Ok(workdir) => Some(workdir),
            Err(reason) => {
                untested.push(format!("what needs files: {reason}"));
                None
            }
        }
    };
    let mut run = Run {
        target,
        machine,
        names,
        workdir,
        tally: Tally::default(),
        connections: 0,
        commands: 0,
        silence: Wait::Full,
    };
    run.explore(progress)?;
    let Run { names, workdir, tally, connections, commands, .. } = run;
    let workdir = workdir.map(|workdir| {
        let base = workdir.base().to_owned();
        (base, workdir.remove(target, &names))
    });
    if let Some((base, Err(reason))) = workdir {
        untested.push(format!("the clean-up: {base} is still there: {reason}"));
    }
    Ok(tally.report(target.name(), server, untested, connections, commands, started.elapsed()))
}

/// Sees that the server is there and lets us in, and what it calls itself.
fn scout(target: &mut dyn Target, names: &Names) -> Result<Server, Trouble> {
    let mut session = log_in(target, names)?;
    let greeting = session.greeting().headline();
    let syst = session.send(b"SYST")?.map(|reply| reply.headline());
    Ok(Server { greeting, syst })
}

struct Run<'a, 'm> {
    target: &'a mut dyn Target,
    machine: &'m Machine<'m>,
    names: Names,
    workdir: Option<Workdir>,
    tally: Tally,
    connections: usize,
    commands: usize,
    /// How long to wait for the end of a transfer without a data connection.
    silence: Wait,
}

/// What one test showed.
struct Seen {
    judgement: Judgement,
    steps: Vec<Step>,
    /// The state behind it, if it is known for sure and the session can go on from it.
    next: Option<State>,
}

impl<'m> Run<'_, 'm> {
    fn explore(&mut self, progress: Progress<'_>) -> Result<(), Trouble> {
        let mut access: HashMap<State, Vec<Input>> = HashMap::from([(State::default(), Vec::new())]);
        let mut queue = VecDeque::from([State::default()]);
        let mut order = vec![State::default()];
        let mut done = 0;
        while let Some(state) = queue.pop_front() {
            for &input in self.inputs(state).collect::<Vec<_>>().iter() {
                let path = access[&state].clone();
                let next = self.test(state, &path, &[input])?;
                done += 1;
                progress(done, access.len() * Input::ALL.len());
                let Some(next) = next else { continue };
                if access.len() < STATES_MAX && !access.contains_key(&next) {
                    access.insert(next, path.into_iter().chain([input]).collect());
                    queue.push_back(next);
                    order.push(next);
                }
            }
        }
        for dependent in DEPENDENT {
            let Some(&state) = order.iter().find(|state| self.is_ready_for(**state, dependent)) else {
                continue;
            };
            for &between in self.inputs(state).collect::<Vec<_>>().iter() {
                let path = access[&state].clone();
                self.test(state, &path, &[between, dependent])?;
                done += 1;
                progress(done, access.len() * Input::ALL.len() + DEPENDENT.len() * Input::ALL.len());
            }
        }
        Ok(())
    }

    /// The inputs that are possible in `state`.
    fn inputs(&self, state: State) -> impl Iterator<Item = Input> + use<'m> {
        let machine = self.machine;
        Input::ALL.iter().copied().filter(move |&input| machine.rule(state, input).is_some())
    }

    /// Whether `dependent` is in order in `state`, no transfer being under way.
    fn is_ready_for(&self, state: State, dependent: Input) -> bool {
        self.machine
            .strict(state, dependent)
            .is_some_and(|step| step.rule.order == Order::InOrder && step.replies.first().is_some_and(|&code| code < 400))
    }

    /// Walks `path` to `state` on a fresh connection, tries `inputs`, and notes what it showed.
    fn test(&mut self, state: State, path: &[Input], inputs: &[Input]) -> Result<Option<State>, Trouble> {
        let subject = subject(self.machine, state, inputs);
        let seen = match self.attempt(state, path, inputs) {
            Ok(seen) => seen,
            Err(trouble @ (Trouble::Unsupported(_) | Trouble::NoName(_))) => {
                self.tally.not_tested(subject, &trouble.to_string());
                return Ok(None);
            }
            // Once more: a lost connection may be chance. If even a login fails, the run ends.
            Err(_) => {
                drop(log_in(self.target, &self.names)?);
                match self.attempt(state, path, inputs) {
                    Ok(seen) => seen,
                    Err(trouble) => {
                        self.tally.not_tested(subject, &trouble.to_string());
                        return Ok(None);
                    }
                }
            }
        };
        let Some(seen) = seen else {
            self.tally.not_tested(subject, "the state could not be reached a second time");
            return Ok(None);
        };
        self.tally.implemented(&seen.steps);
        match &seen.judgement {
            Judgement::Strict => self.tally.passed(subject, true),
            Judgement::Allowed => self.tally.passed(subject, false),
            Judgement::Lost => {}
            Judgement::UnlessImplemented(divergence) => {
                let finding = finding(divergence, &seen.steps, self.command_line(), 1);
                self.tally.unless_implemented(subject, finding, &seen.steps);
            }
            Judgement::Diverges(divergence) => {
                let runs = self.rerun(state, path, inputs, divergence);
                let finding = finding(divergence, &seen.steps, self.command_line(), runs);
                if finding.came.is_empty() && runs > RERUNS {
                    self.silence = Wait::Brief;
                }
                self.tally.diverged(finding, variant(inputs, &seen.steps), runs > RERUNS);
            }
        }
        Ok(seen.next)
    }

    /// One try. `None`: the access sequence did not lead to `state` this time.
    fn attempt(&mut self, state: State, path: &[Input], inputs: &[Input]) -> Result<Option<Seen>, Trouble> {
        self.connections += 1;
        let mut walk = Walk::start(self.target, &self.names, self.machine, self.silence)?;
        let result = self.walk(&mut walk, state, path, inputs);
        self.commands += walk.steps().len();
        if let Some(workdir) = &mut self.workdir {
            workdir.restore(self.target, &self.names, walk.steps())?;
        }
        result
    }

    fn walk(&self, walk: &mut Walk<'m>, state: State, path: &[Input], inputs: &[Input]) -> Result<Option<Seen>, Trouble> {
        // STOU stores into the working directory, which must be ours.
        let mut needs_cwd = self.workdir.is_some() && path.iter().chain(inputs).any(|&input| input == Input::Stou);
        for &input in path {
            walk.step(input)?;
            if needs_cwd && walk.states().iter().all(|state| state.login == Login::In) {
                walk.step(Input::Cwd)?;
                needs_cwd = false;
            }
        }
        if walk.states() != [state] {
            return Ok(None);
        }
        let mut judgement = Judgement::Lost;
        for (index, &input) in inputs.iter().enumerate() {
            if index > 0 && (walk.is_over() || walk.states().iter().all(|&state| self.machine.rule(state, input).is_none())) {
                return Ok(Some(Seen { judgement: Judgement::Lost, steps: walk.steps().to_vec(), next: None }));
            }
            judgement = walk.step(input)?;
        }
        let next = match walk.states() {
            [next] if !walk.is_over() && next.reads() => Some(*next),
            _ => None,
        };
        Ok(Some(Seen { judgement, steps: walk.steps().to_vec(), next }))
    }

    /// How often the divergence came, of one more than [`RERUNS`] tries.
    fn rerun(&mut self, state: State, path: &[Input], inputs: &[Input], first: &Divergence) -> usize {
        let again = (0..RERUNS)
            .filter(|_| {
                matches!(self.attempt(state, path, inputs),
                    Ok(Some(Seen { judgement: Judgement::Diverges(again), .. }))
                        if (again.requirement, again.kind) == (first.requirement, first.kind))
            })
            .count();
        again + 1
    }

    fn command_line(&self) -> String {
        format!("ftproof check {}", self.target.name())
    }
}

/// The requirement that a test is about.
fn subject(machine: &Machine<'_>, state: State, inputs: &[Input]) -> &'static str {
    let (mut state, mut requirement) = (state, "reply/one");
    for &input in inputs {
        let Some(step) = machine.strict(state, input) else { break };
        requirement = step.rule.requirement;
        state = step.next;
    }
    requirement
}

/// What tells findings of one cause apart: the line in between, or the line itself.
fn variant(inputs: &[Input], steps: &[Step]) -> String {
    let telling = if inputs.len() > 1 { inputs[0] } else { steps.last().map_or(inputs[0], |step| step.input) };
    telling.line().unwrap_or("the end of the data").to_owned()
}

fn finding(divergence: &Divergence, steps: &[Step], reproduce: String, runs: usize) -> Finding {
    let mut expected: Vec<Code> = divergence.strict.first().copied().into_iter().collect();
    for &code in &divergence.allowed {
        if !expected.contains(&code) {
            expected.push(code);
        }
    }
    let last = steps.last();
    Finding {
        rule: divergence.requirement,
        kind: divergence.kind,
        transcript: transcript(steps, &expected),
        expected,
        came: last.map(|step| step.replies.iter().map(crate::reply::Reply::headline).collect()).unwrap_or_default(),
        input: last.map_or(Input::Noop, |step| step.input),
        runs,
        tries: RERUNS + 1,
        also: Vec::new(),
        reproduce,
    }
}

/// What findings of one cause have in common. A reply that lets something through is of one cause whatever its code; a
/// refusal is the code that was chosen for it.
fn cause(finding: &Finding) -> (&'static str, Kind, Vec<&str>) {
    let codes = match finding.kind {
        Kind::LoginBypass | Kind::Accepted | Kind::Adjacency => Vec::new(),
        Kind::Refused | Kind::Help | Kind::WrongCode => finding.codes(),
    };
    (finding.rule, finding.kind, codes)
}

/// What the tests showed, rule by rule.
#[derive(Default)]
struct Tally {
    strict: BTreeMap<&'static str, usize>,
    allowed: BTreeMap<&'static str, usize>,
    not_tested: BTreeMap<&'static str, BTreeMap<String, usize>>,
    findings: Vec<(Finding, Vec<String>)>,
    flaky: Vec<Finding>,
    undecided: Vec<(&'static str, Finding, Input)>,
    implemented: HashSet<&'static str>,
}

impl Tally {
    fn passed(&mut self, subject: &'static str, strictly: bool) {
        let counts = if strictly { &mut self.strict } else { &mut self.allowed };
        *counts.entry(subject).or_default() += 1;
    }

    fn not_tested(&mut self, subject: &'static str, reason: &str) {
        *self.not_tested.entry(subject).or_default().entry(reason.to_owned()).or_default() += 1;
    }

    fn implemented(&mut self, steps: &[Step]) {
        for step in steps {
            let codes: Vec<Code> = step.replies.iter().map(|reply| reply.code).collect();
            if shows_implemented(step.input, &codes) {
                self.implemented.insert(step.input.verb());
            }
        }
    }

    fn unless_implemented(&mut self, subject: &'static str, finding: Finding, steps: &[Step]) {
        let input = steps.last().map_or(Input::Noop, |step| step.input);
        self.undecided.push((subject, finding, input));
    }

    /// Findings of one cause are one: same rule, same kind, same reply to the same command or with other lines before it.
    fn diverged(&mut self, finding: Finding, variant: String, is_sure: bool) {
        if !is_sure {
            self.flaky.push(finding);
            return;
        }
        let cause = cause(&finding);
        let Some((known, variants)) = self.findings.iter_mut().find(|(known, _)| self::cause(known) == cause) else {
            self.findings.push((finding, vec![variant]));
            return;
        };
        let is_shorter = finding.transcript.sent().count() < known.transcript.sent().count();
        if is_shorter {
            *known = finding;
        }
        match variants.iter().position(|known| *known == variant) {
            Some(place) if is_shorter => variants.swap(0, place),
            Some(_) => {}
            None => {
                variants.push(variant);
                if is_shorter {
                    let last = variants.len() - 1;
                    variants.swap(0, last);
                }
            }
        }
    }

    fn report(
        mut self,
        target: String,
        server: Server,
        untested: Vec<String>,
        connections: usize,
        commands_sent: usize,
        took: std::time::Duration,
    ) -> Report {
        let mut not_applicable: HashSet<&'static str> = HashSet::new();
        for (subject, finding, input) in std::mem::take(&mut self.undecided) {
            if self.implemented.contains(input.verb()) {
                let variant = input.line().unwrap_or_default().to_owned();
                self.diverged(finding, variant, true);
            } else {
                not_applicable.insert(subject);
            }
        }
        let mut findings: Vec<Finding> = self
            .findings
            .into_iter()
            .map(|(finding, variants)| Finding { also: variants.into_iter().skip(1).collect(), ..finding })
            .collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.kind.severity()));
        let rules = ftproof_model::REQUIREMENTS
            .iter()
            .filter(|requirement| ["seq/", "login/required", "help/"].iter().any(|group| requirement.id.starts_with(group)))
            .map(|requirement| {
                let strict = self.strict.get(requirement.id).copied().unwrap_or(0);
                let allowed = self.allowed.get(requirement.id).copied().unwrap_or(0);
                let reasons = self.not_tested.get(requirement.id);
                let outcome = if findings.iter().any(|finding| finding.rule == requirement.id) {
                    Outcome::Finding
                } else if allowed > 0 {
                    Outcome::Allowed
                } else if strict > 0 {
                    Outcome::Conforms
                } else if not_applicable.contains(requirement.id) {
                    Outcome::NotApplicable
                } else {
                    Outcome::NotTested
                };
                RuleReport {
                    id: requirement.id,
                    outcome,
                    tests: strict + allowed,
                    reason: reasons.map(|reasons| {
                        reasons.iter().map(|(reason, count)| format!("{count} × {reason}")).collect::<Vec<_>>().join("; ")
                    }),
                }
            })
            .collect();
        Report {
            target,
            server,
            findings,
            flaky: self.flaky,
            rules,
            untested,
            commands_sent,
            connections,
            seconds: took.as_secs_f64(),
        }
    }
}
