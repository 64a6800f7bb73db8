//! The journal of a run: what each finished tour showed, so that an interrupted run goes on from there.
//!
//! A text file with a JSON object a line: first what the run is of, then each tour as it ends. Lines are written whole;
//! what an interruption left of the last one is dropped. A run that comes to its end removes the file, so that the next
//! one tries everything anew.

mod line;

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use thiserror::Error;

use crate::bounded;
use crate::crew::Farewell;
use crate::options::{Options, Profile};
use crate::report::{Server, brief};
use crate::target::Target;
use crate::tour::{Record, Tour};

use line::Line;

/// No journal is larger.
const BYTES_MAX: u64 = 1 << 30;

/// The tours that were finished, by their digest, with what their workers learned.
type Finished = HashMap<u64, (Vec<Record>, Farewell)>;

/// Why a journal cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JournalError {
    /// It cannot be read.
    #[error("cannot read the journal {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// It cannot be written.
    #[error("cannot write the journal {path}: {reason}")]
    Unwritable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// It is not the journal of this run.
    #[error(
        "{path}:{line}: {reason}; let --resume name another file, or delete this one to begin anew"
    )]
    Wrong {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// What a run is of, by name: the journal of another is of no use to it.
type Heading = Vec<(String, String)>;

/// The journal of a run under way.
pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    /// The tours that were read, by their key: what they showed, and what the workers learned in them.
    made: HashMap<u64, (Vec<Record>, Farewell)>,
}

impl Journal {
    /// Reads the journal that `options` ask for, or begins it.
    pub(crate) fn open(
        options: &Options,
        target: &dyn Target,
        server: &Server,
    ) -> Result<Option<Self>, JournalError> {
        let Some(path) = &options.resume else {
            return Ok(None);
        };
        let unwritable = |error: io::Error| JournalError::Unwritable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let heading = heading(options, target, server);
        let (made, whole) = read(path, &heading)?;
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(unwritable)?;
        file.set_len(whole).map_err(unwritable)?;
        if whole == 0 {
            write(&mut file, &heading).map_err(unwritable)?;
        }
        Ok(Some(Journal {
            path: path.clone(),
            file: Mutex::new(file),
            made,
        }))
    }

    /// What `tour` showed, if it was made before.
    pub(crate) fn records(&self, tour: &Tour) -> Option<Vec<Record>> {
        self.made
            .get(&key(tour))
            .map(|(records, _)| records.clone())
    }

    /// What workers learned in the tours that were made before.
    pub(crate) fn farewells(&self) -> impl Iterator<Item = Farewell> {
        self.made.values().map(|(_, farewell)| farewell.clone())
    }

    /// Writes down what `tour` showed, and what its worker learned in it.
    pub(crate) fn add(
        &self,
        tour: &Tour,
        records: &[Record],
        learned: &Farewell,
    ) -> Result<(), JournalError> {
        let line = Line::of(key(tour), records, learned);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut file, &line).map_err(|error| JournalError::Unwritable {
            path: self.path.display().to_string(),
            reason: error.to_string(),
        })
    }

    /// Removes the journal of a run that came to its end.
    pub(crate) fn remove(self) {
        let file = self
            .file
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        // An empty one is as good as none, should its folder not let it go.
        let _ = file.set_len(0);
        let _ = fs::remove_file(&self.path);
    }
}

/// What stands for a tour. Should the hash change with the compiler, tours are made again.
fn key(tour: &Tour) -> u64 {
    let mut hasher = DefaultHasher::new();
    tour.hash(&mut hasher);
    hasher.finish()
}

fn heading(options: &Options, target: &dyn Target, server: &Server) -> Heading {
    let profile = match options.profile {
        Profile::Rfc => "rfc",
        Profile::Strict => "strict",
    };
    let shard = options.shard;
    let entries = [
        ("version", format!("ftproof {}", env!("CARGO_PKG_VERSION"))),
        ("target", target.url().unwrap_or_else(|| target.name())),
        ("greeting", server.greeting.clone()),
        ("profile", profile.to_owned()),
        ("rules", options.rules.join(" ")),
        ("skipped rules", options.skip.join(" ")),
        ("shard", format!("{}/{}", shard.index + 1, shard.count)),
    ];
    entries.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Reads the tours of a journal under this heading, and how many bytes of it are whole lines.
fn read(path: &Path, heading: &Heading) -> Result<(Finished, u64), JournalError> {
    let bytes = bytes(path).map_err(|error| JournalError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })?;
    let mut made = HashMap::new();
    let mut whole = 0;
    for (index, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let wrong = |reason: String| JournalError::Wrong {
            path: path.display().to_string(),
            line: index + 1,
            reason,
        };
        match index {
            0 => is_under(heading, line).map_err(wrong)?,
            _ if !line.ends_with(b"\n") => break,
            _ => {
                let read = serde_json::from_slice(line).ok().and_then(Line::read);
                let (key, records, farewell) =
                    read.ok_or_else(|| wrong("this is no tour of a journal".to_owned()))?;
                made.insert(key, (records, farewell));
            }
        }
        whole += line.len() as u64;
    }
    Ok((made, whole))
}

/// What is in a file; nothing, if there is none. What is no file, such as a pipe, may have no end.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    match fs::metadata(path) {
        Ok(about) if !about.is_file() => Err(io::Error::other("it is no file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        _ => bounded::bytes(path, BYTES_MAX),
    }
}

/// Sees that the first line is `heading`. `Err` says how it differs.
fn is_under(heading: &Heading, line: &[u8]) -> Result<(), String> {
    let theirs: Heading = serde_json::from_slice(line).unwrap_or_default();
    let names = |heading: &Heading| -> Vec<String> {
        heading.iter().map(|(name, _)| name.clone()).collect()
    };
    if names(&theirs) != names(heading) || !line.ends_with(b"\n") {
        return Err("this is no journal of ftproof check".to_owned());
    }
    for ((name, other), (_, own)) in theirs.iter().zip(heading) {
        if other != own {
            let other = brief(other);
            return Err(format!(
                "this is of another run: its {name} is '{other}', and here it is '{own}'"
            ));
        }
    }
    Ok(())
}

/// Writes one line, whole.
fn write(file: &mut File, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}
