//! The address of a target: `ftp://user:password@host:port`, `ftpes://` or `ftps://`.

use std::net::{SocketAddr, ToSocketAddrs};

use percent_encoding::percent_decode_str;
use thiserror::Error;

/// When a session is inside TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protection {
    /// `ftp://`: behind an AUTH of the test's own.
    #[default]
    OnRequest,
    /// `ftpes://`: AUTH TLS comes straight behind the greeting (RFC 4217 §4).
    Explicit,
    /// `ftps://`: from the first byte on.
    Implicit,
}

impl Protection {
    const ALL: [Self; 3] = [Self::OnRequest, Self::Explicit, Self::Implicit];

    /// What a URL begins with, without `://`.
    pub fn scheme(self) -> &'static str {
        match self {
            Protection::OnRequest => "ftp",
            Protection::Explicit => "ftpes",
            Protection::Implicit => "ftps",
        }
    }

    /// The port where a URL has none.
    fn port(self) -> u16 {
        match self {
            Protection::OnRequest | Protection::Explicit => 21,
            Protection::Implicit => 990,
        }
    }
}

/// What a URL says of a target.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// When its sessions are inside TLS.
    pub protection: Protection,
    /// The host, as it was written.
    pub host: String,
    /// The port of the control connection.
    pub port: u16,
    /// The user, if the URL names one.
    pub user: Option<String>,
    /// The password, if the URL has one. Never shown.
    pub password: Option<String>,
}

/// Why a text is not the address of a target that we may speak to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It is not a URL of FTP.
    #[error("'{0}' is not a target; write ftp://user@host:port (ftpes:// or ftps:// for TLS)")]
    NotFtp(String),
    /// It needs TLS.
    #[error("'{0}': this ftproof was built without TLS; write ftp://user@host:port")]
    NoTls(String),
    /// The port is no port.
    #[error("the port of '{0}' is not a number from 1 to 65535; write ftp://user@host:port")]
    Port(String),
    /// The name cannot be resolved.
    #[error("cannot find the host '{host}': {reason}")]
    NoHost {
        /// The host.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// It is not on this machine, and nobody allowed that.
    #[error("{0} is not a loopback address; add --allow-remote if you may test that server")]
    Remote(SocketAddr),
}

impl Address {
    /// Reads `ftp://[user[:password]@]host[:port]`, or the same with `ftpes` or `ftps`. The port is 21 if there is
    /// none, and 990 for `ftps`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let not_ftp = || AddressError::NotFtp(without_password(text));
        let (scheme, rest) = text.split_once("://").ok_or_else(not_ftp)?;
        let protection = Protection::ALL
            .into_iter()
            .find(|protection| protection.scheme() == scheme)
            .ok_or_else(not_ftp)?;
        if protection != Protection::OnRequest && !cfg!(feature = "tls") {
            return Err(AddressError::NoTls(without_password(text)));
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        if place.contains('/') {
            return Err(not_ftp());
        }
        let (host, port) = match place.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']').ok_or_else(not_ftp)?;
                (host, port.strip_prefix(':'))
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        if host.is_empty() {
            return Err(not_ftp());
        }
        let port = match port {
            None => protection.port(),
            Some(port) => match port.parse() {
                Ok(port) if port != 0 => port,
                _ => return Err(AddressError::Port(without_password(text))),
            },
        };
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = match login {
            None => (None, None),
            Some(login) => match login.split_once(':') {
                Some((user, password)) => (Some(decode(user)), Some(decode(password))),
                None => (Some(decode(login)), None),
            },
        };
        Ok(Address {
            protection,
            host: host.to_owned(),
            port,
            user: user.filter(|user| !user.is_empty()),
            password,
        })
    }

    /// The socket address. Unless `allow_remote`, one that is not loopback is an error, before any traffic.
    pub fn resolve(&self, allow_remote: bool) -> Result<SocketAddr, AddressError> {
        let no_host = |reason: String| AddressError::NoHost {
            host: self.host.clone(),
            reason,
        };
        let found: Vec<SocketAddr> = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|error| no_host(error.to_string()))?
            .collect();
        let loopback = found.iter().find(|address| address.ip().is_loopback());
        match (loopback, found.first()) {
            (Some(address), _) => Ok(*address),
            (None, Some(address)) if allow_remote => Ok(*address),
            (None, Some(address)) => Err(AddressError::Remote(*address)),
            (None, None) => Err(no_host("it has no address".to_owned())),
        }
    }
}

/// `text` without what may be a password, to be shown: behind a first colon, other than that of `://`, up to the host.
fn without_password(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    match (rest.rsplit_once('@'), rest.split_once(':')) {
        (Some((_, place)), _) => format!(
            "{scheme}…@{}",
            place.split_once(':').map_or(place, |(host, _)| host)
        ),
        (None, Some((name, _))) => format!("{scheme}{name}:…"),
        (None, None) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let address = Address::parse("ftp://a%40b:p%3Aw@[::1]:2121/").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("::1", 2121));
        assert_eq!(
            (address.user.as_deref(), address.password.as_deref()),
            (Some("a@b"), Some("p:w"))
        );
        assert_eq!(Address::parse("ftp://localhost").unwrap().port, 21);
    }

    #[test]
    fn the_scheme_says_when_tls_starts() {
        for (text, protection, port) in [
            ("ftp://localhost", Protection::OnRequest, 21),
            ("ftpes://localhost", Protection::Explicit, 21),
            ("ftps://localhost", Protection::Implicit, 990),
            ("ftps://localhost:2121", Protection::Implicit, 2121),
        ] {
            match Address::parse(text) {
                Ok(address) => assert_eq!((address.protection, address.port), (protection, port)),
                Err(error) => {
                    let is_expected =
                        !cfg!(feature = "tls") && matches!(error, AddressError::NoTls(_));
                    assert!(is_expected, "{error}");
                }
            }
        }
    }

    #[test]
    fn a_wrong_url_never_shows_its_password() {
        for text in [
            "htp://user:secret@host",
            "user:secret@host",
            "ftps://user:secret@host:x",
            "ftp://user:secret@",
            "ftp://user:secret",
            "ftp://user:secret/x",
        ] {
            let Err(error) = Address::parse(text) else {
                panic!("{text} was taken")
            };
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert_eq!(
            Address::parse("ftp://host:0").err(),
            Some(AddressError::Port("ftp://host:…".to_owned()))
        );
    }

    #[test]
    fn what_is_not_loopback_needs_leave() {
        let address = Address::parse("ftp://192.0.2.1").unwrap();
        assert!(matches!(
            address.resolve(false),
            Err(AddressError::Remote(_))
        ));
        assert!(address.resolve(true).is_ok());
        assert!(
            Address::parse("ftp://127.0.0.1:2121")
                .unwrap()
                .resolve(false)
                .is_ok()
        );
    }
}
