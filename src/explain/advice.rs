//! What to do about a command that is out of order: one line for each rule of order, and one for the login.

/// What a rule asks for, and what to do when it was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Advice {
    /// The rule.
    pub rule: &'static str,
    /// What was missing or in the way, behind 'because'.
    pub because: &'static str,
    /// What to do, for whoever writes a client.
    pub remedy: &'static str,
}

const fn advice(rule: &'static str, because: &'static str, remedy: &'static str) -> Advice {
    Advice {
        rule,
        because,
        remedy,
    }
}

/// Every rule that a client can break.
#[rustfmt::skip]
pub(super) const ADVICE: &[Advice] = &[
    advice("seq/pass", "USER did not come right before it",
        "Send USER, and PASS as the very next command, with nothing in between."),
    advice("seq/acct", "no 332 was waiting for it", "Send ACCT only when the server asks for it with 332."),
    advice("seq/rnto", "RNFR did not come right before it",
        "Send RNFR, and RNTO as the very next command on the same connection, with nothing in between."),
    advice("seq/transfer", "no data connection was set up",
        "Send PASV, EPSV, PORT or EPRT before each transfer; a PASV or EPSV serves one transfer only."),
    advice("seq/epsv-all", "EPSV ALL was accepted, which leaves only EPSV",
        "Use EPSV for every transfer, or do not send EPSV ALL."),
    advice("seq/host", "somebody is logged in", "Send HOST before USER."),
    advice("seq/adat", "no AUTH answered 334 was waiting for it",
        "Send AUTH first, and ADAT only when it is answered 334; TLS (234) takes no ADAT."),
    advice("seq/pbsz", "no protection was in force",
        "Send AUTH TLS and make the handshake first, then PBSZ 0. On a connection in clear leave PBSZ out."),
    advice("seq/prot", "no PBSZ under protection came before it",
        "Send AUTH TLS and make the handshake, then PBSZ 0, then PROT. On a connection in clear leave PROT out."),
    advice("seq/protected", "no protection was in force",
        "Send AUTH first. TLS protects the whole connection, so it needs no MIC, CONF or ENC."),
    advice("seq/ccc", "no protection was in force", "Leave CCC out: the control connection is in clear."),
    advice("seq/auth", "protection was asked for already, or a transfer was running",
        "Send AUTH once, before USER. It can be left out where TLS is in force."),
    advice("seq/auth-reset", "AUTH ends what USER and PASS have reached", "Send AUTH first, then USER and PASS."),
    advice("seq/busy", "a transfer was still running",
        "Wait for the completion reply of the transfer (226) before the next command."),
    advice("login/required", "nobody was logged in",
        "Send USER and PASS, and look at their replies, before any other command."),
    advice("login/flush", "USER begins a new login", "Send PASS right behind USER, or do not send USER again."),
];

/// What to do when `rule` was broken; `None`: a client cannot break it.
pub(super) fn advice_on(rule: &str) -> Option<&'static Advice> {
    ADVICE.iter().find(|advice| advice.rule == rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ftproof_model::{ORDER_RULES, Order, RULES, requirement};

    #[test]
    fn there_is_advice_on_every_rule_of_order_and_on_nothing_else() {
        for rule in &ORDER_RULES {
            assert!(advice_on(rule.id).is_some(), "{}", rule.id);
        }
        for rule in RULES {
            let is_of_order = matches!(rule.order, Order::OutOfOrder | Order::NotLoggedIn);
            assert!(
                !is_of_order || advice_on(rule.requirement).is_some(),
                "{}",
                rule.name
            );
        }
        for advice in ADVICE {
            assert!(requirement(advice.rule).is_some(), "{}", advice.rule);
        }
    }
}
