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

    /// A number for the state, so that it can be written down: mixed radix, a digit for each field.
    pub fn number(&self) -> usize {
        let digits = [
            digit(&CONTROLS, &self.control),
            digit(&SECURITIES, &self.security),
            digit(&PBSZ, &self.pbsz),
            digit(&HOSTS, &self.host),
            digit(&LOGINS, &self.login),
            digit(&PENDING, &self.pending),
            digit(&DATA, &self.data),
            digit(&EPSV_ALL, &self.epsv_all),
            digit(&TRANSFERS, &self.transfer),
        ];
        digits
            .iter()
            .fold(0, |number, (digit, radix)| number * radix + digit)
    }

    /// The state of this number; `None`: there is none.
    pub fn from_number(number: usize) -> Option<State> {
        let mut rest = number;
        let mut digit = |radix| {
            let digit = rest % radix;
            rest /= radix;
            digit
        };
        // The last digit comes first.
        let transfer = TRANSFERS[digit(TRANSFERS.len())];
        let epsv_all = EPSV_ALL[digit(EPSV_ALL.len())];
        let data = DATA[digit(DATA.len())];
        let pending = PENDING[digit(PENDING.len())];
        let login = LOGINS[digit(LOGINS.len())];
        let host = HOSTS[digit(HOSTS.len())];
        let pbsz = PBSZ[digit(PBSZ.len())];
        let security = SECURITIES[digit(SECURITIES.len())];
        let control = CONTROLS[digit(CONTROLS.len())];
        (rest == 0).then_some(State {
            control,
            security,
            pbsz,
            host,
            login,
            pending,
            data,
            epsv_all,
            transfer,
        })
    }
}

// The values of each field, in the order of their digits.
const CONTROLS: [Control; 4] = [
    Control::Reading,
    Control::QuitWaits,
    Control::ReinWaits,
    Control::Closed,
];
const SECURITIES: [Security; 3] = [Security::Clear, Security::Tls, Security::Cleared];
const PBSZ: [Pbsz; 2] = [Pbsz::No, Pbsz::Yes];
const HOSTS: [Host; 2] = [Host::None, Host::Named];
const LOGINS: [Login; 5] = [
    Login::Out,
    Login::NeedPass(Asks::Password),
    Login::NeedPass(Asks::PasswordAndAccount),
    Login::NeedAcct,
    Login::In,
];
const PENDING: [Pending; 3] = [Pending::Nothing, Pending::Rename, Pending::Restart];
const DATA: [Data; 3] = [Data::None, Data::Passive, Data::Active];
const EPSV_ALL: [EpsvAll; 2] = [EpsvAll::No, EpsvAll::Yes];
const TRANSFERS: [Transfer; 2] = [Transfer::Idle, Transfer::Running];

/// The place of `value` among the values of its field, and how many these are.
fn digit<T: PartialEq>(values: &[T], value: &T) -> (usize, usize) {
    let place = values.iter().position(|known| known == value);
    (
        place.expect("every value of the field is in its list"),
        values.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Machine, RULES, StateGraph};

    #[test]
    fn each_state_has_a_number_of_its_own() {
        let machine = Machine::new(RULES);
        let graph = StateGraph::explore(&machine);
        assert!(graph.graph().node_count() > 400);
        for state in graph.graph().node_weights() {
            assert_eq!(State::from_number(state.number()), Some(*state));
        }
        assert_eq!(State::default().number(), 0);
        let all = [4, 3, 2, 2, 5, 3, 3, 2, 2].iter().product();
        for number in 0..all {
            let state = State::from_number(number).expect("each number below has a state");
            assert_eq!(state.number(), number);
        }
        assert_eq!(State::from_number(all), None);
        assert_eq!(State::from_number(usize::MAX), None);
    }
}
