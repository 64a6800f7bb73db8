//! An FTP server on 127.0.0.1 for tests: our own session behind real sockets, with a fault planted where a test asks.
#![allow(dead_code, reason = "each test file uses its part")]

mod channel;
mod control;
mod data;

use std::io::{self, Read};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use ftproof::Names;
use ftproof::embedded::Embedded;
use ftproof_core::{Effect, Listening, MemorySite, Transfer, TransferOutcome};
use socket2::SockRef;

use channel::Channel;
use control::Then;
pub use control::{Control, Note};
use data::{Hold, Port, move_bytes};

/// What the server does with each line: gives the bytes of its replies.
pub type Serving = fn(&mut Control<'_>, &[u8]) -> Vec<u8>;
/// What the server does with the end of a transfer: gives the bytes of its replies.
pub type Ending = fn(&mut Control<'_>, TransferOutcome) -> Vec<u8>;

/// No fault: the session answers.
pub fn honest(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    control.line(line)
}

/// A server with one way to set up a data connection and without TLS: fewer states to test.
pub fn modest(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    match verb(line) {
        b"EPSV" | b"LPSV" | b"PORT" | b"EPRT" | b"LPRT" | b"REST" | b"AUTH" | b"APPE" | b"STOU" => {
            control.line(b"MAIL")
        }
        _ => control.line(line),
    }
}

/// What a line begins with.
pub fn verb(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == b' ').next().unwrap_or_default()
}

/// A server: our session, but for what it does in its own way.
#[derive(Clone, Copy)]
pub struct Server {
    /// What it does with each line.
    pub line: Serving,
    /// What it does with the end of a transfer.
    pub end: Ending,
    /// The verbs that it knows, in words between spaces; all of them, if none is named.
    pub verbs: [&'static str; 2],
    /// Its sessions are inside TLS from the first byte on.
    pub is_implicit: bool,
}

impl Server {
    /// Without a fault.
    pub const HONEST: Server = Server {
        line: honest,
        end: |control, outcome| control.end(outcome),
        verbs: [""; 2],
        is_implicit: false,
    };

    /// Serves the fixture on a free port, to as many sessions as come, until the test ends.
    pub fn serve(self) -> SocketAddr {
        self.serve_site(Arc::new(Mutex::new(MemorySite::fixture())))
    }

    /// The same with the files of `site`.
    pub fn serve_site(self, site: Arc<Mutex<MemorySite>>) -> SocketAddr {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let listener = Arc::new(listener);
        let shared = Arc::new(Mutex::new(Note::default()));
        thread::spawn(move || {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept() {
                number += 1;
                let house = House {
                    server: self,
                    site: Arc::clone(&site),
                    shared: Arc::clone(&shared),
                    listener: Arc::clone(&listener),
                };
                thread::spawn(move || Connection::new(stream, house, number).run());
            }
        });
        address
    }

    fn knows(&self, verb: &[u8]) -> bool {
        let mut words = self.verbs.iter().flat_map(|list| list.split(' '));
        self.verbs == [""; 2] || words.any(|word| word.as_bytes() == verb)
    }
}

/// Serves the fixture in this way; see [`Server::serve`].
pub fn serve(serving: Serving) -> SocketAddr {
    serve_site(serving, Arc::new(Mutex::new(MemorySite::fixture())))
}

/// The same with the files of `site`.
pub fn serve_site(serving: Serving, site: Arc<Mutex<MemorySite>>) -> SocketAddr {
    let server = Server {
        line: serving,
        ..Server::HONEST
    };
    server.serve_site(site)
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

/// What the sessions of one server share.
struct House {
    server: Server,
    site: Arc<Mutex<MemorySite>>,
    shared: Arc<Mutex<Note>>,
    listener: Arc<TcpListener>,
}

/// The transfer under way.
struct Running {
    transfer: Transfer,
    hold: Hold,
}

/// One control connection.
struct Connection {
    house: House,
    number: usize,
    channel: Channel,
    embedded: Embedded,
    /// What was said, and not answered yet.
    unread: Vec<u8>,
    before: Vec<u8>,
    own: Note,
    port: Port,
    /// The number of the last transfer, and what it is while it runs.
    transfers: usize,
    running: Option<Running>,
    sender: Sender<Event>,
    events: Receiver<Event>,
}

impl Connection {
    fn new(stream: TcpStream, house: House, number: usize) -> Self {
        let (sender, events) = channel();
        // A client that goes away in the middle is no failure of the server.
        let _ = stream.set_nodelay(true);
        if let Ok(control) = stream.try_clone() {
            let sender = sender.clone();
            thread::spawn(move || read_control(control, &sender));
        }
        Connection {
            house,
            number,
            channel: Channel::new(stream),
            embedded: Embedded::default(),
            unread: Vec::new(),
            before: Vec::new(),
            own: Note::default(),
            port: Port::default(),
            transfers: 0,
            running: None,
            sender,
            events,
        }
    }

    fn run(mut self) {
        // Nothing is left to be done for a client that is gone, or speaks no TLS.
        let _ = self.serve();
        lock(&self.house.shared).forget(self.number);
        self.channel.close();
        self.abort();
    }

    fn serve(&mut self) -> io::Result<()> {
        if self.house.server.is_implicit {
            self.channel.start_tls();
            let mut site = MemorySite::fixture();
            let mut listening = Listening {
                site: &mut site,
                listener: &mut self.port,
            };
            let (mut said, mut effects) = (Vec::new(), Vec::new());
            // To the session it is as if AUTH had come first.
            self.embedded
                .bytes(b"AUTH TLS\r\n", &mut listening, &mut said, &mut effects);
        }
        let mut greeting = Vec::new();
        self.embedded.greet(&mut greeting);
        self.channel.send(&greeting)?;
        let mut is_gone = false;
        // A client that has said QUIT may close its side; the transfer still ends, and QUIT is answered.
        while !(self.embedded.is_closed() || is_gone && self.embedded.reads())
            && let Ok(event) = self.events.recv()
        {
            match event {
                Event::Bytes(bytes) => self.unread.extend(self.channel.receive(&bytes)?),
                Event::Gone => is_gone = true,
                Event::Ended(number, outcome, arrived) if number == self.transfers => {
                    self.ended(outcome, &arrived)?;
                }
                Event::Ended(..) => {}
            }
            while self.embedded.reads()
                && let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n")
            {
                let line: Vec<u8> = self.unread.drain(..end + 2).take(end).collect();
                self.line(line)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, line: Vec<u8>) -> io::Result<()> {
        let server = self.house.server;
        self.answer(|control| {
            if server.knows(verb(&line)) {
                (server.line)(control, &line)
            } else {
                control.line(b"MAIL")
            }
        })?;
        self.before = line;
        Ok(())
    }

    fn ended(&mut self, outcome: TransferOutcome, arrived: &[u8]) -> io::Result<()> {
        let outcome = match (outcome, self.running.take()) {
            (TransferOutcome::Completed, Some(running))
                if running
                    .transfer
                    .store(&mut *lock(&self.house.site), arrived)
                    .is_err() =>
            {
                TransferOutcome::LocalError
            }
            (outcome, _) => outcome,
        };
        let end = self.house.server.end;
        self.answer(|control| end(control, outcome))
    }

    /// Sends the replies that `decide` gives, then does what it asks for.
    fn answer(&mut self, decide: impl FnOnce(&mut Control<'_>) -> Vec<u8>) -> io::Result<()> {
        let (replies, effects, then, keeps_clear) = {
            let mut shared = lock(&self.house.shared);
            let mut site = lock(&self.house.site);
            let mut control = Control {
                embedded: &mut self.embedded,
                before: &self.before,
                number: self.number,
                own: &mut self.own,
                shared: &mut shared,
                port: &mut self.port,
                site: &mut site,
                effects: Vec::new(),
                then: Then::GoOn,
                keeps_clear: false,
            };
            let replies = decide(&mut control);
            let (effects, then, keeps_clear) = (control.effects, control.then, control.keeps_clear);
            // Before the client hears of the end: the next session may come at once.
            if self.embedded.is_closed() {
                shared.forget(self.number);
            }
            (replies, effects, then, keeps_clear)
        };
        self.channel.send(&replies)?;
        for effect in effects {
            match effect {
                Effect::OpenData(transfer) => self.open(transfer),
                Effect::AbortData => self.abort(),
                Effect::StartTls => {
                    if !keeps_clear {
                        self.unread.clear();
                    }
                    self.channel.start_tls();
                }
                Effect::StopTls => self.channel.stop_tls()?,
                Effect::Close => {}
            }
        }
        if then == Then::ShutDown {
            SockRef::from(&*self.house.listener).shutdown(Shutdown::Both)?;
        }
        if then == Then::GoOn {
            Ok(())
        } else {
            Err(io::ErrorKind::ConnectionAborted.into())
        }
    }

    fn open(&mut self, transfer: Transfer) {
        self.transfers += 1;
        let number = self.transfers;
        let outgoing = transfer.outgoing(&*lock(&self.house.site));
        let hold = Hold::default();
        self.running = Some(Running {
            transfer: transfer.clone(),
            hold: hold.clone(),
        });
        let (listener, sender) = (self.port.0.take(), self.sender.clone());
        thread::spawn(move || {
            let (outcome, arrived) = move_bytes(&transfer, outgoing.as_deref(), listener, &hold);
            // The session may be over: then nobody waits for this.
            let _ = sender.send(Event::Ended(number, outcome, arrived));
        });
    }

    /// Cuts the running transfer short; what it says of its end no longer counts.
    fn abort(&mut self) {
        self.transfers += 1;
        if let Some(running) = self.running.take() {
            running.hold.cut();
        }
    }
}

/// What is shared, as it is now.
pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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
