//! What the sessions of one server share, and its limits.

use std::sync::Arc;
use std::time::Duration;

use super::accounts::Accounts;
use super::files::Files;
use super::tls::TlsServer;
use super::transcript::Log;

/// The names that HOST may give (RFC 7151): the machine's own, and that of the fixture.
const HOSTS: [&[u8]; 2] = [b"localhost", b"ftp.example"];

/// What a server allows.
#[derive(Debug, Clone)]
pub struct Limits {
    /// So many sessions at once; one more is answered 421.
    pub sessions_max: usize,
    /// So many wrong passwords in one session; then 421 (RFC 2577).
    pub failed_logins_max: u32,
    /// So long may a session be silent; then 421.
    pub idle: Duration,
    /// So long may a client take to open a data connection; then 425.
    pub open_data: Duration,
    /// So long may a data connection, or the reading of replies, stand still; then it is broken.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            sessions_max: 2000,
            failed_logins_max: 5,
            idle: Duration::from_secs(300),
            open_data: Duration::from_secs(30),
            stall: Duration::from_secs(60),
        }
    }
}

/// What the sessions of one server share.
pub(crate) struct House {
    pub(crate) accounts: Accounts,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) is_read_only: bool,
    pub(crate) tls: Option<TlsServer>,
    pub(crate) log: Option<Arc<Log>>,
    pub(crate) limits: Limits,
}

impl House {
    pub(crate) fn is_host(&self, host: &[u8]) -> bool {
        HOSTS.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    /// Whether this user may change files here.
    pub(crate) fn may_change(&self, user: Option<&[u8]>) -> bool {
        !self.is_read_only && user.is_some_and(|user| self.accounts.may_change(user))
    }
}
