//! Facts about a state, typed: what a row of the table asks for, and what it makes true.

use crate::{Asks, Control, Data, EpsvAll, Host, Login, Pbsz, Pending, Security, State, Transfer};

/// A fact about a state. Some are only asked for (`AwaitsPass`), some only made true (`AsAfterConnect`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fact {
    /// Whether lines are read.
    Control(Control),
    /// The protection of the control connection.
    Security(Security),
    /// Whether PBSZ was accepted.
    Pbsz(Pbsz),
    /// Whether HOST was accepted.
    Host(Host),
    /// Who is logged in.
    Login(Login),
    /// What the line before prepared.
    Pending(Pending),
    /// How the next data connection is set up.
    Data(Data),
    /// Whether EPSV ALL was accepted.
    EpsvAll(EpsvAll),
    /// Whether a transfer is under way.
    Transfer(Transfer),
    /// Asked for only: nobody is logged in, however far a login has come.
    NotLoggedIn,
    /// Asked for only: USER was answered 331 just before, whatever the user still needs.
    AwaitsPass,
    /// Made true only: everything is as right after the greeting.
    AsAfterConnect,
    /// Made true only: a passive set-up has served; an active one stays (RFC 959 §4.1.2).
    PassiveUsedUp,
    /// Made true only: EPSV ALL is as it was before, though the facts in front of this one reset it.
    EpsvAllStays,
    /// Made true only: what the line took by coming (see [`Machine::refused`](crate::Machine::refused)) is put back.
    TakenStays,
    /// Made true only: the control connection is closed.
    Closed,
}

pub(crate) const READING: Fact = Fact::Control(Control::Reading);
pub(crate) const QUIT_WAITS: Fact = Fact::Control(Control::QuitWaits);
pub(crate) const REIN_WAITS: Fact = Fact::Control(Control::ReinWaits);
pub(crate) const CLEAR: Fact = Fact::Security(Security::Clear);
pub(crate) const TLS: Fact = Fact::Security(Security::Tls);
pub(crate) const CLEARED: Fact = Fact::Security(Security::Cleared);
pub(crate) const NO_PBSZ: Fact = Fact::Pbsz(Pbsz::No);
pub(crate) const PBSZ: Fact = Fact::Pbsz(Pbsz::Yes);
pub(crate) const NAMED: Fact = Fact::Host(Host::Named);
pub(crate) const LOGGED_OUT: Fact = Fact::Login(Login::Out);
pub(crate) const NEED_PASS: Fact = Fact::Login(Login::NeedPass(Asks::Password));
pub(crate) const NEED_PASS_AND_ACCT: Fact = Fact::Login(Login::NeedPass(Asks::PasswordAndAccount));
pub(crate) const NEED_ACCT: Fact = Fact::Login(Login::NeedAcct);
pub(crate) const LOGGED_IN: Fact = Fact::Login(Login::In);
pub(crate) const NOTHING: Fact = Fact::Pending(Pending::Nothing);
pub(crate) const RENAME: Fact = Fact::Pending(Pending::Rename);
pub(crate) const RESTART: Fact = Fact::Pending(Pending::Restart);
pub(crate) const NO_DATA: Fact = Fact::Data(Data::None);
pub(crate) const PASSIVE: Fact = Fact::Data(Data::Passive);
pub(crate) const ACTIVE: Fact = Fact::Data(Data::Active);
pub(crate) const NO_EPSV_ALL: Fact = Fact::EpsvAll(EpsvAll::No);
pub(crate) const EPSV_ALL: Fact = Fact::EpsvAll(EpsvAll::Yes);
pub(crate) const IDLE: Fact = Fact::Transfer(Transfer::Idle);
pub(crate) const RUNNING: Fact = Fact::Transfer(Transfer::Running);

impl Fact {
    /// Whether the fact holds in `state`. What is only made true holds nowhere.
    pub fn holds(self, state: State) -> bool {
        match self {
            Fact::Control(control) => state.control == control,
            Fact::Security(security) => state.security == security,
            Fact::Pbsz(pbsz) => state.pbsz == pbsz,
            Fact::Host(host) => state.host == host,
            Fact::Login(login) => state.login == login,
            Fact::Pending(pending) => state.pending == pending,
            Fact::Data(data) => state.data == data,
            Fact::EpsvAll(epsv_all) => state.epsv_all == epsv_all,
            Fact::Transfer(transfer) => state.transfer == transfer,
            Fact::NotLoggedIn => state.login != Login::In,
            Fact::AwaitsPass => matches!(state.login, Login::NeedPass(_)),
            Fact::AsAfterConnect
            | Fact::PassiveUsedUp
            | Fact::EpsvAllStays
            | Fact::TakenStays
            | Fact::Closed => false,
        }
    }

    /// Makes the fact true in `next`; `before` is the state before the input. What is only asked for changes nothing.
    pub(crate) fn apply(self, next: &mut State, before: State) {
        match self {
            Fact::Control(control) => next.control = control,
            Fact::Security(security) => next.security = security,
            Fact::Pbsz(pbsz) => next.pbsz = pbsz,
            Fact::Host(host) => next.host = host,
            Fact::Login(login) => next.login = login,
            Fact::Pending(pending) => next.pending = pending,
            Fact::Data(data) => next.data = data,
            Fact::EpsvAll(epsv_all) => next.epsv_all = epsv_all,
            Fact::Transfer(transfer) => next.transfer = transfer,
            Fact::AsAfterConnect => *next = State::default(),
            Fact::PassiveUsedUp if next.data == Data::Passive => next.data = Data::None,
            Fact::EpsvAllStays => next.epsv_all = before.epsv_all,
            Fact::TakenStays => {
                next.pending = before.pending;
                next.login = before.login;
            }
            Fact::Closed => *next = State::CLOSED,
            Fact::PassiveUsedUp | Fact::NotLoggedIn | Fact::AwaitsPass => {}
        }
    }
}
