//! One transfer's bytes, between a file or a list and a data connection (RFC 959 §3).

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use ftproof_core::{Action, Path, Representation, Transfer, TransferOutcome};

use super::ascii::to_transfer;
use super::files::Files;

/// So much is moved at once. Two system calls a chunk: a small one would cost more than its bytes.
const CHUNK_BYTES: usize = 256 * 1024;
/// So much of an upload is kept for a transcript.
pub(crate) const HEAD_BYTES_MAX: usize = 1024;

/// What came of a transfer.
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) outcome: TransferOutcome,
    pub(crate) direction: Direction,
    /// How many bytes went over.
    pub(crate) bytes: u64,
    /// The first of an upload.
    pub(crate) head: Vec<u8>,
}

/// Which way the bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    ToClient,
    FromClient,
}

impl Moved {
    /// No byte went over.
    pub(crate) fn failed(transfer: &Transfer, outcome: TransferOutcome) -> Self {
        Moved {
            outcome,
            direction: direction(transfer),
            bytes: 0,
            head: Vec::new(),
        }
    }
}

fn direction(transfer: &Transfer) -> Direction {
    match transfer.action {
        Action::SendFile { .. } | Action::SendText(_) => Direction::ToClient,
        Action::Store { .. } => Direction::FromClient,
    }
}

/// Moves the bytes. `is_whole` is asked where an upload ends: an end that comes with the client's end is none, and then
/// nothing is stored.
pub(crate) fn run(
    transfer: &Transfer,
    files: &dyn Files,
    stream: &mut (impl Read + Write),
    is_whole: &dyn Fn() -> bool,
) -> Moved {
    let mut wire = Wire {
        stream,
        is_whole,
        is_broken: false,
        bytes: 0,
        head: Vec::new(),
    };
    let result = match &transfer.action {
        Action::SendText(text) => wire.write_all(text),
        Action::SendFile { path, offset } => {
            send_file(files, path, *offset, transfer.representation, &mut wire)
        }
        Action::Store { .. } => files.store(transfer, &mut wire),
    };
    let outcome = match result {
        Ok(()) => TransferOutcome::Completed,
        Err(_) if wire.is_broken => TransferOutcome::Broken,
        Err(_) => TransferOutcome::LocalError,
    };
    Moved {
        outcome,
        direction: direction(transfer),
        bytes: wire.bytes,
        head: wire.head,
    }
}

/// Sends a file from `offset` on, which counts in the form of the transfer.
fn send_file(
    files: &dyn Files,
    path: &Path,
    offset: u64,
    representation: Representation,
    wire: &mut dyn Write,
) -> io::Result<()> {
    let mut source = files.open(path)?;
    match representation {
        Representation::Image => {
            source.seek(SeekFrom::Start(offset))?;
            copy(&mut source, wire)
        }
        Representation::Ascii => {
            let mut source = to_transfer(source, Representation::Ascii);
            io::copy(&mut source.by_ref().take(offset), &mut io::sink())?;
            copy(&mut source, wire)
        }
    }
}

/// As [`io::copy`], whose chunks are small.
pub(crate) fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => to.write_all(&chunk[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A data connection that remembers whether it was what failed.
struct Wire<'a, S> {
    stream: &'a mut S,
    is_whole: &'a dyn Fn() -> bool,
    is_broken: bool,
    bytes: u64,
    head: Vec<u8>,
}

impl<S> Wire<'_, S> {
    fn note(&mut self, result: io::Result<usize>) -> io::Result<usize> {
        match &result {
            Ok(count) => self.bytes += *count as u64,
            Err(_) => self.is_broken = true,
        }
        result
    }
}

impl<S: Read> Read for Wire<'_, S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = match self.stream.read(bytes) {
            Ok(0) if !bytes.is_empty() && !(self.is_whole)() => {
                Err(ErrorKind::ConnectionAborted.into())
            }
            other => other,
        };
        let count = self.note(count)?;
        let room = HEAD_BYTES_MAX - self.head.len();
        self.head.extend_from_slice(&bytes[..count.min(room)]);
        Ok(count)
    }
}

impl<S: Write> Write for Wire<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stream.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
