//! Each verb once: whether the server knows it, and whether it asks for a login first.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ftproof_model::Input;

use super::Verb;
use super::examine::{Examiner, ask, transfer};
use crate::reply::Reply;
use crate::target::{Session, Trouble};

/// The input that stands for each verb, of those that the rules have the one that does least, in the order in which
/// they are sent: first what only asks, then transfers in our own directory, then what may end the login. USER and PASS
/// are known from the login.
const PROBES: &[Input] = &[
    Input::Help,
    Input::Noop,
    Input::Syst,
    Input::Feat,
    Input::Stat,
    Input::Pwd,
    Input::Xpwd,
    Input::Type,
    Input::Mode,
    Input::Stru,
    Input::Allo,
    Input::OptsUnknown,
    Input::LangUnknown,
    Input::Site,
    Input::Cdup,
    Input::Xcup,
    Input::Xcwd,
    Input::Cwd,
    Input::Smnt,
    Input::List,
    Input::Nlst,
    Input::Mlsd,
    Input::RetrMissing,
    Input::Stor,
    Input::Appe,
    Input::Stou,
    Input::Size,
    Input::Mdtm,
    Input::Mlst,
    Input::DeleMissing,
    Input::MkdExists,
    Input::Xmkd,
    Input::RmdMissing,
    Input::Xrmd,
    Input::RnfrMissing,
    Input::RntoImpossible,
    Input::Rest,
    Input::Pasv,
    Input::Epsv,
    Input::Lpsv,
    Input::Port,
    Input::Eprt,
    Input::Lprt,
    Input::Abor,
    Input::AuthUnknown,
    Input::Adat,
    Input::Pbsz,
    Input::ProtClear,
    Input::Mic,
    Input::Conf,
    Input::Enc,
    Input::Ccc,
    Input::HostUnknown,
    Input::AcctWrong,
    Input::Rein,
    Input::Quit,
];

/// The verbs that a server may know only inside TLS, in the order in which they are sent there.
pub(super) const IN_TLS: &[Input] = &[
    Input::Adat,
    Input::Pbsz,
    Input::ProtPrivate,
    Input::Mic,
    Input::Conf,
    Input::Enc,
    Input::Ccc,
];

/// After so many inputs without a reply, the rest is left.
const LOST_MAX: usize = 3;

/// A round through the verbs.
#[derive(Default)]
pub(super) struct Round {
    is_in: bool,
    /// What sets up the data connection of a transfer, if anything does.
    set_up: Option<Input>,
    session: Option<Box<dyn Session>>,
    /// How many inputs got no reply.
    lost: usize,
    pub(super) replies: HashMap<&'static str, Reply>,
    /// How long each took that was no transfer.
    pub(super) times: Vec<(Duration, &'static str)>,
}

impl Round {
    /// The reply, if it has this code.
    pub(super) fn reply(&self, verb: &str, code: u16) -> Option<&Reply> {
        self.replies.get(verb).filter(|reply| reply.code == code)
    }
}

impl Examiner<'_> {
    /// Sends each verb once, logged in or not; transfers behind `set_up`.
    pub(super) fn round(&mut self, is_in: bool, set_up: Option<Input>) -> Round {
        let mut round = Round {
            is_in,
            set_up,
            ..Round::default()
        };
        for &input in PROBES {
            if self.is_stopped() || round.lost > LOST_MAX {
                break;
            }
            if self.may_send(input, is_in) {
                // That a session is lost may be the doing of an earlier line.
                let tried = self.send(&mut round, input);
                let tried = tried.or_else(|_| self.send(&mut round, input));
                round.lost += usize::from(tried.is_err());
            }
        }
        round.session = None;
        round
    }

    /// Whether `input` does no harm: what makes or removes something needs a directory of ours.
    fn may_send(&self, input: Input, is_in: bool) -> bool {
        match input {
            Input::Stou => self.has_files && (is_in || self.target.starts_fresh()),
            Input::Stor | Input::Appe | Input::Xmkd | Input::Xrmd => self.has_files,
            Input::AcctWrong => is_in && self.names.get("wrong_account").is_some(),
            _ => true,
        }
    }

    /// Sends one input on the round's session, or on a fresh one where there is none.
    fn send(&mut self, round: &mut Round, input: Input) -> Result<(), Trouble> {
        let open = round.session.take();
        let mut session = open.map_or_else(|| self.open(round.is_in), Ok)?;
        let since = Instant::now();
        let reply = if input.is_transfer() {
            self.prepare(session.as_mut(), round, input)?;
            transfer(session.as_mut(), &mut self.names, input)?.0
        } else {
            let reply = ask(session.as_mut(), &mut self.names, input)?;
            round.times.push((since.elapsed(), input.verb()));
            reply
        };
        let is_over = reply.code == 421;
        round.replies.insert(input.verb(), reply);
        round.session = Some(session).filter(|_| !is_over);
        Ok(())
    }

    /// Sets up the data connection. STOU stores into the working directory, which must be ours.
    fn prepare(
        &mut self,
        session: &mut dyn Session,
        round: &Round,
        input: Input,
    ) -> Result<(), Trouble> {
        if input == Input::Stou
            && !self.target.starts_fresh()
            && ask(session, &mut self.names, Input::Cwd)?.code != 250
        {
            return Err(Trouble::Unsupported("directory of ours for STOU"));
        }
        if let Some(set_up) = round.set_up {
            ask(session, &mut self.names, set_up)?;
        }
        Ok(())
    }
}

/// What the rounds tell of each verb. `is_protected`: sessions are inside TLS from their start on.
/// `asks_for_password`: USER was answered so; `None` if it was not sent.
pub(super) fn verbs(
    is_protected: bool,
    before: &Round,
    inside: &Round,
    in_tls: &Round,
    asks_for_password: Option<bool>,
) -> Vec<Verb> {
    let mut verbs: Vec<Verb> = Vec::new();
    for &input in Input::ALL {
        let verb = input.verb();
        let is_listed = verbs.iter().any(|listed| listed.verb == verb);
        let is_none = matches!(input, Input::NotImplemented | Input::Unknown) || verb.is_empty();
        if is_listed || is_none {
            continue;
        }
        let code = |round: &Round| round.replies.get(verb).map(|reply| reply.code);
        let (before_login, logged_in, in_tls) = (code(before), code(inside), code(in_tls));
        let known = |code: Option<u16>| code.map(|code| !matches!(code, 500 | 502));
        let (implemented, needs_login) = match verb {
            "USER" => (Some(true), Some(false)),
            "PASS" => (asks_for_password.filter(|&asks| asks), Some(false)),
            // Sessions that begin inside TLS do not tell.
            "AUTH" if is_protected => (known(logged_in).filter(|&known| known), Some(false)),
            _ => (
                known(logged_in).max(known(in_tls)),
                before_login.map(|code| matches!(code, 530 | 532 | 332)),
            ),
        };
        verbs.push(Verb {
            verb,
            implemented,
            needs_login,
            before_login,
            logged_in,
            in_tls,
        });
    }
    verbs
}

/// The extensions that a reply to FEAT lists: each on a line of its own behind a space.
pub(super) fn features(reply: &Reply) -> Vec<String> {
    const FEATURES_MAX: usize = 50;
    let inner = reply.lines.iter().skip(1);
    inner
        .filter_map(|line| line.strip_prefix(b" "))
        .map(crate::reply::shown)
        .take(FEATURES_MAX)
        .collect()
}
