//! What can be tested: a server to which sessions can be opened, whether in process or behind a socket.
//!
//! Everything above (check, replay, fuzz) takes a [`Target`]. An author of a server in process implements
//! [`Target::connect`] and [`Session::send`], and what a transfer needs if there are any.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use crate::campaign::CorpusError;
use crate::journal::JournalError;
use crate::reply::{NotAReply, Reply};

/// A server.
pub trait Target {
    /// Opens a control connection and waits for its greeting. A greeting other than 220 is an error.
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble>;

    /// What to call the target in a report; without a password.
    fn name(&self) -> String;

    /// The argument that makes the command line find it again; without a password. `None`: none is needed.
    fn url(&self) -> Option<String> {
        None
    }

    /// What stands for `{user}`, `{password}` and the other names of a transcript.
    fn names(&self) -> &Names;

    /// Whether each connection starts with the same files, and these are among the names: then none are made.
    fn starts_fresh(&self) -> bool {
        false
    }

    /// The same target once more, for sessions on another thread. `None`: it is tested with one session at a time.
    fn another(&self) -> Option<Box<dyn Target + Send>> {
        None
    }

    /// Whether sessions are inside TLS from their start on.
    fn is_protected(&self) -> bool {
        false
    }

    /// [`Target::connect`], in clear even if the other sessions are not. `None`: no session here ever is.
    fn connect_in_clear(&mut self) -> Option<Result<Box<dyn Session>, Trouble>> {
        (!self.is_protected()).then(|| self.connect())
    }
}

/// One control connection.
pub trait Session {
    /// The greeting.
    fn greeting(&self) -> &Reply;

    /// Sends one line (CRLF is added) and waits for the first reply to it. `None`: nothing came, while a transfer ran
    /// behind which the server may hold its reply back (RFC 959 §4.2), or to an empty line.
    fn send(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble>;

    /// Sends bytes as they are, in one segment. The replies to them are had with [`Session::next_reply`].
    fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let _ = bytes;
        Err(Trouble::Unsupported("way to send bytes as they are"))
    }

    /// Waits for one more reply. `None`: nothing came; only a brief wait ends so, others as [`Trouble::TimedOut`].
    /// Behind a line whose reply was not in time, it is that reply.
    ///
    /// Where [`Session::send`] gives the one reply to each line there is never another.
    fn next_reply(&mut self, wait: Wait) -> Result<Option<Reply>, Trouble> {
        match wait {
            Wait::Brief | Wait::Hasty | Wait::Unowed(_) => Ok(None),
            Wait::Full | Wait::Owed => Err(Trouble::TimedOut {
                awaited: "reply",
                seconds: 0,
            }),
        }
    }

    /// Listens for an active data connection, and says where.
    fn listen(&mut self) -> Result<SocketAddr, Trouble> {
        Err(Trouble::Unsupported("active data connections"))
    }

    /// Opens the data connection of the transfer that a preliminary reply announced. False: none had been set up.
    fn open_data(&mut self) -> Result<bool, Trouble> {
        Ok(false)
    }

    /// Sends bytes over the data connection of the transfer that is running.
    fn send_data(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let _ = bytes;
        Err(Trouble::Unsupported("data connections"))
    }

    /// Ends the transfer that is running, and gives what the server sent over the data connection.
    fn end_transfer(&mut self, how: DataEnd) -> Result<Vec<u8>, Trouble> {
        let _ = how;
        Err(Trouble::Unsupported("data connections"))
    }

    /// Whether the control connection is inside TLS.
    fn is_protected(&self) -> bool {
        false
    }

    /// Makes the TLS handshake that AUTH answered 234 asks for.
    fn start_tls(&mut self) -> Result<(), Trouble> {
        Err(Trouble::Unsupported("TLS"))
    }
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until the deadline: that nothing comes will be held against the server.
    Full,
    /// A large multiple of the slowest reply so far: the reply is owed.
    Owed,
    /// A small multiple of the slowest reply so far: the reply may never come.
    Brief,
    /// A small multiple of what a reply takes on average: one that does not come is waited for longer the next time,
    /// before anything is said of it.
    Hasty,
    /// Briefly, until it is known that this server never gives one there.
    Unowed(Unowed),
}

/// A reply that need not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unowed {
    /// The completion of a transfer, behind what was sent during it.
    Completion,
    /// The end of a transfer that has no data connection, once this server was seen to leave one without.
    Connectionless,
}

/// How a transfer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataEnd {
    /// All bytes are read or written, and the data connection is closed in good order.
    Done,
    /// The data connection is reset.
    Broken,
    /// It could not be opened.
    Refused,
    /// The server has trouble of its own.
    Failed,
}

/// Why we could not find out. This is about us or the network, never a finding.
#[derive(Debug, Clone, Error)]
pub enum Trouble {
    /// No connection.
    #[error("cannot connect to {address}: {reason}; is the server running, and is the port right?")]
    NoConnection {
        /// Where to.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// Nothing came within the deadline.
    #[error("no {awaited} within {seconds} s")]
    TimedOut {
        /// What was awaited.
        awaited: &'static str,
        /// The deadline.
        seconds: u64,
    },
    /// The server closed the control connection.
    #[error("the server closed the connection where {0} was awaited")]
    Closed(&'static str),
    /// What came is not FTP.
    #[error("{0}; is this an FTP server?")]
    NotFtp(#[from] NotAReply),
    /// A reply came that no line had asked for, so every later one would be taken for the wrong line's.
    #[error("a reply came unasked: '{0}'")]
    Unasked(String),
    /// It is not ready for us.
    #[error("the server is not available: it said '{0}'")]
    Unavailable(String),
    /// It does not let us in.
    #[error(
        "login as '{user}' failed: the server said '{reply}'; set the user in the URL or with --user, the password \
        with FTPROOF_PASSWORD or --password-file"
    )]
    LoginRefused {
        /// The user.
        user: String,
        /// The headline of the reply.
        reply: String,
    },
    /// It wants an account beside the password, and none is known.
    #[error(
        "login as '{user}' failed: the site wants an account, and none is known here; the server said '{reply}'"
    )]
    AccountWanted {
        /// The user.
        user: String,
        /// The headline of the reply.
        reply: String,
    },
    /// The target cannot do this.
    #[error("there is no {0} here")]
    Unsupported(&'static str),
    /// What came can be read in two ways; another try may tell.
    #[error("it cannot be told {0}")]
    Untold(&'static str),
    /// A name that the transcript needs is not known for this target.
    #[error("nothing is known to stand for {{{0}}} on this target")]
    NoName(String),
    /// TLS could not be had, or failed.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// Too much time was lost with it.
    #[error("{0} was tried again and again, and never seen through; given up")]
    GivenUp(&'static str),
    /// The run ended, and our files could not be removed.
    #[error("{trouble}; {left}")]
    LeftBehind {
        /// Why the run ended.
        trouble: Box<Trouble>,
        /// What is left, and why.
        left: String,
    },
    /// The run was stopped from outside before anything was known.
    #[error("interrupted before the server had let us in")]
    Stopped,
    /// The socket failed.
    #[error("the connection failed: {0}")]
    Io(String),
    /// What the journal of a run tells of trouble that it had before it was interrupted.
    #[error("{reason}")]
    Earlier {
        /// The trouble, in words.
        reason: String,
        /// Whether it cost a wait.
        is_costly: bool,
    },
    /// The corpus of a campaign cannot be used.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The journal of the run cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What is awaited first.
pub(crate) const GREETING: &str = "the greeting";

impl Trouble {
    /// Whether the server takes no connections, for now or for ever.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(
            self,
            Trouble::NoConnection { .. } | Trouble::Unavailable(_) | Trouble::Closed(GREETING)
        )
    }

    /// Why a test was not made, as a report counts it: without the deadline, which follows the server's pace of the
    /// day.
    pub(crate) fn reason(&self) -> String {
        match self {
            Trouble::TimedOut { awaited, .. } => format!("no {awaited} in time"),
            other => other.to_string(),
        }
    }
}

/// What stands for the names of a transcript: `{user}`, `{file}`.
///
/// A line with a name that stands for nothing is not sent. For a login there are `user`, `password` and
/// `wrong_password`; `open_user`, who needs no password; `account_user`, `account` and `wrong_account`; and `host`, for
/// HOST. The files are made by the check, but for a target that [starts fresh](Target::starts_fresh), which has them:
/// `file`, `dir`, `empty_dir`; `new`, `new_dir` and `renamed`, which are free; `missing`, which is not there, and
/// `impossible`, which cannot be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, Vec<u8>>);

impl Names {
    /// The login of a user who needs this password, and is refused with any other.
    pub fn login(user: &str, password: &str) -> Self {
        let mut names = Names::default();
        names.set("user", user);
        names.set("password", password);
        names.set("wrong_password", "not-the-password");
        names
    }

    /// Lets `value` stand for `{name}`.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// What stands for `{name}`.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// `line` with each `{name}` filled in. Braces around anything but lower-case letters and `_` stay as they are.
    pub fn fill(&self, line: &[u8]) -> Result<Vec<u8>, Trouble> {
        let mut filled = Vec::with_capacity(line.len());
        let mut rest = line;
        while let Some(open) = rest.iter().position(|&byte| byte == b'{') {
            filled.extend_from_slice(&rest[..open]);
            rest = &rest[open..];
            let name_length = rest[1..]
                .iter()
                .position(|byte| !(byte.is_ascii_lowercase() || *byte == b'_'))
                .unwrap_or(rest.len() - 1);
            let name = &rest[1..=name_length];
            if name.is_empty() || rest.get(name_length + 1) != Some(&b'}') {
                filled.push(b'{');
                rest = &rest[1..];
                continue;
            }
            let name = String::from_utf8_lossy(name);
            filled.extend_from_slice(
                self.get(&name)
                    .ok_or_else(|| Trouble::NoName(name.into_owned()))?,
            );
            rest = &rest[name_length + 2..];
        }
        filled.extend_from_slice(rest);
        Ok(filled)
    }
}

/// Sends a line, and waits for its reply until the deadline: where little is known yet of a server's pace, or where our
/// files depend on it.
pub(crate) fn send_patiently(session: &mut dyn Session, line: &[u8]) -> Result<Reply, Trouble> {
    let reply = match session.send(line) {
        Err(Trouble::TimedOut { .. }) => session.next_reply(Wait::Full),
        other => other,
    };
    reply?.ok_or(Trouble::Closed("a reply"))
}

/// The line that `template` stands for, without CRLF. For one with `{port}`, `{eprt}` or `{lprt}` a port is opened.
pub fn fill_line(
    session: &mut dyn Session,
    names: &mut Names,
    template: &[u8],
) -> Result<Vec<u8>, Trouble> {
    let wants_port = [&b"{port}"[..], b"{eprt}", b"{lprt}"]
        .iter()
        .any(|name| template.windows(name.len()).any(|window| window == *name));
    if wants_port {
        let address = session.listen()?;
        let port = address.port();
        let [high, low] = port.to_be_bytes();
        match address.ip() {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                names.set("port", format!("{a},{b},{c},{d},{high},{low}"));
                names.set("lprt", format!("4,4,{a},{b},{c},{d},2,{high},{low}"));
                names.set("eprt", format!("|1|{ip}|{port}|"));
            }
            IpAddr::V6(ip) => names.set("eprt", format!("|2|{ip}|{port}|")),
        }
    }
    names.fill(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_and_other_braces_stay() {
        let mut names = Names::default();
        names.set("user", "ftptest");
        assert_eq!(names.fill(b"USER {user}!").unwrap(), b"USER ftptest!");
        assert_eq!(names.fill(b"MKD {a b} {} {X").unwrap(), b"MKD {a b} {} {X");
        assert!(matches!(names.fill(b"RETR {file}"), Err(Trouble::NoName(name)) if name == "file"));
    }
}
