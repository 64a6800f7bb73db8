//! How a session ends: with no reply, with the connection closed, or with QUIT and whatever comes up to the close.

use ftproof_model::{Divergence, Input, Judgement, Kind};

use super::{Held, Pace, Step, Walk};
use crate::reply::Reply;
use crate::target::{DataEnd, Trouble, Unowed, Wait};

/// More replies than this to one QUIT are not read.
const REPLIES_MAX: usize = 100;

/// What the end of a session showed to be wrong: the divergence, what there is to say of it, and all steps.
pub type Ended = (Divergence, String, Vec<Step>);

impl Walk<'_> {
    /// No reply of RFC 959 §4.2 came. What that means is judged; trouble of ours is not.
    pub(super) fn unanswered(
        &mut self,
        input: Input,
        trouble: Trouble,
    ) -> Result<Judgement, Trouble> {
        let kind = match &trouble {
            Trouble::TimedOut { .. } => return self.silent(input, trouble),
            Trouble::Closed(_) => Kind::Dropped,
            Trouble::NotFtp(_) => Kind::Malformed,
            Trouble::Unasked(reply) if !reply.starts_with("421") => {
                self.note = Some(format!(
                    "a reply came that no line had asked for: '{reply}'"
                ));
                return Ok(self.out_of_step());
            }
            _ => return Err(trouble),
        };
        self.note = Some(trouble.to_string());
        Ok(self.nothing(input, kind))
    }

    /// Nothing came in time. That it is not only late, the reply to a QUIT shows: replies come in order.
    fn silent(&mut self, input: Input, trouble: Trouble) -> Result<Judgement, Trouble> {
        // What comes of it is tried again, and that was no short wait.
        if self.pace.is_quick() && !input.is_event() && !input.is_transfer() {
            return Ok(self.nothing(input, Kind::NoReply));
        }
        // What came behind a second QUIT could be the reply to the first.
        if input == Input::Quit {
            let Err(Trouble::TimedOut { seconds, .. }) = self.session.next_reply(Wait::Full) else {
                return Err(trouble);
            };
            self.note = Some(format!("no reply within {seconds} s"));
            return Ok(self.nothing(input, Kind::NoReply));
        }
        match self.session.send(b"QUIT") {
            Ok(Some(reply)) if reply.code == 221 => {
                self.note = Some(format!(
                    "no reply came; a QUIT behind it was answered '{}'",
                    reply.headline()
                ));
            }
            // Only behind a full wait it is known that QUIT brought it.
            Ok(Some(_)) if self.pace != Pace::Slow => return Err(trouble),
            Ok(Some(late)) => {
                self.note = Some(format!(
                    "no reply came until QUIT was sent: '{}'",
                    late.headline()
                ));
                self.nothing(input, Kind::OutOfStep);
                return Ok(self.out_of_step());
            }
            Err(Trouble::Closed(_)) => {
                self.note = Some("no reply came, and QUIT closed the connection".to_owned());
            }
            // A server may wait a while for the data connection of a transfer.
            Ok(None) | Err(Trouble::TimedOut { .. }) if input.is_transfer() => return Err(trouble),
            Ok(None) | Err(Trouble::TimedOut { .. }) => match self.session.next_reply(Wait::Full) {
                Err(Trouble::TimedOut { seconds, .. }) => {
                    self.note = Some(format!(
                        "no reply within {seconds} s, and none to a QUIT behind it"
                    ));
                }
                _ => return Err(trouble),
            },
            Err(_) => return Err(trouble),
        }
        Ok(self.nothing(input, Kind::NoReply))
    }

    fn nothing(&mut self, input: Input, kind: Kind) -> Judgement {
        let mut divergence = self.oracle.unanswered(input, kind);
        if kind == Kind::Malformed {
            divergence.requirement = "reply/format";
        }
        self.steps.push(Step {
            input,
            replies: Vec::new(),
            data: None,
            is_compared: false,
        });
        self.is_over = true;
        Judgement::Diverges(divergence)
    }

    fn out_of_step(&mut self) -> Judgement {
        self.is_over = true;
        let mut divergence = self.oracle.unanswered(Input::Noop, Kind::OutOfStep);
        divergence.requirement = "reply/one";
        divergence.strict.clear();
        divergence.allowed.clear();
        Judgement::Diverges(divergence)
    }

    /// The completion that a QUIT brings, of a transfer that has no data connection: a server that still waits for one
    /// answers QUIT behind it (RFC 959 §4.1.1), or not in time; one that answers QUIT alone has none to give.
    pub(super) fn completion_at_quit(&mut self, trouble: Trouble) -> Result<Vec<Reply>, Trouble> {
        self.end_tells_nothing = true;
        match self.session.send(b"QUIT") {
            Ok(Some(reply)) if reply.code != 221 => Ok(vec![reply]),
            Ok(Some(_)) | Err(Trouble::Closed(_)) => Ok(Vec::new()),
            _ => Err(trouble),
        }
    }

    /// Ends the session with QUIT, and reads up to its close: whatever comes beside the reply to QUIT is a reply too
    /// many. `Err`: it could not be told.
    pub fn finish(mut self) -> Result<Option<Ended>, Trouble> {
        // Replies to lines of a segment that were not taken would be taken for replies too many.
        if self.transfer == Held::Both || self.end_tells_nothing || self.ahead > 0 {
            return Ok(None);
        }
        if let Some(last) = self.steps.last()
            && last.codes().contains(&421)
        {
            return Ok(self.goes_on_behind_421());
        }
        self.end_what_is_open()?;
        let has_quit = self
            .steps
            .last()
            .is_some_and(|step| step.input == Input::Quit);
        let (mut came, mut closed) = (Vec::new(), false);
        if !has_quit {
            match self.quit() {
                Ok(Some(reply)) => came.push(reply),
                Ok(None) => closed = true,
                Err(Trouble::Closed(_)) => closed = true,
                Err(Trouble::Unasked(reply)) if !reply.starts_with("421") => {
                    let note = format!("a reply came that no line had asked for: '{reply}'");
                    return Ok(Some((self.surplus(), note, self.steps)));
                }
                Err(trouble) => return Err(trouble),
            }
        }
        // Replies come in order: nothing of an earlier line is behind this one.
        closed |= came.first().is_some_and(|reply| reply.code == 221);
        while !closed && came.len() < REPLIES_MAX {
            match self.session.next_reply(Wait::Brief) {
                Ok(Some(reply)) => came.push(reply),
                _ => closed = true,
            }
        }
        let allowance = usize::from(!has_quit) + usize::from(self.transfer == Held::Unfinished);
        if came.is_empty() && !has_quit && self.transfer == Held::Nothing {
            let mut divergence = self.oracle.unanswered(Input::Quit, Kind::Dropped);
            if let Some(last) = self.steps.last() {
                divergence = self.oracle.unanswered(last.input, Kind::Dropped);
                divergence.requirement = "reply/one";
            }
            let note = "the connection was closed without 221 or 421".to_owned();
            return Ok(Some((divergence, note, self.steps)));
        }
        if came.len() <= allowance || came.iter().any(|reply| reply.code == 421) {
            return Ok(None);
        }
        let lines: Vec<String> = came.iter().map(Reply::headline).collect();
        let whose = if has_quit {
            "behind the reply to QUIT"
        } else {
            "to QUIT, up to the close,"
        };
        let note = format!("{whose} came '{}'", lines.join("', '"));
        if !has_quit {
            self.steps.push(Step {
                input: Input::Quit,
                replies: came,
                data: None,
                is_compared: false,
            });
        }
        Ok(Some((self.surplus(), note, self.steps)))
    }

    /// Sends QUIT, and takes one reply. A server that still waits for a data connection need not answer before that.
    fn quit(&mut self) -> Result<Option<Reply>, Trouble> {
        if self.transfer != Held::Unfinished {
            return self.session.send(b"QUIT");
        }
        self.session.send_bytes(b"QUIT\r\n")?;
        self.session.next_reply(Wait::Brief)
    }

    /// 421 says that the connection is closed. Whether it is, a NOOP shows.
    fn goes_on_behind_421(mut self) -> Option<Ended> {
        let last = self.steps.last()?.input;
        let Ok(Some(reply)) = self.session.send(b"NOOP") else {
            return None;
        };
        if reply.code == 421 {
            return None;
        }
        let mut divergence = self.oracle.unanswered(last, Kind::WrongCode);
        divergence.requirement = "reply/one";
        let note = format!("a NOOP behind the 421 was answered '{}'", reply.headline());
        Some((divergence, note, self.steps))
    }

    /// Ends the transfer that is open, so that the server need not wait for its end, and takes its completion.
    fn end_what_is_open(&mut self) -> Result<(), Trouble> {
        let is_open = match self.transfer {
            Held::Open(_) => true,
            Held::Unfinished => self.session.open_data()?,
            Held::Nothing | Held::Both => false,
        };
        if is_open {
            self.session.end_transfer(DataEnd::Done)?;
            self.transfer = Held::Unfinished;
            // One that comes later is told from the reply to QUIT by its order.
            let wait = match self.pace {
                Pace::Brisk | Pace::Hasty => Wait::Hasty,
                _ => Wait::Unowed(Unowed::Completion),
            };
            if self.awaited_for(wait).is_ok() {
                self.transfer = Held::Nothing;
            }
        }
        Ok(())
    }

    fn surplus(&mut self) -> Divergence {
        match self.out_of_step() {
            Judgement::Diverges(divergence) => divergence,
            _ => unreachable!("being out of step is a divergence"),
        }
    }
}
