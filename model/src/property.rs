//! What is claimed of the strict machine, each claim with its source, its kind and its counterpart.
//!
//! An `Always` claim comes with a `Sometimes` claim, or an empty graph would satisfy it. The claims look at states and
//! codes only, never at the rows of the table that produced them.

use crate::graph::StateGraph;
use crate::order::{self, OrderRule};
use crate::{
    Code, Control, Data, Input, Login, Pbsz, Pending, Security, Source, State, Transfer, rfc,
};

/// One edge of the graph, as a claim sees it.
#[derive(Debug, Clone, Copy)]
pub struct Move<'a> {
    /// The state before.
    pub from: State,
    /// The input.
    pub input: Input,
    /// The replies to it.
    pub replies: &'a [Code],
    /// The state behind them.
    pub to: State,
}

impl Move<'_> {
    /// The reply to the line itself: the last one (ABOR's 426 belongs to the transfer, RFC 959 §4.1.3).
    pub fn code(&self) -> Option<Code> {
        self.replies.last().copied()
    }

    fn succeeds(&self) -> bool {
        self.code().is_some_and(|code| code < 400)
    }

    fn is_refused(&self) -> bool {
        !self.input.is_event() && self.code().is_some_and(|code| code >= 400)
    }

    fn is(&self, verb: &str, codes: &[Code]) -> bool {
        self.input.verb() == verb && self.code().is_some_and(|code| codes.contains(&code))
    }

    fn starts_transfer(&self) -> bool {
        self.replies == [150]
    }

    fn sets_up_data(&self) -> bool {
        self.to.data != Data::None
            && self.succeeds()
            && matches!(
                self.input.verb(),
                "PASV" | "EPSV" | "LPSV" | "PORT" | "EPRT" | "LPRT"
            )
    }
}

/// A test of one edge.
pub type OnMove = fn(&Move<'_>) -> bool;

/// How a claim is quantified.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// It holds on every edge.
    Always(OnMove),
    /// It holds on at least one edge.
    Sometimes(OnMove),
    /// No path from connect reaches an edge of the second kind without an edge of the first.
    Needs {
        /// The edge that must come first.
        step: OnMove,
        /// The edge that needs it.
        goal: OnMove,
    },
    /// From every state of the first kind a path leads to a state of the second.
    Reaches {
        /// Where the paths start.
        from: fn(&State) -> bool,
        /// Where they must be able to end.
        to: fn(&State) -> bool,
    },
    /// All states of this kind form one strongly connected component.
    Connected(fn(&State) -> bool),
    /// The out-of-order command is refused as its rule says.
    OutOfOrder(&'static OrderRule),
    /// Every row of the table is the rule of some edge.
    EveryRuleUsed,
}

/// A claim about the strict machine.
#[derive(Debug, Clone)]
pub struct Property {
    /// Its stable name.
    pub name: String,
    /// What it claims, in one sentence.
    pub claim: String,
    /// Where it comes from.
    pub source: Source,
    /// How it is quantified, and over what.
    pub kind: Kind,
}

fn claim(name: &str, claim: &str, source: Source, kind: Kind) -> Property {
    Property {
        name: name.to_owned(),
        claim: claim.to_owned(),
        source,
        kind,
    }
}

/// Every claim, in the order of the report.
pub fn properties() -> Vec<Property> {
    let mut all: Vec<Property> = order::ORDER_RULES.iter().map(out_of_order).collect();
    all.extend(order_claims());
    all.extend(help_and_refusal());
    all.extend(reply_claims());
    all.extend(sequence_claims());
    all.extend(state_claims());
    all.extend(graph_claims());
    all
}

fn out_of_order(rule: &'static OrderRule) -> Property {
    claim(
        &format!("{}/{}", rule.id, rule.refusal),
        &format!("{} out of order is {}", rule.verbs.join(" "), rule.refusal),
        rfc(959, "5.4"),
        Kind::OutOfOrder(rule),
    )
}

#[rustfmt::skip]
fn order_claims() -> Vec<Property> {
    use Kind::{Always, Sometimes};
    vec![
        claim("in-order-never-503", "a command that is in order is never answered 503", rfc(959, "5.4"),
            Always(|edge| edge.code() != Some(503) || order::out_of_order(&edge.from, edge.input).is_some())),
        claim("503-happens", "some command is answered 503", rfc(959, "4.2"),
            Sometimes(|edge| edge.code() == Some(503))),
        claim("in-order-succeeds", "some PASS in order is answered 230", rfc(959, "4.1.1"),
            Sometimes(|edge| edge.is("PASS", &[230]))),
        claim("out-of-order-changes-nothing", "a command out of order changes nothing but what it ends by coming", rfc(959, "5.4"),
            Always(|edge| order::out_of_order(&edge.from, edge.input).is_none() || unchanged(edge))),
        claim("ccc-533", "CCC without protection is 533, and only then", rfc(2228, "3"),
            Always(|edge| (edge.code() == Some(533)) == (edge.input == Input::Ccc && edge.from.reads() && edge.from.security != Security::Tls))),
        claim("534-only-when-out-of-order", "534 answers only AUTH or CCC out of order", rfc(2228, "3"),
            Always(|edge| edge.code() != Some(534) || order::out_of_order(&edge.from, edge.input).is_some())),
        claim("530-before-login", "a command that needs a login is 530 without one", rfc(959, "4.2"),
            Always(|edge| !awaits_login(edge) || edge.code() == Some(530))),
        claim("530-only-before-login", "530 answers only a wrong password or account, or somebody who is not logged in", rfc(959, "4.2"),
            Always(|edge| edge.code() != Some(530) || awaits_login(edge) || matches!(edge.input, Input::PassWrong | Input::AcctWrong))),
        claim("needs-login-works-after-login", "some command that needs a login succeeds with one", rfc(959, "4.1"),
            Sometimes(|edge| order::needs_login(edge.input.verb()) && edge.succeeds())),
        claim("syntax-before-sequence", "a malformed line is 500, 501 or 502 in every state that reads", rfc(959, "5.4"),
            Always(|edge| !order::is_malformed(edge.input) || edge.code() == Some(malformed_code(edge.input)))),
    ]
}

fn malformed_code(input: Input) -> Code {
    match input {
        Input::NoArgument | Input::SurplusArgument => 501,
        Input::NotImplemented => 502,
        _ => 500,
    }
}

fn awaits_login(edge: &Move<'_>) -> bool {
    order::needs_login(edge.input.verb())
        && edge.from.login != Login::In
        && !order::is_malformed(edge.input)
        && order::out_of_order(&edge.from, edge.input).is_none()
}

/// Refused, and nothing is different but what every line ends; a refused HOST ends not even that (RFC 7151 §3.3).
fn unchanged(edge: &Move<'_>) -> bool {
    let expected = if edge.input.verb() == "HOST" {
        edge.from
    } else {
        order::prelude(&edge.from, edge.input)
    };
    edge.to == expected
}

/// A refused PASS or ACCT that was in order ends the attempt to log in (RFC 959 §4.2).
fn ends_login_attempt(edge: &Move<'_>) -> bool {
    let mut expected = order::prelude(&edge.from, edge.input);
    expected.login = Login::Out;
    matches!(edge.input.verb(), "PASS" | "ACCT") && edge.code() == Some(530) && edge.to == expected
}

#[rustfmt::skip]
fn help_and_refusal() -> Vec<Property> {
    use Kind::{Always, Sometimes};
    vec![
        claim("help-always-214", "HELP is 214 in every state that reads, with any argument", rfc(959, "4.1.3"),
            Always(|edge| edge.input.verb() != "HELP" || edge.replies == [214])),
        claim("help-in-every-phase", "HELP is answered before login", rfc(959, "4.1.3"),
            Sometimes(|edge| edge.input == Input::Help && edge.from.login == Login::Out)),
        claim("help-while-transferring", "HELP is answered during a transfer", rfc(959, "4.1.3"),
            Sometimes(|edge| edge.input == Input::Help && edge.from.transfer == Transfer::Running)),
        claim("214-only-to-help", "nothing but HELP is answered 214", rfc(959, "4.2"),
            Always(|edge| edge.code() != Some(214) || edge.input.verb() == "HELP")),
        claim("help-changes-nothing", "HELP changes nothing but what every line ends", rfc(959, "4.1.3"),
            Always(|edge| edge.input.verb() != "HELP" || unchanged(edge))),
        claim("refused-changes-nothing", "a refused command changes nothing but what every line ends", rfc(959, "5.4"),
            Always(|edge| !edge.is_refused() || unchanged(edge) || ends_login_attempt(edge))),
        claim("refused-pass-ends-login", "a wrong password or account ends the attempt to log in", rfc(959, "4.1.1"),
            Always(|edge| !matches!(edge.input, Input::PassWrong | Input::AcctWrong) || edge.code() != Some(530) || ends_login_attempt(edge))),
        claim("refusal-happens", "some command is refused", rfc(959, "4.2"),
            Sometimes(|edge| edge.is_refused())),
    ]
}

/// Replies that the session still owes: one for a running transfer, one for the line that waits for its end.
fn owed(state: &State) -> usize {
    match state.control {
        Control::Closed => 0,
        Control::Reading => usize::from(state.transfer == Transfer::Running),
        Control::QuitWaits | Control::ReinWaits => 2,
    }
}

#[rustfmt::skip]
fn reply_claims() -> Vec<Property> {
    use Kind::{Always, Sometimes};
    vec![
        claim("one-final-reply", "each command gets exactly one final reply", rfc(959, "5.4"),
            Always(|edge| {
                let finals = edge.replies.iter().filter(|&&code| code >= 200).count();
                owed(&edge.from) + usize::from(!edge.input.is_event()) == finals + owed(&edge.to)
            })),
        claim("one-preliminary-reply", "at most one preliminary reply, and only a transfer command gets one", rfc(959, "5.4"),
            Always(|edge| {
                let preliminary = edge.replies.iter().filter(|&&code| code < 200).count();
                preliminary == 0 || (preliminary == 1 && edge.starts_transfer() && edge.input.is_transfer())
            })),
        claim("150-only-starts-transfers", "a transfer runs behind its 150 and at no other time", rfc(959, "4.2"),
            Always(|edge| edge.to.transfer == Transfer::Idle || edge.from.transfer == Transfer::Running || edge.starts_transfer())),
        claim("transfers-start", "some transfer starts", rfc(959, "4.1.3"), Sometimes(|edge| edge.starts_transfer())),
        claim("transfers-end", "the end of the data ends the transfer", rfc(959, "5.4"),
            Always(|edge| !edge.input.is_event() || edge.to.transfer == Transfer::Idle)),
        claim("transfers-complete", "some transfer is answered 226", rfc(959, "5.4"),
            Sometimes(|edge| edge.input == Input::DataDone && edge.replies == [226])),
        claim("only-226-after-done", "a transfer that ended well is answered 226, no other is", rfc(959, "5.4"),
            Always(|edge| !edge.input.is_event() || (edge.replies.first() == Some(&226)) == (edge.input == Input::DataDone))),
        claim("refused-connection-425", "a data connection that cannot be opened is 425", rfc(959, "4.2"),
            Always(|edge| edge.input != Input::DataRefused || edge.replies.first() == Some(&425))),
        claim("broken-connection-426", "a data connection that breaks is 426", rfc(959, "4.2"),
            Always(|edge| edge.input != Input::DataBroken || edge.replies.first() == Some(&426))),
        claim("local-trouble-451", "trouble of the server's own is 451", rfc(959, "4.2"),
            Always(|edge| edge.input != Input::DataFailed || edge.replies.first() == Some(&451))),
        claim("abor-426-226", "ABOR during a transfer is 426 for the transfer, then 226; else 226", rfc(959, "4.1.3"),
            Always(|edge| edge.input != Input::Abor || edge.replies == if edge.from.transfer == Transfer::Running { &[426, 226][..] } else { &[226][..] })),
    ]
}

#[rustfmt::skip]
fn sequence_claims() -> Vec<Property> {
    use Kind::{Always, Needs, Sometimes};
    vec![
        claim("rnto-needs-rnfr", "no path to a successful RNTO lacks a successful RNFR", rfc(959, "4.1.3"),
            Needs { step: |edge| edge.is("RNFR", &[350]), goal: |edge| edge.is("RNTO", &[250]) }),
        claim("rename-only-behind-rnfr", "a rename is prepared only straight behind an RNFR answered 350", rfc(959, "4.1.3"),
            Always(|edge| edge.input.is_event() || (edge.to.pending == Pending::Rename) == edge.is("RNFR", &[350])
                || (edge.input.verb() == "HOST" && edge.is_refused()))),
        claim("rename-succeeds", "some RNTO is answered 250", rfc(959, "4.1.3"), Sometimes(|edge| edge.is("RNTO", &[250]))),
        claim("restart-only-behind-rest", "a restart is prepared only straight behind a REST answered 350", rfc(3659, "5.3"),
            Always(|edge| edge.input.is_event() || (edge.to.pending == Pending::Restart) == edge.is("REST", &[350])
                || (edge.input.verb() == "HOST" && edge.is_refused()))),
        claim("restart-succeeds", "some transfer starts behind a REST", rfc(3659, "5.3"),
            Sometimes(|edge| edge.from.pending == Pending::Restart && edge.starts_transfer())),
        claim("pass-needs-user", "no path to a PASS answered 230 or 332 lacks a USER answered 331", rfc(959, "4.1.1"),
            Needs { step: |edge| edge.is("USER", &[331]), goal: |edge| edge.is("PASS", &[230, 332]) }),
        claim("pass-only-behind-user", "a password is awaited only straight behind a USER answered 331", rfc(959, "4.1.1"),
            Always(|edge| edge.input.is_event() || matches!(edge.to.login, Login::NeedPass(_)) == edge.is("USER", &[331])
                || (edge.input.verb() == "HOST" && edge.is_refused()))),
        claim("acct-needs-332", "no path to an ACCT answered 230 lacks a PASS answered 332", rfc(959, "4.1.1"),
            Needs { step: |edge| edge.is("PASS", &[332]), goal: |edge| edge.is("ACCT", &[230]) }),
        claim("acct-succeeds", "some ACCT is answered 230", rfc(959, "4.1.1"), Sometimes(|edge| edge.is("ACCT", &[230]))),
        claim("login-needs-230", "no path to a login lacks a 230", rfc(959, "4.1.1"),
            Needs { step: |edge| edge.code() == Some(230), goal: |edge| edge.to.login == Login::In }),
        claim("230-is-a-login", "230 and being logged in go together", rfc(959, "4.2"),
            Always(|edge| (edge.code() == Some(230)) == (edge.to.login == Login::In && edge.from.login != Login::In || edge.is("USER", &[230])))),
        claim("transfer-needs-set-up", "no path to a transfer lacks a PASV, EPSV, LPSV, PORT, EPRT or LPRT that succeeded", rfc(959, "3.2"),
            Needs { step: |edge| edge.sets_up_data(), goal: |edge| edge.starts_transfer() }),
        claim("transfer-needs-login", "no path to a transfer lacks a login", rfc(959, "4.1.1"),
            Needs { step: |edge| edge.code() == Some(230), goal: |edge| edge.starts_transfer() }),
        claim("pbsz-needs-auth", "no path to a PBSZ answered 200 lacks an AUTH answered 234", rfc(2228, "3"),
            Needs { step: |edge| edge.is("AUTH", &[234]), goal: |edge| edge.is("PBSZ", &[200]) }),
        claim("prot-needs-pbsz", "no path to a PROT answered 200 lacks a PBSZ answered 200", rfc(2228, "3"),
            Needs { step: |edge| edge.is("PBSZ", &[200]), goal: |edge| edge.is("PROT", &[200]) }),
        claim("prot-succeeds", "some PROT is answered 200", rfc(2228, "3"), Sometimes(|edge| edge.is("PROT", &[200]))),
        claim("ccc-needs-auth", "no path to a CCC answered 200 lacks an AUTH answered 234", rfc(2228, "3"),
            Needs { step: |edge| edge.is("AUTH", &[234]), goal: |edge| edge.is("CCC", &[200]) }),
        claim("ccc-succeeds", "some CCC is answered 200", rfc(2228, "3"), Sometimes(|edge| edge.is("CCC", &[200]))),
    ]
}

#[rustfmt::skip]
fn state_claims() -> Vec<Property> {
    use Kind::{Always, Sometimes};
    vec![
        claim("auth-resets", "AUTH answered 234 ends the login, the data set-up, EPSV ALL and PBSZ", rfc(4217, "4.2"),
            Always(|edge| !edge.is("AUTH", &[234]) || edge.to == State { security: Security::Tls, host: edge.from.host, ..State::default() })),
        claim("tls-needs-234", "TLS is in force only behind an AUTH answered 234", rfc(4217, "4.1"),
            Always(|edge| edge.to.security != Security::Tls || edge.from.security == Security::Tls || edge.is("AUTH", &[234]))),
        claim("ccc-clears", "CCC answered 200 ends the protection and PBSZ", rfc(2228, "3"),
            Always(|edge| !edge.is("CCC", &[200]) || (edge.to.security == Security::Cleared && edge.to.pbsz == Pbsz::No))),
        claim("rein-resets", "after REIN everything is as after connect", rfc(959, "4.1.1"),
            Always(|edge| edge.replies.last() != Some(&220) || edge.input == Input::Host || edge.to == State::default())),
        claim("rein-lets-the-transfer-end", "REIN during a transfer is answered behind the transfer's own reply", rfc(959, "4.1.1"),
            Sometimes(|edge| edge.replies == [226, 220])),
        claim("user-flushes", "USER answered 331 ends the old login", rfc(959, "4.1.1"),
            Always(|edge| !edge.is("USER", &[331]) || edge.to.login != Login::In)),
        claim("user-keeps-parameters", "USER leaves all transfer parameters unchanged", rfc(959, "4.1.1"),
            Always(|edge| edge.input.verb() != "USER" || (edge.to.data, edge.to.epsv_all, edge.to.transfer) == (edge.from.data, edge.from.epsv_all, edge.from.transfer))),
        claim("host-resets-login", "HOST answered 220 names the host and ends the login", rfc(7151, "3"),
            Always(|edge| !edge.is("HOST", &[220]) || (edge.to.host == crate::Host::Named && edge.to.login == Login::Out))),
        claim("passive-serves-once", "a passive set-up serves one transfer", rfc(959, "3.2"),
            Always(|edge| !edge.starts_transfer() || edge.from.data != Data::Passive || edge.to.data == Data::None)),
        claim("active-stays", "an active set-up stays until another replaces it", rfc(959, "4.1.2"),
            Always(|edge| edge.from.data != Data::Active || edge.to.data == Data::Active || edge.sets_up_data()
                || matches!(edge.code(), Some(220 | 234)) || edge.is("EPSV", &[200]) || !edge.to.is_open())),
        claim("active-serves-twice", "an active set-up serves a second transfer", rfc(959, "4.1.2"),
            Sometimes(|edge| edge.starts_transfer() && edge.to.data == Data::Active)),
        claim("set-up-comes-from-set-up", "a data connection is set up only by a command that does so", rfc(959, "3.2"),
            Always(|edge| edge.to.data == Data::None || edge.to.data == edge.from.data || edge.sets_up_data())),
        claim("pasv-listens", "227, 228 and 229 set up a passive connection", rfc(959, "4.2"),
            Always(|edge| !edge.code().is_some_and(|code| matches!(code, 227..=229)) || edge.to.data == Data::Passive)),
        claim("port-is-remembered", "PORT, EPRT and LPRT answered 200 set up an active connection", rfc(959, "4.1.2"),
            Always(|edge| !(edge.is("PORT", &[200]) || edge.is("EPRT", &[200]) || edge.is("LPRT", &[200])) || edge.to.data == Data::Active)),
        claim("epsv-all-binds", "EPSV ALL answered 200 is remembered and undoes every set-up", rfc(2428, "4"),
            Always(|edge| !edge.is("EPSV", &[200]) || (edge.to.epsv_all == crate::EpsvAll::Yes && edge.to.data == Data::None))),
        claim("epsv-all-lasts", "EPSV ALL ends only with REIN, AUTH or the session", rfc(2428, "4"),
            Always(|edge| edge.from.epsv_all == crate::EpsvAll::No || edge.to.epsv_all == crate::EpsvAll::Yes
                || matches!(edge.code(), Some(220 | 221 | 234)))),
        claim("pbsz-is-remembered", "PBSZ answered 200 is remembered", rfc(2228, "3"),
            Always(|edge| !edge.is("PBSZ", &[200]) || edge.to.pbsz == Pbsz::Yes)),
        claim("only-quit-closes", "nothing but QUIT closes", rfc(959, "4.1.1"),
            Always(|edge| edge.to.is_open() || edge.input == Input::Quit || (edge.from.control == Control::QuitWaits && edge.input.is_event()))),
        claim("quit-221", "whatever closes says 221 last", rfc(959, "5.4"),
            Always(|edge| (edge.code() == Some(221)) != edge.to.is_open())),
        claim("nothing-read-while-waiting", "no line is read while QUIT or REIN wait", rfc(959, "4.1.1"),
            Always(|edge| edge.from.reads() || edge.input.is_event())),
        claim("quit-and-rein-wait", "QUIT and REIN during a transfer wait for its end", rfc(959, "4.1.1"),
            Always(|edge| edge.from.transfer == Transfer::Idle || !matches!(edge.input, Input::Quit | Input::Rein) || (edge.replies.is_empty() && !edge.to.reads() && edge.to.is_open()))),
    ]
}

#[rustfmt::skip]
fn graph_claims() -> Vec<Property> {
    vec![
        claim("closed-is-reachable", "from every open state Closed can be reached", rfc(959, "4.1.1"),
            Kind::Reaches { from: State::is_open, to: |state| !state.is_open() }),
        claim("login-is-reachable", "from every state that does not wait to close a fresh login can be reached", rfc(959, "4.1.1"),
            Kind::Reaches { from: |state| !matches!(state.control, Control::QuitWaits | Control::Closed), to: |state| state.login == Login::In && state.reads() }),
        claim("session-is-connected", "the states that do not end the session are one strongly connected component", rfc(959, "4.1.1"),
            Kind::Connected(|state| !matches!(state.control, Control::QuitWaits | Control::Closed))),
        claim("every-rule-is-used", "every row of the table decides some step", Source::Ours("a row that never applies says nothing"),
            Kind::EveryRuleUsed),
    ]
}

/// The edge of `graph`, as claims see it, for each of its edges in breadth-first order.
pub fn moves<'g>(graph: &'g StateGraph<'_>) -> impl Iterator<Item = Move<'g>> {
    graph.edges().map(|(_, from, edge, to)| Move {
        from,
        input: edge.input,
        replies: edge.replies,
        to,
    })
}
