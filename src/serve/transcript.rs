//! Sessions written as one transcript, as they happen: what `ftproof replay` plays again. Passwords are not in it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ftproof_core::{Answer, Command, Effect, Line, ParseError, Reply, TransferOutcome};
use ftproof_model::{DataAction, Entry, Expected};

use super::transfer::{Direction, HEAD_BYTES_MAX, Moved};
use crate::reply::shown;

/// The file. Whose turn it is is said by `@session`.
pub(crate) struct Log(Mutex<Inside>);

struct Inside {
    file: File,
    /// The session that wrote last.
    last: u64,
    /// The number of the newest session.
    sessions: u64,
    is_broken: bool,
}

impl Log {
    /// Begins a new file, in the place of what was there.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Log(Mutex::new(Inside {
            file: File::create(path)?,
            last: 0,
            sessions: 0,
            is_broken: false,
        })))
    }

    /// Writes what happened in one session. When that fails, it says so once, and the server goes on.
    fn write(&self, session: u64, entries: &[Entry]) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.is_broken || entries.is_empty() {
            return;
        }
        let mut text = String::new();
        if inside.last != session {
            inside.last = session;
            text += &format!("{}\n", Entry::Session(session.to_string()));
        }
        for entry in entries {
            text += &format!("{entry}\n");
        }
        if let Err(error) = inside.file.write_all(text.as_bytes()) {
            inside.is_broken = true;
            eprintln!("ftproof: the transcript ends here, it cannot be written: {error}");
        }
    }
}

/// One session's part of the transcript.
pub(crate) struct Recorder {
    log: Arc<Log>,
    session: u64,
}

/// A line, as it may be written down.
pub(crate) struct Said {
    /// `None`: it was too long to be kept.
    text: Option<Vec<u8>>,
    argument: Argument,
}

/// What stands in the place of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    AsItCame,
    Password,
    Account,
    /// One that holds for another client only.
    Address(&'static str),
}

impl Said {
    /// A line, and what it was understood as.
    pub(crate) fn new(line: Line<'_>, command: &Result<Command, ParseError>) -> Self {
        let text = match line {
            Line::Complete(text) => Some(text),
            Line::TooLong { .. } => None,
        };
        let (argument, text) = match command {
            Ok(Command::Pass(_)) => (Argument::Password, text),
            Ok(Command::Acct(_)) => (Argument::Account, text),
            Ok(Command::Port(_)) => (Argument::Address("PORT {port}"), text),
            Ok(Command::Eprt(Some(_))) => (Argument::Address("EPRT {eprt}"), text),
            Ok(Command::Lprt(Some(_))) => (Argument::Address("LPRT {lprt}"), text),
            Ok(_) => (Argument::AsItCame, text),
            Err(_) => (Argument::AsItCame, text.map(without_secret)),
        };
        Said {
            text: text.map(<[u8]>::to_vec),
            argument,
        }
    }
}

/// What is no command, up to where it may give a password away.
fn without_secret(text: &[u8]) -> &[u8] {
    let secret =
        |word: &[u8]| word.eq_ignore_ascii_case(b"PASS") || word.eq_ignore_ascii_case(b"ACCT");
    match text.windows(4).position(secret) {
        Some(at) => &text[..at + 4],
        None => text,
    }
}

impl Recorder {
    /// The next session's.
    pub(crate) fn new(log: &Arc<Log>) -> Self {
        let mut inside = log.0.lock().unwrap_or_else(PoisonError::into_inner);
        inside.sessions += 1;
        Recorder {
            log: Arc::clone(log),
            session: inside.sessions,
        }
    }

    /// A line, and what it led to.
    pub(crate) fn line(&self, said: &Said, answer: &Answer) {
        let codes: Vec<u16> = answer.replies.codes().collect();
        let is_right = codes.iter().any(|code| (200..400).contains(code));
        let template = match said.argument {
            Argument::Password if is_right => Some(b"PASS {password}".to_vec()),
            Argument::Password => Some(b"PASS {wrong_password}".to_vec()),
            Argument::Account if is_right => Some(b"ACCT {account}".to_vec()),
            Argument::Account => Some(b"ACCT {wrong_account}".to_vec()),
            Argument::Address(template) if is_right => Some(template.into()),
            Argument::Address(_) | Argument::AsItCame => said.text.clone(),
        };
        let mut entries = vec![match template {
            Some(template) => Entry::Send(template),
            None => Entry::Comment("a line that was too long to be kept".to_owned()),
        }];
        entries.extend(answer.replies.iter().flat_map(expected));
        if answer.effect == Some(Effect::StartTls) {
            entries.push(Entry::Tls);
        }
        self.log.write(self.session, &entries);
    }

    /// The end of a transfer, and the replies to it.
    pub(crate) fn transfer_ended(&self, moved: &Moved, answer: &Answer) {
        let mut entries = Vec::new();
        match (moved.outcome, moved.direction) {
            (TransferOutcome::Completed, Direction::ToClient) => {
                let bytes = usize::try_from(moved.bytes).unwrap_or(usize::MAX);
                entries.push(Entry::Data(DataAction::Size(bytes)));
            }
            (TransferOutcome::Completed, Direction::FromClient) => {
                if moved.bytes > HEAD_BYTES_MAX as u64 {
                    let comment = format!("the first of {} bytes", moved.bytes);
                    entries.push(Entry::Comment(comment));
                }
                entries.push(Entry::Data(DataAction::Send(moved.head.clone())));
                entries.push(Entry::Data(DataAction::Close));
            }
            (TransferOutcome::Broken, _) => entries.push(Entry::Data(DataAction::Break)),
            (TransferOutcome::NotOpened | TransferOutcome::NotProtected, _) => {
                entries.push(Entry::Data(DataAction::Refuse));
            }
            (TransferOutcome::LocalError, _) => entries.push(Entry::Data(DataAction::Fail)),
        }
        entries.extend(answer.replies.iter().flat_map(expected));
        self.log.write(self.session, &entries);
    }

    /// A reply that nothing asked for: the greeting is not one of them, it belongs to the connection.
    pub(crate) fn unasked(&self, answer: &Answer) {
        let entries: Vec<Entry> = answer.replies.iter().flat_map(expected).collect();
        self.log.write(self.session, &entries);
    }
}

/// What came, and as a comment its words.
fn expected(reply: &Reply) -> [Entry; 2] {
    let first = reply.text().split(|&byte| byte == b'\n').next();
    let words = shown(first.unwrap_or_default());
    [
        Entry::Expect(vec![Expected::Code(reply.code())]),
        Entry::Comment(format!("came: {} {words}", reply.code())),
    ]
}
