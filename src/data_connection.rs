//! The client's end of a data connection (RFC 959 §3.2): where to connect, whom to accept, and how much to read.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::{SockRef, Socket};

use crate::connection::{Connection, io};
use crate::patience::Patience;
use crate::reply::Reply;
use crate::target::{Trouble, Wait};

/// How many bytes of a data connection are read at the most.
pub const DATA_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How the next data connection is set up.
#[derive(Debug)]
pub(crate) enum Data {
    None,
    Passive(TcpStream),
    Active {
        listener: TcpListener,
        /// A data connection came to it already.
        had_one: bool,
    },
    /// The server named a port that cannot be used; says why.
    Unusable(&'static str),
}

impl Data {
    /// Connects to the port that a passive reply names, on the peer of the control connection and nowhere else.
    pub(crate) fn passive(reply: &Reply, peer: IpAddr, deadline: Duration) -> Self {
        let Some(port) = passive_port(reply.code, &reply.lines.join(&b' ')) else {
            return Data::Unusable("data port that can be read in the server's reply");
        };
        match TcpStream::connect_timeout(&SocketAddr::new(peer, port), deadline) {
            Ok(stream) => Data::Passive(stream),
            Err(_) => Data::Unusable("connection to the data port that the server named"),
        }
    }

    /// The port of the server to which it is set up.
    pub(crate) fn port(&self) -> Option<SocketAddr> {
        match self {
            Data::Passive(stream) => stream.peer_addr().ok(),
            _ => None,
        }
    }

    /// A port that the server may connect to.
    pub(crate) fn active(listener: TcpListener) -> Self {
        Data::Active {
            listener,
            had_one: false,
        }
    }

    /// The data connection that is set up; `None`: none is. The server is given time to open an active one. A port that
    /// listens is good for the next transfer too, though not every server uses it again.
    pub(crate) fn open(&mut self, patience: &Patience) -> Result<Option<TcpStream>, Trouble> {
        match std::mem::replace(self, Data::None) {
            Data::None => Ok(None),
            Data::Passive(stream) => Ok(Some(stream)),
            Data::Unusable(what) => {
                *self = Data::Unusable(what);
                Err(Trouble::Unsupported(what))
            }
            Data::Active { listener, had_one } => {
                let again = &patience.ports_again;
                let wait = if had_one {
                    patience.for_habit(again)
                } else {
                    patience.duration(Wait::Owed)
                };
                let accepted = accept(&listener, wait);
                if had_one {
                    again.learn(accepted.is_err());
                }
                let had_one = had_one || accepted.is_ok();
                *self = Data::Active { listener, had_one };
                accepted.map(Some)
            }
        }
    }
}

/// Accepts one connection. A listening socket honours the timeout for reading.
fn accept(listener: &TcpListener, deadline: Duration) -> Result<TcpStream, Trouble> {
    let socket = SockRef::from(listener);
    socket.set_read_timeout(Some(deadline)).map_err(io)?;
    let accepted: Result<(Socket, _), _> = socket.accept();
    match accepted {
        Ok((stream, _)) => Ok(stream.into()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Err(Trouble::TimedOut {
            awaited: "data connection from the server",
            seconds: deadline.as_secs(),
        }),
        Err(error) => Err(io(error)),
    }
}

/// All that comes up to the end of the data, within the deadline and [`DATA_BYTES_MAX`].
pub(crate) fn read_to_end(
    connection: &mut Connection,
    deadline: Duration,
) -> Result<Vec<u8>, Trouble> {
    let since = Instant::now();
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let timed_out = Trouble::TimedOut {
            awaited: "end of the data",
            seconds: deadline.as_secs(),
        };
        let left = deadline.saturating_sub(since.elapsed());
        if left.is_zero() {
            return Err(timed_out);
        }
        match connection.read(&mut chunk, left) {
            Ok(0) => return Ok(bytes),
            // Whatever it says of the transfer that we cut off would be our doing.
            Ok(count) if bytes.len() + count > DATA_BYTES_MAX => {
                return Err(Trouble::Unsupported("end of the data within 16 MiB"));
            }
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return Err(timed_out),
                ErrorKind::Interrupted => {}
                ErrorKind::InvalidData => return Err(io(error)),
                // A server that resets the data connection says on the control connection what that meant.
                _ => return Ok(bytes),
            },
        }
    }
}

/// The port that a 227, 228 or 229 names (RFC 959 §4.1.2, RFC 1639 §4, RFC 2428 §3).
fn passive_port(code: u16, text: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(text.get(3..)?).into_owned();
    if code == 229 {
        let inner = text.split_once('(')?.1.split_once(')')?.0;
        let delimiter = inner.chars().next()?;
        return inner
            .split(delimiter)
            .nth(3)?
            .parse()
            .ok()
            .filter(|&port| port != 0);
    }
    runs(&text)
        .iter()
        .find_map(|run| match run.as_slice() {
            [_, _, _, _, high, low] if code == 227 => Some(high * 256 + low),
            [.., 2, high, low] if code == 228 => Some(high * 256 + low),
            _ => None,
        })
        .filter(|&port| port != 0)
}

/// The runs of numbers from 0 to 255 with commas between them, wherever they stand in a text. Spaces behind a comma are
/// passed over.
fn runs(text: &str) -> Vec<Vec<u16>> {
    let mut joined = String::with_capacity(text.len());
    for character in text.chars() {
        if character != ' ' || !joined.ends_with(',') {
            joined.push(character);
        }
    }
    joined
        .split(|character: char| !character.is_ascii_digit() && character != ',')
        .filter_map(|run| {
            let numbers = run.trim_matches(',').split(',');
            let small = |number: &str| number.parse().ok().filter(|&number| number <= 255);
            numbers.map(small).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_a_passive_reply_is_read_and_nothing_else() {
        assert_eq!(
            passive_port(227, b"227 Entering Passive Mode (127,0,0,1,4,1)."),
            Some(1025)
        );
        assert_eq!(passive_port(227, b"227 =127,0,0,1,4,1"), Some(1025));
        assert_eq!(passive_port(227, b"227 (127,0,0,1,400,1)"), None);
        assert_eq!(passive_port(229, b"229 Extended (|||1025|)"), Some(1025));
        assert_eq!(passive_port(229, b"229 Extended (|||0|)"), None);
        assert_eq!(
            passive_port(228, b"228 Long (4,4,127,0,0,1,2,4,1)"),
            Some(1025)
        );
        assert_eq!(passive_port(227, b"227"), None);
        assert_eq!(
            passive_port(227, b"227 ok, come to <127,0,0,1,4,1>"),
            Some(1025)
        );
        assert_eq!(
            passive_port(227, b"227 Port 3, 4 is at 127, 0, 0,  1, 4, 1, hurry"),
            Some(1025)
        );
        assert_eq!(passive_port(227, b"227 (127,0,0,1,4,1,7)"), None);
        assert_eq!(passive_port(227, b"227-Here 227 127,0,0,1,4,1"), Some(1025));
    }
}
