//! Our own session as a target, in process: bytes in, bytes out, no sockets.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};

use ftproof_core::{
    Answer, Effect, LineReader, MemorySite, Path, Session as CoreSession, Site, Transfer,
    TransferOutcome,
};

use crate::reply::{Reply, ReplyReader};
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait};

/// How many bytes are held while the session does not read, or for an upload. More is dropped: only a fuzzer sends it.
pub const HELD_BYTES_MAX: usize = 1024 * 1024;

/// The control connection of our session: bytes in, bytes out. A value that can be compared, so that a search knows
/// where it has been. What a transport does with data connections is asked for as effects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Embedded {
    session: CoreSession,
    reader: LineReader,
    /// Bytes that came while the session did not read.
    held: Vec<u8>,
}

impl Embedded {
    /// The greeting, as bytes.
    pub fn greet(&self, replies: &mut Vec<u8>) {
        self.session.greeting().write_to(replies);
    }

    /// Takes bytes of the control connection, in any chunking. Adds the bytes of the replies to `replies`, and what is
    /// asked of the data connection to `effects`.
    pub fn bytes(
        &mut self,
        bytes: &[u8],
        site: &mut dyn Site,
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        let mut rest = bytes;
        while self.session.reads() {
            let Some(line) = self.reader.next_line(&mut rest) else {
                return;
            };
            let answer = self.session.line(line, site);
            let starts_tls = answer.effect == Some(Effect::StartTls);
            take(answer, replies, effects);
            if starts_tls {
                // In process there are no hands to shake. What was sent in clear behind AUTH TLS is thrown away.
                self.session.tls_ready();
                self.reader.clear();
                return;
            }
        }
        if !self.session.is_closed() {
            let room = HELD_BYTES_MAX.saturating_sub(self.held.len());
            self.held.extend_from_slice(&rest[..rest.len().min(room)]);
        }
    }

    /// The running transfer ended; nothing happens without one.
    pub fn transfer_ended(
        &mut self,
        outcome: TransferOutcome,
        site: &mut dyn Site,
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        let answer = self.session.transfer_ended(outcome, site);
        take(answer, replies, effects);
        if self.session.reads() {
            let held = std::mem::take(&mut self.held);
            self.bytes(&held, site, replies, effects);
        }
    }

    /// How many bytes are held: of a line that is not complete, and of what came while the session did not read.
    pub fn buffered_bytes(&self) -> usize {
        self.reader.buffered() + self.held.len()
    }

    /// Whether lines are read.
    pub fn reads(&self) -> bool {
        self.session.reads()
    }

    /// Whether the control connection is closed.
    pub fn is_closed(&self) -> bool {
        self.session.is_closed()
    }
}

fn take(answer: Answer, replies: &mut Vec<u8>, effects: &mut Vec<Effect>) {
    for reply in &answer.replies {
        reply.write_to(replies);
    }
    effects.extend(answer.effect);
}

/// The files of the embedded target: those of the fixture, and an empty directory for RMD.
pub fn embedded_site() -> MemorySite {
    let mut site = MemorySite::fixture();
    site.make_directory(&Path::root().join(b"empty"))
        .expect("the fixture has nothing of that name");
    site
}

/// What stands for the names of a transcript on the embedded target.
pub fn embedded_names() -> Names {
    let mut names = Names::default();
    for (name, value) in [
        ("user", "ftptest"),
        ("password", "secret"),
        ("wrong_password", "not-the-password"),
        ("open_user", "open"),
        ("account_user", "acct"),
        ("account", "billing"),
        ("wrong_account", "not-the-account"),
        ("host", "ftp.example"),
        ("file", "/hello.txt"),
        ("big_file", "/big.bin"),
        ("dir", "/dir"),
        ("empty_dir", "/empty"),
        ("new", "/new.txt"),
        ("new_dir", "/newdir"),
        ("renamed", "/renamed.txt"),
        ("missing", "/missing"),
        ("impossible", "/missing/renamed.txt"),
        ("port", "127,0,0,1,8,73"),
        ("eprt", "|1|127.0.0.1|2121|"),
        ("lprt", "4,4,127,0,0,1,2,8,73"),
    ] {
        names.set(name, value);
    }
    names
}

/// Our own session as a target. Each connection starts with the same files.
#[derive(Debug, Clone)]
pub struct EmbeddedTarget {
    site: MemorySite,
    names: Names,
}

impl Default for EmbeddedTarget {
    fn default() -> Self {
        EmbeddedTarget {
            site: embedded_site(),
            names: embedded_names(),
        }
    }
}

impl Target for EmbeddedTarget {
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble> {
        let mut session = EmbeddedSession {
            control: Embedded::default(),
            transfer: None,
            arrived: Vec::new(),
            site: self.site.clone(),
            reader: ReplyReader::default(),
            replies: VecDeque::new(),
            greeting: Reply {
                code: 0,
                lines: Vec::new(),
                ends_well: true,
            },
        };
        let mut bytes = Vec::new();
        session.control.greet(&mut bytes);
        session.take(&bytes, Vec::new())?;
        session.greeting = session
            .replies
            .pop_front()
            .ok_or(Trouble::Closed("the greeting"))?;
        Ok(Box::new(session))
    }

    fn name(&self) -> String {
        "the embedded session".to_owned()
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn starts_fresh(&self) -> bool {
        true
    }

    fn another(&self) -> Option<Box<dyn Target + Send>> {
        Some(Box::new(self.clone()))
    }
}

struct EmbeddedSession {
    control: Embedded,
    /// The transfer under way.
    transfer: Option<Transfer>,
    /// What arrived for it, if it is an upload.
    arrived: Vec<u8>,
    site: MemorySite,
    reader: ReplyReader,
    replies: VecDeque<Reply>,
    greeting: Reply,
}

impl EmbeddedSession {
    fn take(&mut self, bytes: &[u8], effects: Vec<Effect>) -> Result<(), Trouble> {
        self.reader.push(bytes);
        while let Some(reply) = self.reader.next_reply()? {
            self.replies.push_back(reply);
        }
        for effect in effects {
            match effect {
                Effect::OpenData(transfer) => self.transfer = Some(transfer),
                Effect::AbortData => {
                    self.transfer = None;
                    self.arrived.clear();
                }
                Effect::StartTls | Effect::StopTls | Effect::Close => {}
            }
        }
        Ok(())
    }
}

impl Session for EmbeddedSession {
    fn greeting(&self) -> &Reply {
        &self.greeting
    }

    fn send(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble> {
        self.send_bytes(&[line, b"\r\n"].concat())?;
        Ok(self.replies.pop_front())
    }

    fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        if self.control.is_closed() {
            return Err(Trouble::Closed("a reply"));
        }
        let (mut replies, mut effects) = (Vec::new(), Vec::new());
        self.control
            .bytes(bytes, &mut self.site, &mut replies, &mut effects);
        self.take(&replies, effects)
    }

    fn next_reply(&mut self, wait: Wait) -> Result<Option<Reply>, Trouble> {
        match (self.replies.pop_front(), wait) {
            (Some(reply), _) => Ok(Some(reply)),
            (None, _) if self.control.is_closed() => Err(Trouble::Closed("a reply")),
            (None, Wait::Brief | Wait::Hasty | Wait::Unowed(_)) => Ok(None),
            (None, Wait::Full | Wait::Owed) => Err(Trouble::TimedOut {
                awaited: "reply",
                seconds: 0,
            }),
        }
    }

    fn listen(&mut self) -> Result<SocketAddr, Trouble> {
        Ok((Ipv4Addr::LOCALHOST, 2121).into())
    }

    fn open_data(&mut self) -> Result<bool, Trouble> {
        Ok(self.transfer.is_some())
    }

    fn send_data(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let room = HELD_BYTES_MAX.saturating_sub(self.arrived.len());
        self.arrived
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    }

    fn end_transfer(&mut self, how: DataEnd) -> Result<Vec<u8>, Trouble> {
        let transfer = self
            .transfer
            .take()
            .ok_or(Trouble::Unsupported("transfer to end"))?;
        let arrived = std::mem::take(&mut self.arrived);
        let mut sent = Vec::new();
        let outcome = match how {
            DataEnd::Done => {
                sent = transfer.outgoing(&self.site).unwrap_or_default();
                match transfer.store(&mut self.site, &arrived) {
                    Ok(()) => TransferOutcome::Completed,
                    Err(_) => TransferOutcome::LocalError,
                }
            }
            DataEnd::Refused => TransferOutcome::NotOpened,
            DataEnd::Broken => TransferOutcome::Broken,
            DataEnd::Failed => TransferOutcome::LocalError,
        };
        let (mut bytes, mut effects) = (Vec::new(), Vec::new());
        self.control
            .transfer_ended(outcome, &mut self.site, &mut bytes, &mut effects);
        self.take(&bytes, effects)?;
        Ok(sent)
    }

    fn start_tls(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
}
