//! One session walked input by input, with the oracle behind it and a record of what was sent and what came.

mod busy;
mod ending;
mod pace;
mod record;
mod segment;

pub use ending::Ended;
pub(crate) use pace::Pace;
pub(crate) use record::is_unanswered_while_busy;
pub use record::{transcript, transcript_to_quit};

use ftproof_model::{
    Code, Data, Divergence, Input, Judgement, Kind, Machine, Oracle, Profile, State,
};

use crate::content::{Content, Difference};
use crate::reply::Reply;
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait, fill_line};

/// What an upload holds. It has no line end, so that it is the same in every TYPE.
pub const UPLOAD: &[u8] = b"0123456789 ftproof";

/// Why another transfer without a data connection is not seen through.
pub(crate) const NO_TIME: &str =
    "time to wait for the end of another transfer without a data connection";

/// What all walks of a run have in common.
#[derive(Clone, Copy)]
pub struct Setting<'m> {
    /// The rules.
    pub machine: &'m Machine<'m>,
    /// What the server is held to.
    pub profile: Profile,
    /// The state behind the greeting.
    pub start: State,
    /// Whether a transfer that the server feeds is held open too, unread, as one that we feed is.
    pub holds_downloads: bool,
}

/// A session under test.
pub struct Walk<'m> {
    session: Box<dyn Session>,
    names: Names,
    oracle: Oracle<'m>,
    steps: Vec<Step>,
    content: Content,
    transfer: Held,
    holds_downloads: bool,
    /// How many lines were sent in one segment, and have not been taken as steps yet.
    ahead: usize,
    /// Nothing more can be sent: closed, or something was asked for that the target cannot do.
    is_over: bool,
    /// QUIT was sent already, or would go inside TLS to a server that is not, or the other way.
    end_tells_nothing: bool,
    /// A reply was seen that is not of the form of RFC 959 §4.2, though it can be read.
    is_malformed: bool,
    pace: Pace,
    /// What else there is to say of a divergence.
    note: Option<String>,
    /// Why AUTH answered 234 could not be followed.
    no_tls: Option<String>,
    /// How long to wait for the end of a transfer that has no data connection.
    silence: Wait,
}

/// What is open of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    /// The transfer that this input started is held open, until [`Input::DataDone`] or another event.
    Open(Input),
    /// A preliminary reply came that should not have come; its completion may.
    Unfinished,
    /// The same, while another was held open: whose completion is whose is not told any more.
    Both,
}

/// One input as it was tried.
#[derive(Debug, Clone)]
pub struct Step {
    /// The input.
    pub input: Input,
    /// The replies that were taken for its own, in order.
    pub replies: Vec<Reply>,
    /// What came over the data connection instead of what should have.
    pub data: Option<Difference>,
    /// It is the end of a transfer whose bytes are known, and were compared.
    pub is_compared: bool,
}

impl Step {
    /// The codes of the replies.
    pub fn codes(&self) -> Vec<Code> {
        self.replies.iter().map(|reply| reply.code).collect()
    }

    /// Whether it is a line, and each of its replies a refusal.
    pub(crate) fn is_refused(&self) -> bool {
        let mut replies = self.replies.iter();
        !self.input.is_event() && !self.replies.is_empty() && replies.all(|reply| reply.code >= 400)
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
        setting: Setting<'m>,
        content: Content,
        silence: Wait,
    ) -> Result<Self, Trouble> {
        Ok(Walk {
            session: target.connect()?,
            names: names.clone(),
            oracle: Oracle::at(setting.machine, setting.start).holding_to(setting.profile),
            steps: Vec::new(),
            content,
            transfer: Held::Nothing,
            holds_downloads: setting.holds_downloads,
            ahead: 0,
            is_over: false,
            end_tells_nothing: false,
            is_malformed: false,
            pace: Pace::Usual,
            note: None,
            no_tls: None,
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

    /// Whether the server must close, and nothing more may come before it does.
    pub fn is_to_close(&self) -> bool {
        self.steps
            .last()
            .is_some_and(|step| step.input == Input::Quit || step.codes().contains(&421))
    }

    /// Goes on at this pace.
    pub(crate) fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// What was sent and what came, so far.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether a reply was seen that can be read, though it is not of the form of RFC 959 §4.2.
    pub fn is_malformed(&self) -> bool {
        self.is_malformed
    }

    /// What there is to say of the last divergence that codes do not tell.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The divergence that a reply to `input` is which is no reply, or has not the form of one.
    pub(crate) fn unanswered_as(&self, input: Input, kind: Kind) -> Divergence {
        Divergence {
            requirement: "reply/format",
            ..self.oracle.unanswered(input, kind)
        }
    }

    /// Why AUTH was answered 234 and could not be followed.
    pub fn no_tls(&self) -> Option<&str> {
        self.no_tls.as_deref()
    }

    /// Tries one input. A transfer that the server feeds is read to its end at once; one that we feed is held open
    /// until [`Input::DataDone`]. Gives the worst judgement of the replies that came.
    pub fn step(&mut self, input: Input) -> Result<Judgement, Trouble> {
        match input.line() {
            None => self.event(input),
            Some(template) => self.line(input, template),
        }
    }

    /// Sends a line that the rules have no row for, and takes one reply, which is not judged. Whatever the line meant,
    /// it was refused, or else nothing is known any more.
    pub(crate) fn noise(&mut self, line: &[u8]) -> Result<(), Trouble> {
        match self.session.send(line)? {
            Some(reply) if (500..600).contains(&reply.code) && self.transfer == Held::Nothing => {
                self.observe(Input::Unknown, vec![Reply::new(500, "")]);
            }
            _ => self.is_over = true,
        }
        Ok(())
    }

    /// Nothing more is sent.
    pub(crate) fn give_up(&mut self) {
        self.is_over = true;
    }

    fn line(&mut self, input: Input, template: &str) -> Result<Judgement, Trouble> {
        let came = if self.ahead > 0 {
            self.ahead -= 1;
            self.session.next_reply(Wait::Owed)
        } else {
            let line = fill_line(self.session.as_mut(), &mut self.names, template.as_bytes())?;
            match self.pace {
                Pace::Hasty => self.send_hastily(&line),
                _ => self.session.send(&line),
            }
        };
        let reply = match came {
            Ok(Some(reply)) => reply,
            Ok(None) => return self.held_back(input),
            Err(trouble) => match self.late(trouble) {
                Ok(reply) => reply,
                Err(trouble) => return self.unanswered(input, trouble),
            },
        };
        let code = reply.code;
        let mut replies = vec![reply];
        let is_held = matches!(self.transfer, Held::Open(_));
        if is_held && self.may_be_completion(input, code) {
            return Err(Trouble::Untold("whether the reply is the transfer's own"));
        }
        match (input, code) {
            (Input::Rein, 120) => replies.push(self.awaited()?),
            (Input::Abor, _) if is_held => {
                self.end_held(DataEnd::Done)?;
                // RFC 959 §4.1.3: 426 for the transfer, then 226 for ABOR.
                if code == 426 {
                    replies.push(self.awaited()?);
                } else {
                    // Whether the transfer has a reply of its own is open.
                    self.transfer = Held::Unfinished;
                    self.is_over = true;
                }
            }
            _ => {}
        }
        self.is_over |= input == Input::Quit;
        let is_set_up = self.states().iter().all(|state| state.data != Data::None);
        let judgement = self.observe(input, replies);
        match input {
            // What should not have started is not seen through.
            _ if matches!(judgement, Judgement::Diverges(_)) => {
                if input.is_transfer() && (100..200).contains(&code) {
                    self.transfer = match self.transfer {
                        Held::Open(_) | Held::Both => Held::Both,
                        Held::Nothing | Held::Unfinished => Held::Unfinished,
                    };
                }
                self.is_over = true;
                Ok(judgement)
            }
            _ if input.is_transfer() && (100..200).contains(&code) => {
                self.transfer(input, judgement, is_set_up)
            }
            Input::AuthTls if code == 234 => self.start_tls().map(|()| judgement),
            // RFC 4217 §13: REIN ends TLS. Where a server stays in it, the rules have no state.
            Input::Rein if code < 300 && self.session.is_protected() => {
                self.is_over = true;
                self.end_tells_nothing = true;
                Ok(judgement)
            }
            _ => Ok(judgement),
        }
    }

    /// Sends a line behind which nothing is sent, and waits briefly for its reply.
    fn send_hastily(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble> {
        self.session.send_bytes(&[line, b"\r\n"].concat())?;
        match self.session.next_reply(Wait::Brief)? {
            Some(reply) => Ok(Some(reply)),
            None => Err(Trouble::TimedOut {
                awaited: "reply",
                seconds: 0,
            }),
        }
    }

    fn start_tls(&mut self) -> Result<(), Trouble> {
        // A second AUTH, inside TLS: whether its handshake replaces TLS or is made inside it, no RFC says.
        if self.session.is_protected() {
            self.is_over = true;
            self.end_tells_nothing = true;
            return Ok(());
        }
        match self.session.start_tls() {
            Err(trouble @ (Trouble::Unsupported(_) | Trouble::Tls(_))) => {
                self.is_over = true;
                self.no_tls = Some(trouble.to_string());
                Ok(())
            }
            other => other,
        }
    }

    /// A preliminary reply came: see the transfer through, or hold it open if it is ours to end.
    fn transfer(
        &mut self,
        input: Input,
        judgement: Judgement,
        is_set_up: bool,
    ) -> Result<Judgement, Trouble> {
        if !self.session.open_data()? {
            self.session.end_transfer(DataEnd::Refused)?;
            let completion = match self.session.next_reply(self.silence) {
                // RFC 959 §5.4: a preliminary reply must be followed by a completion reply.
                Err(trouble @ Trouble::TimedOut { .. }) => {
                    self.is_over = true;
                    self.transfer = Held::Unfinished;
                    self.completion_at_quit(trouble)?
                }
                Ok(None) => return Err(Trouble::Unsupported(NO_TIME)),
                other => other?.into_iter().collect(),
            };
            return Ok(worse(
                judgement,
                self.observe(Input::DataRefused, completion),
            ));
        }
        self.transfer = Held::Open(input);
        if input.is_upload() || self.holds_downloads {
            return Ok(judgement);
        }
        let (_, bytes) = self.end_held(DataEnd::Done)?;
        let completion = match self.awaited() {
            Ok(completion) => completion,
            Err(trouble) => return self.unanswered(Input::DataDone, trouble),
        };
        let completed = worse(judgement, self.observe(Input::DataDone, vec![completion]));
        // Where none had to be set up, there is nothing to compare.
        Ok(if is_set_up {
            self.compare(completed, input, &bytes)
        } else {
            completed
        })
    }

    /// The bytes of a transfer that is said to be complete must be those that its sequence calls for.
    fn compare(&mut self, judgement: Judgement, started: Input, bytes: &[u8]) -> Judgement {
        let is_end = |step: &&mut Step| step.input == Input::DataDone;
        let end = self.steps.iter_mut().rfind(is_end);
        let Some(end) = end.filter(|_| !started.is_upload()) else {
            return judgement;
        };
        let difference = self.content.difference(started, bytes);
        let is_complete = end.codes().iter().any(|code| matches!(code, 226 | 250));
        end.is_compared = is_complete && self.content.is_known(started);
        match difference {
            Some(difference) if is_complete && !matches!(judgement, Judgement::Diverges(_)) => {
                let mut divergence = self.oracle.unanswered(Input::DataDone, Kind::WrongData);
                divergence.requirement = difference.rule;
                self.note = Some(difference.note());
                end.data = Some(difference);
                self.is_over = true;
                Judgement::Diverges(divergence)
            }
            _ => judgement,
        }
    }

    fn event(&mut self, input: Input) -> Result<Judgement, Trouble> {
        let how = match input {
            Input::DataRefused => DataEnd::Refused,
            Input::DataBroken => DataEnd::Broken,
            Input::DataFailed => DataEnd::Failed,
            _ => DataEnd::Done,
        };
        let (started, bytes) = self.end_held(how)?;
        let mut replies = match self.awaited() {
            Ok(first) => vec![first],
            Err(trouble) => return self.unanswered(input, trouble),
        };
        if self.oracle.states().iter().all(|state| !state.reads()) {
            replies.push(self.awaited()?);
        }
        let judgement = self.observe(input, replies);
        Ok(match how {
            DataEnd::Done => self.compare(judgement, started, &bytes),
            _ => judgement,
        })
    }

    /// Ends the transfer that is held open; gives what had started it, and the bytes that came.
    fn end_held(&mut self, how: DataEnd) -> Result<(Input, Vec<u8>), Trouble> {
        let Held::Open(started) = self.transfer else {
            return Err(Trouble::Unsupported("transfer to end"));
        };
        if how == DataEnd::Done && started.is_upload() {
            self.session.send_data(UPLOAD)?;
        }
        let bytes = self.session.end_transfer(how)?;
        self.transfer = Held::Nothing;
        Ok((started, bytes))
    }

    /// The reply that was not in time, where it is waited for until the deadline.
    fn late(&mut self, trouble: Trouble) -> Result<Reply, Trouble> {
        match trouble {
            Trouble::TimedOut { .. } if self.pace == Pace::Slow => {
                let late = self.session.next_reply(Wait::Full)?;
                late.ok_or(Trouble::Closed("a reply"))
            }
            other => Err(other),
        }
    }

    /// The next reply. 110 within a transfer only marks a place in it (RFC 959 §4.2).
    fn awaited(&mut self) -> Result<Reply, Trouble> {
        self.awaited_for(Wait::Owed)
    }

    fn awaited_for(&mut self, wait: Wait) -> Result<Reply, Trouble> {
        const MARKS_MAX: usize = 100;
        let wait = match wait {
            Wait::Owed => self.pace.of_owed(),
            other => other,
        };
        for _ in 0..MARKS_MAX {
            match self.session.next_reply(wait)? {
                Some(reply) if reply.code == 110 => {}
                Some(reply) => return Ok(reply),
                None => {
                    return Err(Trouble::TimedOut {
                        awaited: "reply",
                        seconds: 0,
                    });
                }
            }
        }
        Err(Trouble::Unsupported(
            "patience for more than 100 restart marks",
        ))
    }

    fn observe(&mut self, input: Input, replies: Vec<Reply>) -> Judgement {
        let step = Step {
            input,
            replies,
            data: None,
            is_compared: false,
        };
        self.content.follow(input, &step.codes());
        self.is_malformed |= step.replies.iter().any(|reply| !reply.ends_well);
        self.is_over |= step.codes().contains(&421);
        let judgement = self.oracle.observe(input, &step.codes());
        self.steps.push(step);
        judgement
    }
}

/// The judgement to report of two.
pub(crate) fn worse(first: Judgement, second: Judgement) -> Judgement {
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
