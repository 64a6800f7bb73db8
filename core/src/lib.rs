//! The strict FTP session: a line in, a command, a reply out (RFC 959 §4). No I/O, no clock, no dependencies.
//!
//! Read in this order: [`LineReader`] makes lines of bytes, [`parse`] makes a [`Command`] of a line,
//! [`Session::handle`] answers it, and [`Answer`] says what the transport must do next. What stands outside the
//! session (files, accounts, the passive listener) is behind [`Site`]; [`MemorySite`] is one in memory.
//!
//! Strict means: every out-of-order command is refused with 503 (AUTH and CCC with 534 and 533), every HELP is
//! answered with 214, and a refused command changes nothing.
//!
//! A transport is a loop around it:
//!
//! ```
//! use ftproof_core::{LineReader, MemorySite, Session};
//!
//! let (mut reader, mut session, mut site) = (LineReader::default(), Session::new(), MemorySite::fixture());
//! let (mut input, mut output) = (b"RNTO new\r\nHELP RNTO\r\nQUIT\r\n".as_slice(), Vec::new());
//! session.greeting().write_to(&mut output);
//! while session.reads()
//!     && let Some(line) = reader.next_line(&mut input)
//! {
//!     let answer = session.line(line, &mut site);
//!     answer.replies.iter().for_each(|reply| reply.write_to(&mut output));
//!     // Then `answer.effect`: open the data connection, start or stop TLS, or close.
//! }
//! assert!(output.windows(4).any(|code| code == b"503 "));
//! assert!(session.is_closed());
//! ```

mod account;
mod address;
mod answer;
mod argument;
mod command;
mod data;
mod facts;
mod files;
mod help;
mod line;
mod listening;
mod listing;
mod login;
mod memory;
mod parameters;
mod parse;
mod path;
mod reply;
mod security;
mod session;
mod site;
mod time;
mod transfer;
mod value;
mod verb;

pub use answer::{Answer, Effect, Replies};
pub use command::Command;
pub use facts::Facts;
pub use line::{LINE_BYTES_MAX, Line, LineReader};
pub use listening::{Listener, Listening};
pub use memory::{ENTRIES_MAX, FILE_BYTES_MAX, MemorySite};
pub use parse::{ParseError, parse};
pub use path::Path;
pub use reply::Reply;
pub use session::Session;
pub use site::{
    Entry, Forbidden, Kind, Listen, ListenError, Name, PasswordCheck, Refused, Site, UserCheck,
};
pub use transfer::{
    Action, DataConnection, Placement, Protection, Representation, Transfer, TransferOutcome,
};
pub use value::{
    EpsvArgument, Language, Mechanism, ModeCode, Options, ProtCode, StruCode, TypeCode,
};
pub use verb::Verb;
