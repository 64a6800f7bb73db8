//! What *out of order* means, as predicates on the state: the left half of every 503 claim (RFC 959 §5.4).
//!
//! Written apart from the table of rules, so that a wrong row contradicts this file instead of redefining it.

use crate::{Code, Control, Data, EpsvAll, Input, Login, Pbsz, Pending, Security, State, Transfer};

/// One kind of being out of order.
#[derive(Debug, Clone, Copy)]
pub struct OrderRule {
    /// Its stable name.
    pub id: &'static str,
    /// The verbs that it binds.
    pub verbs: &'static [&'static str],
    /// When one of them is out of order.
    pub out_of_order: fn(&State) -> bool,
    /// The strict refusal.
    pub refusal: Code,
}

/// The kinds, in the order in which they decide: what needs no login first.
pub static ORDER_RULES: [OrderRule; 14] = [
    OrderRule {
        id: "seq/pass",
        verbs: &["PASS"],
        out_of_order: |state| !matches!(state.login, Login::NeedPass(_)),
        refusal: 503,
    },
    OrderRule {
        id: "seq/acct",
        verbs: &["ACCT"],
        out_of_order: |state| matches!(state.login, Login::Out | Login::NeedPass(_)),
        refusal: 503,
    },
    OrderRule {
        id: "seq/rnto",
        verbs: &["RNTO"],
        out_of_order: |state| state.pending != Pending::Rename,
        refusal: 503,
    },
    OrderRule {
        id: "seq/host",
        verbs: &["HOST"],
        out_of_order: |state| state.login == Login::In,
        refusal: 503,
    },
    OrderRule {
        id: "seq/adat",
        verbs: &["ADAT"],
        out_of_order: |_| true,
        refusal: 503,
    },
    OrderRule {
        id: "seq/pbsz",
        verbs: &["PBSZ"],
        out_of_order: |state| state.security != Security::Tls,
        refusal: 503,
    },
    OrderRule {
        id: "seq/prot",
        verbs: &["PROT"],
        out_of_order: |state| state.security != Security::Tls || state.pbsz == Pbsz::No,
        refusal: 503,
    },
    OrderRule {
        id: "seq/protected",
        verbs: &["MIC", "CONF", "ENC"],
        out_of_order: |state| state.security != Security::Tls,
        refusal: 503,
    },
    OrderRule {
        id: "seq/ccc",
        verbs: &["CCC"],
        out_of_order: |state| state.security != Security::Tls,
        refusal: 533,
    },
    OrderRule {
        id: "seq/auth",
        verbs: &["AUTH"],
        out_of_order: |state| state.security != Security::Clear || is_busy(state),
        refusal: 534,
    },
    OrderRule {
        id: "seq/busy",
        verbs: &["CCC"],
        out_of_order: is_busy,
        refusal: 534,
    },
    OrderRule {
        id: "seq/busy",
        verbs: &[
            "PORT", "PASV", "EPRT", "EPSV", "LPRT", "LPSV", "RETR", "STOR", "STOU", "APPE", "LIST",
            "NLST", "MLSD",
        ],
        out_of_order: |state| state.login == Login::In && is_busy(state),
        refusal: 503,
    },
    OrderRule {
        id: "seq/epsv-all",
        verbs: &["PORT", "PASV", "EPRT", "LPRT", "LPSV"],
        out_of_order: |state| state.login == Login::In && state.epsv_all == EpsvAll::Yes,
        refusal: 503,
    },
    OrderRule {
        id: "seq/transfer",
        verbs: &["RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD"],
        out_of_order: |state| state.login == Login::In && state.data == Data::None,
        refusal: 503,
    },
];

fn is_busy(state: &State) -> bool {
    state.transfer == Transfer::Running
}

/// The kind of being out of order that `input` is in `state`; `None`: it is in order, or its syntax is wrong.
///
/// Syntax comes before sequence: RNTO without an argument is never out of order.
pub fn out_of_order(state: &State, input: Input) -> Option<&'static OrderRule> {
    if is_malformed(input) || state.control != Control::Reading {
        return None;
    }
    ORDER_RULES
        .iter()
        .find(|rule| rule.verbs.contains(&input.verb()) && (rule.out_of_order)(state))
}

/// Whether the line is refused for its form alone.
pub fn is_malformed(input: Input) -> bool {
    matches!(
        input,
        Input::NoArgument
            | Input::SurplusArgument
            | Input::NotImplemented
            | Input::Unknown
            | Input::Empty
    )
}

/// Whether the strict session answers `verb` only to somebody who is logged in (RFC 959 §4.1).
pub fn needs_login(verb: &str) -> bool {
    matches!(
        verb,
        "CWD"
            | "XCWD"
            | "CDUP"
            | "XCUP"
            | "SMNT"
            | "PORT"
            | "PASV"
            | "EPRT"
            | "EPSV"
            | "LPRT"
            | "LPSV"
            | "TYPE"
            | "MODE"
            | "STRU"
            | "ALLO"
            | "REST"
            | "RETR"
            | "STOR"
            | "STOU"
            | "APPE"
            | "LIST"
            | "NLST"
            | "MLSD"
            | "RNFR"
            | "DELE"
            | "RMD"
            | "XRMD"
            | "MKD"
            | "XMKD"
            | "PWD"
            | "XPWD"
            | "STAT"
            | "SITE"
            | "SIZE"
            | "MDTM"
            | "MLST"
    )
}

/// What every line does before it is looked at: it ends what had to follow immediately (RFC 959 §4.1.1, §4.1.3).
pub fn prelude(state: &State, input: Input) -> State {
    let mut after = *state;
    if input.is_event() {
        return after;
    }
    after.pending = Pending::Nothing;
    if matches!(after.login, Login::NeedPass(_)) && input.verb() != "PASS" {
        after.login = Login::Out;
    }
    after
}
