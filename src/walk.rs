//! One session walked input by input, with the oracle behind it and a record of what was sent and what came.

use ftproof_model::{Code, Entry, Expected, Input, Judgement, Machine, Oracle, State, Transcript};

use crate::reply::Reply;
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait, fill_line};

/// What an upload holds.
pub const UPLOAD: &[u8] = b"hello world\n";

/// A session under test.
pub struct Walk<'m> {
    session: Box<dyn Session>,
    names: Names,
    oracle: Oracle<'m>,
    steps: Vec<Step>,
    /// An upload is held open.
    holds_transfer: bool,
    /// Nothing more can be sent: closed, or something was asked for that the target cannot do.
    is_over: bool,
    /// How long to wait for the end of a transfer that has no data connection.
    silence: Wait,
}

/// One input as it was tried.
#[derive(Debug, Clone)]
pub struct Step {
    /// The input.
    pub input: Input,
    /// The replies that were taken for its own, in order.
    pub replies: Vec<Reply>,
}

impl Step {
    /// The codes of the replies.
    pub fn codes(&self) -> Vec<Code> {
        self.replies.iter().map(|reply| reply.code).collect()
    }
}

impl<'m> Walk<'m> {
    /// Opens a session.
    ///
    /// `silence` is how long to wait for the end of a transfer without a data connection: fully, until it is known that
    /// the server leaves such a transfer without one. A brief wait proves nothing, and is not held against it.
    pub fn start(
        target: &mut dyn Target,
        names: &Names,
        machine: &'m Machine<'m>,
        silence: Wait,
    ) -> Result<Self, Trouble> {
        Ok(Walk {
            session: target.connect()?,
            names: names.clone(),
            oracle: Oracle::new(machine),
            steps: Vec::new(),
            holds_transfer: false,
            is_over: false,
            silence,
        })
    }

    /// The states that the replies so far allow.
    pub fn states(&self) -> &[State] {
        self.oracle.states()
    }

    /// Whether more can be sent.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// What was sent and what came, so far.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Tries one input. A transfer that the server feeds is read to its end at once; one that we feed is held open
    /// until [`Input::DataDone`]. Gives the worst judgement of the replies that came.
    pub fn step(&mut self, input: Input) -> Result<Judgement, Trouble> {
        match input.line() {
            None => self.event(input),
            Some(template) => self.line(input, template),
        }
    }

    fn line(&mut self, input: Input, template: &str) -> Result<Judgement, Trouble> {
        let line = fill_line(self.session.as_mut(), &mut self.names, template.as_bytes())?;
        let Some(reply) = self.session.send(&line)? else {
            return self.held_back(input);
        };
        let code = reply.code;
        let mut replies = vec![reply];
        if self.holds_transfer && self.may_be_completion(input, code) {
            return Err(Trouble::Unsupported(
                "reply that can be told from the transfer's own",
            ));
        }
        match (input, code) {
            (Input::Rein, 120) => replies.push(self.awaited()?),
            (Input::Abor, _) if self.holds_transfer => {
                self.end_held(DataEnd::Done)?;
                // RFC 959 §4.1.3: 426 for the transfer, then 226 for ABOR.
                if code == 426 {
                    replies.push(self.awaited()?);
                }
            }
            _ => {}
        }
        self.is_over |= input == Input::Quit;
        let judgement = self.observe(input, replies);
        match input {
            // What should not have started is not seen through.
            _ if matches!(judgement, Judgement::Diverges(_)) => {
                self.is_over = true;
                Ok(judgement)
            }
            _ if input.is_transfer() && (100..200).contains(&code) => {
                self.transfer(input, judgement)
            }
            Input::AuthTls if code == 234 => {
                match self.session.start_tls() {
                    Ok(()) => {}
                    Err(Trouble::Unsupported(_)) => self.is_over = true,
                    Err(trouble) => return Err(trouble),
                }
                Ok(judgement)
            }
            _ => Ok(judgement),
        }
    }

    /// A preliminary reply came: see the transfer through, or hold it open if it is ours to end.
    fn transfer(&mut self, input: Input, judgement: Judgement) -> Result<Judgement, Trouble> {
        if !self.session.open_data()? {
            self.session.end_transfer(DataEnd::Refused)?;
            let completion = match self.session.next_reply(self.silence) {
                // RFC 959 §5.4: a preliminary reply must be followed by a completion reply.
                Err(Trouble::TimedOut { .. }) => {
                    self.is_over = true;
                    Vec::new()
                }
                Ok(None) => {
                    return Err(Trouble::Unsupported(
                        "time to wait for the end of another transfer without a data connection",
                    ));
                }
                other => other?.into_iter().collect(),
            };
            return Ok(worse(
                judgement,
                self.observe(Input::DataRefused, completion),
            ));
        }
        if input.is_upload() {
            self.holds_transfer = true;
            return Ok(judgement);
        }
        self.session.end_transfer(DataEnd::Done)?;
        let completion = self.awaited()?;
        Ok(worse(
            judgement,
            self.observe(Input::DataDone, vec![completion]),
        ))
    }

    /// Nothing came. During a transfer a server may answer behind its end (RFC 959 §4.2); an empty line may get
    /// nothing.
    fn held_back(&mut self, input: Input) -> Result<Judgement, Trouble> {
        if input == Input::Empty {
            self.is_over = true;
            return Ok(self.observe(input, Vec::new()));
        }
        self.is_over = true;
        self.end_held(DataEnd::Done)?;
        let (first, second) = (self.awaited()?, self.awaited()?);
        // The completion comes first; QUIT and REIN may be answered with it; and a slow server's own reply may have
        // crossed the end of the data.
        let orders = [
            vec![
                (Input::DataDone, vec![first.clone()]),
                (input, vec![second.clone()]),
            ],
            vec![
                (input, Vec::new()),
                (Input::DataDone, vec![first.clone(), second.clone()]),
            ],
            vec![(input, vec![first]), (Input::DataDone, vec![second])],
        ];
        let Some(order) = orders.into_iter().find(|order| self.explains(order)) else {
            return Err(Trouble::Unsupported(
                "way to tell whose the two late replies are",
            ));
        };
        let mut judgement = Judgement::Strict;
        for (input, replies) in order {
            judgement = worse(judgement, self.observe(input, replies));
        }
        Ok(judgement)
    }

    /// Whether a reply that no rule allows to `input` may be the completion of the transfer, which the server ended.
    fn may_be_completion(&self, input: Input, code: Code) -> bool {
        let mut oracle = self.oracle.clone();
        input != Input::Abor
            && matches!(code, 226 | 250 | 425 | 426 | 450 | 451 | 452 | 550..=553)
            && matches!(oracle.observe(input, &[code]), Judgement::Diverges(_))
            && !matches!(
                self.oracle.clone().observe(Input::DataBroken, &[code]),
                Judgement::Diverges(_)
            )
    }

    /// Whether the oracle has nothing to say against these replies in this order.
    fn explains(&self, order: &[(Input, Vec<Reply>)]) -> bool {
        let mut oracle = self.oracle.clone();
        order.iter().all(|(input, replies)| {
            let codes: Vec<Code> = replies.iter().map(|reply| reply.code).collect();
            !matches!(oracle.observe(*input, &codes), Judgement::Diverges(_))
        })
    }

    fn event(&mut self, input: Input) -> Result<Judgement, Trouble> {
        let how = match input {
            Input::DataRefused => DataEnd::Refused,
            Input::DataBroken => DataEnd::Broken,
            Input::DataFailed => DataEnd::Failed,
            _ => DataEnd::Done,
        };
        self.end_held(how)?;
        let mut replies = vec![self.awaited()?];
        if self.oracle.states().iter().all(|state| !state.reads()) {
            replies.push(self.awaited()?);
        }
        Ok(self.observe(input, replies))
    }

    fn end_held(&mut self, how: DataEnd) -> Result<(), Trouble> {
        if !self.holds_transfer {
            return Err(Trouble::Unsupported("transfer to end here"));
        }
        if how == DataEnd::Done {
            self.session.send_data(UPLOAD)?;
        }
        self.session.end_transfer(how)?;
        self.holds_transfer = false;
        Ok(())
    }

    /// The next reply. 110 within a transfer only marks a place in it (RFC 959 §4.2).
    fn awaited(&mut self) -> Result<Reply, Trouble> {
        const MARKS_MAX: usize = 100;
        for _ in 0..MARKS_MAX {
            match self.session.next_reply(Wait::Owed)? {
                Some(reply) if reply.code == 110 => {}
                other => return other.ok_or(Trouble::Closed("a reply")),
            }
        }
        Err(Trouble::Unsupported(
            "patience for more than 100 restart marks",
        ))
    }

    fn observe(&mut self, input: Input, replies: Vec<Reply>) -> Judgement {
        let step = Step { input, replies };
        self.is_over |= step.codes().contains(&421);
        let judgement = self.oracle.observe(input, &step.codes());
        self.steps.push(step);
        judgement
    }
}

/// The judgement to report of two.
fn worse(first: Judgement, second: Judgement) -> Judgement {
    let rank = |judgement: &Judgement| match judgement {
        Judgement::Strict => 0,
        Judgement::Allowed => 1,
        Judgement::Lost => 2,
        Judgement::UnlessImplemented(_) => 3,
        Judgement::Diverges(_) => 4,
    };
    if rank(&second) > rank(&first) {
        second
    } else {
        first
    }
}

/// The steps as a transcript that runs again: what came is what is expected, but for the last step, which expects
/// `instead` and tells what came in a comment.
pub fn transcript(steps: &[Step], instead: &[Code]) -> Transcript {
    let mut entries = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        entries.push(step.input.entry());
        let is_last = index + 1 == steps.len();
        if is_last && !instead.is_empty() {
            entries.push(Entry::Expect(
                instead.iter().map(|&code| Expected::Code(code)).collect(),
            ));
            entries.extend(
                step.replies
                    .iter()
                    .map(|reply| Entry::Comment(format!("came: {}", reply.headline()))),
            );
        } else {
            entries.extend(
                step.replies
                    .iter()
                    .map(|reply| Entry::Expect(vec![Expected::Code(reply.code)])),
            );
        }
    }
    Transcript { entries }
}
