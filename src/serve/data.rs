//! The server's end of a data connection (RFC 959 §3.2): whom it accepts, where it connects to, how it is cut short.

use std::io;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ftproof_core::{DataConnection, Listen, ListenError, Listener, TransferOutcome};
use socket2::{Domain, SockRef, Socket, Type};

/// So many may wait to be accepted. The client's own is one; the others are those that are turned away.
const BACKLOG: i32 = 8;

/// The passive listener of one session.
pub(crate) struct Port {
    /// The server's address on the control connection.
    local: IpAddr,
    listener: Option<TcpListener>,
}

impl Port {
    pub(crate) fn new(local: IpAddr) -> Self {
        Port {
            local,
            listener: None,
        }
    }

    /// The listener, for the transfer that begins.
    pub(crate) fn take(&mut self) -> Option<TcpListener> {
        self.listener.take()
    }
}

impl Listener for Port {
    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError> {
        let fits = match listen {
            Listen::Control => true,
            Listen::V4 => self.local.is_ipv4(),
            Listen::V6 => self.local.is_ipv6(),
        };
        if !fits {
            return Err(ListenError::Protocol);
        }
        let address = SocketAddr::new(self.local, 0);
        let (listener, address) = bind(address, BACKLOG).map_err(|_| ListenError::Unavailable)?;
        self.listener = Some(listener);
        Ok(address)
    }

    fn close_listener(&mut self) {
        self.listener = None;
    }
}

/// Listens, with so many connections that may wait to be accepted. Also says where: for port 0 the system chooses one.
pub(crate) fn bind(address: SocketAddr, backlog: i32) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    let listener = TcpListener::from(socket);
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The two ends of a control connection: a data connection is between the same hosts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hosts {
    pub(crate) local: IpAddr,
    pub(crate) peer: IpAddr,
}

/// A hold on the socket that a transfer waits for, by which it is cut short.
#[derive(Clone, Default)]
pub(crate) struct Hold(Arc<Mutex<Held>>);

#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    Socket(Socket),
    Cut,
}

impl Hold {
    /// Ends the transfer, wherever it is.
    pub(crate) fn cut(&self) {
        let held = std::mem::replace(&mut *self.lock(), Held::Cut);
        if let Held::Socket(socket) = held {
            // One that the other side has ended needs no end.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn is_cut(&self) -> bool {
        matches!(*self.lock(), Held::Cut)
    }

    /// Lets the transfer wait for `socket`, unless it was cut.
    fn take(&self, socket: &SockRef<'_>) -> Option<()> {
        let mut held = self.lock();
        if matches!(*held, Held::Cut) {
            return None;
        }
        *held = Held::Socket(socket.try_clone().ok()?);
        Some(())
    }

    /// Lets go of the socket, so that it closes with its stream.
    pub(crate) fn release(&self) {
        let mut held = self.lock();
        if matches!(*held, Held::Socket(_)) {
            *held = Held::Nothing;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the data connection within `patience`. `Err`: there is none, or it broke at once, or the transfer was cut.
pub(crate) fn open(
    connection: DataConnection,
    listener: Option<TcpListener>,
    hosts: Hosts,
    patience: Duration,
    hold: &Hold,
) -> Result<TcpStream, TransferOutcome> {
    let stream = match connection {
        DataConnection::Passive => listener
            .and_then(|listener| {
                hold.take(&SockRef::from(&listener))?;
                accept(&listener, hosts.peer, patience, hold)
            })
            .ok_or(TransferOutcome::NotOpened)?,
        DataConnection::Active(address) => connect(address, hosts.local, patience)?,
    };
    hold.take(&SockRef::from(&stream))
        .ok_or(TransferOutcome::NotOpened)?;
    Ok(stream)
}

/// Accepts the client and nobody else (RFC 2577). A listening socket honours the timeout for reading.
fn accept(
    listener: &TcpListener,
    peer: IpAddr,
    patience: Duration,
    hold: &Hold,
) -> Option<TcpStream> {
    let since = Instant::now();
    loop {
        let left = patience.saturating_sub(since.elapsed());
        if left.is_zero() || hold.is_cut() {
            return None;
        }
        SockRef::from(listener).set_read_timeout(Some(left)).ok()?;
        match listener.accept() {
            Ok((stream, from)) if from.ip().to_canonical() == peer => return Some(stream),
            // Not the client; or one that is gone again.
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => return None,
        }
    }
}

/// Connects from the address that the client knows.
fn connect(
    address: SocketAddr,
    local: IpAddr,
    patience: Duration,
) -> Result<TcpStream, TransferOutcome> {
    let connected = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if address.is_ipv4() == local.is_ipv4() {
            socket.bind(&SocketAddr::new(local, 0).into())?;
        }
        socket.connect_timeout(&address.into(), patience)?;
        Ok(socket.into())
    };
    connected().map_err(|error: io::Error| match error.kind() {
        // It was there, and was reset before anybody looked.
        io::ErrorKind::ConnectionReset => TransferOutcome::Broken,
        _ => TransferOutcome::NotOpened,
    })
}
