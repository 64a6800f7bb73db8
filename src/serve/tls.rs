//! TLS as the server (RFC 4217, RFC 8446): its certificate, and one control connection's TLS as bytes in and out.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use thiserror::Error;

use crate::certificates::provider;
use crate::reply::shown;

/// Why there is no TLS.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read the {what} from {}: {reason}", file.display())]
    Unreadable {
        /// Certificate or key.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// What the system or the parser said.
        reason: String,
    },
    /// They are no pair, or of a kind that is not supported.
    #[error("{} and {} are no certificate with its key: {reason}", certificate.display(), key.display())]
    NoPair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    NotMade(String),
}

/// The server's certificate, and when TLS begins.
#[derive(Clone)]
pub struct TlsServer {
    control: Arc<ServerConfig>,
    /// Gives no tickets: a client that only writes would never read them, and its close would break the connection.
    data: Arc<ServerConfig>,
    pub(crate) is_implicit: bool,
}

impl TlsServer {
    /// With the PEM files of a certificate (and its chain) and its key. `is_implicit`: from the first byte on.
    ///
    /// # Errors
    /// Says which file is wrong, and what with it.
    pub fn read(certificate: &Path, key: &Path, is_implicit: bool) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(&read("certificate", certificate)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unreadable("certificate", certificate, &error))?;
        let private = PrivateKeyDer::from_pem_slice(&read("key", key)?)
            .map_err(|error| unreadable("key", key, &error))?;
        if chain.is_empty() {
            return Err(unreadable(
                "certificate",
                certificate,
                &"there is none in it",
            ));
        }
        Self::new(chain, private, is_implicit).map_err(|error| TlsError::NoPair {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            reason: shown(error.to_string().as_bytes()),
        })
    }

    /// With a certificate for `localhost` that it makes and signs itself.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn self_signed(is_implicit: bool) -> Result<Self, TlsError> {
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let signed = rcgen::generate_simple_self_signed(names)
            .map_err(|error| TlsError::NotMade(error.to_string()))?;
        let key = PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der());
        Self::new(vec![signed.cert.der().clone()], key.into(), is_implicit)
            .map_err(|error| TlsError::NotMade(error.to_string()))
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        is_implicit: bool,
    ) -> Result<Self, rustls::Error> {
        let control = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        let mut data = control.clone();
        data.send_tls13_tickets = 0;
        Ok(TlsServer {
            control: Arc::new(control),
            data: Arc::new(data),
            is_implicit,
        })
    }

    /// TLS for one control connection. The client begins the handshake.
    pub(crate) fn begin(&self) -> io::Result<ControlTls> {
        let inside = ServerConnection::new(Arc::clone(&self.control)).map_err(wrong)?;
        Ok(ControlTls { inside })
    }

    /// TLS on a data connection. RFC 4217 §7: whoever opened it, the FTP client is the TLS client.
    /// The handshake is made at once: there may be no byte to follow it.
    pub(crate) fn protect(&self, mut stream: TcpStream) -> io::Result<DataTls> {
        let mut inside = ServerConnection::new(Arc::clone(&self.data)).map_err(wrong)?;
        while inside.is_handshaking() {
            inside.complete_io(&mut stream)?;
        }
        Ok(DataTls(StreamOwned::new(inside, stream)))
    }
}

fn read(what: &'static str, file: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(file).map_err(|error| unreadable(what, file, &error))
}

fn unreadable(what: &'static str, file: &Path, reason: &dyn ToString) -> TlsError {
    TlsError::Unreadable {
        what,
        file: file.to_owned(),
        reason: shown(reason.to_string().as_bytes()),
    }
}

fn wrong(error: rustls::Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

/// TLS of one control connection: records in, records out.
pub(crate) struct ControlTls {
    inside: ServerConnection,
}

impl ControlTls {
    /// Takes one record; what it says is added to `said`, and what TLS itself answers to `out`. A close_notify is an
    /// error: the client is gone (RFC 8446 §6.1).
    pub(crate) fn take(
        &mut self,
        mut record: &[u8],
        said: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        while !record.is_empty() && self.inside.read_tls(&mut record)? > 0 {
            let state = self.inside.process_new_packets().map_err(wrong);
            // Before an error an alert says so.
            self.flush(out)?;
            let has_closed = state?.peer_has_closed();
            match self.inside.reader().read_to_end(said) {
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                Err(_) | Ok(_) => {}
            }
            if has_closed {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Adds the records that say `bytes` to `out`. Before the end of the handshake they are kept back.
    pub(crate) fn send(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        for chunk in bytes.chunks(16 * 1024) {
            self.inside.writer().write_all(chunk)?;
            self.flush(out)?;
        }
        Ok(())
    }

    /// Says that nothing more comes from us in TLS.
    pub(crate) fn close(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.inside.send_close_notify();
        self.flush(out)
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        while self.inside.wants_write() {
            self.inside.write_tls(out)?;
        }
        Ok(())
    }
}

/// TLS on a data connection. An end without close_notify is an error: bytes may be missing (RFC 8446 §6.1).
pub(crate) struct DataTls(StreamOwned<ServerConnection, TcpStream>);

impl DataTls {
    /// Says that this was all.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.0.conn.send_close_notify();
        self.0.flush()
    }
}

impl Read for DataTls {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for DataTls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
