//! The server's end of TLS on 127.0.0.1, which a test scripts line by line.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{HandshakeKind, ServerConfig, ServerConnection};

/// A certificate that nobody vouches for.
static SELF_SIGNED: LazyLock<CertifiedKey<KeyPair>> =
    LazyLock::new(|| generate_simple_self_signed(["localhost".to_owned()]).unwrap());

/// It as a PEM file has it.
pub fn self_signed_pem() -> String {
    SELF_SIGNED.cert.pem()
}

/// A server that shows `certificate`.
pub fn showing(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config)
}

/// A server of one connection.
pub struct Server {
    pub address: SocketAddr,
    thread: JoinHandle<()>,
}

impl Server {
    /// Sees that the script ran to its end.
    pub fn ends(self) {
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Runs `script` for one connection.
pub fn server(script: impl FnOnce(Peer) + Send + 'static) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let config = showing(SELF_SIGNED.cert.der().clone(), &SELF_SIGNED.signing_key);
        script(Peer::new(listener.accept().unwrap().0, config));
    });
    Server { address, thread }
}

/// The client, as the script sees it.
pub struct Peer {
    socket: TcpStream,
    pub config: Arc<ServerConfig>,
    tls: Option<ServerConnection>,
    /// What the client said and was not yet looked at.
    pub unread: Vec<u8>,
    /// The client said that it leaves TLS.
    pub has_left: bool,
}

impl Peer {
    fn new(socket: TcpStream, config: Arc<ServerConfig>) -> Self {
        Peer {
            socket,
            config,
            tls: None,
            unread: Vec::new(),
            has_left: false,
        }
    }

    /// Sends `bytes`, inside TLS if we are.
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) {
        match &mut self.tls {
            None => self.socket.write_all(bytes.as_ref()).unwrap(),
            Some(_) => {
                for chunk in bytes.as_ref().chunks(10_000) {
                    let tls = self.tls.as_mut().unwrap();
                    tls.writer().write_all(chunk).unwrap();
                    self.flush();
                }
            }
        }
    }

    /// Sends `bytes` in clear, wherever we are.
    pub fn say_in_clear(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).unwrap();
    }

    /// Sends `bytes` as they are; false if the client is gone.
    pub fn try_say(&mut self, bytes: &[u8]) -> bool {
        self.socket.write_all(bytes).is_ok()
    }

    /// Lets `time` go by; false if the client went away in it.
    pub fn linger(&mut self, time: Duration) -> bool {
        // A read that nothing comes to is the wait.
        self.socket.set_read_timeout(Some(time)).unwrap();
        !matches!(self.socket.read(&mut [0; 4096]), Ok(0))
    }

    fn flush(&mut self) {
        let tls = self.tls.as_mut().unwrap();
        while tls.wants_write() {
            tls.write_tls(&mut self.socket).unwrap();
        }
    }

    /// Takes more of what the client says; false: there is no more. Records of a TLS that was left are skipped.
    fn receive(&mut self) -> bool {
        let mut first = [0];
        if self.socket.peek(&mut first).unwrap_or(0) == 0 {
            return false;
        }
        if self.tls.is_none() && !matches!(first, [20..=23]) {
            let mut chunk = [0; 4096];
            let count = self.socket.read(&mut chunk).unwrap();
            self.unread.extend_from_slice(&chunk[..count]);
            return true;
        }
        let record = self.record();
        let Some(tls) = &mut self.tls else {
            self.has_left = true;
            return true;
        };
        let mut rest = record.as_slice();
        while !rest.is_empty() && tls.read_tls(&mut rest).unwrap() > 0 {
            let state = tls.process_new_packets().unwrap();
            let mut text = vec![0; state.plaintext_bytes_to_read()];
            tls.reader().read_exact(&mut text).unwrap();
            self.unread.extend_from_slice(&text);
            self.has_left |= state.peer_has_closed();
        }
        !self.has_left
    }

    /// One record of TLS, whole. Byte for byte, so that what follows it is not touched.
    pub fn record(&mut self) -> Vec<u8> {
        let mut record = vec![0; 5];
        self.socket.read_exact(&mut record).unwrap();
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.resize(5 + length, 0);
        self.socket.read_exact(&mut record[5..]).unwrap();
        record
    }

    /// The next line; empty if the client is gone.
    pub fn hear(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return String::from_utf8(line).unwrap().trim_end().to_owned();
            }
            if !self.receive() {
                return String::new();
            }
        }
    }

    /// All that the client says up to its end.
    pub fn hear_all(&mut self) -> Vec<u8> {
        while self.receive() {}
        std::mem::take(&mut self.unread)
    }

    /// Hears `line` and says `reply`.
    #[track_caller]
    pub fn answer(&mut self, line: &str, reply: &str) {
        assert_eq!(self.hear(), line);
        self.say(format!("{reply}\r\n"));
    }

    /// Makes the handshake.
    pub fn start_tls(&mut self) {
        self.has_left = false;
        self.tls = Some(ServerConnection::new(Arc::clone(&self.config)).unwrap());
        while self.tls.as_ref().unwrap().is_handshaking() {
            assert!(self.receive(), "the client left the handshake");
            self.flush();
        }
    }

    /// Begins the handshake with a client that may refuse it.
    pub fn try_start_tls(&mut self) {
        let mut tls = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        let _ = tls.complete_io(&mut self.socket);
    }

    /// Says its part of the handshake only once the client has given it up.
    pub fn start_tls_too_late(&mut self) {
        let hello = self.record();
        self.hear_all();
        let mut tls = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        tls.read_tls(&mut hello.as_slice()).unwrap();
        tls.process_new_packets().unwrap();
        self.tls = Some(tls);
        self.flush();
    }

    /// Greets in clear and answers AUTH TLS.
    pub fn greet_and_start_tls(&mut self) {
        self.say("220 ready\r\n");
        self.answer("AUTH TLS", "234 go on");
        self.start_tls();
    }

    /// Says that we leave TLS.
    pub fn send_close_notify(&mut self) {
        self.tls.as_mut().unwrap().send_close_notify();
        self.flush();
    }

    /// Goes on in clear.
    pub fn leave_tls(&mut self) {
        self.tls = None;
    }

    /// Ends our part of the connection.
    pub fn shut(&mut self) {
        self.socket.shutdown(Shutdown::Write).unwrap();
    }

    /// Whether the handshake resumed an earlier session.
    pub fn has_resumed(&self) -> bool {
        self.tls.as_ref().unwrap().handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Answers PASV, and gives the listener.
    pub fn answer_pasv(&mut self) -> TcpListener {
        assert_eq!(self.hear(), "PASV");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let [high, low] = listener.local_addr().unwrap().port().to_be_bytes();
        self.say(format!("227 (127,0,0,1,{high},{low})\r\n"));
        listener
    }

    /// Accepts a data connection.
    pub fn accept(&self, listener: &TcpListener) -> Peer {
        Peer::new(listener.accept().unwrap().0, Arc::clone(&self.config))
    }

    /// Answers PORT, and connects to where it says.
    pub fn answer_port(&mut self) -> Peer {
        let line = self.hear();
        let numbers: Vec<u8> = line
            .strip_prefix("PORT ")
            .unwrap()
            .split(',')
            .map(|number| number.parse().unwrap())
            .collect();
        let port = u16::from_be_bytes([numbers[4], numbers[5]]);
        self.say("200 ok\r\n");
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        Peer::new(socket, Arc::clone(&self.config))
    }
}
