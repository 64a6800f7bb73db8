//! Servers on 127.0.0.1 that a test scripts in a few lines: right, wrong or hostile.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use std::{mem, thread};

use crate::port::kept;

/// Runs `script` for each connection, on a thread of its own, until the test ends.
pub fn fake(script: impl Fn(Peer) + Send + Sync + 'static) -> SocketAddr {
    fake_while(|| true, script)
}

/// The same, as long as `accepts`, asked behind each connection, says so: from then on nothing listens on the port.
pub fn fake_while(
    accepts: impl Fn() -> bool + Send + 'static,
    script: impl Fn(Peer) + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
    let address = listener.local_addr().expect("a listener has an address");
    let script = Arc::new(script);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let script = Arc::clone(&script);
            thread::spawn(move || script(Peer::new(stream)));
            if !accepts() {
                break;
            }
        }
        drop(listener);
        mem::forget(kept(address));
    });
    address
}

/// The client, as the script sees it.
pub struct Peer {
    stream: TcpStream,
    unread: Vec<u8>,
    /// Each line is heard only behind a read, though it may have come with the line before.
    pub reads_for_each_line: bool,
}

impl Peer {
    /// The client at the other end.
    pub fn new(stream: TcpStream) -> Self {
        let _ = stream.set_nodelay(true);
        Peer {
            stream,
            unread: Vec::new(),
            reads_for_each_line: false,
        }
    }

    /// Sends `bytes`; false if the client is gone.
    pub fn say(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The control connection, for who answers while the script waits for a line.
    pub fn voice(&self) -> TcpStream {
        self.stream.try_clone().expect("a connection can be shared")
    }

    /// The next line, without CRLF; `None` if the client is gone.
    pub fn hear(&mut self) -> Option<Vec<u8>> {
        let mut chunk = [0; 4096];
        let mut has_read = !self.reads_for_each_line;
        loop {
            if has_read && let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                return Some(self.unread.drain(..end + 2).take(end).collect());
            }
            has_read = true;
            match self.stream.read(&mut chunk) {
                Ok(count) if count > 0 => self.unread.extend_from_slice(&chunk[..count]),
                _ => return None,
            }
        }
    }

    /// Whether more was read than the lines that were heard.
    pub fn has_more(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Throws away what was read and not heard yet.
    pub fn forget_unread(&mut self) {
        self.unread.clear();
    }

    /// Lets `time` go by; false if the client went away in it.
    pub fn linger(&mut self, time: Duration) -> bool {
        // A read that nothing comes to is the wait.
        let _ = self.stream.set_read_timeout(Some(time));
        let came = self.stream.read(&mut [0; 4096]);
        let _ = self.stream.set_read_timeout(None);
        !matches!(came, Ok(0))
    }

    /// Waits until the client is gone.
    pub fn wait_for_the_end(&mut self) {
        while self.hear().is_some() {}
    }

    /// Answers each line with what `answer` gives, until the client is gone, 221 was said, or it gives nothing.
    pub fn answer(&mut self, mut answer: impl FnMut(&str) -> Option<Vec<u8>>) {
        while let Some(line) = self.hear() {
            match answer(&String::from_utf8_lossy(&line)) {
                Some(replies) if self.say(&replies) && !replies.starts_with(b"221") => {}
                _ => return,
            }
        }
    }

    /// Greets, lets the client log in, and refuses everything else as not implemented but what `answer` answers, who is
    /// asked only while the client is logged in.
    pub fn serve(&mut self, mut answer: impl FnMut(&str) -> Option<Vec<u8>>) {
        self.serve_asking(|line, login| match line.split(' ').next() {
            Some("USER" | "PASS" | "QUIT" | "NOOP" | "HELP" | "SYST") => None,
            _ if login == Login::In => answer(line),
            _ => None,
        });
    }

    /// The same, but `answer` is asked about every line, and told the login before it.
    pub fn serve_asking(&mut self, mut answer: impl FnMut(&str, Login) -> Option<Vec<u8>>) {
        self.say(b"220 ready\r\n");
        let mut login = Login::Out;
        self.answer(|line| {
            let own = match line.split(' ').next()? {
                "USER" => "331 password?",
                "PASS" if login == Login::NeedsPass && line == "PASS secret" => "230 in",
                "PASS" if login == Login::NeedsPass => "530 no",
                "PASS" => "503 USER first",
                "QUIT" => "221 bye",
                "NOOP" => "200 ok",
                "HELP" => "214 no help",
                "SYST" => "215 UNIX",
                _ if login == Login::In => "502 no",
                _ => "530 no",
            };
            let replies = answer(line, login).unwrap_or_else(|| format!("{own}\r\n").into());
            login = match (replies.get(..3), login) {
                (Some(b"331"), _) => Login::NeedsPass,
                (Some(b"230"), _) => Login::In,
                (Some(b"220"), _) | (_, Login::NeedsPass) => Login::Out,
                _ => login,
            };
            Some(replies)
        });
    }
}

/// Who is logged in, as the replies of [`Peer::serve`] and [`Peer::serve_asking`] say: PASS comes immediately behind
/// USER, and a 220 ends a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    Out,
    NeedsPass,
    In,
}

/// A listener for a data connection, and the 227 that names it.
pub fn passive() -> (TcpListener, Vec<u8>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
    let address = listener.local_addr().expect("a listener has an address");
    let reply = naming(Ipv4Addr::LOCALHOST, address.port());
    (listener, reply)
}

/// The 227 that names this address.
pub fn naming(host: Ipv4Addr, port: u16) -> Vec<u8> {
    let ([a, b, c, d], [high, low]) = (host.octets(), port.to_be_bytes());
    format!("227 Entering Passive Mode ({a},{b},{c},{d},{high},{low})\r\n").into_bytes()
}
