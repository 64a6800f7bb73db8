//! What one session sees of the server: its accounts and files, its own listener, and what its user may do.

use std::net::{IpAddr, SocketAddr};

use ftproof_core::{
    Entry, Forbidden, Listen, ListenError, Listener, PasswordCheck, Path, Refused, Representation,
    Site, UserCheck,
};

use super::house::House;

/// Ports below this one belong to the system (RFC 2577).
const USER_PORT_MIN: u16 = 1024;

/// The server, as one session sees it while a line is answered.
pub(crate) struct Seen<'a> {
    pub(crate) house: &'a House,
    pub(crate) listener: &'a mut dyn Listener,
    /// The client's address.
    pub(crate) peer: IpAddr,
    /// Whether the user who is logged in may change files.
    pub(crate) may_change: bool,
}

impl Seen<'_> {
    fn changes(&self) -> Result<(), Refused> {
        if self.may_change {
            Ok(())
        } else {
            Err(Refused::Denied)
        }
    }
}

impl Site for Seen<'_> {
    fn user(&self, user: &[u8]) -> UserCheck {
        self.house.accounts.user(user)
    }

    fn password(&self, user: &[u8], password: &[u8]) -> PasswordCheck {
        self.house.accounts.password(user, password)
    }

    fn account(&self, user: &[u8], account: &[u8]) -> bool {
        self.house.accounts.account(user, account)
    }

    fn host(&self, host: &[u8]) -> bool {
        self.house.is_host(host)
    }

    fn has_tls(&self) -> bool {
        self.house.tls.is_some()
    }

    fn may_change(&self) -> bool {
        self.may_change
    }

    fn entry(&self, path: &Path) -> Option<Entry> {
        self.house.files.entry(path)
    }

    fn entries(&self, path: &Path) -> Option<Vec<Entry>> {
        self.house.files.entries(path)
    }

    fn transfer_bytes(&self, path: &Path, representation: Representation) -> Option<u64> {
        self.house.files.transfer_bytes(path, representation)
    }

    fn file_bytes_max(&self) -> u64 {
        self.house.files.file_bytes_max()
    }

    fn may_write(&self, path: &Path) -> Result<(), Refused> {
        self.changes()?;
        self.house.files.may_write(path)
    }

    fn unique(&mut self, directory: &Path) -> Result<Path, Refused> {
        self.changes()?;
        self.house.files.unique(directory)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Refused> {
        self.changes()?;
        self.house.files.rename(from, to)
    }

    fn delete(&mut self, path: &Path) -> Result<(), Refused> {
        self.changes()?;
        self.house.files.delete(path)
    }

    fn make_directory(&mut self, path: &Path) -> Result<(), Refused> {
        self.changes()?;
        self.house.files.make_directory(path)
    }

    fn remove_directory(&mut self, path: &Path) -> Result<(), Refused> {
        self.changes()?;
        self.house.files.remove_directory(path)
    }

    /// RFC 2577: no other host than the client's, and no port of the system.
    fn may_connect(&self, address: SocketAddr) -> Result<(), Forbidden> {
        if address.ip().to_canonical() != self.peer {
            Err(Forbidden::Host)
        } else if address.port() < USER_PORT_MIN {
            Err(Forbidden::Port)
        } else {
            Ok(())
        }
    }

    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError> {
        self.listener.listen(listen)
    }

    fn close_listener(&mut self) {
        self.listener.close_listener();
    }
}
