//! The control connection of RFC 959 §2.3 to a server behind a port, with a deadline on every wait and a bound on
//! everything that is read.

mod effect;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::address::Protection;
use crate::connection::{Connection, io, not_tls};
use crate::data_connection::{Data, read_to_end};
use crate::patience::Patience;
use crate::reply::{Reply, ReplyReader};
use crate::target::{DataEnd, GREETING, Session, Trouble, Wait};
use crate::tcp::TcpTarget;
use crate::tls::{TlsClient, Trust};
use effect::completes_transfer;

/// The transfer under way.
#[derive(Debug)]
enum Running {
    Upload(Connection),
    Download(Connection),
    /// A preliminary reply came; the data connection is not open yet, or none had been set up.
    Announced {
        is_upload: bool,
    },
}

/// How data connections are protected (RFC 4217 §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Clear,
    Private,
}

/// A control connection. When it is dropped it is closed in good order, so that the server is rid of this session
/// before it sees the next one.
#[derive(Debug)]
pub(crate) struct TcpSession {
    control: Connection,
    peer: IpAddr,
    reader: ReplyReader,
    greeting: Reply,
    patience: Arc<Patience>,
    trust: Trust,
    /// What the last handshake was made with: the next data connections resume its session.
    tls: Option<TlsClient>,
    level: Level,
    data: Data,
    running: Option<Running>,
    /// The port of the server to which the data connection goes, or went if it was reset.
    passive: Option<SocketAddr>,
    /// Listens for PORT, from when its line is made until its reply.
    offered: Option<TcpListener>,
    /// REIN was answered 120, or waits for a transfer, and its completion is to come.
    is_reinitializing: bool,
    /// The last line, with its end.
    line: Vec<u8>,
    /// When it was sent, if its reply has not come in time: the next one is its own.
    late: Option<Instant>,
}

impl TcpSession {
    /// Connects, makes the handshakes that `target` asks for, and waits for the greeting.
    pub(crate) fn connect(target: &TcpTarget) -> Result<Self, Trouble> {
        let (address, patience) = (target.address, Arc::clone(&target.patience));
        let socket = TcpStream::connect_timeout(&address, patience.deadline).map_err(|error| {
            Trouble::NoConnection {
                address: address.to_string(),
                reason: plain(&error),
            }
        })?;
        let mut session = TcpSession {
            control: Connection::new(socket, patience.deadline)?,
            peer: address.ip(),
            reader: ReplyReader::default(),
            greeting: Reply {
                code: 0,
                lines: Vec::new(),
                ends_well: true,
            },
            patience,
            trust: target.trust.clone(),
            tls: None,
            level: Level::Clear,
            data: Data::None,
            running: None,
            passive: None,
            offered: None,
            is_reinitializing: false,
            line: Vec::new(),
            late: None,
        };
        session
            .reader
            .hide(target.names.get("password").unwrap_or_default());
        if target.protection == Protection::Implicit {
            session.shake_hands()?;
        }
        session.greeting = session.await_greeting()?;
        if target.protection == Protection::Explicit {
            session.ask_for_tls()?;
        }
        Ok(session)
    }

    fn await_greeting(&mut self) -> Result<Reply, Trouble> {
        let (since, deadline) = (Instant::now(), self.patience.deadline);
        loop {
            let Some(reply) = self.receive("greeting", deadline)? else {
                return Err(Trouble::Closed(GREETING));
            };
            match reply.code {
                // RFC 959 §5.4: 120 says that 220 follows. It is not waited for without an end.
                120 if since.elapsed() < deadline => {}
                220 => return Ok(reply),
                _ => return Err(Trouble::Unavailable(reply.headline())),
            }
        }
    }

    /// RFC 4217 §4: AUTH TLS, and the handshake behind its 234.
    fn ask_for_tls(&mut self) -> Result<(), Trouble> {
        match self.send(b"AUTH TLS")? {
            Some(reply) if reply.code == 234 => self.start_tls(),
            Some(reply) => Err(Trouble::Tls(format!(
                "the server refused AUTH TLS: it said '{}'",
                reply.headline()
            ))),
            None => Err(Trouble::Closed("a reply")),
        }
    }

    fn shake_hands(&mut self) -> Result<(), Trouble> {
        let client = TlsClient::new(&self.trust).map_err(io)?;
        self.control.start_tls(&client, self.patience.deadline)?;
        self.tls = Some(client);
        Ok(())
    }

    /// The handshake of a data connection. Once a server has left one without an end, the others have less time.
    fn shake_hands_for_data(
        &self,
        connection: &mut Connection,
        client: &TlsClient,
    ) -> Result<(), Trouble> {
        let was_left = &self.patience.data_handshake_was_left;
        let wait = if was_left.load(Ordering::Relaxed) {
            Wait::Owed
        } else {
            Wait::Full
        };
        let shaken = connection.start_tls(client, self.patience.duration(wait));
        if matches!(shaken, Err(Trouble::TimedOut { .. })) {
            was_left.store(true, Ordering::Relaxed);
        }
        shaken
    }

    /// One reply; `None`: the server closed.
    fn receive(
        &mut self,
        awaited: &'static str,
        patience: Duration,
    ) -> Result<Option<Reply>, Trouble> {
        if let Some(reply) = self.reader.next_reply()? {
            return Ok(Some(reply));
        }
        let (since, mut left) = (Instant::now(), patience);
        let mut chunk = [0; 4096];
        let timed_out = Trouble::TimedOut {
            awaited,
            seconds: patience.as_secs(),
        };
        while !left.is_zero() {
            match self.control.read(&mut chunk, left) {
                Ok(0) => return Ok(None),
                Ok(count) => self.reader.push(&chunk[..count]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                        return Err(self.reader.without_end().map_or(timed_out, Trouble::from));
                    }
                    ErrorKind::Interrupted => {}
                    ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => return Ok(None),
                    _ => return Err(io(error)),
                },
            }
            if let Some(reply) = self.reader.next_reply()? {
                return Ok(Some(reply));
            }
            left = patience.saturating_sub(since.elapsed());
        }
        Err(timed_out)
    }

    /// Sees that no reply is there before its line: what comes behind it would answer the wrong one. While a transfer
    /// runs, its completion may come at any time.
    fn refuse_unasked(&mut self) -> Result<(), Trouble> {
        if self.running.is_some() {
            return Ok(());
        }
        let mut chunk = [0; 4096];
        match self.control.read_what_is_there(&mut chunk) {
            Ok(count) => self.reader.push(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::InvalidData => return Err(io(error)),
            // That it is closed is told where the reply is awaited.
            Err(_) => {}
        }
        match self.reader.next_reply()? {
            None => Ok(()),
            Some(reply) => Err(Trouble::Unasked(reply.headline())),
        }
    }

    /// Whether a data connection was reset, and its port takes another: the server may not have seen the first.
    fn may_wait_for_data(&self) -> bool {
        let port = self.passive.filter(|_| self.running.is_none());
        let wait = self.patience.duration(Wait::Brief);
        port.is_some_and(|port| TcpStream::connect_timeout(&port, wait).is_ok())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.control
            .write_all(bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Trouble::Closed("a reply"),
                _ => io(error),
            })
    }
}

impl Drop for TcpSession {
    fn drop(&mut self) {
        self.running = None;
        self.data = Data::None;
        self.control.finish(self.patience.duration(Wait::Brief));
    }
}

impl Session for TcpSession {
    fn greeting(&self) -> &Reply {
        &self.greeting
    }

    fn send(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble> {
        self.late = None;
        self.refuse_unasked()?;
        // Some servers repeat the line that they refuse: no password gets into a report that way.
        let secret = line.strip_prefix(b"PASS ").or(line.strip_prefix(b"ACCT "));
        self.reader.hide(secret.unwrap_or_default());
        let mut bytes = std::mem::take(&mut self.line);
        bytes.clear();
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
        let written = self.write(&bytes);
        self.line = bytes;
        written?;
        let shared = Arc::clone(&self.patience);
        let habit = if self.running.is_some() {
            Some(&shared.held_back)
        } else if line.is_empty() {
            Some(&shared.empty_lines)
        } else {
            None
        };
        let is_slow = is_slow_on_purpose(line);
        let patience = match habit {
            Some(habit) => shared.for_habit(habit),
            None if is_slow => shared.duration(Wait::Full),
            None => shared.duration(Wait::Owed),
        };
        let since = Instant::now();
        let mut came = self.receive("reply", patience);
        // Such a reply marks a place in the transfer that runs (RFC 959 §3.5), and answers no line.
        while self.running.is_some()
            && matches!(&came, Ok(Some(mark)) if mark.code == 110)
            && since.elapsed() < self.patience.deadline
        {
            came = self.receive("reply", patience);
        }
        if let Some(habit) = habit {
            habit.learn(came.is_err());
        }
        match came {
            Err(Trouble::TimedOut { .. }) if habit.is_some() => {
                self.is_reinitializing |= line.eq_ignore_ascii_case(b"REIN");
                Ok(None)
            }
            Err(trouble) => {
                self.late = matches!(trouble, Trouble::TimedOut { .. }).then_some(since);
                Err(trouble)
            }
            Ok(None) => Err(Trouble::Closed("a reply")),
            Ok(Some(reply)) => {
                if reply.code < 400 && !is_slow {
                    self.patience.learn(since.elapsed());
                }
                self.follow(line, &reply);
                Ok(Some(reply))
            }
        }
    }

    fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.refuse_unasked()?;
        self.write(bytes)
    }

    fn next_reply(&mut self, wait: Wait) -> Result<Option<Reply>, Trouble> {
        let since = Instant::now();
        let came = self.receive("reply", self.patience.duration(wait));
        if let Wait::Unowed(reply) = wait {
            self.patience.habit(reply).learn(came.is_err());
        }
        match came {
            Err(Trouble::TimedOut { .. }) if self.may_wait_for_data() => Err(Trouble::Untold(
                "whether the server had taken the data connection that was reset",
            )),
            Err(Trouble::TimedOut { .. }) if !matches!(wait, Wait::Owed | Wait::Full) => Ok(None),
            Ok(None) => Err(Trouble::Closed("a reply")),
            Ok(Some(reply)) => {
                if let Some(since) = self.late.take() {
                    self.follow_late(since, &reply);
                } else if reply.code < 400 && matches!(wait, Wait::Owed | Wait::Full | Wait::Hasty)
                {
                    self.patience.learn(since.elapsed());
                }
                if reply.code >= 200 && self.running.is_none() {
                    self.passive = None;
                }
                // The reply to a QUIT that was sent in one segment with others, or late.
                if reply.code == 221 && self.running.is_none() {
                    self.data = Data::None;
                }
                if self.is_reinitializing
                    && (200..300).contains(&reply.code)
                    && !completes_transfer(reply.code)
                {
                    self.reinitialize();
                }
                Ok(Some(reply))
            }
            Err(trouble) => Err(trouble),
        }
    }

    fn listen(&mut self) -> Result<SocketAddr, Trouble> {
        let here = self.control.socket().local_addr().map_err(io)?.ip();
        let listener = TcpListener::bind((here, 0)).map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        self.offered = Some(listener);
        Ok(address)
    }

    fn open_data(&mut self) -> Result<bool, Trouble> {
        let Some(Running::Announced { is_upload }) = self.running else {
            return Ok(false);
        };
        self.passive = self.data.port();
        let Some(stream) = self.data.open(&self.patience)? else {
            return Ok(false);
        };
        let mut connection = Connection::new(stream, self.patience.deadline)?;
        // RFC 4217 §7: whoever opened the data connection, the FTP client is the TLS client.
        if let (Level::Private, Some(client)) = (self.level, &self.tls) {
            self.shake_hands_for_data(&mut connection, client)?;
        }
        self.running = Some(if is_upload {
            Running::Upload(connection)
        } else {
            Running::Download(connection)
        });
        Ok(true)
    }

    fn send_data(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        match &mut self.running {
            // A server that closed first has its reason, and says it on the control connection.
            Some(Running::Upload(connection)) => drop(connection.write_all(bytes)),
            Some(Running::Download(_) | Running::Announced { .. }) | None => {
                return Err(Trouble::Unsupported("upload under way"));
            }
        }
        Ok(())
    }

    fn end_transfer(&mut self, how: DataEnd) -> Result<Vec<u8>, Trouble> {
        if how != DataEnd::Broken {
            self.passive = None;
        }
        match (self.running.take(), how) {
            (Some(Running::Announced { .. }) | None, DataEnd::Refused) => Ok(Vec::new()),
            (Some(Running::Announced { .. }) | None, _) => {
                Err(Trouble::Unsupported("data connection"))
            }
            (Some(Running::Upload(mut connection)), DataEnd::Done) => {
                if connection.is_protected() {
                    connection.finish(self.patience.duration(Wait::Brief));
                }
                Ok(Vec::new())
            }
            (Some(Running::Download(mut connection)), DataEnd::Done) => {
                let bytes = read_to_end(&mut connection, self.patience.deadline);
                // Servers may wait for our close_notify. One that is gone has all it wants.
                let _ = connection.close();
                bytes
            }
            (
                Some(Running::Upload(connection) | Running::Download(connection)),
                DataEnd::Broken,
            ) => connection.reset().map(|()| Vec::new()),
            (Some(_), DataEnd::Refused | DataEnd::Failed) => {
                Err(Trouble::Unsupported("way to make a transfer fail so"))
            }
        }
    }

    fn is_protected(&self) -> bool {
        self.control.is_protected()
    }

    fn start_tls(&mut self) -> Result<(), Trouble> {
        // What came in clear behind the 234 must not be taken for a reply inside TLS.
        if !self.reader.rest().is_empty() {
            return Err(io(not_tls()));
        }
        self.shake_hands()?;
        // RFC 4217 §4.2: all parameters are as at first.
        self.data = Data::None;
        self.level = Level::Clear;
        Ok(())
    }
}

/// Passwords and the like take their time; the other replies teach how slow a server is.
fn is_slow_on_purpose(line: &[u8]) -> bool {
    ["PASS", "ACCT", "AUTH", "HOST"]
        .iter()
        .any(|verb| line.starts_with(verb.as_bytes()))
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::TimedOut => "no answer".to_owned(),
        _ => error.to_string(),
    }
}
