//! A client of FTP in TLS for tests (RFC 4217).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use ftproof::serve::{Settings, TlsServer};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::certificate::takes_any_certificate;

pub type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// The fixture, with a certificate.
pub fn tls_settings(is_implicit: bool) -> Settings {
    Settings {
        tls: Some(TlsServer::self_signed(is_implicit).unwrap()),
        ..Settings::default()
    }
}

/// Makes the handshake.
pub fn protect(stream: TcpStream) -> TlsStream {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(
        ClientConnection::new(Arc::new(takes_any_certificate()), name).unwrap(),
        stream,
    )
}

/// A control connection in TLS.
pub struct TlsClient {
    pub stream: TlsStream,
}

impl TlsClient {
    /// Behind AUTH, logged in, with TYPE I.
    pub fn logged_in(address: SocketAddr) -> Self {
        let mut clear = TcpStream::connect(address).unwrap();
        assert_eq!(line(&mut clear)[..3], *"220");
        clear.write_all(b"AUTH TLS\r\n").unwrap();
        assert_eq!(line(&mut clear)[..3], *"234");
        let mut client = TlsClient {
            stream: protect(clear),
        };
        client.says("USER ftptest", "331");
        client.says("PASS secret", "230");
        client.says("TYPE I", "200");
        client
    }

    #[track_caller]
    pub fn says(&mut self, text: &str, code: &str) -> String {
        self.stream
            .write_all(format!("{text}\r\n").as_bytes())
            .unwrap();
        let reply = line(&mut self.stream);
        assert!(reply.starts_with(code), "{text}: {reply}");
        reply
    }

    /// The next reply's code.
    pub fn code(&mut self) -> String {
        line(&mut self.stream)[..3].to_owned()
    }

    /// A passive data connection in TLS.
    pub fn passive(&mut self) -> TlsStream {
        let reply = self.says("EPSV", "229");
        let port = reply.split('|').nth(3).unwrap().parse().unwrap();
        let mut address = self.stream.sock.peer_addr().unwrap();
        address.set_port(port);
        protect(TcpStream::connect(address).unwrap())
    }
}

/// One line, without taking more.
fn line(stream: &mut impl Read) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}
