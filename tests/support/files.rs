//! The files of a small server: a tree in memory, with the paths of RFC 959 commands.

use std::collections::BTreeMap;

/// Files and directories by absolute path; a directory has no bytes.
pub struct Files(BTreeMap<String, Option<Vec<u8>>>);

impl Default for Files {
    fn default() -> Self {
        Files(BTreeMap::from([("/".to_owned(), None)]))
    }
}

impl Files {
    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    pub fn is_directory(&self, path: &str) -> bool {
        self.0.get(path) == Some(&None)
    }

    /// Whether there is a directory for this to be in.
    pub fn has_parent(&self, path: &str) -> bool {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        parent.is_empty() || self.is_directory(parent)
    }

    /// The bytes of a file.
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path)?.as_deref()
    }

    /// Puts a file in the place of what was there.
    pub fn store(&mut self, path: &str, bytes: Vec<u8>) {
        self.0.insert(path.to_owned(), Some(bytes));
    }

    pub fn make_directory(&mut self, path: &str) {
        self.0.insert(path.to_owned(), None);
    }

    /// Removes a file, or a directory with nothing in it. False: it cannot be.
    pub fn remove(&mut self, path: &str) -> bool {
        self.names(path).is_empty() && path != "/" && self.0.remove(path).is_some()
    }

    /// Renames a file, or a directory with nothing in it. False: it cannot be.
    pub fn rename(&mut self, from: &str, to: &str) -> bool {
        if self.has(to) || !self.has_parent(to) || !self.names(from).is_empty() {
            return false;
        }
        let Some(kept) = self.0.remove(from) else {
            return false;
        };
        self.0.insert(to.to_owned(), kept);
        true
    }

    /// The names in a directory.
    pub fn names(&self, directory: &str) -> Vec<&str> {
        let below = format!("{}/", directory.trim_end_matches('/'));
        self.0
            .keys()
            .filter_map(|path| path.strip_prefix(&below))
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .collect()
    }
}

/// The absolute path that `argument` names to who is in `directory`.
pub fn absolute(directory: &str, argument: &str) -> String {
    let whole = if argument.starts_with('/') {
        argument.to_owned()
    } else {
        format!("{directory}/{argument}")
    };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}
