//! A server behind a TCP port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::address::Protection;
#[cfg(feature = "tls")]
use crate::certificates::Certificates;
use crate::control_connection::TcpSession;
use crate::patience::Patience;
use crate::target::{Names, Session, Target, Trouble};
use crate::tls::Trust;

/// How long each wait lasts at the most. Some servers take their time over a wrong password.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// A server behind a port.
#[derive(Debug, Clone)]
pub struct TcpTarget {
    pub(crate) address: SocketAddr,
    pub(crate) names: Names,
    pub(crate) patience: Arc<Patience>,
    pub(crate) protection: Protection,
    pub(crate) trust: Trust,
    /// The host and port, as the user calls them.
    place: String,
    /// What else the command line needs to find the server again.
    arguments: String,
}

impl TcpTarget {
    /// The server at `address`; every wait lasts at most `deadline`. Where it comes to TLS any server on this machine
    /// is taken for the one that is meant, and none elsewhere.
    pub fn new(address: SocketAddr, names: Names, deadline: Duration) -> Self {
        TcpTarget {
            address,
            names,
            patience: Arc::new(Patience::new(deadline)),
            protection: Protection::OnRequest,
            trust: Trust::of(address.ip()),
            place: address.to_string(),
            arguments: String::new(),
        }
    }

    /// The same, with its sessions inside TLS as `protection` says.
    #[must_use]
    pub fn with_tls(mut self, protection: Protection) -> Self {
        self.protection = protection;
        self
    }

    /// The same, but inside TLS it must show one of `certificates`, or one that these issued to `host`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_certificates(mut self, certificates: &Certificates, host: &str) -> Self {
        self.trust = certificates.trust(host, self.address.ip());
        self.place = if host.contains(':') {
            self.address.to_string()
        } else {
            format!("{host}:{}", self.address.port())
        };
        let file = certificates.file().display().to_string();
        self.arguments = format!("--ca '{}' ", file.replace('\'', r"'\''"));
        self
    }
}

impl Target for TcpTarget {
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble> {
        Ok(Box::new(TcpSession::connect(self)?))
    }

    fn name(&self) -> String {
        format!("{}://{}", self.protection.scheme(), self.place)
    }

    fn url(&self) -> Option<String> {
        let user = percent_encode(self.names.get("user")?, NON_ALPHANUMERIC);
        let remote = if self.address.ip().is_loopback() {
            ""
        } else {
            "--allow-remote "
        };
        let (arguments, scheme) = (&self.arguments, self.protection.scheme());
        Some(format!(
            "{remote}{arguments}{scheme}://{user}@{}",
            self.place
        ))
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn another(&self) -> Option<Box<dyn Target + Send>> {
        Some(Box::new(self.clone()))
    }

    fn is_protected(&self) -> bool {
        self.protection != Protection::OnRequest
    }

    fn connect_in_clear(&mut self) -> Option<Result<Box<dyn Session>, Trouble>> {
        match self.protection {
            Protection::OnRequest => Some(self.connect()),
            Protection::Explicit => Some(self.clone().with_tls(Protection::OnRequest).connect()),
            Protection::Implicit => None,
        }
    }
}
