//! What LIST, NLST, STAT, MLST and MLSD show of an entry (RFC 959 §4.1.3, RFC 3659 §7).

use crate::facts::{Fact, Facts};
use crate::reply::printable;
use crate::time::{list_date, time_val};
use crate::{Entry, Kind, Path, Site};

/// The lines of LIST: a directory's entries, or the one file. `None`: nothing is there that is listed.
pub(crate) fn list(site: &dyn Site, path: &Path) -> Option<Vec<u8>> {
    lines(site, path, |entry, out| {
        let (mode, bytes) = match entry.kind {
            Kind::File { bytes } => ("-rw-r--r--", bytes),
            Kind::Directory => ("drwxr-xr-x", 0),
        };
        out.extend(
            format!(
                "{mode} 1 ftp ftp {bytes:>12} {} ",
                list_date(entry.modified)
            )
            .as_bytes(),
        );
        out.extend(printable(&entry.name));
    })
}

/// The lines of NLST: names only. `None`: nothing is there.
pub(crate) fn names(site: &dyn Site, path: &Path) -> Option<Vec<u8>> {
    lines(site, path, |entry, out| out.extend(printable(&entry.name)))
}

/// The lines of MLSD for a directory. `None`: it is not listed.
pub(crate) fn facts(site: &dyn Site, directory: &Path, facts: Facts) -> Option<Vec<u8>> {
    let may_change = site.may_change();
    let mut out = Vec::new();
    for entry in site.entries(directory)? {
        let path = directory.join(&entry.name);
        write_facts(&entry, &path, facts, may_change, &mut out);
        out.push(b' ');
        out.extend(printable(&entry.name));
        out.extend(b"\r\n");
    }
    Some(out)
}

/// The entry of MLST: facts, a space and the fully qualified pathname (RFC 3659 §7.3.1).
pub(crate) fn fact_line(
    site: &dyn Site,
    entry: &Entry,
    path: &Path,
    facts: Facts,
    out: &mut Vec<u8>,
) {
    write_facts(entry, path, facts, site.may_change(), out);
    out.push(b' ');
    out.extend(printable(path.as_bytes()));
}

fn lines(site: &dyn Site, path: &Path, write: impl Fn(&Entry, &mut Vec<u8>)) -> Option<Vec<u8>> {
    let entry = site.entry(path)?;
    let entries = match entry.kind {
        Kind::File { .. } => vec![entry],
        Kind::Directory => site.entries(path)?,
    };
    let mut out = Vec::new();
    for entry in &entries {
        write(entry, &mut out);
        out.extend(b"\r\n");
    }
    Some(out)
}

/// `Type=file;Size=12;…` (RFC 3659 §7.5). `Unique` is the pathname in hexadecimal: here, one entry has one pathname.
fn write_facts(entry: &Entry, path: &Path, facts: Facts, may_change: bool, out: &mut Vec<u8>) {
    for fact in Fact::ALL.into_iter().filter(|&fact| facts.has(fact)) {
        let value = match (fact, entry.kind) {
            (Fact::Type, Kind::File { .. }) => "file".to_owned(),
            (Fact::Type, Kind::Directory) => "dir".to_owned(),
            (Fact::Size, Kind::File { bytes }) => bytes.to_string(),
            (Fact::Size, Kind::Directory) => continue,
            (Fact::Modify, _) => time_val(entry.modified),
            (Fact::Perm, Kind::File { .. }) if !may_change => "r".to_owned(),
            (Fact::Perm, Kind::Directory) if !may_change => "el".to_owned(),
            (Fact::Perm, Kind::File { .. }) => "adfrw".to_owned(),
            (Fact::Perm, Kind::Directory) if path.is_root() => "celmp".to_owned(),
            (Fact::Perm, Kind::Directory) => "cdeflmp".to_owned(),
            (Fact::Unique, _) => path
                .as_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        };
        out.extend(format!("{}={value};", fact.name()).as_bytes());
    }
}
