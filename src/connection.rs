//! A TCP connection to a server, in clear or inside TLS, with a deadline on every wait.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use socket2::SockRef;

use crate::target::Trouble;
use crate::tls::{Tls, TlsClient};

/// For so long a reply is waited for awake.
const AWAKE: Duration = Duration::from_micros(200);
/// A wait that is no longer than this is spent awake: a sleep as short as that takes several times as long.
pub(crate) const NAP: Duration = Duration::from_millis(1);

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: TcpStream,
    /// What the socket's timeout for reading is.
    read_timeout: Duration,
    tls: Option<Box<Tls>>,
}

impl Connection {
    /// Takes a connection in clear; sending lasts at most `deadline`.
    pub(crate) fn new(socket: TcpStream, deadline: Duration) -> Result<Self, Trouble> {
        socket.set_nodelay(true).map_err(io)?;
        socket.set_write_timeout(Some(deadline)).map_err(io)?;
        socket.set_read_timeout(Some(deadline)).map_err(io)?;
        Ok(Connection {
            socket,
            read_timeout: deadline,
            tls: None,
        })
    }

    /// The socket below.
    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Whether it is inside TLS.
    pub(crate) fn is_protected(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.is_on())
    }

    /// Makes the TLS handshake, which lasts at most `patience`.
    pub(crate) fn start_tls(
        &mut self,
        client: &TlsClient,
        patience: Duration,
    ) -> Result<(), Trouble> {
        let mut tls = client.begin().map_err(io)?;
        let shaken = self.shake_hands(&mut tls, patience);
        // After a failure that is the alert which tells the server why; whether it hears that is its affair. What comes
        // behind it is no longer in clear.
        let flushed = tls.flush(&mut self.socket);
        self.tls = Some(Box::new(tls));
        shaken?;
        flushed.map_err(io)
    }

    fn shake_hands(&mut self, tls: &mut Tls, patience: Duration) -> Result<(), Trouble> {
        let since = Instant::now();
        let timed_out = || Trouble::TimedOut {
            awaited: "TLS handshake",
            seconds: patience.as_secs(),
        };
        while tls.is_handshaking() {
            let left = patience.saturating_sub(since.elapsed());
            if left.is_zero() {
                return Err(timed_out());
            }
            self.wait_at_most(left).map_err(io)?;
            match tls.shake_hands(&mut self.socket) {
                Ok(()) => {}
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => return Err(timed_out()),
                    ErrorKind::UnexpectedEof
                    | ErrorKind::ConnectionReset
                    | ErrorKind::BrokenPipe => {
                        return Err(Trouble::Tls(
                            "the server closed the connection in the handshake".to_owned(),
                        ));
                    }
                    _ => return Err(io(error)),
                },
            }
        }
        Ok(())
    }

    /// Leaves TLS; the connection goes on in clear.
    pub(crate) fn leave_tls(&mut self) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) if tls.is_on() => tls.leave(&mut self.socket),
            _ => Ok(()),
        }
    }

    /// Whether the server has left TLS.
    pub(crate) fn was_left_by_server(&mut self) -> bool {
        match &mut self.tls {
            Some(tls) => tls.is_on() && tls.was_ended(),
            None => false,
        }
    }

    /// Reads what comes within `patience`; 0 is the end. An error of the kind [`ErrorKind::Interrupted`] says that
    /// something came, and more is needed.
    pub(crate) fn read(&mut self, bytes: &mut [u8], patience: Duration) -> io::Result<usize> {
        let awake = if patience > NAP { AWAKE } else { patience };
        if !self.comes_within(awake) && awake == patience {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.wait_at_most(patience)?;
        self.read_now(bytes)
    }

    /// Reads what is there; the error is [`ErrorKind::WouldBlock`] if nothing is. To see that, as nearly always, costs
    /// one call.
    pub(crate) fn read_what_is_there(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if !self.holds_any() && !has_come_to(&self.socket) {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.socket.set_nonblocking(true)?;
        let came = self.read_now(bytes);
        self.socket.set_nonblocking(false)?;
        came
    }

    /// Whether something was read and not taken.
    fn holds_any(&mut self) -> bool {
        self.tls.as_mut().is_some_and(|tls| tls.holds_any())
    }

    /// Waits without going to sleep: a reply that comes so soon is had sooner than who sleeps wakes up.
    fn comes_within(&mut self, time: Duration) -> bool {
        let since = Instant::now();
        let mut is_there = self.holds_any() || has_come_to(&self.socket);
        while !is_there && since.elapsed() < time {
            thread::yield_now();
            is_there = has_come_to(&self.socket);
        }
        is_there
    }

    fn read_now(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.socket.read(bytes);
        };
        let came = tls.read(&mut self.socket, bytes);
        if tls.is_over() {
            self.tls = None;
        }
        came
    }

    /// The socket is told only what it does not know: this is on the way of every reply.
    fn wait_at_most(&mut self, patience: Duration) -> io::Result<()> {
        if self.read_timeout != patience {
            self.socket.set_read_timeout(Some(patience))?;
            self.read_timeout = patience;
        }
        Ok(())
    }

    /// Sends `bytes`.
    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) if tls.is_on() => tls.write_all(&mut self.socket, bytes),
            _ => self.socket.write_all(bytes),
        }
    }

    /// Says that nothing more comes from us, if there are words for it: inside TLS.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) if tls.is_on() => tls.close(&mut self.socket),
            _ => Ok(()),
        }
    }

    /// Ends our part in good order, and lets the server end its own: what it still sends is thrown away, for at most
    /// `patience`. A socket that is closed over unread bytes is reset, and the server may lose what we sent. Inside TLS
    /// what still comes may be what resumes the session.
    pub(crate) fn finish(&mut self, patience: Duration) {
        // What a server does with a closed connection is its own affair: nothing here can fail.
        let _ = self.close();
        let _ = self.socket.shutdown(Shutdown::Write);
        let since = Instant::now();
        let mut chunk = [0; 4096];
        while since.elapsed() < patience {
            match self.read(&mut chunk, patience) {
                Ok(count) if count > 0 => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }

    /// Breaks it off: the server sees a reset.
    pub(crate) fn reset(self) -> Result<(), Trouble> {
        SockRef::from(&self.socket)
            .set_linger(Some(Duration::ZERO))
            .map_err(io)
    }
}

/// Whether a read of `socket` would give something, if only an error.
fn has_come_to(socket: &TcpStream) -> bool {
    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    !matches!(recv(socket, &mut [0], flags), Err(Errno::WOULDBLOCK))
}

/// What an error of a connection means to a check.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
pub(crate) fn io(error: io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::InvalidData => Trouble::Tls(error.to_string()),
        _ => Trouble::Io(error.to_string()),
    }
}

/// Something came in clear where TLS was awaited.
pub(crate) fn not_tls() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the server does not speak TLS here")
}
