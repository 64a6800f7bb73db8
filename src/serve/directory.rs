//! Files of a directory. Every name is resolved beneath an open handle of the root (RESOLVE_BENEATH where the system
//! has it), so that neither `..` nor a symbolic link nor a race between check and use leads out of it.
//!
//! An upload is a temporary file, without a name where the system can do that, until it takes its name in one step.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path as OsPath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use cap_tempfile::TempFile;
use ftproof_core::{Action, Entry, Kind, Name, Path, Placement, Refused, Representation, Transfer};

use super::ascii::{to_file, to_transfer};
use super::files::{Files, Source};
use super::transfer::copy;

/// A directory with more entries is not listed.
const ENTRIES_MAX: usize = 20_000;
/// How much of a file is read to know its size in the ASCII type.
const COUNTED_BYTES_MAX: u64 = 64 << 20;

/// The files beneath a directory.
pub(crate) struct DirectoryFiles {
    root: Dir,
    /// Who gives a name or takes one away holds this, so that none is taken twice.
    names: Mutex<()>,
    last_unique: AtomicU64,
}

impl DirectoryFiles {
    /// Opens the directory, and sees that it can be read.
    pub(crate) fn open(root: &OsPath) -> io::Result<Self> {
        let root = Dir::open_ambient_dir(root, ambient_authority())?;
        root.entries()?;
        Ok(DirectoryFiles {
            root,
            names: Mutex::new(()),
            last_unique: AtomicU64::new(0),
        })
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.root.metadata(beneath(path)?)
    }

    /// Whether the name is in use, be it by what may not be seen.
    fn is_taken(&self, path: &Path) -> bool {
        path.is_root() || beneath(path).is_ok_and(|path| self.root.symlink_metadata(path).is_ok())
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|about| about.is_dir())
    }

    /// Whether something new may be at `path`: its name, and its parent.
    fn may_create(&self, path: &Path) -> Result<(), Refused> {
        if path
            .name()
            .iter()
            .any(|byte| matches!(byte, b'\r' | b'\n' | 0))
        {
            return Err(Refused::Name);
        }
        if !self.is_directory(&path.parent()) {
            return Err(Refused::NotFound);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_file(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true);
        // What has become a pipe since must not make us wait.
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt;
            use rustix::fs::OFlags;
            let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
            options.custom_flags(flags);
        }
        let file = self.root.open_with(beneath(path)?, &options)?;
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(ErrorKind::NotFound.into())
        }
    }
}

impl Files for DirectoryFiles {
    fn entry(&self, path: &Path) -> Option<Entry> {
        describe(path.name(), &self.metadata(path).ok()?)
    }

    fn entries(&self, path: &Path) -> Option<Vec<Entry>> {
        let directory = self.root.open_dir(beneath(path).ok()?).ok()?;
        let mut entries = Vec::new();
        for found in directory.entries().ok()? {
            let name = found.ok()?.file_name();
            // A link is what it leads to, if that is beneath the root.
            let at = path.join(name.as_encoded_bytes());
            let about = self.metadata(&at);
            entries.extend(about.ok().and_then(|about| describe(at.name(), &about)));
            if entries.len() > ENTRIES_MAX {
                return None;
            }
        }
        entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Some(entries)
    }

    fn transfer_bytes(&self, path: &Path, representation: Representation) -> Option<u64> {
        let file = self.open_file(path).ok()?;
        let bytes = file.metadata().ok()?.len();
        match representation {
            Representation::Image => Some(bytes),
            Representation::Ascii if bytes > COUNTED_BYTES_MAX => None,
            Representation::Ascii => {
                let mut sent = to_transfer(file.take(COUNTED_BYTES_MAX), Representation::Ascii);
                io::copy(&mut sent, &mut io::sink()).ok()
            }
        }
    }

    fn file_bytes_max(&self) -> u64 {
        u64::MAX >> 1
    }

    fn may_write(&self, path: &Path) -> Result<(), Refused> {
        match self.metadata(path) {
            Ok(about) if about.is_file() => Ok(()),
            Ok(about) if about.is_dir() => Err(Refused::Exists),
            Ok(_) => Err(Refused::Name),
            Err(_) if self.is_taken(path) => Err(Refused::Name),
            Err(_) => self.may_create(path),
        }
    }

    fn unique(&self, directory: &Path) -> Result<Path, Refused> {
        loop {
            let number = self.last_unique.fetch_add(1, Ordering::Relaxed) + 1;
            let path = directory.join(format!("unique-{number}").as_bytes());
            if !self.is_taken(&path) {
                return self.may_create(&path).map(|()| path);
            }
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Refused> {
        let _names = self.lock();
        if !self.is_taken(from) || from.is_root() {
            return Err(Refused::NotFound);
        }
        if from == to {
            return Ok(());
        }
        if self.is_taken(to) {
            return Err(Refused::Exists);
        }
        self.may_create(to)?;
        let (from, to) = (named(from)?, named(to)?);
        self.root
            .rename(from, &self.root, to)
            .map_err(|error| refused(&error))
    }

    fn delete(&self, path: &Path) -> Result<(), Refused> {
        let _names = self.lock();
        if self.is_directory(path) && !self.is_link(path) {
            return Err(Refused::NotFound);
        }
        self.root
            .remove_file(named(path)?)
            .map_err(|error| refused(&error))
    }

    fn make_directory(&self, path: &Path) -> Result<(), Refused> {
        let _names = self.lock();
        if self.is_taken(path) {
            return Err(Refused::Exists);
        }
        self.may_create(path)?;
        self.root
            .create_dir(named(path)?)
            .map_err(|error| refused(&error))
    }

    fn remove_directory(&self, path: &Path) -> Result<(), Refused> {
        let _names = self.lock();
        if path.is_root() {
            return Err(Refused::NotFound);
        }
        self.root
            .remove_dir(named(path)?)
            .map_err(|error| refused(&error))
    }

    fn open(&self, path: &Path) -> io::Result<Source> {
        self.open_file(path)
            .map(|file| Source::File(file.into_std()))
    }

    fn store(&self, transfer: &Transfer, arriving: &mut dyn Read) -> io::Result<()> {
        let Action::Store { path, placement } = &transfer.action else {
            return Ok(());
        };
        let directory = self.root.open_dir(beneath(&path.parent())?)?;
        let mut new = TempFile::new(&directory)?;
        let old = match self.open_file(path) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if let Some(old) = &old {
            new.as_file()
                .set_permissions(old.metadata()?.permissions())?;
        }
        fill(&mut new, old, *placement, transfer.representation, arriving)?;
        let _names = self.lock();
        if self.is_directory(path) {
            return Err(ErrorKind::IsADirectory.into());
        }
        new.replace(os_name(path.name())?)
    }
}

impl DirectoryFiles {
    fn is_link(&self, path: &Path) -> bool {
        let about = beneath(path).and_then(|path| self.root.symlink_metadata(path));
        about.is_ok_and(|about| about.is_symlink())
    }
}

/// Writes the file that comes of `old` and `arriving` (RFC 3659 §5.3). An offset behind the end of `old` is an error.
fn fill(
    new: &mut impl Write,
    old: Option<File>,
    placement: Placement,
    representation: Representation,
    arriving: &mut dyn Read,
) -> io::Result<()> {
    let mut kept: Box<dyn Read> = match (placement, old) {
        (Placement::Append | Placement::At(_), Some(old)) => Box::new(old),
        (Placement::Append | Placement::At(_), None) | (Placement::Replace, _) => {
            Box::new(io::empty())
        }
    };
    match placement {
        Placement::Replace | Placement::Append => {
            copy(&mut kept, new)?;
            copy(&mut to_file(arriving, representation), new)
        }
        Placement::At(offset) => {
            let spliced = Spliced {
                kept: to_transfer(kept, representation),
                arriving,
                piece: Piece::Before { left: offset },
            };
            copy(&mut to_file(spliced, representation), new)
        }
    }
}

/// A file with what arrives in the place of a part of it. Offsets count in the form of the transfer.
struct Spliced<'a, R> {
    kept: R,
    arriving: &'a mut dyn Read,
    piece: Piece,
}

/// Which piece is read.
enum Piece {
    /// What is kept, so many bytes more.
    Before { left: u64 },
    /// What arrives, of which there were so many bytes.
    Arriving { bytes: u64 },
    /// What is kept behind it.
    After,
}

impl<R: Read> Read for Spliced<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut self.piece {
                Piece::Before { left: 0 } => self.piece = Piece::Arriving { bytes: 0 },
                Piece::Before { left } => {
                    let count = self.kept.by_ref().take(*left).read(bytes)?;
                    *left -= count as u64;
                    return match count {
                        0 => Err(ErrorKind::InvalidInput.into()),
                        count => Ok(count),
                    };
                }
                Piece::Arriving { bytes: arrived } => {
                    let count = self.arriving.read(bytes)?;
                    *arrived += count as u64;
                    if count > 0 {
                        return Ok(count);
                    }
                    io::copy(&mut self.kept.by_ref().take(*arrived), &mut io::sink())?;
                    self.piece = Piece::After;
                }
                Piece::After => return self.kept.read(bytes),
            }
        }
    }
}

/// A path that is relative to the root. `Err`: it cannot be a name here.
fn beneath(path: &Path) -> io::Result<PathBuf> {
    match path.as_bytes().strip_prefix(b"/") {
        Some(b"") | None => Ok(PathBuf::from(".")),
        Some(relative) => os_name(relative).map(PathBuf::from),
    }
}

/// The same for what is to be changed: not the root itself.
fn named(path: &Path) -> Result<PathBuf, Refused> {
    if path.is_root() {
        return Err(Refused::Name);
    }
    beneath(path).map_err(|error| refused(&error))
}

#[cfg(unix)]
fn os_name(name: &[u8]) -> io::Result<&OsStr> {
    use std::os::unix::ffi::OsStrExt;
    if name.contains(&0) {
        return Err(ErrorKind::InvalidFilename.into());
    }
    Ok(OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn os_name(name: &[u8]) -> io::Result<&OsStr> {
    let name = str::from_utf8(name)
        .ok()
        .filter(|name| !name.contains(['\0', '\\', ':']));
    name.map(OsStr::new)
        .ok_or(ErrorKind::InvalidFilename.into())
}

/// `None`: neither file nor directory.
fn describe(name: &[u8], about: &Metadata) -> Option<Entry> {
    let kind = if about.is_dir() {
        Kind::Directory
    } else if about.is_file() {
        Kind::File { bytes: about.len() }
    } else {
        return None;
    };
    let modified = about
        .modified()
        .ok()
        .map(cap_std::time::SystemTime::into_std);
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Some(Entry {
        name: Name::from(name),
        kind,
        modified: since.map_or(0, |since| since.as_secs()),
    })
}

fn refused(error: &io::Error) -> Refused {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            Refused::NotFound
        }
        ErrorKind::AlreadyExists => Refused::Exists,
        ErrorKind::DirectoryNotEmpty => Refused::NotEmpty,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Refused::Full,
        ErrorKind::InvalidFilename | ErrorKind::InvalidInput => Refused::Name,
        _ => Refused::Denied,
    }
}
