//! The mutants of the session that nothing sees, by the reason why: none of them changes what the session does.

/// A reason, and the mutants that it holds for.
pub const SURVIVORS: &[(&str, &[&str])] = &[
    (
        "their own arms stand above the class, and look at the transfer themselves",
        &[
            "command waits_for_transfer: Auth changes sides",
            "command waits_for_transfer: Ccc changes sides",
        ],
    ),
    (
        "PROT needs TLS, and no AUTH succeeds where TLS was: the level is still Clear",
        &["security auth: without session.protection = Protection::Clear;"],
    ),
];
