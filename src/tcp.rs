//! A server behind a TCP port: the control connection of RFC 959 §2.3 and its data connections, with a deadline on
//! every wait and a bound on everything that is read.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use socket2::SockRef;

use crate::data_connection::{accept, passive_port, read_to_end};
use crate::patience::Patience;
use crate::reply::{Reply, ReplyReader};
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait};

/// How long each wait lasts at the most. Some servers take their time over a wrong password.
pub const DEADLINE: Duration = Duration::from_secs(10);
/// A server behind a port.
#[derive(Debug)]
pub struct TcpTarget {
    address: SocketAddr,
    names: Names,
    patience: Arc<Patience>,
}

impl TcpTarget {
    /// The server at `address`; every wait lasts at most `deadline`.
    pub fn new(address: SocketAddr, names: Names, deadline: Duration) -> Self {
        TcpTarget {
            address,
            names,
            patience: Arc::new(Patience::new(deadline)),
        }
    }
}

impl Target for TcpTarget {
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble> {
        Ok(Box::new(TcpSession::connect(
            self.address,
            Arc::clone(&self.patience),
            self.names.get("password"),
        )?))
    }

    fn name(&self) -> String {
        format!("ftp://{}", self.address)
    }

    fn url(&self) -> Option<String> {
        let user = percent_encode(self.names.get("user")?, NON_ALPHANUMERIC);
        let remote = if self.address.ip().is_loopback() {
            ""
        } else {
            "--allow-remote "
        };
        Some(format!("{remote}ftp://{user}@{}", self.address))
    }

    fn names(&self) -> &Names {
        &self.names
    }
}

/// How the next data connection is set up.
#[derive(Debug)]
enum Data {
    None,
    Passive(TcpStream),
    Active(TcpListener),
    /// The server named a port that cannot be used; says why.
    Unusable(&'static str),
}

/// The transfer under way.
#[derive(Debug)]
enum Running {
    Upload(TcpStream),
    Download(TcpStream),
    /// A preliminary reply came; the data connection is not open yet, or none had been set up.
    Announced {
        is_upload: bool,
    },
}

/// A control connection. When it is dropped it is closed in good order, so that the server is rid of this session
/// before it sees the next one.
#[derive(Debug)]
struct TcpSession {
    control: TcpStream,
    peer: IpAddr,
    reader: ReplyReader,
    greeting: Reply,
    patience: Arc<Patience>,
    data: Data,
    running: Option<Running>,
    /// Listens for PORT, from when its line is made until its reply.
    offered: Option<TcpListener>,
}

impl TcpSession {
    fn connect(
        address: SocketAddr,
        patience: Arc<Patience>,
        password: Option<&[u8]>,
    ) -> Result<Self, Trouble> {
        let control = TcpStream::connect_timeout(&address, patience.deadline).map_err(|error| {
            Trouble::NoConnection {
                address: address.to_string(),
                reason: plain(&error),
            }
        })?;
        control.set_nodelay(true).map_err(io)?;
        control
            .set_write_timeout(Some(patience.deadline))
            .map_err(io)?;
        let mut session = TcpSession {
            control,
            peer: address.ip(),
            reader: ReplyReader::default(),
            greeting: Reply {
                code: 0,
                lines: Vec::new(),
            },
            patience,
            data: Data::None,
            running: None,
            offered: None,
        };
        session.reader.hide(password.unwrap_or_default());
        let (since, deadline) = (Instant::now(), session.patience.deadline);
        loop {
            let Some(reply) = session.receive("greeting", deadline)? else {
                return Err(Trouble::Closed("the greeting"));
            };
            match reply.code {
                // RFC 959 §5.4: 120 says that 220 follows. It is not waited for without an end.
                120 if since.elapsed() < deadline => {}
                220 => {
                    session.greeting = reply;
                    return Ok(session);
                }
                _ => return Err(Trouble::Unavailable(reply.headline())),
            }
        }
    }

    /// One reply; `None`: the server closed.
    fn receive(
        &mut self,
        awaited: &'static str,
        patience: Duration,
    ) -> Result<Option<Reply>, Trouble> {
        let since = Instant::now();
        let mut chunk = [0; 4096];
        loop {
            if let Some(reply) = self.reader.next_reply()? {
                return Ok(Some(reply));
            }
            let left = patience.saturating_sub(since.elapsed());
            let timed_out = Trouble::TimedOut {
                awaited,
                seconds: patience.as_secs(),
            };
            if left.is_zero() {
                return Err(timed_out);
            }
            self.control.set_read_timeout(Some(left)).map_err(io)?;
            match self.control.read(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(count) => self.reader.push(&chunk[..count]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => return Err(timed_out),
                    ErrorKind::Interrupted => {}
                    ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => return Ok(None),
                    _ => return Err(io(error)),
                },
            }
        }
    }

    /// Sees that no reply is there before its line: what comes behind it would answer the wrong one. While a transfer
    /// runs, its completion may come at any time.
    fn refuse_unasked(&mut self) -> Result<(), Trouble> {
        if self.running.is_some() {
            return Ok(());
        }
        let mut chunk = [0; 4096];
        self.control.set_nonblocking(true).map_err(io)?;
        let came = self.control.read(&mut chunk);
        self.control.set_nonblocking(false).map_err(io)?;
        if let Ok(count) = came {
            self.reader.push(&chunk[..count]);
        }
        match self.reader.next_reply()? {
            None => Ok(()),
            Some(reply) => Err(Trouble::Unasked(reply.headline())),
        }
    }

    /// Sets up, opens or forgets the data connection as `reply` to `line` says.
    fn follow(&mut self, line: &[u8], reply: &Reply) {
        let verb = line
            .split(|&byte| byte == b' ')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        match (verb.as_slice(), reply.code) {
            (b"PORT" | b"EPRT" | b"LPRT", 200..=299) => {
                if let Some(listener) = self.offered.take() {
                    self.data = Data::Active(listener);
                }
            }
            (b"PASV" | b"EPSV" | b"LPSV", 227..=229) => self.data = self.open_passive(reply),
            // RFC 4217 §4.2, RFC 959 §4.1.1: all parameters are as at first.
            (b"REIN", 200..=299) | (b"AUTH", 234) => self.data = Data::None,
            (b"STOR" | b"STOU" | b"APPE", 100..=199) => {
                self.running = Some(Running::Announced { is_upload: true });
            }
            (b"RETR" | b"LIST" | b"NLST" | b"MLSD", 100..=199) => {
                self.running = Some(Running::Announced { is_upload: false });
            }
            _ => {}
        }
    }

    /// Connects to the port that a passive reply names, on the peer of the control connection and nowhere else.
    fn open_passive(&self, reply: &Reply) -> Data {
        let text: Vec<u8> = reply.lines.concat();
        let Some(port) = passive_port(reply.code, &text) else {
            return Data::Unusable("data port that can be read in the server's reply");
        };
        match TcpStream::connect_timeout(&SocketAddr::new(self.peer, port), self.patience.deadline)
        {
            Ok(stream) => Data::Passive(stream),
            Err(_) => Data::Unusable("connection to the data port that the server named"),
        }
    }

    /// The stream of the data connection that is set up; `None`: none is.
    fn open(&mut self) -> Result<Option<TcpStream>, Trouble> {
        let stream = match &self.data {
            Data::None => return Ok(None),
            Data::Unusable(what) => return Err(Trouble::Unsupported(what)),
            Data::Active(listener) => accept(listener, self.patience.duration(Wait::Owed))?,
            Data::Passive(stream) => {
                let stream = stream.try_clone().map_err(io)?;
                self.data = Data::None;
                stream
            }
        };
        stream
            .set_read_timeout(Some(self.patience.deadline))
            .map_err(io)?;
        stream
            .set_write_timeout(Some(self.patience.deadline))
            .map_err(io)?;
        Ok(Some(stream))
    }
}

impl Drop for TcpSession {
    fn drop(&mut self) {
        self.running = None;
        self.data = Data::None;
        // What a server does with a closed connection is its own affair: nothing here can fail.
        let _ = self.control.shutdown(Shutdown::Write);
        let (since, patience) = (Instant::now(), self.patience.duration(Wait::Brief));
        let _ = self.control.set_read_timeout(Some(patience));
        let mut chunk = [0; 4096];
        while matches!(self.control.read(&mut chunk), Ok(count) if count > 0)
            && since.elapsed() < patience
        {}
    }
}

impl Session for TcpSession {
    fn greeting(&self) -> &Reply {
        &self.greeting
    }

    fn send(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble> {
        self.refuse_unasked()?;
        // Some servers repeat the line that they refuse: no password gets into a report that way.
        let secret = line.strip_prefix(b"PASS ").or(line.strip_prefix(b"ACCT "));
        self.reader.hide(secret.unwrap_or_default());
        let mut bytes = line.to_vec();
        bytes.extend_from_slice(b"\r\n");
        match self.control.write_all(&bytes) {
            Ok(()) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
                ) =>
            {
                return Err(Trouble::Closed("a reply"));
            }
            Err(error) => return Err(io(error)),
        }
        let may_be_held_back = self.running.is_some() || line.is_empty();
        let wait = match line {
            _ if may_be_held_back => Wait::Brief,
            // Passwords are slow on purpose; the first replies teach how slow the others are.
            _ if ["PASS", "ACCT", "AUTH", "HOST"]
                .iter()
                .any(|verb| line.starts_with(verb.as_bytes())) =>
            {
                Wait::Full
            }
            _ => Wait::Owed,
        };
        let patience = self.patience.duration(wait);
        let since = Instant::now();
        match self.receive("reply", patience) {
            Err(Trouble::TimedOut { .. }) if may_be_held_back => Ok(None),
            Err(trouble) => Err(trouble),
            Ok(None) => Err(Trouble::Closed("a reply")),
            Ok(Some(reply)) => {
                if reply.code < 400 && !line.starts_with(b"PASS") {
                    self.patience.learn(since.elapsed());
                }
                self.follow(line, &reply);
                Ok(Some(reply))
            }
        }
    }

    fn next_reply(&mut self, wait: Wait) -> Result<Option<Reply>, Trouble> {
        match self.receive("reply", self.patience.duration(wait)) {
            Err(Trouble::TimedOut { .. }) if wait == Wait::Brief => Ok(None),
            Ok(None) => Err(Trouble::Closed("a reply")),
            other => other,
        }
    }

    fn listen(&mut self) -> Result<SocketAddr, Trouble> {
        let here = self.control.local_addr().map_err(io)?.ip();
        let listener = TcpListener::bind((here, 0)).map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        self.offered = Some(listener);
        Ok(address)
    }

    fn open_data(&mut self) -> Result<bool, Trouble> {
        let Some(Running::Announced { is_upload }) = self.running else {
            return Ok(false);
        };
        let Some(stream) = self.open()? else {
            return Ok(false);
        };
        self.running = Some(if is_upload {
            Running::Upload(stream)
        } else {
            Running::Download(stream)
        });
        Ok(true)
    }

    fn send_data(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        match &mut self.running {
            // A server that closed first has its reason, and says it on the control connection.
            Some(Running::Upload(stream)) => drop(stream.write_all(bytes)),
            Some(Running::Download(_) | Running::Announced { .. }) | None => {
                return Err(Trouble::Unsupported("upload under way"));
            }
        }
        Ok(())
    }

    fn end_transfer(&mut self, how: DataEnd) -> Result<Vec<u8>, Trouble> {
        match (self.running.take(), how) {
            (Some(Running::Announced { .. }) | None, DataEnd::Refused) => Ok(Vec::new()),
            (Some(Running::Announced { .. }) | None, _) => {
                Err(Trouble::Unsupported("data connection"))
            }
            (Some(Running::Upload(_)), DataEnd::Done) => Ok(Vec::new()),
            (Some(Running::Download(stream)), DataEnd::Done) => {
                read_to_end(stream, self.patience.deadline)
            }
            (Some(Running::Upload(stream) | Running::Download(stream)), DataEnd::Broken) => {
                SockRef::from(&stream)
                    .set_linger(Some(Duration::ZERO))
                    .map_err(io)?;
                Ok(Vec::new())
            }
            (Some(_), DataEnd::Refused | DataEnd::Failed) => {
                Err(Trouble::Unsupported("way to make a transfer fail so"))
            }
        }
    }
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::TimedOut => "no answer".to_owned(),
        _ => error.to_string(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
pub(crate) fn io(error: std::io::Error) -> Trouble {
    Trouble::Io(error.to_string())
}
