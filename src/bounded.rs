//! Files that are read to their end, up to a bound: what has no end, such as `/dev/zero`, is an error.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The largest text that a person or ftproof writes for it.
const TEXT_MAX: u64 = 16 << 20;

/// What is in the file, if it is text.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    let is_none = |_| io::Error::new(ErrorKind::InvalidData, "it is not text in UTF-8");
    String::from_utf8(bytes(path, TEXT_MAX)?).map_err(is_none)
}

/// What is in the file, if that is at most `max` bytes.
pub(crate) fn bytes(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if read as u64 > max {
        let mebibytes = max >> 20;
        return Err(io::Error::other(format!(
            "it is larger than {mebibytes} MiB, so it is no such file"
        )));
    }
    Ok(bytes)
}
