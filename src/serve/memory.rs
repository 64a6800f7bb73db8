//! Files in memory, shared by all sessions, gone with the server.

use std::io::{self, Cursor, ErrorKind, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ftproof_core::{
    Entry, FILE_BYTES_MAX, MemorySite, Path, Refused, Representation, Site, Transfer,
};

use super::files::{Files, Source};

/// All files, and all that is on its way to become one, in bytes.
const BYTES_MAX: u64 = 256 << 20;

/// Files in memory.
pub(crate) struct MemoryFiles {
    site: Mutex<MemorySite>,
    /// Of uploads that have not ended.
    arriving_bytes: AtomicU64,
    last_unique: AtomicU64,
}

impl MemoryFiles {
    pub(crate) fn new(site: MemorySite) -> Self {
        MemoryFiles {
            site: Mutex::new(site),
            arriving_bytes: AtomicU64::new(0),
            last_unique: AtomicU64::new(0),
        }
    }

    /// The sizes of all files together, in bytes.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.lock().stored_bytes()
    }

    /// What a thread left that panicked is whole: each change is one step.
    fn lock(&self) -> MutexGuard<'_, MemorySite> {
        self.site.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for MemoryFiles {
    fn entry(&self, path: &Path) -> Option<Entry> {
        self.lock().entry(path)
    }

    fn entries(&self, path: &Path) -> Option<Vec<Entry>> {
        self.lock().entries(path)
    }

    fn transfer_bytes(&self, path: &Path, representation: Representation) -> Option<u64> {
        self.lock().transfer_bytes(path, representation)
    }

    fn file_bytes_max(&self) -> u64 {
        FILE_BYTES_MAX as u64
    }

    fn may_write(&self, path: &Path) -> Result<(), Refused> {
        self.lock().may_write(path)
    }

    fn unique(&self, directory: &Path) -> Result<Path, Refused> {
        let site = self.lock();
        loop {
            let number = self.last_unique.fetch_add(1, Ordering::Relaxed) + 1;
            let path = directory.join(format!("unique-{number}").as_bytes());
            if site.entry(&path).is_none() {
                return site.may_write(&path).map(|()| path);
            }
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Refused> {
        self.lock().rename(from, to)
    }

    fn delete(&self, path: &Path) -> Result<(), Refused> {
        self.lock().delete(path)
    }

    fn make_directory(&self, path: &Path) -> Result<(), Refused> {
        self.lock().make_directory(path)
    }

    fn remove_directory(&self, path: &Path) -> Result<(), Refused> {
        self.lock().remove_directory(path)
    }

    fn open(&self, path: &Path) -> io::Result<Source> {
        let bytes = self.lock().read(path).ok_or(ErrorKind::NotFound)?;
        Ok(Source::Bytes(Cursor::new(bytes)))
    }

    fn store(&self, transfer: &Transfer, arriving: &mut dyn Read) -> io::Result<()> {
        let mut share = Share {
            of: &self.arriving_bytes,
            bytes: 0,
        };
        let (mut arrived, mut chunk) = (Vec::new(), [0; 16 * 1024]);
        loop {
            match arriving.read(&mut chunk)? {
                0 => break,
                count if arrived.len() + count > FILE_BYTES_MAX => return Err(full()),
                count => {
                    share.add(count as u64)?;
                    arrived.extend_from_slice(&chunk[..count]);
                }
            }
        }
        let mut site = self.lock();
        if site.stored_bytes() + arrived.len() as u64 > BYTES_MAX {
            return Err(full());
        }
        let stored = transfer.store(&mut *site, &arrived);
        stored.map_err(|_| io::Error::from(ErrorKind::InvalidFilename))
    }
}

fn full() -> io::Error {
    ErrorKind::StorageFull.into()
}

/// One upload's share of the bytes that are on their way. It ends with the upload.
struct Share<'a> {
    of: &'a AtomicU64,
    bytes: u64,
}

impl Share<'_> {
    fn add(&mut self, bytes: u64) -> io::Result<()> {
        self.bytes += bytes;
        if self.of.fetch_add(bytes, Ordering::Relaxed) + bytes > BYTES_MAX {
            return Err(full());
        }
        Ok(())
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.of.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
