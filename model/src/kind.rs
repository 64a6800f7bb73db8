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
    /// One session satisfied or disturbed another.
    Isolation,
    /// The server no longer accepts connections: one session killed it.
    Gone,
    /// A command sent in clear was carried out inside TLS.
    Injected,
    /// An extra reply, or a reply to an earlier command.
    OutOfStep,
    /// Nothing came within the deadline.
    NoReply,
    /// The connection was closed without 221 or 421.
    Dropped,
    /// An out-of-order command was accepted.
    Accepted,
    /// Refused, yet the state changed.
    SideEffect,
    /// A transfer's bytes are not what the sequence calls for.
    WrongData,
    /// An in-order command was refused for its order.
    Refused,
    /// The reply is not a reply of RFC 959 §4.2.
    Malformed,
    /// HELP got a reply that its rule does not allow.
    Help,
    /// Accepted, though not *immediately* after its predecessor.
    Adjacency,
    /// Refused or answered with a code that the RFC does not list there.
    WrongCode,
    /// Allowed by the RFCs, but not the strict reply; found only where the strict profile is asked for.
    NotStrict,
}

impl Kind {
    /// Every kind, with its name and its severity, worst first.
    const NAMED: [(Kind, &'static str, Severity); 16] = [
        (Kind::LoginBypass, "login-bypass", Severity::Critical),
        (Kind::Isolation, "isolation", Severity::Critical),
        (Kind::Gone, "gone", Severity::Critical),
        (Kind::Injected, "injected", Severity::High),
        (Kind::OutOfStep, "out-of-step", Severity::High),
        (Kind::NoReply, "no-reply", Severity::High),
        (Kind::Dropped, "dropped", Severity::High),
        (Kind::Accepted, "accepted", Severity::High),
        (Kind::SideEffect, "side-effect", Severity::High),
        (Kind::WrongData, "wrong-data", Severity::High),
        (Kind::Refused, "refused", Severity::Medium),
        (Kind::Malformed, "malformed", Severity::Medium),
        (Kind::Help, "help", Severity::Medium),
        (Kind::Adjacency, "adjacency", Severity::Low),
        (Kind::WrongCode, "wrong-code", Severity::Low),
        (Kind::NotStrict, "not-strict", Severity::Low),
    ];

    /// Every kind, worst first.
    pub fn all() -> impl Iterator<Item = Kind> {
        Kind::NAMED.iter().map(|&(kind, ..)| kind)
    }

    /// How bad a finding of this kind is. One that is out of step before login is critical: see
    /// [`Kind::severity_before_login`].
    pub fn severity(self) -> Severity {
        Kind::NAMED[self as usize].2
    }

    /// How bad it is where nobody is logged in: there anyone can put the server and its client out of step.
    pub fn severity_before_login(self) -> Severity {
        if self == Kind::OutOfStep {
            Severity::Critical
        } else {
            self.severity()
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::NAMED
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|&(kind, ..)| kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(Kind::NAMED[*self as usize].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_at_its_place_and_has_its_own_name() {
        for (index, kind) in Kind::all().enumerate() {
            assert_eq!(kind as usize, index);
            assert_eq!(Kind::named(&kind.to_string()), Some(kind));
        }
    }
}
