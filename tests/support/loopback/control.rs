//! What a planted fault may look at and change: the session, what is kept beside it, and what the server does next.

use std::net::TcpListener;

use ftproof::embedded::Embedded;
use ftproof_core::{Effect, Listening, MemorySite, Transfer, TransferOutcome};

use super::data::Port;

/// What a fault keeps, for one session or for all of them.
#[derive(Default)]
pub struct Note {
    /// The number of the session that left it. When that one ends, so does the note.
    pub owner: usize,
    /// Something has happened.
    pub is_set: bool,
    /// Bytes: a line, or replies that are held back.
    pub bytes: Vec<u8>,
    /// A passive listener.
    pub listener: Option<TcpListener>,
}

impl Note {
    /// The session of this number has ended.
    pub fn forget(&mut self, number: usize) {
        if self.owner == number {
            *self = Note::default();
        }
    }
}

/// What the server does behind the replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    HangUp,
    ShutDown,
}

/// One session, while a line or the end of a transfer is answered.
pub struct Control<'a> {
    /// The session.
    pub embedded: &'a mut Embedded,
    /// The line before this one.
    pub before: &'a [u8],
    /// The number of the session; no other has it.
    pub number: usize,
    /// What is kept for this session.
    pub own: &'a mut Note,
    /// What is kept for all sessions.
    pub shared: &'a mut Note,
    /// The passive listener of this session.
    pub port: &'a mut Port,
    /// The files.
    pub site: &'a mut MemorySite,
    pub(super) effects: Vec<Effect>,
    pub(super) then: Then,
    pub(super) keeps_clear: bool,
}

impl Control<'_> {
    /// Has the session answer `line`, and gives the bytes of its replies.
    pub fn line(&mut self, line: &[u8]) -> Vec<u8> {
        let mut replies = Vec::new();
        let mut site = Listening {
            site: &mut *self.site,
            listener: &mut *self.port,
        };
        self.embedded.bytes(
            &[line, b"\r\n"].concat(),
            &mut site,
            &mut replies,
            &mut self.effects,
        );
        replies
    }

    /// Tells the session that its transfer ended, and gives the bytes of its replies.
    pub fn end(&mut self, outcome: TransferOutcome) -> Vec<u8> {
        let mut replies = Vec::new();
        let mut site = Listening {
            site: &mut *self.site,
            listener: &mut *self.port,
        };
        self.embedded
            .transfer_ended(outcome, &mut site, &mut replies, &mut self.effects);
        replies
    }

    /// The same as [`Control::line`], but the session stays as it was: the line does not count.
    pub fn aside(&mut self, line: &[u8]) -> Vec<u8> {
        let kept = self.embedded.clone();
        let replies = self.line(line);
        *self.embedded = kept;
        replies
    }

    /// The same as [`Control::line`], but a line that gets `code` does not count.
    pub fn aside_if(&mut self, line: &[u8], code: &[u8]) -> Vec<u8> {
        if self.would_answer(line, code) {
            self.aside(line)
        } else {
            self.line(line)
        }
    }

    /// What the session would answer, were this sent now. Nothing comes of it.
    pub fn would_answer(&self, line: &[u8], code: &[u8]) -> bool {
        let mut replies = Vec::new();
        self.embedded.clone().bytes(
            &[line, b"\r\n"].concat(),
            &mut self.site.clone(),
            &mut replies,
            &mut Vec::new(),
        );
        replies.starts_with(code)
    }

    /// Whether someone is logged in.
    pub fn is_logged_in(&self) -> bool {
        self.would_answer(b"PWD", b"257")
    }

    /// Whether a transfer runs.
    pub fn is_busy(&self) -> bool {
        self.would_answer(b"ABOR", b"426")
    }

    /// Whether the control connection is in TLS.
    pub fn is_in_tls(&self) -> bool {
        self.would_answer(b"PBSZ 0", b"200")
    }

    /// Logs in.
    pub fn log_in(&mut self) {
        self.line(b"USER ftptest");
        self.line(b"PASS secret");
    }

    /// Logs out, and leaves all else as it is.
    pub fn log_out(&mut self) {
        self.line(b"USER ftptest");
        self.line(b"NOOP");
    }

    /// Forgets a passive data connection that was set up for the next transfer.
    pub fn forget_port(&mut self) {
        if !self.is_busy() {
            self.line(b"ABOR");
        }
    }

    /// The transfer that the line has started.
    pub fn transfer(&mut self) -> Option<&mut Transfer> {
        self.effects.iter_mut().find_map(|effect| match effect {
            Effect::OpenData(transfer) => Some(transfer),
            _ => None,
        })
    }

    /// Does nothing of what the session asked for: no data connection is opened, and none closed.
    pub fn drop_effects(&mut self) {
        self.effects.clear();
    }

    /// Does not throw away what was sent in clear behind AUTH.
    pub fn keep_clear(&mut self) {
        self.keeps_clear = true;
    }

    /// Closes the control connection, behind the replies.
    pub fn hang_up(&mut self) {
        self.then = Then::HangUp;
    }

    /// The same, and accepts no connection any more.
    pub fn shut_down(&mut self) {
        self.then = Then::ShutDown;
    }
}
