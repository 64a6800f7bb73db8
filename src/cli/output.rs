//! Where results go: stdout, and files that are whole or not there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Writes the result. A reader that has seen enough is no error, and does not change the exit code.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to stdout")
        }
        _ => Ok(()),
    }
}

/// Sees, before the work, that a file can be written to its folder behind it.
pub(super) fn expect_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let about = fs::metadata(folder).with_context(|| format!("cannot write {}", path.display()))?;
    if !about.is_dir() || path.is_dir() {
        let wrong = if path.is_dir() {
            "it is a folder"
        } else {
            "there is no such folder"
        };
        bail!("cannot write {}: {wrong}", path.display());
    }
    Ok(())
}

/// Writes a whole file or none: what was there stays until all of the new text is on disk. A link is followed, and what
/// is no file, such as a pipe, is written into.
pub(super) fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_other = fs::metadata(&path).is_ok_and(|about| !about.is_file());
    let written = if is_other {
        fs::write(&path, text)
    } else {
        let mut partial = path.clone().into_os_string();
        partial.push(format!(".partial-{}", std::process::id()));
        let partial = PathBuf::from(partial);
        fs::write(&partial, text)
            .and_then(|()| fs::rename(&partial, &path))
            .inspect_err(|_| drop(fs::remove_file(&partial)))
    };
    written.with_context(|| format!("cannot write {}", path.display()))
}
