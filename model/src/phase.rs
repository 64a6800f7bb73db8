//! The phases that a person thinks in, and the fold of every state into one of them (RFC 959 §5.4, §6).
//!
//! A picture of a phase shows its representatives: the states in which nothing differs from the state after connect but
//! what the phase is named for. [`base`] names the state that a phase was entered from, so that a picture need only say
//! what is different in it.

use crate::{Data, Login, Pbsz, Pending, Security, State, Transfer};

/// A phase of a session. The order is that of a session that goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Connected, nobody logged in, in clear text.
    Greeted,
    /// Nobody logged in, TLS in force (RFC 4217 §4).
    Secured,
    /// PASS must come next (RFC 959 §4.1.1).
    NeedPass,
    /// ACCT must come (RFC 959 §4.1.1).
    NeedAcct,
    /// Logged in, no data connection set up.
    Ready,
    /// RNTO must come next (RFC 959 §4.1.3).
    RenameFrom,
    /// The server listens for the next data connection.
    Passive,
    /// The server will connect to the client's data port.
    Active,
    /// A data connection is set up, and the transfer on the next line starts where REST said (RFC 3659 §5.3).
    RestartAt,
    /// A transfer is under way.
    Transferring,
    /// The control connection is closed.
    Closed,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Phase; 11] = [
        Phase::Greeted,
        Phase::Secured,
        Phase::NeedPass,
        Phase::NeedAcct,
        Phase::Ready,
        Phase::RenameFrom,
        Phase::Passive,
        Phase::Active,
        Phase::RestartAt,
        Phase::Transferring,
        Phase::Closed,
    ];

    /// The name, one word.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Greeted => "Greeted",
            Phase::Secured => "Secured",
            Phase::NeedPass => "NeedPass",
            Phase::NeedAcct => "NeedAcct",
            Phase::Ready => "Ready",
            Phase::RenameFrom => "RenameFrom",
            Phase::Passive => "Passive",
            Phase::Active => "Active",
            Phase::RestartAt => "RestartAt",
            Phase::Transferring => "Transferring",
            Phase::Closed => "Closed",
        }
    }

    /// What is true in this phase, in a few words.
    pub fn note(self) -> &'static str {
        match self {
            Phase::Greeted => "connected, in clear",
            Phase::Secured => "connected, TLS in force",
            Phase::NeedPass => "PASS must come next",
            Phase::NeedAcct => "ACCT must come",
            Phase::Ready => "logged in",
            Phase::RenameFrom => "RNTO must come next",
            Phase::Passive => "server listens",
            Phase::Active => "server will connect",
            Phase::RestartAt => "transfer must come next",
            Phase::Transferring => "data connection in use",
            Phase::Closed => "control connection down",
        }
    }
}

/// The phase of `state`.
///
/// A transfer under way outweighs all else (USER, REIN and QUIT leave it running), then the login, then what the line
/// just before prepared, then the data connection. Behind the login, HOST, EPSV ALL and TLS make no phase of their own;
/// a cleared control connection (CCC) is in clear. A REST with no data connection set up prepares nothing, since a
/// transfer right behind it is out of order: that is [`Phase::Ready`].
pub fn phase(state: State) -> Phase {
    if !state.is_open() {
        return Phase::Closed;
    }
    if state.transfer == Transfer::Running {
        return Phase::Transferring;
    }
    match (state.login, state.pending, state.data) {
        (Login::Out, _, _) if state.security == Security::Tls => Phase::Secured,
        (Login::Out, _, _) => Phase::Greeted,
        (Login::NeedPass(_), _, _) => Phase::NeedPass,
        (Login::NeedAcct, _, _) => Phase::NeedAcct,
        (Login::In, Pending::Rename, _) => Phase::RenameFrom,
        (Login::In, Pending::Restart, Data::Passive | Data::Active) => Phase::RestartAt,
        (Login::In, Pending::Nothing | Pending::Restart, Data::None) => Phase::Ready,
        (Login::In, Pending::Nothing, Data::Passive) => Phase::Passive,
        (Login::In, Pending::Nothing, Data::Active) => Phase::Active,
    }
}

/// Whether `state` stands for its phase: only what the phase is named for differs from the state after connect.
///
/// `Secured` has one representative before PBSZ and one behind it, `NeedPass` one for each kind of user, `RestartAt`
/// and `Transferring` one for each data connection that they may have.
pub fn is_representative(state: State) -> bool {
    let login = State {
        login: Login::Out,
        ..state
    };
    let plain = match phase(state) {
        Phase::Greeted => state,
        Phase::Secured => in_clear(state),
        Phase::NeedPass | Phase::NeedAcct | Phase::Ready => login,
        Phase::RenameFrom => State {
            pending: Pending::Nothing,
            ..login
        },
        Phase::Passive | Phase::Active => State {
            data: Data::None,
            ..login
        },
        Phase::RestartAt => State {
            pending: Pending::Nothing,
            data: Data::None,
            ..login
        },
        Phase::Transferring if state.login == Login::In => State {
            transfer: Transfer::Idle,
            data: Data::None,
            ..login
        },
        Phase::Transferring => state,
        Phase::Closed => return state == State::CLOSED,
    };
    plain == State::default()
}

/// `state` without the protection of its control connection.
pub fn in_clear(state: State) -> State {
    State {
        security: Security::Clear,
        pbsz: Pbsz::No,
        ..state
    }
}

/// The state that `state` would be without what its phase adds; `None` for a phase that stands for itself.
pub fn base(state: State) -> Option<State> {
    match phase(state) {
        Phase::Greeted | Phase::Secured | Phase::Ready | Phase::Closed => None,
        Phase::NeedPass | Phase::NeedAcct => Some(State {
            login: Login::Out,
            ..state
        }),
        Phase::RenameFrom | Phase::RestartAt => Some(State {
            pending: Pending::Nothing,
            ..state
        }),
        Phase::Passive | Phase::Active => Some(State {
            data: Data::None,
            ..state
        }),
        Phase::Transferring => Some(State {
            transfer: Transfer::Idle,
            ..state
        }),
    }
}

/// `next` with what the phase of `state` adds: where a session is if the addition outlives a line that led its base to
/// `next`. `None` if that line itself changed what the phase is about.
pub fn kept(state: State, next: State) -> Option<State> {
    let base = base(state)?;
    match phase(state) {
        Phase::NeedPass | Phase::NeedAcct if next.login == base.login => Some(State {
            login: state.login,
            ..next
        }),
        Phase::RenameFrom | Phase::RestartAt if next.pending == base.pending => Some(State {
            pending: state.pending,
            ..next
        }),
        Phase::Passive | Phase::Active if next.data == base.data => Some(State {
            data: state.data,
            ..next
        }),
        Phase::Transferring if next.transfer == base.transfer => Some(State {
            transfer: state.transfer,
            ..next
        }),
        _ => None,
    }
}
