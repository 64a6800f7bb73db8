//! A client of FTP for tests, which does as it is told, good or bad.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Far beyond any answer: only what never comes takes longer.
const FAR_BEYOND: Duration = Duration::from_secs(60);

/// A control connection in clear.
pub struct Client {
    pub stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Connects and takes the greeting.
    pub fn connect(address: SocketAddr) -> Self {
        let mut client = Self::without_greeting(address);
        assert_eq!(client.code(), "220");
        client
    }

    pub fn without_greeting(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(FAR_BEYOND)).unwrap();
        stream.set_write_timeout(Some(FAR_BEYOND)).unwrap();
        let reader = BufReader::new(stream.try_clone().unwrap());
        Client { stream, reader }
    }

    /// Logged in, with TYPE I.
    pub fn logged_in(address: SocketAddr, user: &str) -> Self {
        let mut client = Self::connect(address);
        client.says(&format!("USER {user}"), "331");
        client.says("PASS secret", "230");
        client.says("TYPE I", "200");
        client
    }

    /// Sends a line and expects this code.
    #[track_caller]
    pub fn says(&mut self, line: &str, code: &str) -> String {
        self.send(line);
        let reply = self.reply();
        assert!(reply.starts_with(code), "{line}: {reply}");
        reply
    }

    pub fn send(&mut self, line: &str) {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .unwrap();
    }

    /// The next reply, whole; empty at the end.
    pub fn reply(&mut self) -> String {
        let mut text = String::new();
        loop {
            let start = text.len();
            if self.reader.read_line(&mut text).unwrap_or(0) == 0 {
                return text;
            }
            let line = &text[start..];
            if line.len() >= 4 && line.as_bytes()[3] == b' ' && text[..3] == line[..3] {
                return text;
            }
        }
    }

    /// The next reply's code; empty at the end.
    pub fn code(&mut self) -> String {
        self.reply().chars().take(3).collect()
    }

    /// Everything up to the end.
    pub fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A reset is an end too.
        let _ = self.reader.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Sets up a passive data connection.
    pub fn passive(&mut self) -> TcpStream {
        let reply = self.says("EPSV", "229");
        let port = reply.split('|').nth(3).unwrap().parse().unwrap();
        let mut address = self.stream.peer_addr().unwrap();
        address.set_port(port);
        TcpStream::connect(address).unwrap()
    }

    /// Sends a command that opens the data connection, and reads it to the end.
    pub fn download(&mut self, line: &str) -> Vec<u8> {
        let mut data = self.passive();
        self.says(line, "150");
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes).unwrap();
        drop(data);
        assert_eq!(self.code(), "226", "{line}");
        bytes
    }

    /// Stores bytes, and gives the code of the completion.
    pub fn upload(&mut self, line: &str, bytes: &[u8]) -> String {
        let mut data = self.passive();
        self.says(line, "150");
        data.write_all(bytes).unwrap();
        drop(data);
        self.code()
    }
}
