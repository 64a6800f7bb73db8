//! A transfer that the session has answered with 150: what the transport must move, and how (RFC 959 §3).

use std::net::SocketAddr;
use std::sync::Arc;

use crate::{Path, Refused, Site};

/// What to move over which data connection.
///
/// The session does not judge an active address: a transport that may not connect to it reports
/// [`TransferOutcome::NotOpened`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// Which side opens the data connection.
    pub connection: DataConnection,
    /// What is moved, and in which direction.
    pub action: Action,
    /// How a file's bytes are represented; a text is sent as it is.
    pub representation: Representation,
    /// Whether the data connection is in TLS.
    pub protection: Protection,
}

/// Which side opens the data connection (RFC 959 §4.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataConnection {
    /// The user connects to the listener that [`Site::listen`] opened.
    Passive,
    /// The server connects to this address.
    Active(SocketAddr),
}

/// What is moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// RETR: send a file.
    SendFile {
        /// The file.
        path: Path,
        /// How many bytes of the transfer not to send (RFC 3659 §5.3).
        offset: u64,
    },
    /// LIST, NLST, MLSD: send this text, whose lines end with CRLF.
    SendText(Vec<u8>),
    /// STOR, STOU, APPE: store what arrives.
    Store {
        /// The file.
        path: Path,
        /// Where in the file.
        placement: Placement,
    },
}

/// Where in a file the arriving bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placement {
    /// They are the whole file.
    Replace,
    /// They begin at this offset, in bytes of the transfer, and what lies beyond them stays (RFC 3659 §5.3).
    At(u64),
    /// They follow what is there.
    Append,
}

/// The representation type in use (RFC 959 §3.1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Representation {
    /// ASCII Non-print: a line ends with CRLF in the transfer and with LF in the file.
    #[default]
    Ascii,
    /// Image, and Local with 8 bits.
    Image,
}

/// The protection level of data connections (RFC 4217 §9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Protection {
    /// PROT C: without TLS.
    #[default]
    Clear,
    /// PROT P: in TLS.
    Private,
}

/// How a transfer ended; it fixes the completion reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferOutcome {
    /// All bytes went over: 226.
    Completed,
    /// The data connection could not be opened: 425.
    NotOpened,
    /// The data connection broke: 426.
    Broken,
    /// Local trouble, as when there is no room: 451.
    LocalError,
    /// There was no TLS on the data connection, though PROT P asks for it: 522 (RFC 4217 §10.2).
    NotProtected,
}

impl Transfer {
    /// The bytes to send, converted and from the offset on. `None`: this transfer stores, or the file is gone (then
    /// the outcome is [`TransferOutcome::LocalError`]). Costs one copy of the file.
    #[must_use]
    pub fn outgoing(&self, site: &dyn Site) -> Option<Vec<u8>> {
        match &self.action {
            Action::SendFile { path, offset } => {
                let mut bytes = self.representation.to_transfer(&site.read(path)?);
                let offset = usize::try_from(*offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                bytes.drain(..offset);
                Some(bytes)
            }
            Action::SendText(text) => Some(text.clone()),
            Action::Store { .. } => None,
        }
    }

    /// Stores everything that arrived. Does nothing for a transfer that sends.
    ///
    /// # Errors
    /// The site refused; then nothing has changed and the outcome is [`TransferOutcome::LocalError`].
    pub fn store(&self, site: &mut dyn Site, arrived: &[u8]) -> Result<(), Refused> {
        let Action::Store { path, placement } = &self.action else {
            return Ok(());
        };
        let old = || site.read(path).unwrap_or_else(|| Arc::from([]));
        let bytes = match *placement {
            Placement::Replace => self.representation.to_file(arrived),
            Placement::Append => [&*old(), &self.representation.to_file(arrived)].concat(),
            Placement::At(offset) => {
                let mut bytes = self.representation.to_transfer(&old());
                splice(&mut bytes, offset, arrived)?;
                self.representation.to_file(&bytes)
            }
        };
        site.write(path, bytes)
    }
}

/// Puts `arrived` over `bytes` from `offset` on; a gap before it is filled with zeros.
fn splice(bytes: &mut Vec<u8>, offset: u64, arrived: &[u8]) -> Result<(), Refused> {
    let start = usize::try_from(offset)
        .ok()
        .filter(|&start| start <= crate::FILE_BYTES_MAX)
        .ok_or(Refused::Full)?;
    if bytes.len() < start {
        bytes.resize(start, 0);
    }
    let end = start.saturating_add(arrived.len()).min(bytes.len());
    bytes.splice(start..end, arrived.iter().copied());
    Ok(())
}

impl Representation {
    /// A file's bytes as they are sent.
    pub(crate) fn to_transfer(self, file: &[u8]) -> Vec<u8> {
        match self {
            Self::Image => file.to_vec(),
            Self::Ascii => {
                let mut bytes = Vec::with_capacity(file.len() + file.len() / 16);
                for &byte in file {
                    if byte == b'\n' {
                        bytes.push(b'\r');
                    }
                    bytes.push(byte);
                }
                bytes
            }
        }
    }

    /// What arrived as it is stored: the inverse of `to_transfer`.
    pub(crate) fn to_file(self, arrived: &[u8]) -> Vec<u8> {
        match self {
            Self::Image => arrived.to_vec(),
            Self::Ascii => {
                let mut bytes = Vec::with_capacity(arrived.len());
                for &byte in arrived {
                    if byte == b'\n' && bytes.last() == Some(&b'\r') {
                        bytes.pop();
                    }
                    bytes.push(byte);
                }
                bytes
            }
        }
    }

    /// How many bytes `to_transfer` makes, without making them.
    pub(crate) fn transfer_bytes(self, file: &[u8]) -> usize {
        match self {
            Self::Image => file.len(),
            Self::Ascii => file
                .len()
                .saturating_add(file.iter().filter(|&&byte| byte == b'\n').count()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Representation, splice};

    #[test]
    fn ascii_conversion_is_invertible() {
        for file in ["", "a\nb\n", "a\r\nb", "\r\r\n\n\r", "\n\n", "a\rb"] {
            let sent = Representation::Ascii.to_transfer(file.as_bytes());
            assert_eq!(Representation::Ascii.to_file(&sent), file.as_bytes());
            assert_eq!(
                sent.len(),
                Representation::Ascii.transfer_bytes(file.as_bytes())
            );
        }
    }

    #[test]
    fn a_restarted_store_keeps_what_it_does_not_cover() {
        for (offset, arrived, expected) in [
            (2, "XY", "abXYef"),
            (5, "XYZ", "abcdeXYZ"),
            (6, "X", "abcdefX"),
            (8, "X", "abcdef\0\0X"),
        ] {
            let mut bytes = b"abcdef".to_vec();
            splice(&mut bytes, offset, arrived.as_bytes()).unwrap();
            assert_eq!(bytes, expected.as_bytes());
        }
    }

    #[test]
    fn a_huge_offset_is_refused() {
        assert!(splice(&mut Vec::new(), u64::MAX, b"x").is_err());
    }
}
