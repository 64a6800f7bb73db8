//! A site in memory: the fixture that proofs, tests and `serve` use.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, LazyLock};

use crate::{
    Entry, Kind, Listen, ListenError, Name, PasswordCheck, Path, Refused, Site, UserCheck, account,
};

/// The largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// How many files and directories there may be.
pub const ENTRIES_MAX: usize = 4096;

const PATH_BYTES_MAX: usize = 4096;
const BIG_BYTES: usize = 1 << 20;
/// 2026-01-01 00:00:00 UTC, for every entry: replies do not depend on a clock.
const MODIFIED: u64 = 1_767_225_600;
const LISTEN_PORT: u16 = 50_021;
const HOST: &[u8] = b"ftp.example";

/// Accounts and files in memory. A clone shares everything until one of the two is changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemorySite {
    tree: Arc<BTreeMap<Path, Node>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Node {
    File(Contents),
    Directory,
}

/// A file's bytes with their digest, so that hashing a site does not read its files.
#[derive(Debug, Clone)]
struct Contents {
    bytes: Arc<[u8]>,
    digest: u64,
}

impl Contents {
    fn new(bytes: Vec<u8>) -> Self {
        // FNV-1a, 64 bits.
        let digest = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |digest: u64, &byte| {
                (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self {
            bytes: bytes.into(),
            digest,
        }
    }
}

impl PartialEq for Contents {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes)
            || (self.digest == other.digest && self.bytes == other.bytes)
    }
}

impl Eq for Contents {}

impl Hash for Contents {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

static FIXTURE: LazyLock<MemorySite> = LazyLock::new(|| {
    let big = (0..=u8::MAX).cycle().take(BIG_BYTES).collect();
    let file = |bytes| Node::File(Contents::new(bytes));
    let tree = [
        ("/hello.txt", file(b"hello world\n".to_vec())),
        ("/big.bin", file(big)),
        ("/dir", Node::Directory),
        ("/dir/inner.txt", file(b"inner\n".to_vec())),
    ];
    let tree = tree
        .into_iter()
        .map(|(path, node)| (Path::root().join(path.as_bytes()), node));
    MemorySite {
        tree: Arc::new(tree.collect()),
    }
});

impl MemorySite {
    /// Users `ftptest` (password `secret`), `anonymous` (any password), `open` (none) and `acct` (`secret`, then
    /// account `billing`); host `ftp.example`; files `/hello.txt` (12 bytes), `/big.bin` (1 MiB: the bytes 0 to 255,
    /// again and again) and `/dir/inner.txt`. Everything can be written. Cheap: each is a clone of one.
    #[must_use]
    pub fn fixture() -> Self {
        FIXTURE.clone()
    }

    /// The sizes of all files together, in bytes. Costs one step for each entry.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        let sizes = self.tree.values().map(|node| match node {
            Node::File(contents) => contents.bytes.len() as u64,
            Node::Directory => 0,
        });
        sizes.sum()
    }

    fn is_directory(&self, path: &Path) -> bool {
        path.is_root() || matches!(self.tree.get(path), Some(Node::Directory))
    }

    /// Everything inside `directory`, at any depth. Costs log n, then one step for each name that begins like it.
    fn inside<'a>(&'a self, directory: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Node)> {
        let from = self.tree.range(directory.clone()..);
        let similar = from.take_while(|(path, _)| path.as_bytes().starts_with(directory.prefix()));
        similar.filter(|(path, _)| directory.inside(path).is_some())
    }

    /// Whether something new may be at `path`: the name, the parent, the room.
    fn may_create(&self, path: &Path) -> Result<(), Refused> {
        let bad_byte = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
        if path.as_bytes().len() > PATH_BYTES_MAX || path.name().iter().any(bad_byte) {
            return Err(Refused::Name);
        }
        if !self.is_directory(&path.parent()) {
            return Err(Refused::NotFound);
        }
        if self.tree.len() >= ENTRIES_MAX {
            Err(Refused::Full)
        } else {
            Ok(())
        }
    }

    fn describe(path: &Path, node: &Node) -> Entry {
        let kind = match node {
            Node::File(contents) => Kind::File {
                bytes: contents.bytes.len() as u64,
            },
            Node::Directory => Kind::Directory,
        };
        Entry {
            name: Name::from(path.name()),
            kind,
            modified: MODIFIED,
        }
    }
}

impl Site for MemorySite {
    fn user(&self, user: &[u8]) -> UserCheck {
        account::user(user)
    }

    fn password(&self, user: &[u8], password: &[u8]) -> PasswordCheck {
        account::password(user, password)
    }

    fn account(&self, user: &[u8], account: &[u8]) -> bool {
        account::account(user, account)
    }

    fn host(&self, host: &[u8]) -> bool {
        host.eq_ignore_ascii_case(HOST)
    }

    fn entry(&self, path: &Path) -> Option<Entry> {
        if path.is_root() {
            return Some(Self::describe(path, &Node::Directory));
        }
        self.tree.get(path).map(|node| Self::describe(path, node))
    }

    fn entries(&self, path: &Path) -> Option<Vec<Entry>> {
        let here = |entry: &&Path| path.inside(entry).is_some_and(|name| !name.contains(&b'/'));
        if !self.is_directory(path) {
            return None;
        }
        let children = self.inside(path).filter(|(path, _)| here(path));
        let described = children.map(|(path, node)| Self::describe(path, node));
        Some(described.collect())
    }

    fn read(&self, path: &Path) -> Option<Arc<[u8]>> {
        match self.tree.get(path)? {
            Node::File(contents) => Some(Arc::clone(&contents.bytes)),
            Node::Directory => None,
        }
    }

    fn may_write(&self, path: &Path) -> Result<(), Refused> {
        match self.tree.get(path) {
            Some(Node::File(_)) => Ok(()),
            Some(Node::Directory) => Err(Refused::Exists),
            None if path.is_root() => Err(Refused::Exists),
            None => self.may_create(path),
        }
    }

    fn write(&mut self, path: &Path, bytes: Vec<u8>) -> Result<(), Refused> {
        self.may_write(path)?;
        if bytes.len() > FILE_BYTES_MAX {
            return Err(Refused::Full);
        }
        Arc::make_mut(&mut self.tree).insert(path.clone(), Node::File(Contents::new(bytes)));
        Ok(())
    }

    fn unique(&mut self, directory: &Path) -> Result<Path, Refused> {
        let names = (1..=ENTRIES_MAX + 1)
            .map(|number| directory.join(format!("unique-{number}").as_bytes()));
        let path = names
            .into_iter()
            .find(|path| !self.tree.contains_key(path))
            .ok_or(Refused::Full)?;
        self.may_create(&path).map(|()| path)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Refused> {
        let node = self.tree.get(from).cloned().ok_or(Refused::NotFound)?;
        if from == to {
            return Ok(());
        }
        if self.entry(to).is_some() {
            return Err(Refused::Exists);
        }
        if from.inside(to).is_some() {
            return Err(Refused::Name);
        }
        self.may_create(to)?;
        let moved: Vec<_> = self
            .inside(from)
            .map(|(path, node)| (path.clone(), node.clone()))
            .collect();
        let longest = moved
            .iter()
            .map(|(path, _)| path.as_bytes().len())
            .max()
            .unwrap_or(0);
        if longest.saturating_sub(from.as_bytes().len()) + to.as_bytes().len() > PATH_BYTES_MAX {
            return Err(Refused::Name);
        }
        let tree = Arc::make_mut(&mut self.tree);
        for (path, node) in moved {
            tree.remove(&path);
            tree.insert(to.join(from.inside(&path).unwrap_or_default()), node);
        }
        tree.remove(from);
        tree.insert(to.clone(), node);
        Ok(())
    }

    fn delete(&mut self, path: &Path) -> Result<(), Refused> {
        if !matches!(self.tree.get(path), Some(Node::File(_))) {
            return Err(Refused::NotFound);
        }
        Arc::make_mut(&mut self.tree).remove(path);
        Ok(())
    }

    fn make_directory(&mut self, path: &Path) -> Result<(), Refused> {
        if self.entry(path).is_some() {
            return Err(Refused::Exists);
        }
        self.may_create(path)?;
        Arc::make_mut(&mut self.tree).insert(path.clone(), Node::Directory);
        Ok(())
    }

    fn remove_directory(&mut self, path: &Path) -> Result<(), Refused> {
        if !matches!(self.tree.get(path), Some(Node::Directory)) {
            return Err(Refused::NotFound);
        }
        if self.inside(path).next().is_some() {
            return Err(Refused::NotEmpty);
        }
        Arc::make_mut(&mut self.tree).remove(path);
        Ok(())
    }

    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError> {
        Ok(match listen {
            Listen::Control | Listen::V4 => (Ipv4Addr::LOCALHOST, LISTEN_PORT).into(),
            Listen::V6 => (Ipv6Addr::LOCALHOST, LISTEN_PORT).into(),
        })
    }

    fn close_listener(&mut self) {}
}
