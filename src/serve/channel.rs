//! The server's end of a control connection as bytes: in clear, in TLS, or on the way back (RFC 4217 §4.2, §5, §13).

use std::io::{self, ErrorKind};

use super::tls::{ControlTls, TlsServer};

/// RFC 8446 §5.1: a type, two bytes of a version, two of a length.
const HEADER_BYTES: usize = 5;
/// RFC 8446 §5.2: no record is longer; TLS 1.2 allows some more.
const RECORD_BYTES_MAX: usize = 16 * 1024 + 2048;

/// How the bytes are to be taken.
enum Protection {
    Clear,
    Tls(Box<ControlTls>),
    /// We have ended TLS; what the client sends next may still be of it.
    Leaving(Box<ControlTls>),
}

/// A control connection without its socket. Holds no more than one record and what was taken at once.
pub(crate) struct Channel {
    protection: Protection,
    /// What came, and is not taken yet.
    raw: Vec<u8>,
}

impl Channel {
    /// In clear.
    pub(crate) fn clear() -> Self {
        Channel {
            protection: Protection::Clear,
            raw: Vec::new(),
        }
    }

    /// In TLS from the first byte on.
    pub(crate) fn within(tls: &TlsServer) -> io::Result<Self> {
        Ok(Channel {
            protection: Protection::Tls(Box::new(tls.begin()?)),
            raw: Vec::new(),
        })
    }

    /// How many bytes came, and are not taken yet.
    pub(crate) fn held_bytes(&self) -> usize {
        self.raw.len()
    }

    /// Takes what came from the socket.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
    }

    /// Adds to `said` what the client said next, and to `out` what TLS itself answers. False: more must come first.
    pub(crate) fn next(&mut self, said: &mut Vec<u8>, out: &mut Vec<u8>) -> io::Result<bool> {
        match &mut self.protection {
            Protection::Clear if self.raw.is_empty() => Ok(false),
            Protection::Clear => {
                said.append(&mut self.raw);
                Ok(true)
            }
            // No command begins like a record.
            Protection::Leaving(_) if self.raw.first().is_some_and(|&kind| !is_tls(kind)) => {
                self.protection = Protection::Clear;
                Ok(true)
            }
            Protection::Tls(tls) => match take_record(&mut self.raw)? {
                Some(record) => tls.take(&record, said, out).map(|()| true),
                None => Ok(false),
            },
            Protection::Leaving(tls) => match take_record(&mut self.raw)? {
                // Its close_notify, most of the time. What answers it would come in the middle of what is in clear.
                Some(record) => {
                    let _ = tls.take(&record, said, &mut Vec::new());
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }

    /// Adds to `out` what says `bytes`.
    pub(crate) fn send(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        match &mut self.protection {
            Protection::Tls(tls) => tls.send(bytes, out),
            Protection::Clear | Protection::Leaving(_) => {
                out.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// From now on in TLS. What came in clear behind AUTH is thrown away.
    pub(crate) fn start_tls(&mut self, tls: &TlsServer) -> io::Result<()> {
        self.raw.clear();
        self.protection = Protection::Tls(Box::new(tls.begin()?));
        Ok(())
    }

    /// Ends TLS, if there is any, and goes on in clear.
    pub(crate) fn stop_tls(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if let Protection::Tls(mut tls) = std::mem::replace(&mut self.protection, Protection::Clear)
        {
            tls.close(out)?;
            self.protection = Protection::Leaving(tls);
        }
        Ok(())
    }
}

/// RFC 8446 §5.1: the types of records.
fn is_tls(kind: u8) -> bool {
    (20..=23).contains(&kind)
}

/// The first record, once all of it is there.
fn take_record(raw: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    if raw.first().is_some_and(|&kind| !is_tls(kind)) {
        return Err(ErrorKind::InvalidData.into());
    }
    let &[_, _, _, high, low, ..] = raw.as_slice() else {
        return Ok(None);
    };
    let bytes = HEADER_BYTES + usize::from(u16::from_be_bytes([high, low]));
    if bytes > RECORD_BYTES_MAX {
        return Err(ErrorKind::InvalidData.into());
    }
    Ok((raw.len() >= bytes).then(|| raw.drain(..bytes).collect()))
}
