//! A site whose passive listener is the transport's: what a server on real sockets hands to the session.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::{
    Entry, Forbidden, Listen, ListenError, PasswordCheck, Path, Refused, Representation, Site,
    UserCheck,
};

/// The passive listener of one session; see [`Site::listen`] and [`Site::close_listener`].
pub trait Listener {
    /// Listens for the next data connection, in place of an earlier listener.
    ///
    /// # Errors
    /// Says why not; then an earlier listener stays.
    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError>;

    /// Closes the listener.
    fn close_listener(&mut self);
}

/// The files and accounts of `site`, which sessions may share, with a listener of this session's own.
pub struct Listening<'a> {
    /// Files and accounts; its listener is not used.
    pub site: &'a mut dyn Site,
    /// The listener.
    pub listener: &'a mut dyn Listener,
}

impl Site for Listening<'_> {
    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError> {
        self.listener.listen(listen)
    }

    fn close_listener(&mut self) {
        self.listener.close_listener();
    }

    fn user(&self, user: &[u8]) -> UserCheck {
        self.site.user(user)
    }

    fn password(&self, user: &[u8], password: &[u8]) -> PasswordCheck {
        self.site.password(user, password)
    }

    fn account(&self, user: &[u8], account: &[u8]) -> bool {
        self.site.account(user, account)
    }

    fn host(&self, host: &[u8]) -> bool {
        self.site.host(host)
    }

    fn entry(&self, path: &Path) -> Option<Entry> {
        self.site.entry(path)
    }

    fn entries(&self, path: &Path) -> Option<Vec<Entry>> {
        self.site.entries(path)
    }

    fn transfer_bytes(&self, path: &Path, representation: Representation) -> Option<u64> {
        self.site.transfer_bytes(path, representation)
    }

    fn has_tls(&self) -> bool {
        self.site.has_tls()
    }

    fn file_bytes_max(&self) -> u64 {
        self.site.file_bytes_max()
    }

    fn may_change(&self) -> bool {
        self.site.may_change()
    }

    fn may_connect(&self, address: SocketAddr) -> Result<(), Forbidden> {
        self.site.may_connect(address)
    }

    fn read(&self, path: &Path) -> Option<Arc<[u8]>> {
        self.site.read(path)
    }

    fn may_write(&self, path: &Path) -> Result<(), Refused> {
        self.site.may_write(path)
    }

    fn write(&mut self, path: &Path, bytes: Vec<u8>) -> Result<(), Refused> {
        self.site.write(path, bytes)
    }

    fn unique(&mut self, directory: &Path) -> Result<Path, Refused> {
        self.site.unique(directory)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Refused> {
        self.site.rename(from, to)
    }

    fn delete(&mut self, path: &Path) -> Result<(), Refused> {
        self.site.delete(path)
    }

    fn make_directory(&mut self, path: &Path) -> Result<(), Refused> {
        self.site.make_directory(path)
    }

    fn remove_directory(&mut self, path: &Path) -> Result<(), Refused> {
        self.site.remove_directory(path)
    }
}
