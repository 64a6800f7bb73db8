//! The server: a port, a thread for each session, and no more sessions than it has seats for.

use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use ftproof_core::MemorySite;
use thiserror::Error;

use super::accounts::Accounts;
use super::connection::{Connection, STACK_BYTES};
use super::data;
use super::directory::DirectoryFiles;
use super::files::Files;
use super::house::{House, Limits};
use super::memory::MemoryFiles;
use super::seats::Seats;
use super::tls::TlsServer;
use super::transcript::Log;

/// So many connections may wait to be accepted. The system drops what is beyond, and its client tries again late.
const BACKLOG: i32 = 1024;

/// What a server serves, to whom, and how.
pub struct Settings {
    /// Where the files are; `None`: the fixture, in memory.
    pub root: Option<PathBuf>,
    /// Who may log in.
    pub accounts: Accounts,
    /// Whether nobody may change files.
    pub is_read_only: bool,
    /// The certificate; `None`: AUTH is not implemented.
    pub tls: Option<TlsServer>,
    /// Where to write what happens in each session.
    pub transcript: Option<PathBuf>,
    /// How much is allowed.
    pub limits: Limits,
}

impl Default for Settings {
    /// The fixture, with its accounts.
    fn default() -> Self {
        Settings {
            root: None,
            accounts: Accounts::fixture(),
            is_read_only: false,
            tls: None,
            transcript: None,
            limits: Limits::default(),
        }
    }
}

/// Why there is no server.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The port cannot be had.
    #[error("cannot listen on {address}: {reason}")]
    Port {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        reason: String,
    },
    /// The root cannot be served.
    #[error("cannot serve {}: {reason}", root.display())]
    Root {
        /// The directory.
        root: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The transcript cannot be written.
    #[error("cannot write the transcript to {}: {reason}", file.display())]
    Transcript {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    house: Arc<House>,
    seats: Arc<Seats>,
}

impl Server {
    /// Listens on `address`; port 0 is one that the system chooses. Nobody is served before [`Server::run`].
    ///
    /// # Errors
    /// Says what cannot be had.
    pub fn bind(address: SocketAddr, settings: Settings) -> Result<Self, ServeError> {
        let files: Arc<dyn Files> = match settings.root {
            None => Arc::new(MemoryFiles::new(MemorySite::fixture())),
            Some(root) => match DirectoryFiles::open(&root) {
                Ok(files) => Arc::new(files),
                Err(error) => {
                    let reason = error.to_string();
                    return Err(ServeError::Root { root, reason });
                }
            },
        };
        let log = match settings.transcript {
            None => None,
            Some(file) => match Log::create(&file) {
                Ok(log) => Some(Arc::new(log)),
                Err(error) => {
                    let reason = error.to_string();
                    return Err(ServeError::Transcript { file, reason });
                }
            },
        };
        let port = |error: io::Error| ServeError::Port {
            address,
            reason: match error.kind() {
                ErrorKind::AddrInUse => "another program has this port; name another".to_owned(),
                ErrorKind::PermissionDenied => {
                    "this port is the system's; name one above 1023".to_owned()
                }
                _ => error.to_string(),
            },
        };
        let (listener, address) = data::bind(address, BACKLOG).map_err(port)?;
        Ok(Server {
            address,
            listener,
            seats: Arc::new(Seats::new(settings.limits.sessions_max)),
            house: Arc::new(House {
                accounts: settings.accounts,
                files,
                is_read_only: settings.is_read_only,
                tls: settings.tls,
                log,
                limits: settings.limits,
            }),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves whoever comes, without an end.
    pub fn run(&self) -> ! {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.admit(stream),
                // The client is gone again.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // The system has no more sockets: a session must end first.
                Err(_) => self.seats.wait_for_change(),
            }
        }
    }

    fn admit(&self, stream: TcpStream) {
        let Some(seat) = Seats::take(&self.seats) else {
            return turn_away(&stream);
        };
        let house = Arc::clone(&self.house);
        // A client that cannot be served, as there is no thread for it, sees its connection closed.
        let _ = thread::Builder::new()
            .name("session".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                if let Ok(connection) = Connection::new(stream, house, seat) {
                    Arc::new(connection).run();
                }
            });
    }
}

/// Says why, as far as that does not wait: the buffer of a new connection has room.
fn turn_away(mut stream: &TcpStream) {
    let _ = stream
        .set_nonblocking(true)
        .and_then(|()| stream.write_all(b"421 Too many sessions; try again later\r\n"))
        .and_then(|()| stream.shutdown(Shutdown::Write));
}

/// Allows this process as many open files as the system lets it have. A session needs one, a transfer three more.
pub fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // What it has will do then.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
}
