//! A small FTP server on 127.0.0.1 with real files and data connections, honest in all but what a test changes.

use std::io::{self, Read, Write};
use std::mem;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use super::fake::{Login, Peer, fake, passive};
use super::files::{Files, absolute};

/// The verbs of a server that keeps files, beside those that every server here has.
pub const FILES: &[&str] = &[
    "PWD", "CWD", "CDUP", "MKD", "RMD", "DELE", "RNFR", "RNTO", "PASV", "STOR", "RETR", "NLST",
];
/// The same without a way to rename.
pub const TRANSFERS: &[&str] = &[
    "PWD", "CWD", "CDUP", "MKD", "RMD", "DELE", "PASV", "STOR", "RETR", "NLST",
];
/// How long the server waits for the client to open a data connection.
const DATA_DEADLINE: Duration = Duration::from_secs(2);

/// Serves to as many sessions as come, until the test ends. `begin` makes each session what the test is about, before
/// its greeting, and gives what answers its lines: reply lines without the last CRLF, an empty text for none, or `None`
/// for the honest answer.
pub fn small<Q>(begin: impl Fn(&mut Session) -> Q + Send + Sync + 'static) -> SocketAddr
where
    Q: FnMut(&mut Session, &str) -> Option<String>,
{
    let files = Arc::new(Mutex::new(Files::default()));
    fake(move |peer| {
        let mut session = Session::new(peer, Arc::clone(&files));
        let answer = begin(&mut session);
        session.serve(answer);
    })
}

fn lock(files: &Mutex<Files>) -> MutexGuard<'_, Files> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the next data connection is set up.
#[derive(Debug)]
pub enum Data {
    Passive(TcpListener),
    Active(SocketAddr),
}

/// A transfer under way.
struct Running {
    stream: TcpStream,
    has_ended: Arc<AtomicBool>,
    mover: JoinHandle<()>,
}

/// One control connection. What is public is for a test to change.
pub struct Session {
    peer: Peer,
    files: Arc<Mutex<Files>>,
    running: Option<Running>,
    /// What it implements beside USER, PASS, QUIT, NOOP, HELP and SYST.
    pub verbs: &'static [&'static str],
    /// The greeting.
    pub greeting: String,
    /// What announces a transfer.
    pub opening: &'static str,
    /// What follows a transfer that went well.
    pub completion: &'static str,
    /// Reads no line while a transfer runs (RFC 959 §4.2).
    pub queues: bool,
    pub login: Login,
    pub directory: String,
    /// What the line before was about, if it was an RNFR that succeeded.
    pub rename_from: Option<String>,
    /// Where the line before lets a transfer start, if it was a REST.
    pub restart: usize,
    pub data: Option<Data>,
    /// EPSV ALL was accepted.
    pub only_epsv: bool,
    /// Closes the control connection behind this reply.
    pub is_over: bool,
    /// What the server sends over a data connection has no end.
    pub pours: bool,
    /// Counts the data connections that were reset before they were taken: the server waits for another then. `None`:
    /// it takes each.
    pub overlooks_resets: Option<&'static AtomicUsize>,
    /// The line that is being answered ends nothing that must come immediately before another.
    pub passes_over: bool,
    /// The line that is being answered has ended it.
    was_counted: bool,
}

impl Session {
    fn new(peer: Peer, files: Arc<Mutex<Files>>) -> Self {
        Session {
            peer,
            files,
            running: None,
            verbs: FILES,
            greeting: "220 ready".to_owned(),
            opening: "150 here",
            completion: "226 done",
            queues: false,
            login: Login::Out,
            directory: "/".to_owned(),
            rename_from: None,
            restart: 0,
            data: None,
            only_epsv: false,
            is_over: false,
            pours: false,
            overlooks_resets: None,
            passes_over: false,
            was_counted: false,
        }
    }

    fn serve(&mut self, mut answer: impl FnMut(&mut Session, &str) -> Option<String>) {
        let greeting = format!("{}\r\n", self.greeting);
        self.say(greeting.as_bytes());
        while !self.is_over
            && let Some(line) = self.peer.hear()
        {
            let line = String::from_utf8_lossy(&line);
            (self.passes_over, self.was_counted) = (false, false);
            let mut replies = answer(self, &line).unwrap_or_else(|| self.answer(&line));
            if !self.was_counted && !self.passes_over {
                self.forget_line_before();
            }
            if !replies.is_empty() {
                replies += "\r\n";
            }
            if !self.say(replies.as_bytes()) {
                break;
            }
        }
        self.finish_transfer();
    }

    /// Sends bytes at once; false if the client is gone.
    pub fn say(&mut self, bytes: &[u8]) -> bool {
        self.peer.say(bytes)
    }

    /// The control connection.
    pub fn control(&self) -> TcpStream {
        self.peer.voice()
    }

    /// Whether more was read than the lines that were answered.
    pub fn has_more(&self) -> bool {
        self.peer.has_more()
    }

    /// Answers a line that came with another only when more comes.
    pub fn read_for_each_line(&mut self) {
        self.peer.reads_for_each_line = true;
    }

    /// Throws away what was read and not answered yet.
    pub fn forget_unread(&mut self) {
        self.peer.forget_unread();
    }

    /// Whether a transfer runs whose completion was not sent.
    pub fn is_busy(&self) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| !running.has_ended.load(Ordering::SeqCst))
    }

    /// Waits for the end of the transfer.
    pub fn finish_transfer(&mut self) {
        if let Some(running) = self.running.take() {
            // A mover that failed has told the client.
            let _ = running.mover.join();
        }
    }

    /// Makes a directory.
    pub fn make_directory(&mut self, path: &str) {
        lock(&self.files).make_directory(path);
    }

    /// Ends what counts only for the line right behind it: every line does.
    pub fn forget_line_before(&mut self) {
        self.rename_from = None;
        self.restart = 0;
        if self.login == Login::NeedsPass {
            self.login = Login::Out;
        }
    }

    /// Ends the transfer that runs as one that broke.
    pub fn give_up_transfer(&mut self) {
        if let Some(running) = &self.running {
            running.has_ended.store(true, Ordering::SeqCst);
            let _ = running.stream.shutdown(Shutdown::Both);
        }
        self.finish_transfer();
    }

    /// The honest answer.
    pub fn answer(&mut self, line: &str) -> String {
        self.was_counted = true;
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let rename_from = self.rename_from.take();
        let restart = mem::take(&mut self.restart);
        let may_pass = self.login == Login::NeedsPass;
        if may_pass {
            self.login = Login::Out;
        }
        let is_known = self.verbs.contains(&verb);
        match verb {
            "USER" => {
                self.login = Login::NeedsPass;
                "331 password?".into()
            }
            "PASS" if !may_pass => "503 USER first".into(),
            "PASS" if argument == "secret" => {
                self.login = Login::In;
                "230 in".into()
            }
            "PASS" => "530 no".into(),
            "QUIT" => {
                self.finish_transfer();
                self.is_over = true;
                "221 bye".into()
            }
            "NOOP" => "200 ok".into(),
            "HELP" => "214 no help".into(),
            "SYST" => "215 UNIX".into(),
            "RNTO" if is_known && argument.is_empty() => "501 to what?".into(),
            "RNTO" if is_known => match rename_from {
                Some(from) => self.rename(&from, argument),
                None => "503 RNFR first".into(),
            },
            "ABOR" if is_known => self.abort(),
            "REIN" if is_known => self.reinitialize(),
            "FEAT" if is_known => "211-Features:\r\n UTF8\r\n211 End".into(),
            _ if self.login != Login::In => "530 no".into(),
            _ if !is_known => "502 no".into(),
            _ => self.logged_in(verb, argument, restart),
        }
    }

    fn logged_in(&mut self, verb: &str, argument: &str, restart: usize) -> String {
        let needs_none = matches!(verb, "CDUP" | "PASV" | "PWD");
        let may_have_one = matches!(verb, "LIST" | "NLST" | "STAT" | "EPSV");
        if argument.is_empty() != needs_none && !may_have_one {
            return "501 the argument?".into();
        }
        match verb {
            "PASV" | "PORT" | "EPSV" | "EPRT" | "RETR" | "STOR" | "LIST" | "NLST"
                if self.is_busy() =>
            {
                "503 a transfer is running".into()
            }
            "PASV" | "PORT" | "EPRT" if self.only_epsv => "503 EPSV ALL".into(),
            "PASV" | "PORT" | "EPSV" | "EPRT" => self.set_up(verb, argument),
            "RETR" | "STOR" | "LIST" | "NLST" => self.transfer(verb, argument, restart),
            "REST" => match argument.parse() {
                Ok(offset) => {
                    self.restart = offset;
                    "350 go on".into()
                }
                Err(_) => "501 a number?".into(),
            },
            "PWD" => format!("257 \"{}\"", self.directory.replace('"', "\"\"")),
            "TYPE" if matches!(argument, "I" | "A") => "200 ok".into(),
            "TYPE" => "504 no such type".into(),
            "ALLO" => "202 no need".into(),
            "STAT" if argument.is_empty() => "211 all is well".into(),
            "STAT" => "213 a file".into(),
            "SITE" => "202 nothing".into(),
            _ => self.file(verb, &self.path(argument)),
        }
    }

    fn path(&self, argument: &str) -> String {
        absolute(&self.directory, argument)
    }

    fn file(&mut self, verb: &str, path: &str) -> String {
        let mut files = lock(&self.files);
        let is_directory = files.is_directory(path);
        match verb {
            "CWD" if is_directory => path.clone_into(&mut self.directory),
            "CDUP" => self.directory = absolute(&self.directory, ".."),
            "MKD" if !files.has(path) && files.has_parent(path) => files.make_directory(path),
            "RMD" if is_directory && files.remove(path) => {}
            "DELE" if !is_directory && files.remove(path) => {}
            "RNFR" if files.has(path) => self.rename_from = Some(path.to_owned()),
            _ => return "550 no".into(),
        }
        match verb {
            "CDUP" => "200 up".into(),
            "MKD" => format!("257 \"{}\"", path.replace('"', "\"\"")),
            "RNFR" => "350 to what?".into(),
            _ => "250 done".into(),
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> String {
        let to = self.path(to);
        match lock(&self.files).rename(from, &to) {
            true => "250 renamed".into(),
            false => "553 no".into(),
        }
    }

    fn set_up(&mut self, verb: &str, argument: &str) -> String {
        match (verb, argument) {
            ("PASV", _) => {
                let (listener, reply) = passive();
                self.data = Some(Data::Passive(listener));
                String::from_utf8_lossy(&reply).trim_end().to_owned()
            }
            ("EPSV", "ALL") => {
                (self.data, self.only_epsv) = (None, true);
                "200 only EPSV from now on".into()
            }
            ("EPSV", "" | "1") => {
                let (listener, _) = passive();
                let port = listener.local_addr().map_or(0, |address| address.port());
                self.data = Some(Data::Passive(listener));
                format!("229 Listening (|||{port}|)")
            }
            ("EPSV", _) => "522 use 1".into(),
            ("PORT", _) => match active(argument) {
                Some(address) => {
                    self.data = Some(Data::Active(address));
                    "200 ok".into()
                }
                None => "501 an address of yours?".into(),
            },
            _ => "522 use 1".into(),
        }
    }

    fn transfer(&mut self, verb: &str, argument: &str, restart: usize) -> String {
        let path = self.path(argument);
        let outgoing = match verb {
            "STOR" => None,
            "RETR" => match lock(&self.files).read(&path) {
                Some(bytes) => Some(bytes.get(restart..).unwrap_or_default().to_vec()),
                None => return "550 no".into(),
            },
            _ => Some(self.listing(&path)),
        };
        let is_place = |files: &Files| files.has_parent(&path) && !files.is_directory(&path);
        if verb == "STOR" && !is_place(&lock(&self.files)) {
            return "553 no".into();
        }
        let Some(data) = self.data.take() else {
            return "503 PASV first".into();
        };
        let opening = format!("{}\r\n", self.opening);
        self.say(opening.as_bytes());
        let Some(stream) = data.open() else {
            return "425 no data connection".into();
        };
        if let Some(count) = self.overlooks_resets
            && was_reset(&stream)
        {
            count.fetch_add(1, Ordering::SeqCst);
            mem::forget(data);
            return String::new();
        }
        if let Data::Active(_) = data {
            self.data = Some(data);
        }
        self.running = self.start(stream, outgoing, path);
        if self.queues {
            self.finish_transfer();
        }
        String::new()
    }

    fn listing(&self, directory: &str) -> Vec<u8> {
        let files = lock(&self.files);
        let lines = files.names(directory).into_iter();
        lines
            .map(|name| format!("{name}\r\n"))
            .collect::<String>()
            .into()
    }

    /// Moves the bytes while the control connection goes on: `outgoing`, or what comes for the file at `path`.
    fn start(
        &mut self,
        mut stream: TcpStream,
        outgoing: Option<Vec<u8>>,
        path: String,
    ) -> Option<Running> {
        let (mut control, mine) = (self.control(), stream.try_clone().ok()?);
        let (files, has_ended) = (Arc::clone(&self.files), Arc::new(AtomicBool::new(false)));
        let (ended, completion, pours) = (Arc::clone(&has_ended), self.completion, self.pours);
        let mover = thread::spawn(move || {
            let mut arrived = Vec::new();
            let moved = match &outgoing {
                Some(bytes) => stream.write_all(bytes).and_then(|()| match pours {
                    true => pour(&mut stream),
                    false => Ok(()),
                }),
                None => stream.read_to_end(&mut arrived).map(drop),
            };
            let reply = if moved.is_ok() && !ended.load(Ordering::SeqCst) {
                if outgoing.is_none() {
                    lock(&files).store(&path, arrived);
                }
                completion
            } else {
                "426 broken"
            };
            let _ = stream.shutdown(Shutdown::Both);
            ended.store(true, Ordering::SeqCst);
            let _ = control.write_all(format!("{reply}\r\n").as_bytes());
        });
        Some(Running {
            stream: mine,
            has_ended,
            mover,
        })
    }

    fn abort(&mut self) -> String {
        self.give_up_transfer();
        if let Some(Data::Passive(_)) = self.data {
            self.data = None;
        }
        "226 nothing runs any more".into()
    }

    fn reinitialize(&mut self) -> String {
        self.finish_transfer();
        self.login = Login::Out;
        self.directory = "/".to_owned();
        (self.data, self.only_epsv) = (None, false);
        "220 ready again".into()
    }
}

impl Data {
    /// Opens the data connection, to loopback only.
    fn open(&self) -> Option<TcpStream> {
        match self {
            Data::Passive(listener) => {
                let socket = SockRef::from(listener);
                socket.set_read_timeout(Some(DATA_DEADLINE)).ok()?;
                Some(socket.accept().ok()?.0.into())
            }
            Data::Active(address) => TcpStream::connect_timeout(address, DATA_DEADLINE).ok(),
        }
    }
}

/// Whether a data connection that is to be taken was reset; a client that wants to has some time for it.
fn was_reset(stream: &TcpStream) -> bool {
    let _ = SockRef::from(stream).set_read_timeout(Some(Duration::from_millis(50)));
    let peeked = stream.peek(&mut [0]);
    let _ = SockRef::from(stream).set_read_timeout(None);
    peeked.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
}

/// Sends until the client is gone.
fn pour(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        stream.write_all(&[b'x'; 65_536])?;
    }
}

/// The address that the argument of PORT names, if it is on 127.0.0.1.
fn active(argument: &str) -> Option<SocketAddr> {
    let numbers: Vec<u8> = argument
        .split(',')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    match numbers[..] {
        [127, 0, 0, 1, high, low] => {
            Some((Ipv4Addr::LOCALHOST, u16::from_be_bytes([high, low])).into())
        }
        _ => None,
    }
}
