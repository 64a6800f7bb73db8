//! The server's end of a data connection (RFC 959 §3.2), on a thread of its own, which can be cut short.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ftproof_core::{
    DataConnection, Listen, ListenError, Listener, Protection, Transfer, TransferOutcome,
};
use socket2::{SockRef, Socket};

use super::channel::protect;

/// How long the server waits for a data connection. No test waits for it.
const DATA_DEADLINE: Duration = Duration::from_secs(10);

/// The passive listener of one session.
#[derive(Debug, Default)]
pub struct Port(pub Option<TcpListener>);

impl Listener for Port {
    fn listen(&mut self, _: Listen) -> Result<SocketAddr, ListenError> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|_| ListenError::Unavailable)?;
        let address = listener
            .local_addr()
            .map_err(|_| ListenError::Unavailable)?;
        self.0 = Some(listener);
        Ok(address)
    }

    fn close_listener(&mut self) {
        self.0 = None;
    }
}

/// A hold on the socket that a transfer waits for, by which it is cut short.
#[derive(Clone, Default)]
pub struct Hold(Arc<Mutex<Held>>);

#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    Socket(Socket),
    Cut,
}

impl Hold {
    /// Ends the transfer, wherever it is.
    pub fn cut(&self) {
        let held = std::mem::replace(&mut *self.lock(), Held::Cut);
        if let Held::Socket(socket) = held {
            // One that the other side has ended needs no end.
            let _ = socket.shutdown(Shutdown::Both);
        }
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
    fn release(&self) {
        *self.lock() = Held::Nothing;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the data connection and moves the bytes: `outgoing`, or what comes. Gives what came.
pub fn move_bytes(
    transfer: &Transfer,
    outgoing: Option<&[u8]>,
    listener: Option<TcpListener>,
    hold: &Hold,
) -> (TransferOutcome, Vec<u8>) {
    let Some(stream) = connect(transfer.connection, listener, hold) else {
        return (TransferOutcome::NotOpened, Vec::new());
    };
    let mut arrived = Vec::new();
    let moved = match transfer.protection {
        Protection::Clear => pass(stream, outgoing, &mut arrived),
        Protection::Private => {
            let mut stream = protect(stream);
            pass(&mut stream, outgoing, &mut arrived).and_then(|()| {
                stream.conn.send_close_notify();
                stream.flush()
            })
        }
    };
    hold.release();
    match moved {
        Ok(()) => (TransferOutcome::Completed, arrived),
        Err(_) => (TransferOutcome::Broken, arrived),
    }
}

fn pass(
    mut stream: impl Read + Write,
    outgoing: Option<&[u8]>,
    arrived: &mut Vec<u8>,
) -> io::Result<()> {
    match outgoing {
        Some(bytes) => stream.write_all(bytes).and_then(|()| stream.flush()),
        None => stream.read_to_end(arrived).map(drop),
    }
}

/// To loopback only, whatever PORT said.
fn connect(
    connection: DataConnection,
    listener: Option<TcpListener>,
    hold: &Hold,
) -> Option<TcpStream> {
    let stream = match connection {
        DataConnection::Passive => {
            let listener = listener?;
            let socket = SockRef::from(&listener);
            socket.set_read_timeout(Some(DATA_DEADLINE)).ok()?;
            hold.take(&socket)?;
            socket.accept().ok()?.0.into()
        }
        DataConnection::Active(address) if address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) => {
            TcpStream::connect_timeout(&address, DATA_DEADLINE).ok()?
        }
        DataConnection::Active(_) => return None,
    };
    hold.take(&SockRef::from(&stream))?;
    Some(stream)
}
