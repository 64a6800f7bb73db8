//! Where a rule comes from: a section of an RFC, or this project's own decision.

use std::fmt;

/// The origin of a rule or a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A section of an RFC, such as RFC 959 §4.1.3.
    Rfc {
        /// The number of the RFC.
        number: u16,
        /// The section, as the RFC numbers it: `"4.1.3"`.
        section: &'static str,
    },
    /// A decision of this project, where the RFCs leave a server free; the text says why.
    Ours(&'static str),
}

/// A section of an RFC.
pub const fn rfc(number: u16, section: &'static str) -> Source {
    Source::Rfc { number, section }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Rfc { number, section } => write!(out, "RFC {number} §{section}"),
            Source::Ours(why) => write!(out, "ftproof: {why}"),
        }
    }
}
