//! The files of a server, as its sessions share them: what its commands need, and transfers as streams.

use std::io::{self, Read};
use std::sync::Arc;

use ftproof_core::{Entry, Path, Refused, Representation, Transfer};

/// Files and directories. Every operation is whole or not at all, whoever else is at work.
pub(crate) trait Files: Send + Sync {
    /// What is at `path`; `None`: nothing that may be seen.
    fn entry(&self, path: &Path) -> Option<Entry>;

    /// What the directory at `path` contains, by name; `None`: it is no directory, or holds more than is listed.
    fn entries(&self, path: &Path) -> Option<Vec<Entry>>;

    /// How many bytes a transfer of the file has; `None`: no such file, or it would take long to know.
    fn transfer_bytes(&self, path: &Path, representation: Representation) -> Option<u64>;

    /// The largest file that can be stored, in bytes.
    fn file_bytes_max(&self) -> u64;

    /// Whether the file may be created or replaced now.
    fn may_write(&self, path: &Path) -> Result<(), Refused>;

    /// A path in `directory` that is not in use, and is given to nobody else.
    fn unique(&self, directory: &Path) -> Result<Path, Refused>;

    /// Renames a file or directory; what is at `to` is not replaced.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), Refused>;

    /// Deletes a file.
    fn delete(&self, path: &Path) -> Result<(), Refused>;

    /// Makes a directory.
    fn make_directory(&self, path: &Path) -> Result<(), Refused>;

    /// Removes an empty directory.
    fn remove_directory(&self, path: &Path) -> Result<(), Refused>;

    /// Opens the file for reading.
    fn open(&self, path: &Path) -> io::Result<Source>;

    /// Stores what `arriving` gives as `transfer` says. After an error, whether of `arriving` or its own, nothing has
    /// changed.
    fn store(&self, transfer: &Transfer, arriving: &mut dyn Read) -> io::Result<()>;
}

/// An open file.
pub(crate) enum Source {
    /// In memory.
    Bytes(io::Cursor<Arc<[u8]>>),
    /// On disk.
    File(std::fs::File),
}

impl Read for Source {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::Bytes(source) => source.read(bytes),
            Source::File(source) => source.read(bytes),
        }
    }
}

impl io::Seek for Source {
    fn seek(&mut self, position: io::SeekFrom) -> io::Result<u64> {
        match self {
            Source::Bytes(source) => source.seek(position),
            Source::File(source) => source.seek(position),
        }
    }
}
