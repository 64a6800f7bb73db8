//! The client's end of a data connection (RFC 959 §3.2): where to connect, whom to accept, and how much to read.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::{SockRef, Socket};

use crate::target::Trouble;
use crate::tcp::io;

/// How many bytes of a data connection are read at the most.
pub const DATA_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Accepts one connection. A listening socket honours the timeout for reading.
pub(crate) fn accept(listener: &TcpListener, deadline: Duration) -> Result<TcpStream, Trouble> {
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
pub(crate) fn read_to_end(mut stream: TcpStream, deadline: Duration) -> Result<Vec<u8>, Trouble> {
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
        stream.set_read_timeout(Some(left)).map_err(io)?;
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            // Whatever it says of the transfer that we cut off would be our doing.
            Ok(count) if bytes.len() + count > DATA_BYTES_MAX => {
                return Err(Trouble::Unsupported("end of the data within 16 MiB"));
            }
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return Err(timed_out),
                ErrorKind::Interrupted => {}
                // A server that resets the data connection says on the control connection what that meant.
                _ => return Ok(bytes),
            },
        }
    }
}

/// The port that a 227, 228 or 229 names (RFC 959 §4.1.2, RFC 1639 §4, RFC 2428 §3).
pub(crate) fn passive_port(code: u16, text: &[u8]) -> Option<u16> {
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
    let numbers: Vec<u16> = text
        .split(|character: char| !character.is_ascii_digit() && character != ',')
        .filter(|run| run.contains(','))
        .flat_map(|run| run.split(','))
        .map(|number| number.parse().ok().filter(|&number| number <= 255))
        .collect::<Option<_>>()?;
    match numbers.as_slice() {
        [_, _, _, _, high, low] if code == 227 => Some(high * 256 + low),
        [.., 2, high, low] if code == 228 => Some(high * 256 + low),
        _ => None,
    }
    .filter(|&port| port != 0)
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
    }
}
