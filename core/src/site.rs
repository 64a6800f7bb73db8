//! What stands outside the session: accounts, files and the passive listener.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::{FILE_BYTES_MAX, Path, Representation};

/// A user's or a file's name: bytes, cheap to clone.
pub type Name = Arc<[u8]>;

/// Accounts, files and the passive listener, as one session sees them. Nothing here blocks for long, and nothing
/// depends on the session's state: the session has checked the order before it asks.
pub trait Site {
    /// What USER needs next (RFC 959 §4.1.1). A name that is not known must look like one that is.
    fn user(&self, user: &[u8]) -> UserCheck;

    /// Whether PASS is right (RFC 959 §4.1.1).
    fn password(&self, user: &[u8], password: &[u8]) -> PasswordCheck;

    /// Whether ACCT is right, when PASS asked for it.
    fn account(&self, user: &[u8], account: &[u8]) -> bool;

    /// Whether HOST names a virtual host of this site; case does not matter (RFC 7151 §3.1).
    fn host(&self, host: &[u8]) -> bool;

    /// What is at `path`; `None`: nothing.
    fn entry(&self, path: &Path) -> Option<Entry>;

    /// What the directory at `path` contains, in a fixed order. `None`: it is no directory, or holds more than this
    /// site lists.
    fn entries(&self, path: &Path) -> Option<Vec<Entry>>;

    /// The whole file at `path`; `None`: no such file. Only for [`Transfer::outgoing`] and [`Transfer::store`]: a
    /// server that moves the bytes of transfers itself has no use for it.
    ///
    /// [`Transfer::outgoing`]: crate::Transfer::outgoing
    /// [`Transfer::store`]: crate::Transfer::store
    fn read(&self, path: &Path) -> Option<Arc<[u8]>> {
        let _ = path;
        None
    }

    /// How many bytes a transfer of the file at `path` has (RFC 3659 §4); `None`: no such file, or it would take long
    /// to know.
    fn transfer_bytes(&self, path: &Path, representation: Representation) -> Option<u64> {
        let file = self.read(path)?;
        u64::try_from(representation.transfer_bytes(&file)).ok()
    }

    /// Whether there is TLS: without it AUTH is not implemented, and FEAT does not name it (RFC 4217 §4).
    fn has_tls(&self) -> bool {
        true
    }

    /// The largest file that can be stored, in bytes.
    fn file_bytes_max(&self) -> u64 {
        FILE_BYTES_MAX as u64
    }

    /// Whether the user may change files here at all, for what MLST and MLSD say of it (RFC 3659 §7.5.5).
    fn may_change(&self) -> bool {
        true
    }

    /// Whether PORT, EPRT and LPRT may name this address (RFC 2577).
    ///
    /// # Errors
    /// Says what is wrong with it.
    fn may_connect(&self, address: SocketAddr) -> Result<(), Forbidden> {
        let _ = address;
        Ok(())
    }

    /// Whether the file at `path` may be created or replaced now. Asked before 150; changes nothing.
    ///
    /// # Errors
    /// Says why not.
    fn may_write(&self, path: &Path) -> Result<(), Refused>;

    /// Makes `bytes` the contents of the file at `path`, creating it if need be. Only for [`Transfer::store`].
    ///
    /// # Errors
    /// Says why not; then nothing has changed.
    ///
    /// [`Transfer::store`]: crate::Transfer::store
    fn write(&mut self, path: &Path, bytes: Vec<u8>) -> Result<(), Refused> {
        let _ = (path, bytes);
        Err(Refused::Denied)
    }

    /// A path in `directory` that is not in use, for STOU (RFC 959 §4.1.3). A site that several sessions share
    /// reserves it.
    ///
    /// # Errors
    /// Says why there is none.
    fn unique(&mut self, directory: &Path) -> Result<Path, Refused>;

    /// Renames a file or directory (RFC 959 §4.1.3).
    ///
    /// # Errors
    /// Says why not; then nothing has changed.
    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Refused>;

    /// Deletes a file.
    ///
    /// # Errors
    /// Says why not; then nothing has changed.
    fn delete(&mut self, path: &Path) -> Result<(), Refused>;

    /// Makes a directory.
    ///
    /// # Errors
    /// Says why not; then nothing has changed.
    fn make_directory(&mut self, path: &Path) -> Result<(), Refused>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// Says why not; then nothing has changed.
    fn remove_directory(&mut self, path: &Path) -> Result<(), Refused>;

    /// Listens for this session's next data connection, in place of an earlier listener; the address is what 227, 228
    /// and 229 say.
    ///
    /// # Errors
    /// Says why not; then an earlier listener stays.
    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError>;

    /// Closes this session's listener, when the data connection that was set up will not be used. Not called when a
    /// transfer took it.
    fn close_listener(&mut self);
}

/// What USER needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserCheck {
    /// A password: 331. Also the answer to a name that is not known.
    NeedsPassword,
    /// Nothing: 230.
    LoggedIn,
}

/// What PASS led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PasswordCheck {
    /// 230.
    LoggedIn,
    /// ACCT is needed: 332.
    NeedsAccount,
    /// 530.
    Refused,
}

/// A file or directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its name in the directory that contains it; empty for the root.
    pub name: Name,
    /// File or directory.
    pub kind: Kind,
    /// When it was last changed: seconds since 1970-01-01 00:00:00 UTC.
    pub modified: u64,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A file.
    File {
        /// Its size in bytes, as stored.
        bytes: u64,
    },
    /// A directory.
    Directory,
}

/// Why a site did not do what a command asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refused {
    /// It is not there, or not of the kind that the command needs.
    NotFound,
    /// It is there already, or in the way.
    Exists,
    /// The directory is not empty.
    NotEmpty,
    /// The name is not allowed here.
    Name,
    /// There is no room.
    Full,
    /// The user may not.
    Denied,
}

/// Why the server does not connect to an address that a user named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forbidden {
    /// It is not the user's own host: 501.
    Host,
    /// The port is one of the system's: 504.
    Port,
}

/// Which network protocol to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listen {
    /// That of the control connection (RFC 2428 §3).
    Control,
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// Why there is no listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListenError {
    /// Not on this network protocol.
    Protocol,
    /// Not now: no port is free. The session answers 421 and closes.
    Unavailable,
}
