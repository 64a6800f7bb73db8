//! An exemplary FTP server around the session of `core` (RFC 959, and the extensions that FEAT names).
//!
//! The session decides, in its one `handle`; everything here moves bytes. Read in this order: `server` (a port, and a
//! thread for each session), `connection` (the threads of one session, and its sockets), `conversation` (the same
//! without sockets: bytes in, bytes out), then `transfer` and `data`. `files` is what is served, in `memory` or in a
//! `directory`.

use std::sync::Arc;

use ftproof_core::MemorySite;

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

/// What stands between the sockets and the session, for the fuzz target.
pub(crate) mod parts {
    pub(crate) use super::conversation::{Conversation, Step, Task};
    pub(crate) use super::house::House;
    pub(crate) use super::tls::TlsServer;
    pub(crate) use super::transfer::{Moved, run as move_bytes};
}

pub use accounts::{AccountError, Accounts};
pub use house::Limits;
pub use server::{ServeError, Server, Settings, raise_descriptor_limit};
#[cfg(feature = "tls")]
pub use tls::TlsError;
pub use tls::TlsServer;

/// A server without a port, whose files are those of `site`.
pub(crate) fn memory_house(
    site: MemorySite,
    tls: Option<TlsServer>,
) -> (Arc<house::House>, Arc<memory::MemoryFiles>) {
    let files = Arc::new(memory::MemoryFiles::new(site));
    let house = house::House {
        accounts: Accounts::fixture(),
        files: Arc::clone(&files) as _,
        is_read_only: false,
        tls,
        log: None,
        limits: Limits::default(),
    };
    (Arc::new(house), files)
}
