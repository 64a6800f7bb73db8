//! The bare loop: plain sockets send what a trace says, and read up to the end of each reply and of each connection.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ftproof::DataEnd;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use socket2::SockRef;

use crate::certificate::takes_any_certificate;
use crate::trace::{Did, Event};

/// How long a reply may take that came to the check.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a server may take to close its side.
const CLOSE: Duration = Duration::from_millis(100);

/// One thread of the bare loop.
pub struct Bare {
    server: SocketAddr,
    sessions: HashMap<usize, Session>,
}

impl Bare {
    pub fn new(server: SocketAddr) -> Self {
        Bare {
            server,
            sessions: HashMap::new(),
        }
    }

    /// Sends all of `trace`; gives how many sessions went otherwise than in the trace, and how long that took to show.
    /// They are not gone on with.
    pub fn send_all(&mut self, trace: &[Event]) -> (usize, Duration) {
        let (mut lost, mut waited) = (0, Duration::ZERO);
        for event in trace {
            let since = Instant::now();
            if self.send(event).is_err() {
                self.sessions.remove(&event.session);
                lost += 1;
                waited += since.elapsed();
            }
        }
        (lost, waited)
    }

    fn send(&mut self, event: &Event) -> io::Result<()> {
        if matches!(event.did, Did::Connect) {
            self.sessions
                .insert(event.session, Session::open(self.server)?);
        } else if matches!(event.did, Did::Close) {
            let ended = self.sessions.remove(&event.session);
            ended.map_or(Ok(()), Session::end)?;
        } else if let Some(session) = self.sessions.get_mut(&event.session) {
            session.send(&event.did)?;
        }
        Ok(())
    }
}

/// A socket, perhaps inside TLS.
enum Channel {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Channel {
    fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Channel::Clear(socket))
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Channel::Clear(socket) => socket,
            Channel::Tls(stream) => &stream.sock,
        }
    }

    fn protected(self, config: &Arc<ClientConfig>) -> io::Result<Self> {
        let Channel::Clear(mut socket) = self else {
            return Ok(self);
        };
        let name = ServerName::IpAddress(socket.peer_addr()?.ip().into());
        let mut inside =
            ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        while inside.is_handshaking() {
            inside.complete_io(&mut socket)?;
        }
        Ok(Channel::Tls(Box::new(StreamOwned::new(inside, socket))))
    }

    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Channel::Clear(socket) => socket.read(bytes),
            Channel::Tls(stream) => stream.read(bytes),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Channel::Clear(socket) => socket.write_all(bytes),
            Channel::Tls(stream) => stream.write_all(bytes),
        }
    }

    /// Says that nothing more comes, if there are words for it.
    fn close(&mut self) -> io::Result<()> {
        if let Channel::Tls(stream) = self {
            stream.conn.send_close_notify();
            stream.conn.complete_io(&mut stream.sock)?;
        }
        self.socket().shutdown(Shutdown::Write)
    }

    fn read_to_end(&mut self) -> io::Result<()> {
        let mut chunk = [0; 64 * 1024];
        while self.read(&mut chunk)? > 0 {}
        Ok(())
    }
}

/// How the next data connection is set up.
enum SetUp {
    Nothing,
    Passive(TcpStream),
    Active(TcpListener),
}

/// A control connection.
struct Session {
    control: Option<Channel>,
    unread: Vec<u8>,
    set_up: SetUp,
    offered: Option<TcpListener>,
    data: Option<Channel>,
    stores: bool,
    /// The TLS of the control connection, and whether data connections have it.
    tls: Option<Arc<ClientConfig>>,
    is_private: bool,
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl Session {
    fn open(server: SocketAddr) -> io::Result<Self> {
        let mut session = Session {
            control: Some(Channel::new(TcpStream::connect(server)?)?),
            unread: Vec::new(),
            set_up: SetUp::Nothing,
            offered: None,
            data: None,
            stores: false,
            tls: None,
            is_private: false,
        };
        session.reply()?;
        Ok(session)
    }

    /// Ends our side, and reads up to the end of the server's. One that does not end it is left.
    fn end(mut self) -> io::Result<()> {
        self.data = None;
        self.set_up = SetUp::Nothing;
        let control = self.control()?;
        control.socket().set_read_timeout(Some(CLOSE))?;
        let _ = control.close().and_then(|()| control.read_to_end());
        Ok(())
    }

    fn control(&mut self) -> io::Result<&mut Channel> {
        self.control.as_mut().ok_or_else(gone)
    }

    fn send(&mut self, did: &Did) -> io::Result<()> {
        match did {
            Did::Connect | Did::Close | Did::NoData | Did::Await { came: false } => {}
            Did::Send { line, code } => self.line(line, code.is_some())?,
            Did::SendBytes(bytes) => self.control()?.write_all(bytes)?,
            Did::Await { came: true } => drop(self.reply()?),
            Did::Listen => {
                let here = self.control()?.socket().local_addr()?.ip();
                self.offered = Some(TcpListener::bind((here, 0))?);
            }
            Did::OpenData => self.open_data()?,
            Did::SendData(bytes) => self.data.as_mut().ok_or_else(gone)?.write_all(bytes)?,
            Did::EndTransfer(how) => self.end_transfer(*how)?,
            Did::StartTls => {
                let config = Arc::new(takes_any_certificate());
                let control = self.control.take().ok_or_else(gone)?;
                self.control = Some(control.protected(&config)?);
                (self.tls, self.is_private) = (Some(config), false);
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], is_answered: bool) -> io::Result<()> {
        let verb = line.split(|&byte| byte == b' ').next().unwrap_or_default();
        let with_our_port = match (&self.offered, verb) {
            (Some(offered), b"PORT" | b"EPRT" | b"LPRT") => Some(offered_port(verb, offered)?),
            _ => None,
        };
        let mut bytes = with_our_port.unwrap_or_else(|| line.to_vec());
        bytes.extend_from_slice(b"\r\n");
        self.control()?.write_all(&bytes)?;
        if !is_answered {
            return Ok(());
        }
        let reply = self.reply()?;
        match (verb, reply.first()) {
            (b"PASV" | b"EPSV" | b"LPSV", Some(b'2')) => {
                if let Some(port) = passive_port(&reply) {
                    let server = self.control()?.socket().peer_addr()?.ip();
                    self.set_up = SetUp::Passive(TcpStream::connect((server, port))?);
                }
            }
            (b"PORT" | b"EPRT" | b"LPRT", Some(b'2')) => {
                self.set_up = self.offered.take().map_or(SetUp::Nothing, SetUp::Active);
            }
            (b"STOR" | b"STOU" | b"APPE", Some(b'1')) => self.stores = true,
            (_, Some(b'1')) => self.stores = false,
            (b"PROT", Some(b'2')) => self.is_private = line == b"PROT P",
            _ => {}
        }
        Ok(())
    }

    /// One reply, up to its last line.
    fn reply(&mut self) -> io::Result<Vec<u8>> {
        let (mut at, mut code) = (0, None);
        loop {
            while let Some(length) = self.unread[at..].iter().position(|&byte| byte == b'\n') {
                let line = &self.unread[at..at + length];
                let (digits, more) = (line.get(..3), line.get(3) == Some(&b'-'));
                at += length + 1;
                match &code {
                    None if more => code = digits.map(<[u8]>::to_vec),
                    Some(first) if more || digits != Some(first) => {}
                    _ => return Ok(self.unread.drain(..at).collect()),
                }
            }
            let mut chunk = [0; 4096];
            match self.control()?.read(&mut chunk)? {
                0 => return Err(gone()),
                count => self.unread.extend_from_slice(&chunk[..count]),
            }
        }
    }

    fn open_data(&mut self) -> io::Result<()> {
        let socket = match std::mem::replace(&mut self.set_up, SetUp::Nothing) {
            SetUp::Nothing => return Err(gone()),
            SetUp::Passive(socket) => socket,
            SetUp::Active(listener) => {
                let socket = listener.accept()?.0;
                self.set_up = SetUp::Active(listener);
                socket
            }
        };
        let data = Channel::new(socket)?;
        self.data = Some(match &self.tls {
            Some(config) if self.is_private => data.protected(config)?,
            _ => data,
        });
        Ok(())
    }

    fn end_transfer(&mut self, how: DataEnd) -> io::Result<()> {
        let Some(mut data) = self.data.take() else {
            return Ok(());
        };
        match how {
            DataEnd::Broken => SockRef::from(data.socket()).set_linger(Some(Duration::ZERO)),
            _ if self.stores => data.close(),
            _ => data.read_to_end().and_then(|()| data.close()),
        }
    }
}

/// The argument of a command that names our port.
fn offered_port(verb: &[u8], offered: &TcpListener) -> io::Result<Vec<u8>> {
    let address = offered.local_addr()?;
    let (host, port) = (address.ip().to_string(), address.port());
    let [high, low] = port.to_be_bytes();
    let numbers = host.replace('.', ",");
    Ok(match verb {
        b"PORT" => format!("PORT {numbers},{high},{low}"),
        b"LPRT" => format!("LPRT 4,4,{numbers},2,{high},{low}"),
        _ => format!("EPRT |1|{host}|{port}|"),
    }
    .into_bytes())
}

/// The port that a passive reply names: the only thing in a reply that is looked at.
fn passive_port(reply: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(reply.get(4..)?).into_owned();
    let numbers: Vec<u16> = text
        .split(|character: char| !character.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    match numbers[..] {
        [port] => Some(port),
        [.., high, low] => Some(high * 256 + low),
        [] => None,
    }
}
