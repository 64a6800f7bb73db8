//! An exemplary FTP server around the session of `core` (RFC 959, and the extensions that FEAT names).
//!
//! The session decides, in its one `handle`; everything here moves bytes. Read in this order: `server` (a port, and a
//! thread for each session), `connection` (the threads of one session, and its sockets), `conversation` (the same without
//! sockets: bytes in, bytes out), then `transfer` and `data`. `files` is what is served, in `memory` or in a `directory`.

mod accounts;
mod ascii;
mod channel;
mod connection;
mod conversation;
mod data;
mod directory;
mod files;
mod house;
mod memory;
mod seats;
mod server;
mod site;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod transcript;
mod transfer;

pub use accounts::{AccountError, Accounts};
pub use house::Limits;
pub use server::{ServeError, Server, Settings, raise_descriptor_limit};
#[cfg(feature = "tls")]
pub use tls::TlsError;
pub use tls::TlsServer;
