//! The state of a session, as far as it decides the order of replies (RFC 959 §5.2, §6).
//!
//! What never decides a reply's order (working directory, TYPE, the user's name, the protection level) is not here.

/// Who is logged in (RFC 959 §4.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Login {
    /// Nobody.
    #[default]
    Out,
    /// USER was answered 331; only a PASS straight behind it counts.
    NeedPass(Asks),
    /// PASS was answered 332.
    NeedAcct,
    /// Somebody is logged in.
    In,
}

/// What the named user's login still takes after USER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asks {
    /// A password.
    Password,
    /// A password, then an account.
    PasswordAndAccount,
}

/// What the line just before prepared for the next one only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Pending {
    /// Nothing.
    #[default]
    Nothing,
    /// RNFR was answered 350 (RFC 959 §4.1.3).
    Rename,
    /// REST was answered 350 (RFC 3659 §5.3).
    Restart,
}

/// How the next data connection is set up (RFC 959 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Data {
    /// Not at all.
    #[default]
    None,
    /// The server listens: PASV, EPSV or LPSV; good for one transfer (RFC 1123 §4.1.2.6).
    Passive,
    /// The server connects: PORT, EPRT or LPRT; kept until replaced (RFC 959 §4.1.2).
    Active,
}

/// Whether EPSV ALL was accepted (RFC 2428 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum EpsvAll {
    /// Not yet.
    #[default]
    No,
    /// Yes: only EPSV may set up a data connection.
    Yes,
}

/// Whether a transfer is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Transfer {
    /// None.
    #[default]
    Idle,
    /// A preliminary reply was sent, its completion reply was not.
    Running,
}

/// Whether the session reads lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Control {
    /// It reads.
    #[default]
    Reading,
    /// QUIT came during a transfer: it closes when the transfer ends.
    QuitWaits,
    /// REIN came during a transfer: it starts afresh when the transfer ends.
    ReinWaits,
    /// The control connection is closed.
    Closed,
}

/// The protection of the control connection (RFC 4217 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Security {
    /// Clear text, never protected.
    #[default]
    Clear,
    /// TLS is in force.
    Tls,
    /// CCC ended it.
    Cleared,
}

/// Whether PBSZ was accepted (RFC 2228 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Pbsz {
    /// Not yet.
    #[default]
    No,
    /// Yes.
    Yes,
}

/// Whether HOST was accepted (RFC 7151 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Host {
    /// Not yet.
    #[default]
    None,
    /// Yes.
    Named,
}

/// The state of one session. `State::default()` is the state right after the greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct State {
    /// Whether lines are read.
    pub control: Control,
    /// Protection of the control connection.
    pub security: Security,
    /// Whether PBSZ was accepted.
    pub pbsz: Pbsz,
    /// Whether HOST was accepted.
    pub host: Host,
    /// Who is logged in.
    pub login: Login,
    /// What only the next line may use.
    pub pending: Pending,
    /// The next data connection.
    pub data: Data,
    /// Whether EPSV ALL was accepted.
    pub epsv_all: EpsvAll,
    /// Whether a transfer is under way.
    pub transfer: Transfer,
}

impl State {
    /// The one state after the control connection was closed: nothing else matters then.
    pub const CLOSED: State = State {
        control: Control::Closed,
        security: Security::Clear,
        pbsz: Pbsz::No,
        host: Host::None,
        login: Login::Out,
        pending: Pending::Nothing,
        data: Data::None,
        epsv_all: EpsvAll::No,
        transfer: Transfer::Idle,
    };

    /// Whether the session reads lines in this state.
    pub fn reads(&self) -> bool {
        self.control == Control::Reading
    }

    /// Whether the control connection is open.
    pub fn is_open(&self) -> bool {
        self.control != Control::Closed
    }
}
