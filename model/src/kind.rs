//! What a finding is called, and how bad it is.

use std::fmt;

/// How bad a finding is, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A matter of taste or of an unlisted code.
    Low,
    /// A client can trip over it.
    Medium,
    /// A client does the wrong thing, or data is lost.
    High,
    /// Access without permission, or a dead server.
    Critical,
}

impl Severity {
    /// Every severity, in ascending order.
    pub const ALL: [Severity; 4] = [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        })
    }
}

/// What was seen, when no state allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Something that needs a login worked without one.
    LoginBypass,
    /// An out-of-order command was accepted.
    Accepted,
    /// An in-order command was refused for its order.
    Refused,
    /// HELP got a reply that its rule does not allow.
    Help,
    /// Accepted, though not *immediately* after its predecessor.
    Adjacency,
    /// Refused or answered with a code that the RFC does not list there.
    WrongCode,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] = [
        Kind::LoginBypass,
        Kind::Accepted,
        Kind::Refused,
        Kind::Help,
        Kind::Adjacency,
        Kind::WrongCode,
    ];

    /// How bad a finding of this kind is.
    pub fn severity(self) -> Severity {
        match self {
            Kind::LoginBypass => Severity::Critical,
            Kind::Accepted => Severity::High,
            Kind::Refused | Kind::Help => Severity::Medium,
            Kind::Adjacency | Kind::WrongCode => Severity::Low,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Kind::LoginBypass => "login-bypass",
            Kind::Accepted => "accepted",
            Kind::Refused => "refused",
            Kind::Help => "help",
            Kind::Adjacency => "adjacency",
            Kind::WrongCode => "wrong-code",
        })
    }
}
