//! An FTP server on 127.0.0.1 for tests: our own session behind real sockets, with a fault planted where a test asks.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ftproof::Names;
use ftproof::embedded::Embedded;
use ftproof_core::{
    DataConnection, Effect, Listen, ListenError, Listener, Listening, MemorySite, Transfer,
    TransferOutcome,
};
use socket2::SockRef;

/// How long the server waits for a data connection. No test waits for it.
const DATA_DEADLINE: Duration = Duration::from_secs(10);

/// What the server does with each line: gives the bytes of its replies.
pub type Serving = fn(&mut Control<'_>, &[u8]) -> Vec<u8>;

/// No fault: the session answers.
pub fn honest(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    control.line(line)
}

/// A server with one way to set up a data connection and without TLS: fewer states to test.
pub fn modest(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    match line.split(|&byte| byte == b' ').next().unwrap_or_default() {
        b"EPSV" | b"LPSV" | b"PORT" | b"EPRT" | b"LPRT" | b"REST" | b"AUTH" | b"APPE" | b"STOU" => {
            control.line(b"MAIL")
        }
        _ => control.line(line),
    }
}

/// Serves the fixture on a free port, to as many sessions as come, until the test ends.
pub fn serve(serving: Serving) -> SocketAddr {
    serve_site(serving, Arc::new(Mutex::new(MemorySite::fixture())))
}

/// The same with the files of `site`.
pub fn serve_site(serving: Serving, site: Arc<Mutex<MemorySite>>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
    let address = listener.local_addr().expect("a listener has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = Arc::clone(&site);
            thread::spawn(move || Connection::new(stream, site, serving).run());
        }
    });
    address
}

/// The login of the fixture's user.
pub fn names() -> Names {
    let mut names = Names::default();
    for (name, value) in [
        ("user", "ftptest"),
        ("password", "secret"),
        ("wrong_password", "not-the-password"),
    ] {
        names.set(name, value);
    }
    names
}

/// Every account and host of the fixture.
pub fn all_names() -> Names {
    let mut names = names();
    for (name, value) in [
        ("open_user", "open"),
        ("account_user", "acct"),
        ("account", "billing"),
        ("wrong_account", "not-the-account"),
        ("host", "ftp.example"),
    ] {
        names.set(name, value);
    }
    names
}

/// What can happen to a session.
enum Event {
    Bytes(Vec<u8>),
    Gone,
    /// The transfer of this number ended; what arrived, if it stores.
    Ended(usize, TransferOutcome, Vec<u8>),
}

/// What a fault may look at and change.
pub struct Control<'a> {
    /// The session.
    pub embedded: &'a mut Embedded,
    /// The line before this one.
    pub before: &'a [u8],
    site: Listening<'a>,
    effects: &'a mut Vec<Effect>,
    hangs_up: bool,
}

impl Control<'_> {
    /// Has the session answer `line`, and gives the bytes of its replies.
    pub fn line(&mut self, line: &[u8]) -> Vec<u8> {
        let mut replies = Vec::new();
        self.embedded.bytes(
            &[line, b"\r\n"].concat(),
            &mut self.site,
            &mut replies,
            self.effects,
        );
        replies
    }

    /// Whether someone is logged in. Ends what must follow immediately.
    pub fn is_logged_in(&mut self) -> bool {
        !self.line(b"PWD").starts_with(b"530")
    }

    /// Closes the control connection, behind the replies.
    pub fn hang_up(&mut self) {
        self.hangs_up = true;
    }

    /// A session that is as after a login.
    pub fn log_in(&mut self) {
        *self.embedded = Embedded::default();
        self.line(b"USER ftptest");
        self.line(b"PASS secret");
    }
}

/// The passive listener of one session.
#[derive(Default)]
struct Port(Option<TcpListener>);

impl Listener for Port {
    fn listen(&mut self, _: Listen) -> Result<SocketAddr, ListenError> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|_| ListenError::Unavailable)?;
        let address = listener
            .local_addr()
            .map_err(|_| ListenError::Unavailable)?;
        self.0 = Some(listener);
        Ok(address)
    }

    fn close_listener(&mut self) {
        self.0 = None;
    }
}

/// One control connection.
struct Connection {
    stream: TcpStream,
    site: Arc<Mutex<MemorySite>>,
    serving: Serving,
    embedded: Embedded,
    before: Vec<u8>,
    port: Port,
    /// The number of the last transfer, and what it is while it runs.
    transfers: usize,
    running: Option<Transfer>,
    sender: Sender<Event>,
    events: Receiver<Event>,
}

impl Connection {
    fn new(stream: TcpStream, site: Arc<Mutex<MemorySite>>, serving: Serving) -> Self {
        let (sender, events) = channel();
        Connection {
            stream,
            site,
            serving,
            embedded: Embedded::default(),
            before: Vec::new(),
            port: Port::default(),
            transfers: 0,
            running: None,
            sender,
            events,
        }
    }

    fn run(mut self) {
        // A client that goes away in the middle is no failure of the server.
        let _ = self.stream.set_nodelay(true);
        if let Ok(control) = self.stream.try_clone() {
            let sender = self.sender.clone();
            thread::spawn(move || read_control(control, &sender));
        }
        let mut greeting = Vec::new();
        self.embedded.greet(&mut greeting);
        let _ = self.stream.write_all(&greeting);
        let mut unread = Vec::new();
        while !self.embedded.is_closed()
            && let Ok(event) = self.events.recv()
        {
            match event {
                Event::Bytes(bytes) => {
                    unread.extend(bytes);
                    while let Some(end) = unread.windows(2).position(|pair| pair == b"\r\n") {
                        let line: Vec<u8> = unread.drain(..end + 2).take(end).collect();
                        self.line(line);
                    }
                }
                Event::Ended(number, outcome, arrived) if number == self.transfers => {
                    self.ended(outcome, &arrived);
                }
                Event::Ended(..) => {}
                Event::Gone => break,
            }
        }
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    fn line(&mut self, line: Vec<u8>) {
        let (mut effects, hangs_up);
        effects = Vec::new();
        let replies = {
            let mut site = lock(&self.site);
            let mut control = Control {
                embedded: &mut self.embedded,
                before: &self.before,
                site: Listening {
                    site: &mut *site,
                    listener: &mut self.port,
                },
                effects: &mut effects,
                hangs_up: false,
            };
            let replies = (self.serving)(&mut control, &line);
            hangs_up = control.hangs_up;
            replies
        };
        self.before = line;
        self.answer(&replies, effects);
        if hangs_up {
            let _ = self.stream.shutdown(Shutdown::Both);
        }
    }

    fn ended(&mut self, outcome: TransferOutcome, arrived: &[u8]) {
        let (mut replies, mut effects) = (Vec::new(), Vec::new());
        {
            let mut site = lock(&self.site);
            let outcome = match (outcome, self.running.take()) {
                (TransferOutcome::Completed, Some(transfer))
                    if transfer.store(&mut *site, arrived).is_err() =>
                {
                    TransferOutcome::LocalError
                }
                (outcome, _) => outcome,
            };
            let mut site = Listening {
                site: &mut *site,
                listener: &mut self.port,
            };
            self.embedded
                .transfer_ended(outcome, &mut site, &mut replies, &mut effects);
        }
        self.answer(&replies, effects);
    }

    fn answer(&mut self, replies: &[u8], effects: Vec<Effect>) {
        let _ = self.stream.write_all(replies);
        for effect in effects {
            match effect {
                Effect::OpenData(transfer) => self.open(transfer),
                Effect::AbortData => {
                    self.transfers += 1;
                    self.running = None;
                }
                Effect::StartTls | Effect::StopTls | Effect::Close => {}
            }
        }
    }

    fn open(&mut self, transfer: Transfer) {
        self.transfers += 1;
        let number = self.transfers;
        let outgoing = transfer.outgoing(&*lock(&self.site));
        let connection = transfer.connection;
        self.running = Some(transfer);
        let (listener, sender) = (self.port.0.take(), self.sender.clone());
        thread::spawn(move || {
            let (outcome, arrived) = match connect(connection, listener) {
                Some(stream) => move_bytes(stream, outgoing),
                None => (TransferOutcome::NotOpened, Vec::new()),
            };
            // The session may be over: then nobody waits for this.
            let _ = sender.send(Event::Ended(number, outcome, arrived));
        });
    }
}

/// The files as they are now.
pub fn lock(site: &Mutex<MemorySite>) -> MutexGuard<'_, MemorySite> {
    site.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_control(mut control: TcpStream, sender: &Sender<Event>) {
    let mut chunk = [0; 4096];
    while let Ok(count) = control.read(&mut chunk)
        && count > 0
    {
        if sender.send(Event::Bytes(chunk[..count].to_vec())).is_err() {
            return;
        }
    }
    let _ = sender.send(Event::Gone);
}

/// Opens the data connection; to loopback only, whatever PORT said.
fn connect(connection: DataConnection, listener: Option<TcpListener>) -> Option<TcpStream> {
    match connection {
        DataConnection::Passive => {
            let listener = listener?;
            let socket = SockRef::from(&listener);
            socket.set_read_timeout(Some(DATA_DEADLINE)).ok()?;
            Some(socket.accept().ok()?.0.into())
        }
        DataConnection::Active(address) if address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) => {
            TcpStream::connect_timeout(&address, DATA_DEADLINE).ok()
        }
        DataConnection::Active(_) => None,
    }
}

fn move_bytes(mut stream: TcpStream, outgoing: Option<Vec<u8>>) -> (TransferOutcome, Vec<u8>) {
    let mut arrived = Vec::new();
    let result = match outgoing {
        Some(bytes) => stream.write_all(&bytes),
        None => stream.read_to_end(&mut arrived).map(drop),
    };
    match result {
        Ok(()) => (TransferOutcome::Completed, arrived),
        Err(_) => (TransferOutcome::Broken, arrived),
    }
}
