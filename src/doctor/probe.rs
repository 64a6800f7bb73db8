//! Each verb once: whether the server knows it, and whether it asks for a login first.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ftproof_model::Input;

use super::Verb;
use super::examine::{Examiner, ask, transfer};
use crate::reply::Reply;
use crate::target::{Session, Trouble};

/// The input that stands for each verb, of those that the rules have the one that does least, in the order in which they
/// are sent: first what only asks, then transfers in our own directory, then what may end the login. USER and PASS are
/// known from the login, and a wrong one may cost the user theirs.
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

/// After so many sessions that were lost, the rest is left.
const LOST_MAX: usize = 3;

/// What a round through the verbs brought.
#[derive(Debug, Default)]
pub(super) struct Round {
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
        let mut round = Round::default();
        let mut open: Option<Box<dyn Session>> = None;
        let mut lost = 0;
        for &input in PROBES {
            if self.is_stopped() || lost > LOST_MAX {
                break;
            }
            if !self.may_send(input, is_in, &round) {
                continue;
            }
            let opened = open.take().map_or_else(|| self.open(is_in), Ok);
            let Ok(mut session) = opened else {
                break;
            };
            let since = Instant::now();
            match self.probe(session.as_mut(), input, set_up) {
                Ok(reply) => {
                    if !input.is_transfer() {
                        round.times.push((since.elapsed(), input.verb()));
                    }
                    let is_over = reply.code == 421;
                    round.replies.insert(input.verb(), reply);
                    open = Some(session).filter(|_| !is_over);
                }
                Err(_) => lost += 1,
            }
        }
        round
    }

    /// Whether `input` does no harm: what makes or removes something needs our own directory, STOU even needs to be in it.
    fn may_send(&self, input: Input, is_in: bool, round: &Round) -> bool {
        match input {
            Input::Stou => {
                self.has_files && (self.target.starts_fresh() || round.reply("CWD", 250).is_some())
            }
            Input::Stor | Input::Appe | Input::Xmkd | Input::Xrmd => self.has_files,
            Input::AcctWrong => is_in && self.names.get("wrong_account").is_some(),
            _ => true,
        }
    }

    fn probe(
        &mut self,
        session: &mut dyn Session,
        input: Input,
        set_up: Option<Input>,
    ) -> Result<Reply, Trouble> {
        if !input.is_transfer() {
            return ask(session, &mut self.names, input);
        }
        if let Some(set_up) = set_up {
            ask(session, &mut self.names, set_up)?;
        }
        transfer(session, &mut self.names, input).map(|(reply, _)| reply)
    }
}

/// What both rounds tell of each verb. `asks_for_password`: USER was answered so; `None` if it was not sent.
pub(super) fn verbs(before: &Round, inside: &Round, asks_for_password: Option<bool>) -> Vec<Verb> {
    let mut verbs: Vec<Verb> = Vec::new();
    for &input in Input::ALL {
        let verb = input.verb();
        let is_known = verbs.iter().any(|known| known.verb == verb);
        if is_known || matches!(input, Input::NotImplemented | Input::Unknown) || verb.is_empty() {
            continue;
        }
        let code = |round: &Round| round.replies.get(verb).map(|reply| reply.code);
        let (before_login, logged_in) = (code(before), code(inside));
        let implemented = match verb {
            "USER" => Some(true),
            "PASS" => asks_for_password.filter(|&asks| asks),
            _ => logged_in.map(|code| !matches!(code, 500 | 502)),
        };
        verbs.push(Verb {
            verb,
            implemented,
            needs_login: implemented == Some(true) && matches!(before_login, Some(530 | 532 | 332)),
            before_login,
            logged_in,
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
