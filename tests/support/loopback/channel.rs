//! The server's end of a control connection: in clear, in TLS, or on the way back (RFC 4217 §4.2, §5, §13).

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, LazyLock};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A certificate that it signed itself, made once for all servers of a test.
static TLS: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .expect("a certificate can be made");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .expect("the key is the certificate's");
    Arc::new(config)
});

/// How the bytes of the connection are to be taken.
enum Protection {
    Clear,
    Tls(Box<ServerConnection>),
    /// Our side has ended TLS; the client's next bytes may still be of it.
    Leaving(Box<ServerConnection>),
}

/// A control connection.
pub struct Channel {
    stream: TcpStream,
    protection: Protection,
    /// What came, and is not a whole TLS record yet.
    raw: Vec<u8>,
}

impl Channel {
    /// In clear.
    pub fn new(stream: TcpStream) -> Self {
        Channel {
            stream,
            protection: Protection::Clear,
            raw: Vec::new(),
        }
    }

    /// Sends `bytes` as the protection asks.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.protection {
            Protection::Tls(tls) => {
                tls.writer().write_all(bytes)?;
                flush(tls, &mut self.stream)
            }
            Protection::Clear | Protection::Leaving(_) => self.stream.write_all(bytes),
        }
    }

    /// What the client said with the bytes that came.
    pub fn receive(&mut self, came: &[u8]) -> io::Result<Vec<u8>> {
        self.raw.extend_from_slice(came);
        let mut said = Vec::new();
        loop {
            let (tls, is_leaving) = match &mut self.protection {
                Protection::Clear => break,
                Protection::Tls(tls) => (tls, false),
                Protection::Leaving(tls) => (tls, true),
            };
            // No command begins like a TLS record.
            if is_leaving
                && self
                    .raw
                    .first()
                    .is_some_and(|kind| !(20..=23).contains(kind))
            {
                self.protection = Protection::Clear;
                break;
            }
            let Some(record) = take_record(&mut self.raw) else {
                return Ok(said);
            };
            let mut rest = record.as_slice();
            let mut has_closed = false;
            while !rest.is_empty() {
                tls.read_tls(&mut rest)?;
                let state = tls.process_new_packets().map_err(io::Error::other);
                // The alert to what cannot be taken goes out too.
                flush(tls, &mut self.stream)?;
                let state = state?;
                let from = said.len();
                said.resize(from + state.plaintext_bytes_to_read(), 0);
                tls.reader().read_exact(&mut said[from..])?;
                has_closed |= state.peer_has_closed();
            }
            if is_leaving && has_closed {
                self.protection = Protection::Clear;
            }
        }
        said.append(&mut self.raw);
        Ok(said)
    }

    /// Takes the handshake from the next bytes on.
    pub fn start_tls(&mut self) {
        let tls = ServerConnection::new(Arc::clone(&TLS)).expect("the configuration is complete");
        self.protection = Protection::Tls(Box::new(tls));
    }

    /// Ends TLS, and goes on in clear.
    pub fn stop_tls(&mut self) -> io::Result<()> {
        if let Protection::Tls(mut tls) = std::mem::replace(&mut self.protection, Protection::Clear)
        {
            tls.send_close_notify();
            flush(&mut tls, &mut self.stream)?;
            self.protection = Protection::Leaving(tls);
        }
        Ok(())
    }

    /// Closes the connection, behind what was sent.
    pub fn close(&mut self) {
        // The client may be gone: then there is nothing to close.
        let _ = self.stop_tls();
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn flush(tls: &mut ServerConnection, stream: &mut TcpStream) -> io::Result<()> {
    while tls.wants_write() {
        tls.write_tls(stream)?;
    }
    Ok(())
}

/// The first record, once all of it is there.
fn take_record(raw: &mut Vec<u8>) -> Option<Vec<u8>> {
    const HEADER_BYTES: usize = 5;
    let length = usize::from(u16::from_be_bytes([*raw.get(3)?, *raw.get(4)?]));
    (raw.len() >= HEADER_BYTES + length).then(|| raw.drain(..HEADER_BYTES + length).collect())
}

/// The server's end of a data connection under PROT P: the client of FTP is the client of TLS (RFC 4217 §7).
pub fn protect(stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let tls = ServerConnection::new(Arc::clone(&TLS)).expect("the configuration is complete");
    StreamOwned::new(tls, stream)
}
