//! Our own session as a target, in process: bytes in, bytes out, no sockets.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};

use ftproof_core::{Answer, Effect, LineReader, MemorySite, Path, Session as CoreSession, Site, Transfer, TransferOutcome};

use crate::reply::{Reply, ReplyReader};
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait};

/// How many bytes are held while the session does not read, or for an upload. More is dropped: only a fuzzer sends it.
const HELD_BYTES_MAX: usize = 1024 * 1024;

/// The session with the transport around it: what a server does with sockets, done with buffers. A value that can be
/// compared, so that a search knows where it has been.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Embedded {
    session: CoreSession,
    reader: LineReader,
    transfer: Option<Transfer>,
    /// What arrived for an upload that is under way.
    arrived: Vec<u8>,
    /// Bytes that came while the session did not read.
    held: Vec<u8>,
}

impl Embedded {
    /// The greeting, as bytes.
    pub fn greet(&self, replies: &mut Vec<u8>) {
        self.session.greeting().write_to(replies);
    }

    /// Takes bytes of the control connection, in any chunking, and adds the bytes of the replies to `replies`.
    pub fn bytes(&mut self, bytes: &[u8], site: &mut MemorySite, replies: &mut Vec<u8>) {
        let mut rest = bytes;
        while self.session.reads() {
            let Some(line) = self.reader.next_line(&mut rest) else {
                return;
            };
            let answer = self.session.line(line, site);
            if self.carry_out(answer, replies) {
                // What was sent in clear behind AUTH TLS is thrown away.
                self.reader.clear();
                return;
            }
        }
        if !self.session.is_closed() {
            let room = HELD_BYTES_MAX.saturating_sub(self.held.len());
            self.held.extend_from_slice(&rest[..rest.len().min(room)]);
        }
    }

    /// Takes bytes of the data connection of an upload.
    pub fn arrive(&mut self, bytes: &[u8]) {
        let room = HELD_BYTES_MAX.saturating_sub(self.arrived.len());
        self.arrived.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// What the running transfer sends; nothing for an upload.
    pub fn outgoing(&self, site: &MemorySite) -> Vec<u8> {
        self.transfer.as_ref().and_then(|transfer| transfer.outgoing(site)).unwrap_or_default()
    }

    /// Ends the running transfer; nothing happens without one.
    pub fn end_transfer(&mut self, how: DataEnd, site: &mut MemorySite, replies: &mut Vec<u8>) {
        let Some(transfer) = self.transfer.take() else {
            return;
        };
        let arrived = std::mem::take(&mut self.arrived);
        let outcome = match how {
            DataEnd::Done => match transfer.store(site, &arrived) {
                Ok(()) => TransferOutcome::Completed,
                Err(_) => TransferOutcome::LocalError,
            },
            DataEnd::Refused => TransferOutcome::NotOpened,
            DataEnd::Broken => TransferOutcome::Broken,
            DataEnd::Failed => TransferOutcome::LocalError,
        };
        let answer = self.session.transfer_ended(outcome, site);
        self.carry_out(answer, replies);
        if self.session.reads() {
            let held = std::mem::take(&mut self.held);
            self.bytes(&held, site, replies);
        }
    }

    /// Whether lines are read.
    pub fn reads(&self) -> bool {
        self.session.reads()
    }

    /// Whether the control connection is closed.
    pub fn is_closed(&self) -> bool {
        self.session.is_closed()
    }

    /// Whether a transfer is under way.
    pub fn is_transferring(&self) -> bool {
        self.transfer.is_some()
    }

    /// Does what a transport does with an answer. Gives whether the input behind it must be thrown away.
    fn carry_out(&mut self, answer: Answer, replies: &mut Vec<u8>) -> bool {
        for reply in &answer.replies {
            reply.write_to(replies);
        }
        match answer.effect {
            Some(Effect::OpenData(transfer)) => self.transfer = Some(transfer),
            Some(Effect::AbortData) => {
                self.transfer = None;
                self.arrived.clear();
            }
            // In process there is nothing to shake hands over.
            Some(Effect::StartTls) => {
                self.session.tls_ready();
                return true;
            }
            Some(Effect::StopTls | Effect::Close) | None => {}
        }
        false
    }
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
#[derive(Debug)]
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
            embedded: Embedded::default(),
            site: self.site.clone(),
            reader: ReplyReader::default(),
            replies: VecDeque::new(),
            greeting: Reply { code: 0, lines: Vec::new() },
        };
        let mut bytes = Vec::new();
        session.embedded.greet(&mut bytes);
        session.take(&bytes)?;
        session.greeting = session.replies.pop_front().ok_or(Trouble::Closed("the greeting"))?;
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
}

struct EmbeddedSession {
    embedded: Embedded,
    site: MemorySite,
    reader: ReplyReader,
    replies: VecDeque<Reply>,
    greeting: Reply,
}

impl EmbeddedSession {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.reader.push(bytes);
        while let Some(reply) = self.reader.next_reply()? {
            self.replies.push_back(reply);
        }
        Ok(())
    }
}

impl Session for EmbeddedSession {
    fn greeting(&self) -> &Reply {
        &self.greeting
    }

    fn send(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble> {
        if self.embedded.is_closed() {
            return Err(Trouble::Closed("a reply"));
        }
        let mut bytes = Vec::new();
        self.embedded.bytes(&[line, b"\r\n"].concat(), &mut self.site, &mut bytes);
        self.take(&bytes)?;
        Ok(self.replies.pop_front())
    }

    fn next_reply(&mut self, wait: Wait) -> Result<Option<Reply>, Trouble> {
        match (self.replies.pop_front(), wait) {
            (Some(reply), _) => Ok(Some(reply)),
            (None, _) if self.embedded.is_closed() => Err(Trouble::Closed("a reply")),
            (None, Wait::Brief) => Ok(None),
            (None, Wait::Full) => Err(Trouble::TimedOut { awaited: "reply", seconds: 0 }),
        }
    }

    fn listen(&mut self) -> Result<SocketAddr, Trouble> {
        Ok((Ipv4Addr::LOCALHOST, 2121).into())
    }

    fn has_data_connection(&self) -> bool {
        self.embedded.is_transferring()
    }

    fn send_data(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.embedded.arrive(bytes);
        Ok(())
    }

    fn end_transfer(&mut self, how: DataEnd) -> Result<Vec<u8>, Trouble> {
        let sent = if how == DataEnd::Done { self.embedded.outgoing(&self.site) } else { Vec::new() };
        let mut bytes = Vec::new();
        self.embedded.end_transfer(how, &mut self.site, &mut bytes);
        self.take(&bytes)?;
        Ok(sent)
    }

    fn start_tls(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
}
