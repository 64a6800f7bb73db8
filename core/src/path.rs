//! An absolute pathname, as bytes, that cannot leave the root (RFC 3659 §6.2, RFC 2640 §3.1).

use std::sync::Arc;

/// An absolute, normal pathname: begins with `/`, has no empty, `.` or `..` part, and does not end with `/` unless it
/// is the root. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Arc<[u8]>);

impl Path {
    /// The root, `/`.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::from(b"/".as_slice()))
    }

    /// What `pathname` means seen from this directory. `..` at the root is the root.
    ///
    /// RFC 3659 §6.2.1 leaves `.`, `..` and `//` to the server: here they have their Unix meaning.
    #[must_use]
    pub fn join(&self, pathname: &[u8]) -> Self {
        let mut path = match pathname.first() {
            Some(b'/') => Vec::with_capacity(pathname.len() + 1),
            Some(_) | None => self.prefix().to_vec(),
        };
        for part in pathname.split(|&byte| byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => path.truncate(path.iter().rposition(|&byte| byte == b'/').unwrap_or(0)),
                part => {
                    path.push(b'/');
                    path.extend(part);
                }
            }
        }
        if path.is_empty() {
            Self::root()
        } else {
            Self(path.into())
        }
    }

    /// The directory that contains it; the root's is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        self.join(b"..")
    }

    /// The last part; empty for the root, which has no name (RFC 3659 §6).
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.0
            .rsplit(|&byte| byte == b'/')
            .next()
            .unwrap_or_default()
    }

    /// The whole pathname.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is `/`.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.prefix().is_empty()
    }

    /// What the pathnames inside this directory begin with, without the `/` that follows.
    pub(crate) fn prefix(&self) -> &[u8] {
        if &*self.0 == b"/" { b"" } else { &self.0 }
    }

    /// The part behind this directory's `/`, when `other` lies inside it at any depth.
    pub(crate) fn inside<'a>(&self, other: &'a Path) -> Option<&'a [u8]> {
        let rest = other
            .as_bytes()
            .strip_prefix(self.prefix())?
            .strip_prefix(b"/")?;
        if rest.is_empty() { None } else { Some(rest) }
    }
}
