//! One who tests: a target, its files, and the session under test. Everything that is sent in a check is sent here.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use ftproof_model::{Divergence, Input, Judgement, Kind, Login, shows_implemented};

use crate::absence::Absence;
use crate::content::Content;
use crate::login::log_in;
use crate::options::Options;
use crate::target::{DataEnd, Names, Target, Trouble, Wait};
use crate::tour::{Found, TRIES};
use crate::walk::{Ended, Pace, Setting, Step, UPLOAD, Walk};
use crate::workdir::Workdir;

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) commands: usize,
    pub(crate) connections: usize,
}

/// What the replies and transfers looked like.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    /// How many steps had replies.
    pub(crate) replies: usize,
    /// How many transfers were compared with what they should bring.
    pub(crate) compared: usize,
    /// The fewest inputs behind which a reply could be read, but was not of the form of RFC 959 §4.2.
    pub(crate) malformed: Option<Vec<Input>>,
}

/// One who tests.
pub(crate) struct Worker<'t, 'm> {
    pub(crate) target: &'t mut dyn Target,
    pub(crate) setting: Setting<'m>,
    pub(crate) names: Names,
    pub(crate) workdir: Option<Workdir>,
    /// Why there are no files to test with.
    pub(crate) no_files: Option<String>,
    pub(crate) content: Content,
    /// The verbs that were seen to work.
    pub(crate) implemented: HashSet<&'static str>,
    pub(crate) counts: Counts,
    pub(crate) form: Form,
    /// Why TLS was offered and could not be followed.
    pub(crate) no_tls: Option<String>,
    /// How long to wait for the end of a transfer without a data connection.
    pub(crate) silence: Wait,
    /// How long is waited for a reply that is owed.
    pub(crate) pace: Pace,
    /// How long the server is waited for where it takes no connections.
    pub(crate) absence: Absence,
    /// A wrong password was sent: the server may have shut us out for it.
    pub(crate) has_failed_login: bool,
    /// How long the last connection took up to its greeting.
    pub(crate) greeted_within: Duration,
    /// QUIT is answered, and closes: the end of a session shows what came beside.
    quits: bool,
}

/// What was wrong with a sequence on a fresh connection.
#[derive(Debug, Clone)]
pub(crate) struct Anomaly {
    /// How many of the inputs it took.
    pub(crate) length: usize,
    pub(crate) divergence: Divergence,
    pub(crate) note: Option<String>,
    pub(crate) steps: Vec<Step>,
}

impl Anomaly {
    /// Whether both are the same breach.
    pub(crate) fn is_like(&self, other: &Divergence) -> bool {
        (self.divergence.requirement, self.divergence.kind) == (other.requirement, other.kind)
    }
}

impl<'t, 'm> Worker<'t, 'm> {
    /// One who has yet to enter.
    pub(crate) fn new(target: &'t mut dyn Target, setting: Setting<'m>, absence: Absence) -> Self {
        let names = target.names().clone();
        Worker {
            target,
            setting,
            names,
            workdir: None,
            no_files: None,
            content: Content::default(),
            implemented: HashSet::new(),
            counts: Counts::default(),
            form: Form::default(),
            no_tls: None,
            silence: Wait::Full,
            pace: Pace::Usual,
            absence,
            has_failed_login: false,
            greeted_within: Duration::ZERO,
            quits: true,
        }
    }

    /// Sees that the server lets us in, and makes the files that tests need.
    pub(crate) fn enter(&mut self) -> Result<(), Trouble> {
        if !self.target.starts_fresh() {
            self.make_files()?;
        } else if let Ok(whole) = self.retrieve(b"RETR {file}") {
            self.content = Content::of(&whole);
        }
        let end = self.first_walk()?.finish();
        self.quits = matches!(end, Ok(None));
        Ok(())
    }

    fn make_files(&mut self) -> Result<(), Trouble> {
        match Workdir::make(self.target, &mut self.names) {
            Ok(Ok(mut made)) => {
                made.absence = self.absence.clone();
                self.workdir = Some(made);
                self.content = Content::of(UPLOAD);
            }
            Ok(Err(reason)) => self.no_files = Some(reason),
            Err(trouble @ (Trouble::NoConnection { .. } | Trouble::LoginRefused { .. })) => {
                return Err(trouble);
            }
            // The tests will tell what is wrong with it.
            Err(trouble) => self.no_files = Some(trouble.to_string()),
        }
        Ok(())
    }

    /// The first session under test. A server that takes one session at a time cannot have one that looks after our
    /// files; they are removed then.
    fn first_walk(&mut self) -> Result<Walk<'m>, Trouble> {
        let trouble = match self.connect() {
            Ok(walk) => return Ok(walk),
            Err(trouble) => trouble,
        };
        let Some(workdir) = self.workdir.take() else {
            return Err(trouble);
        };
        self.content = Content::default();
        let removed = workdir.give_up(self.target, &self.names);
        match (self.connect(), removed) {
            (Ok(walk), removed) => {
                let left = removed
                    .err()
                    .map_or(String::new(), |left| format!("; {left}"));
                self.no_files = Some(format!("a second session gets no further: {trouble}{left}"));
                Ok(walk)
            }
            (Err(trouble), Ok(())) => Err(trouble),
            (Err(trouble), Err(left)) => Err(Trouble::LeftBehind {
                trouble: Box::new(trouble),
                left,
            }),
        }
    }

    /// Ends a session with QUIT, and says what was wrong with its end, where that can be told.
    pub(crate) fn finish(&mut self, walk: Walk<'m>) -> Option<Ended> {
        self.try_to_finish(walk).ok().flatten()
    }

    /// The same. `Err`: it cannot be told.
    pub(crate) fn try_to_finish(&mut self, walk: Walk<'m>) -> Result<Option<Ended>, Trouble> {
        if !self.quits
            && walk
                .steps()
                .last()
                .is_none_or(|step| step.input != Input::Quit)
        {
            return Ok(None);
        }
        self.counts.commands += 1;
        walk.finish()
    }

    /// The bytes that `template` brings.
    pub(crate) fn retrieve(&mut self, template: &[u8]) -> Result<Vec<u8>, Trouble> {
        let mut session = log_in(self.target, &self.names)?;
        session.send(b"PASV")?;
        let retr = self.names.fill(template)?;
        if session.send(&retr)?.is_none_or(|reply| reply.code >= 200) || !session.open_data()? {
            return Err(Trouble::Unsupported("file to retrieve"));
        }
        session.end_transfer(DataEnd::Done)
    }

    /// A fresh session. A server that has enough of us for now is given time.
    pub(crate) fn connect(&mut self) -> Result<Walk<'m>, Trouble> {
        let mut absence = std::mem::take(&mut self.absence);
        let walk = absence.outlast(|| self.connect_at_once());
        self.absence = absence;
        walk
    }

    /// The same, but a server that has enough of us is not waited for: it may have enough only because another session
    /// of ours is open.
    pub(crate) fn connect_at_once(&mut self) -> Result<Walk<'m>, Trouble> {
        self.counts.connections += 1;
        let begun = Instant::now();
        let mut walk = Walk::start(
            self.target,
            &self.names,
            self.setting,
            self.content.clone(),
            self.silence,
        )?;
        self.greeted_within = begun.elapsed();
        walk.set_pace(self.pace);
        Ok(walk)
    }

    /// Waits, as long as may be, until the server takes connections again.
    pub(crate) fn await_return(&mut self) -> Result<(), Trouble> {
        self.absence.wait_long();
        self.connect().map(drop)
    }

    /// Sends one input, and puts back what it changed.
    pub(crate) fn step(&mut self, walk: &mut Walk<'m>, input: Input) -> Result<Judgement, Trouble> {
        if input == Input::Stou && !self.may_stou(walk) {
            return Err(Trouble::Unsupported("directory of ours for STOU"));
        }
        self.has_failed_login |= is_failed_login(input);
        let before = walk.steps().len();
        let was_malformed = walk.is_malformed();
        let judged = walk.step(input);
        if walk.is_malformed() && !was_malformed {
            self.note_malformed(walk);
        }
        let steps = &walk.steps()[before.min(walk.steps().len())..];
        self.counts.commands += steps.len();
        for step in steps {
            self.form.replies += usize::from(!step.replies.is_empty());
            self.form.compared += usize::from(step.is_compared);
            if shows_implemented(step.input, &step.codes()) {
                self.implemented.insert(step.input.verb());
            }
        }
        // Once it was waited for in full, a shorter wait tells the same.
        let is_endless = |step: &Step| step.input == Input::DataRefused && step.replies.is_empty();
        if self.silence == Wait::Full && steps.iter().any(is_endless) {
            self.silence = Wait::Owed;
        }
        if let Some(reason) = walk.no_tls() {
            self.no_tls = Some(reason.to_owned());
        }
        if let Some(workdir) = &mut self.workdir {
            workdir.restore(self.target, &self.names, steps)?;
            // A line whose reply is not told from another may have been carried out. Why it is not is told, not why the
            // files are not put back.
            let is_unanswered = match &judged {
                Ok(Judgement::Diverges(divergence)) => divergence.kind == Kind::NoReply,
                judged => judged.is_err(),
            };
            if is_unanswered {
                let _ = workdir.restore_behind(self.target, &self.names, input);
            }
        }
        judged
    }

    /// Puts back what a line would have changed whose reply was not taken. That it cannot be is told by the tests that
    /// need the file.
    pub(crate) fn put_back(&mut self, input: Input) {
        if let Some(workdir) = &mut self.workdir {
            let _ = workdir.restore_behind(self.target, &self.names, input);
        }
    }

    /// Puts back whatever any line may have changed: one that was given up may have been carried out since.
    pub(crate) fn put_all_back(&mut self) {
        for input in [Input::Rnto, Input::Dele, Input::Rmd, Input::Mkd] {
            self.put_back(input);
        }
    }

    fn note_malformed(&mut self, walk: &Walk<'_>) {
        let inputs = walk.steps().iter().map(|step| step.input);
        let inputs: Vec<Input> = inputs.filter(|input| !input.is_event()).collect();
        if self
            .form
            .malformed
            .as_ref()
            .is_none_or(|known| inputs.len() < known.len())
        {
            self.form.malformed = Some(inputs);
        }
    }

    /// Sees how often `inputs` end with a reply that is not of the form of RFC 959 §4.2.
    pub(crate) fn malformed(&mut self, inputs: &[Input]) -> Result<Option<Found>, Trouble> {
        let (mut runs, mut found) = (0, None);
        for _ in 0..TRIES {
            let mut walk = self.connect()?;
            for &input in inputs {
                if !walk.is_over() && self.is_possible(&walk, input) {
                    self.step(&mut walk, input)?;
                }
            }
            runs += usize::from(walk.is_malformed());
            let last = inputs.last().copied().unwrap_or(Input::Noop);
            found = Some((
                walk.unanswered_as(last, Kind::Malformed),
                walk.steps().to_vec(),
            ));
        }
        Ok(found.filter(|_| runs > 0).map(|(divergence, steps)| Found {
            divergence,
            note: Some("a line of the reply does not end with CRLF".to_owned()),
            inputs: inputs.to_vec(),
            steps,
            runs,
            is_controlled: false,
            transcript: None,
        }))
    }

    /// STOU stores into the working directory, which must be ours.
    fn may_stou(&self, walk: &Walk<'_>) -> bool {
        let is_in = walk.states().iter().any(|state| state.login == Login::In);
        let is_ours = walk
            .steps()
            .last()
            .is_some_and(|step| step.input == Input::Cwd && step.codes() == [250]);
        !is_in || is_ours || self.target.starts_fresh()
    }

    /// Runs `inputs` on a fresh connection, up to the first that diverges, and ends the session with QUIT to see
    /// whether the replies were as many as the lines. `judges_unimplemented`: 500 and 502 to the last line are judged
    /// as if the verb worked.
    pub(crate) fn trial(
        &mut self,
        inputs: &[Input],
        judges_unimplemented: bool,
    ) -> Result<Option<Anomaly>, Trouble> {
        let tried = self.attempt(inputs, judges_unimplemented);
        tried.map(|(_, anomaly)| anomaly)
    }

    /// A trial, and whether every reply was the strict one. An event that ends the sequence may have come by itself.
    pub(crate) fn attempt(
        &mut self,
        inputs: &[Input],
        judges_unimplemented: bool,
    ) -> Result<(bool, Option<Anomaly>), Trouble> {
        let mut walk = self.connect()?;
        let (mut found, mut is_strict) = (None, true);
        let last_line = inputs.iter().rposition(|input| !input.is_event());
        for (index, &input) in inputs.iter().enumerate() {
            if walk.is_over() || !self.is_possible(&walk, input) {
                if last_line.is_some_and(|last| last < index) {
                    break;
                }
                return Err(Trouble::Unsupported("way to send the rest of the sequence"));
            }
            match self.step(&mut walk, input)? {
                Judgement::Strict => {}
                Judgement::Diverges(divergence) => found = Some((index + 1, divergence)),
                Judgement::UnlessImplemented(divergence)
                    if judges_unimplemented && Some(index) == last_line =>
                {
                    found = Some((index + 1, divergence));
                }
                _ => is_strict = false,
            }
            if found.is_some() {
                break;
            }
        }
        let note = walk.note().map(str::to_owned);
        let mut steps = walk.steps().to_vec();
        if let Some((_, divergence)) = &found {
            // A late reply may have come with the completion of the transfer: what diverged ends what is told.
            let is_it = |step: &Step| !step.replies.is_empty() && step.codes() == divergence.came;
            let end = steps.iter().rposition(is_it).map(|place| place + 1);
            steps.truncate(end.unwrap_or(steps.len()));
        }
        let has_more = found
            .as_ref()
            .is_none_or(|(_, divergence)| may_be_out_of_step(divergence.kind));
        if has_more
            && walk.no_tls().is_none()
            && let Some((divergence, note, steps)) = self.finish(walk)
            && (found.is_none() || divergence.kind == Kind::OutOfStep)
        {
            let anomaly = Anomaly {
                length: found.map_or(inputs.len(), |(length, _)| length),
                divergence,
                note: Some(note),
                steps,
            };
            return Ok((false, Some(anomaly)));
        }
        let anomaly = found.map(|(length, divergence)| Anomaly {
            length,
            divergence,
            note,
            steps,
        });
        Ok((is_strict, anomaly))
    }

    /// Whether the rules know `input` in a state that the session may be in.
    pub(crate) fn is_possible(&self, walk: &Walk<'_>, input: Input) -> bool {
        let mut states = walk.states().iter();
        states.any(|&state| self.setting.machine.rule(state, input).is_some())
    }

    /// Whether the run was stopped from outside.
    pub(crate) fn is_stopped(options: &Options) -> bool {
        options.stop.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Whether `input` is a login that must fail.
pub(crate) fn is_failed_login(input: Input) -> bool {
    matches!(input, Input::PassWrong | Input::AcctWrong)
}

/// Whether what was seen may come from a reply too many, so that the end of the session has to tell.
fn may_be_out_of_step(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::LoginBypass
            | Kind::Accepted
            | Kind::Adjacency
            | Kind::SideEffect
            | Kind::Refused
            | Kind::Help
            | Kind::WrongCode
            | Kind::NotStrict
    )
}
