//! One control connection without its socket: bytes in, bytes out, and what is to be done beside (RFC 959 §2.3).
//!
//! It frames lines, has the session of `core` answer them, and goes into TLS and out of it. It never blocks, and holds
//! no more than one line, one record and the replies to one line.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use ftproof_core::{
    Answer, Command, Effect, LineReader, Listener, ParseError, Reply, Session, Transfer, parse,
};

use super::channel::Channel;
use super::house::House;
use super::site::Seen;
use super::transcript::{Recorder, Said};
use super::transfer::Moved;

/// What the socket's owner has to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// Open the data connection, move the bytes, then tell [`Conversation::transfer_ended`].
    Open(Transfer),
    /// Close the data connection of the transfer that is running; nothing is told of its end.
    Abort,
    /// Close the control connection.
    Close,
}

/// What came of [`Conversation::step`].
pub(crate) enum Step {
    /// A line was answered.
    Answered(Option<Task>),
    /// There is nothing more to answer, or not now.
    Waits,
}

/// One control connection without its socket.
pub(crate) struct Conversation {
    house: Arc<House>,
    peer: IpAddr,
    session: Session,
    reader: LineReader,
    channel: Channel,
    /// What was said, from `at` on not yet read.
    said: Vec<u8>,
    at: usize,
    failed_logins: u32,
    recorder: Option<Recorder>,
}

impl Conversation {
    pub(crate) fn new(house: &Arc<House>, peer: IpAddr) -> io::Result<Self> {
        let (session, channel) = match &house.tls {
            Some(tls) if tls.is_implicit => (Session::within_tls(), Channel::within(tls)?),
            Some(_) | None => (Session::new(), Channel::clear()),
        };
        Ok(Conversation {
            house: Arc::clone(house),
            peer,
            session,
            reader: LineReader::default(),
            channel,
            said: Vec::new(),
            at: 0,
            failed_logins: 0,
            recorder: house.log.as_ref().map(Recorder::new),
        })
    }

    /// Adds the greeting to `out`.
    pub(crate) fn greet(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        let greeting = self.session.greeting();
        self.say(&greeting, out)
    }

    /// Takes what came from the socket. What it leads to is had with [`Conversation::step`].
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.channel.take(bytes);
    }

    /// Answers the next line, if there is one and the session reads: adds the replies to `out`.
    pub(crate) fn step(
        &mut self,
        listener: &mut dyn Listener,
        out: &mut Vec<u8>,
    ) -> io::Result<Step> {
        while self.session.reads() {
            let mut rest = &self.said[self.at..];
            let line = self.reader.next_line(&mut rest);
            self.at = self.said.len() - rest.len();
            let Some(line) = line else {
                self.said.clear();
                self.at = 0;
                if self.channel.next(&mut self.said, out)? {
                    continue;
                }
                return Ok(Step::Waits);
            };
            let command = parse(line);
            let said = self.recorder.as_ref().map(|_| Said::new(line, &command));
            let answer = self.handle(command, listener);
            if let (Some(recorder), Some(said)) = (&self.recorder, said) {
                recorder.line(&said, &answer);
            }
            return self.answer(answer, out).map(Step::Answered);
        }
        Ok(Step::Waits)
    }

    /// The running transfer ended: adds its completion to `out`, and the reply of what waited for it.
    pub(crate) fn transfer_ended(
        &mut self,
        moved: &Moved,
        listener: &mut dyn Listener,
        out: &mut Vec<u8>,
    ) -> io::Result<Option<Task>> {
        let answer = self.ask(listener, |session, site| {
            session.transfer_ended(moved.outcome, site)
        });
        if let Some(recorder) = &self.recorder {
            recorder.transfer_ended(moved, &answer);
        }
        self.answer(answer, out)
    }

    /// The server must end the session: adds 421 to `out`.
    pub(crate) fn shut_down(
        &mut self,
        text: &'static str,
        listener: &mut dyn Listener,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        let answer = self.ask(listener, |session, site| session.shut_down(text, site));
        if let Some(recorder) = &self.recorder {
            recorder.unasked(&answer);
        }
        self.answer(answer, out).map(drop)
    }

    /// Adds to `out` how TLS ends, if there is any: nothing more is sent.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.channel.stop_tls(out)
    }

    /// How many bytes are held: of a line, of what was said, and of what came.
    pub(crate) fn held_bytes(&self) -> usize {
        self.reader.buffered() + self.said.len() - self.at + self.channel.held_bytes()
    }

    /// Whether lines are read. False while QUIT or REIN waits for a transfer, and at the end.
    pub(crate) fn reads(&self) -> bool {
        self.session.reads()
    }

    /// Whether the session is over.
    pub(crate) fn is_closed(&self) -> bool {
        self.session.is_closed()
    }

    fn handle(
        &mut self,
        command: Result<Command, ParseError>,
        listener: &mut dyn Listener,
    ) -> Answer {
        let is_login = matches!(command, Ok(Command::Pass(_) | Command::Acct(_)));
        let answer = self.ask(listener, |session, site| session.handle(command, site));
        if is_login && answer.replies.codes().any(|code| code == 530) {
            self.failed_logins += 1;
            // RFC 2577: only so many passwords can be tried.
            if self.failed_logins >= self.house.limits.failed_logins_max {
                return self.ask(listener, |session, site| {
                    session.shut_down("Too many wrong passwords; closing", site)
                });
            }
        }
        answer
    }

    fn ask(
        &mut self,
        listener: &mut dyn Listener,
        question: impl FnOnce(&mut Session, &mut Seen<'_>) -> Answer,
    ) -> Answer {
        let mut site = Seen {
            may_change: self.house.may_change(self.session.user()),
            house: &self.house,
            listener,
            peer: self.peer,
        };
        question(&mut self.session, &mut site)
    }

    /// Adds the replies to `out`, and does of the effect what is no matter of sockets.
    fn answer(&mut self, answer: Answer, out: &mut Vec<u8>) -> io::Result<Option<Task>> {
        for reply in &answer.replies {
            self.say(reply, out)?;
        }
        match answer.effect {
            None => Ok(None),
            Some(Effect::OpenData(transfer)) => Ok(Some(Task::Open(transfer))),
            Some(Effect::AbortData) => Ok(Some(Task::Abort)),
            Some(Effect::Close) => Ok(Some(Task::Close)),
            Some(Effect::StopTls) => self.channel.stop_tls(out).map(|()| None),
            Some(Effect::StartTls) => {
                // RFC 4217 §4.2: what came in clear behind AUTH is not said in TLS.
                self.said.clear();
                self.at = 0;
                self.reader.clear();
                if let Some(tls) = &self.house.tls {
                    self.channel.start_tls(tls)?;
                }
                self.session.tls_ready();
                Ok(None)
            }
        }
    }

    fn say(&mut self, reply: &Reply, out: &mut Vec<u8>) -> io::Result<()> {
        let mut bytes = Vec::new();
        reply.write_to(&mut bytes);
        self.channel.send(&bytes, out)
    }
}
