//! TLS as a client (RFC 4217 §4, RFC 8446): one connection's way into TLS, through it, and out of it again.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, IoState,
    PeerIncompatible,
};

pub(crate) use crate::certificates::Trust;
use crate::certificates::provider;
use crate::connection::not_tls;
use crate::reply::shown;

/// TLS for one control connection and its data connections, which resume its session if the server lets them.
#[derive(Debug)]
pub(crate) struct TlsClient {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl TlsClient {
    pub(crate) fn new(trust: &Trust) -> io::Result<Self> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(in_words(&error)))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&trust.verifier) as _)
            .with_no_client_auth();
        Ok(TlsClient {
            config: Arc::new(config),
            name: trust.name.clone(),
        })
    }

    /// TLS for one connection. The handshake is still to be made.
    pub(crate) fn begin(&self) -> io::Result<Tls> {
        let inside = ClientConnection::new(Arc::clone(&self.config), self.name.clone())
            .map_err(|error| wrong(in_words(&error)))?;
        Ok(Tls {
            inside,
            stage: Stage::On,
            unread: Vec::new(),
        })
    }
}

/// What happened, in plain words where somebody can do something about it.
fn in_words(error: &Error) -> String {
    match error {
        Error::AlertReceived(AlertDescription::ProtocolVersion)
        | Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server speaks no TLS newer than 1.1".to_owned(),
        Error::AlertReceived(alert) => format!("the server sent the alert {alert:?}"),
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "nobody vouches for the server's certificate; give a file with it, or its issuer's, as --ca".to_owned()
        }
        _ => shown(error.to_string().as_bytes()),
    }
}

fn wrong(reason: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason.into())
}

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    On,
    /// We left. Records that the server still sends are thrown away; what follows them is in clear.
    Left,
    /// Something in clear came.
    Over,
}

/// TLS on one connection. Its errors are those of the socket, and [`ErrorKind::InvalidData`] with a reason.
#[derive(Debug)]
pub(crate) struct Tls {
    inside: ClientConnection,
    stage: Stage,
    /// What came and is not yet a whole record, or follows the last one. Never more than the socket gave at once, and
    /// one record: the length of a record has two bytes.
    unread: Vec<u8>,
}

/// What [`Tls::unread`] begins with.
enum Next {
    Incomplete,
    /// A record of so many bytes.
    Record(usize),
    NotTls,
}

impl Tls {
    /// Whether the handshake is still to be made.
    pub(crate) fn is_handshaking(&self) -> bool {
        self.inside.is_handshaking()
    }

    /// Goes on with the handshake, as far as one read of the socket takes it.
    pub(crate) fn shake_hands(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        while self.is_handshaking() {
            self.flush(socket)?;
            match self.next() {
                Next::Record(length) => self.take(length)?,
                Next::NotTls => return Err(not_tls()),
                Next::Incomplete => {
                    return match self.receive(socket)? {
                        0 => Err(ErrorKind::UnexpectedEof.into()),
                        _ => Ok(()),
                    };
                }
            }
        }
        Ok(())
    }

    /// Whether what we send goes through TLS.
    pub(crate) fn is_on(&self) -> bool {
        self.stage == Stage::On
    }

    /// Whether nothing of TLS can come any more.
    pub(crate) fn is_over(&self) -> bool {
        self.stage == Stage::Over && self.unread.is_empty()
    }

    /// Whether the server left TLS: it said so, or went on in clear.
    pub(crate) fn was_ended(&mut self) -> bool {
        let closed = |state: IoState| state.peer_has_closed();
        matches!(self.next(), Next::NotTls) || self.inside.process_new_packets().is_ok_and(closed)
    }

    /// Whether something was taken from the socket that is not read yet.
    pub(crate) fn holds_any(&mut self) -> bool {
        let holds = |state: IoState| state.plaintext_bytes_to_read() > 0;
        !self.unread.is_empty() || self.inside.process_new_packets().is_ok_and(holds)
    }

    /// Reads what came through TLS, or in clear behind it; 0 is the end. Reads the socket once at the most: where that
    /// does not do, the error is [`ErrorKind::Interrupted`].
    pub(crate) fn read(&mut self, socket: &mut TcpStream, bytes: &mut [u8]) -> io::Result<usize> {
        let mut was_read = false;
        loop {
            if self.is_on() {
                match self.inside.reader().read(bytes) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    other => return other,
                }
            }
            match (self.stage, self.next()) {
                (Stage::On, Next::Record(length)) => self.take(length)?,
                (Stage::On, Next::NotTls) => return Err(not_tls()),
                (Stage::Left, Next::Record(length)) => drop(self.unread.drain(..length)),
                (Stage::Left, Next::NotTls) => self.stage = Stage::Over,
                (Stage::Over, _) if !self.unread.is_empty() => {
                    let length = bytes.len().min(self.unread.len());
                    bytes[..length].copy_from_slice(&self.unread[..length]);
                    self.unread.drain(..length);
                    return Ok(length);
                }
                (Stage::On | Stage::Left, Next::Incomplete) | (Stage::Over, _) => {
                    if was_read {
                        return Err(ErrorKind::Interrupted.into());
                    }
                    if self.receive(socket)? == 0 {
                        return Ok(0);
                    }
                    was_read = true;
                }
            }
        }
    }

    /// Reads the socket once.
    fn receive(&mut self, socket: &mut TcpStream) -> io::Result<usize> {
        let mut chunk = [0; 16 * 1024];
        let count = socket.read(&mut chunk)?;
        self.unread.extend_from_slice(&chunk[..count]);
        Ok(count)
    }

    /// RFC 8446 §5.1: a type, two bytes of a version that begins with 3, two bytes of a length.
    fn next(&self) -> Next {
        match *self.unread {
            [20..=23, 3, _, high, low, ..] => {
                let length = 5 + usize::from(u16::from_be_bytes([high, low]));
                if self.unread.len() < length {
                    Next::Incomplete
                } else {
                    Next::Record(length)
                }
            }
            [] | [20..=23] | [20..=23, 3, ..] => Next::Incomplete,
            _ => Next::NotTls,
        }
    }

    /// Takes the record that [`Tls::unread`] begins with. One at a time, so that what follows the last stays here.
    fn take(&mut self, length: usize) -> io::Result<()> {
        let mut record = &self.unread[..length];
        while !record.is_empty() && self.inside.read_tls(&mut record)? > 0 {
            self.inside
                .process_new_packets()
                .map_err(|error| wrong(in_words(&error)))?;
        }
        self.unread.drain(..length);
        Ok(())
    }

    /// Sends `bytes`, in one segment if they are few.
    pub(crate) fn write_all(&mut self, socket: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.chunks(16 * 1024) {
            self.inside.writer().write_all(chunk)?;
            self.flush(socket)?;
        }
        Ok(())
    }

    /// Sends what TLS itself has to say.
    pub(crate) fn flush(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        while self.inside.wants_write() {
            self.inside.write_tls(socket)?;
        }
        Ok(())
    }

    /// Says that nothing more comes from us. A handshake that was given up ends without that: what still comes of it
    /// may call for an alert of its own, and rustls takes two for a mistake of ours.
    pub(crate) fn close(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        if !self.is_handshaking() {
            self.inside.send_close_notify();
        }
        self.flush(socket)
    }

    /// Leaves TLS. The server's close_notify, if it sends one, is thrown away.
    pub(crate) fn leave(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        self.stage = Stage::Left;
        self.close(socket)
    }
}
