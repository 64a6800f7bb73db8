//! The examination: every part of it on sessions of its own, so that trouble in one does not reach the next.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ftproof_model::Input;

use super::outlook::{estimate, untestable};
use super::probe::{Round, features, verbs};
use super::{Ability, Diagnosis, SCHEMA_VERSION, SetUp, Times};
use crate::login::{enter, log_in};
use crate::reply::{Reply, shown};
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait, fill_line};
use crate::workdir::Workdir;

/// What sets up a data connection, the usual first.
const SET_UPS: [Input; 4] = [Input::Pasv, Input::Epsv, Input::Port, Input::Eprt];

/// Examines a server. `Err`: it cannot be reached, or does not let us in. Once `stop` is set, what is left is not tried.
pub fn examine(target: &mut dyn Target, stop: &AtomicBool) -> Result<Diagnosis, Trouble> {
    let mut names = target.names().clone();
    let since = Instant::now();
    let mut session = target.connect()?;
    let connect = since.elapsed();
    let greeting = session.greeting().headline();
    let since = Instant::now();
    enter(session.as_mut(), &names)?;
    let login = since.elapsed();
    drop(session);
    let (workdir, files) = own_files(target, &mut names);
    let mut examiner = Examiner {
        has_files: files.works(),
        target,
        names,
        stop,
    };
    let set_up = examiner.set_ups();
    let working = set_up.iter().position(|set_up| set_up.transfer.works());
    let inside = examiner.round(true, working.map(|number| SET_UPS[number]));
    let before = examiner.round(false, None);
    let (tls, tls_transfer) = examiner.tls(working.map(|number| SET_UPS[number]));
    let (asks_for_password, failed_login) = examiner.wrong_password();
    let Examiner { target, names, .. } = examiner;
    let left = workdir.and_then(|workdir| {
        let base = shown(workdir.base().as_bytes());
        let left = workdir.remove(target, &names).err();
        left.map(|why| format!("{base} is left on the server: {why}"))
    });
    let verbs = verbs(&before, &inside, asks_for_password);
    let either = |verb, code| inside.reply(verb, code).or(before.reply(verb, code));
    let mut diagnosis = Diagnosis {
        schema_version: SCHEMA_VERSION,
        target: target.name(),
        is_protected: target.is_protected(),
        greeting,
        system: either("SYST", 215).map(Reply::headline),
        features: either("FEAT", 211).map(features).unwrap_or_default(),
        files,
        tls,
        tls_transfer,
        set_up,
        verbs,
        times: times(&inside, connect, login, failed_login),
        untestable: Vec::new(),
        check: super::Estimate {
            states: 0,
            commands: 0,
            seconds: 0.0,
        },
        left,
    };
    diagnosis.untestable = untestable(&diagnosis, &names);
    diagnosis.check = estimate(&diagnosis, &names);
    Ok(diagnosis)
}

/// Files of our own, made where the target does not have them.
fn own_files(target: &mut dyn Target, names: &mut Names) -> (Option<Workdir>, Ability) {
    if target.starts_fresh() {
        return (None, Ability::Works);
    }
    match Workdir::make(target, names) {
        Ok(Ok(workdir)) => (Some(workdir), Ability::Works),
        Ok(Err(reason)) => (None, Ability::Fails(reason)),
        Err(trouble) => (None, Ability::Fails(trouble.to_string())),
    }
}

fn times(inside: &Round, connect: Duration, login: Duration, failed: Option<Duration>) -> Times {
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let mut replies = inside.times.clone();
    replies.sort_unstable();
    let median = replies.get(replies.len() / 2).copied();
    let (slowest, slowest_verb) = replies.last().copied().unwrap_or_default();
    Times {
        connect_ms: millis(connect),
        login_ms: millis(login),
        failed_login_ms: failed.map(millis),
        reply_ms: millis(median.unwrap_or_default().0),
        slowest_reply_ms: millis(slowest),
        slowest_verb,
    }
}

/// An examination under way.
pub(super) struct Examiner<'t> {
    pub(super) target: &'t mut dyn Target,
    pub(super) names: Names,
    /// Whether the names stand for files of ours.
    pub(super) has_files: bool,
    stop: &'t AtomicBool,
}

impl Examiner<'_> {
    /// Whether the examination was stopped from outside.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A fresh session.
    pub(super) fn open(&mut self, is_in: bool) -> Result<Box<dyn Session>, Trouble> {
        if is_in {
            log_in(self.target, &self.names)
        } else {
            self.target.connect()
        }
    }

    /// A transfer behind each command that sets up a data connection.
    fn set_ups(&mut self) -> Vec<SetUp> {
        let tried = SET_UPS.map(|set_up| SetUp {
            verb: set_up.verb(),
            transfer: if self.is_stopped() {
                Ability::NotTried("interrupted".to_owned())
            } else {
                let session = self.open(true);
                session
                    .and_then(|mut session| self.transfer_behind(session.as_mut(), set_up))
                    .unwrap_or_else(|trouble| Ability::Fails(trouble.to_string()))
            },
        });
        tried.into()
    }

    /// Our own file, or a listing where there is none.
    fn transfer_behind(
        &mut self,
        session: &mut dyn Session,
        set_up: Input,
    ) -> Result<Ability, Trouble> {
        let reply = ask(session, &mut self.names, set_up)?;
        if reply.code >= 300 {
            return Ok(Ability::Refused(reply.headline()));
        }
        let input = if self.has_files {
            Input::Retr
        } else {
            Input::List
        };
        let verb = input.verb();
        Ok(match transfer(session, &mut self.names, input)? {
            (_, Some(end)) if end.code < 300 => Ability::Works,
            (_, Some(end)) => Ability::Fails(format!("{verb} ended with '{}'", end.headline())),
            (reply, None) => Ability::Fails(format!("{verb} was answered '{}'", reply.headline())),
        })
    }

    /// The way into TLS, and a transfer there.
    fn tls(&mut self, set_up: Option<Input>) -> (Ability, Ability) {
        let not_tried = |why: &str| Ability::NotTried(why.to_owned());
        if self.is_stopped() {
            return (not_tried("interrupted"), not_tried("interrupted"));
        }
        let (tls, session) = match self.enter_tls() {
            Ok(Ok(session)) => (Ability::Works, Some(session)),
            Ok(Err(reply)) => (Ability::Refused(reply.headline()), None),
            Err(trouble) => (Ability::Fails(trouble.to_string()), None),
        };
        let transfer = match (session, set_up) {
            (None, _) => not_tried("there is no TLS"),
            (_, None) => not_tried("no data connection works in clear either"),
            (Some(mut session), Some(set_up)) => enter(session.as_mut(), &self.names)
                .and_then(|()| self.transfer_behind(session.as_mut(), set_up))
                .unwrap_or_else(|trouble| Ability::Fails(trouble.to_string())),
        };
        (tls, transfer)
    }

    /// A fresh session inside TLS; or the reply that refuses it.
    fn enter_tls(&mut self) -> Result<Result<Box<dyn Session>, Reply>, Trouble> {
        let mut session = self.target.connect()?;
        if self.target.is_protected() {
            return Ok(Ok(session));
        }
        let reply = ask(session.as_mut(), &mut self.names, Input::AuthTls)?;
        if reply.code != 234 {
            return Ok(Err(reply));
        }
        session.start_tls()?;
        Ok(Ok(session))
    }

    /// Whether USER asks for a password, and how long the server takes over a wrong one, if any is wrong: once.
    fn wrong_password(&mut self) -> (Option<bool>, Option<Duration>) {
        if self.is_stopped() {
            return (None, None);
        }
        let Ok(mut session) = self.target.connect() else {
            return (None, None);
        };
        let user = ask(session.as_mut(), &mut self.names, Input::UserPassword);
        let asks = user.ok().map(|reply| matches!(reply.code, 331 | 336));
        if asks != Some(true) || self.names.get("wrong_password").is_none() {
            return (asks, None);
        }
        let since = Instant::now();
        let reply = ask(session.as_mut(), &mut self.names, Input::PassWrong);
        (asks, reply.is_ok().then(|| since.elapsed()))
    }
}

/// Sends one input, and gives the first reply to it.
pub(super) fn ask(
    session: &mut dyn Session,
    names: &mut Names,
    input: Input,
) -> Result<Reply, Trouble> {
    let template = input.line().unwrap_or_default();
    let line = fill_line(session, names, template.as_bytes())?;
    session.send(&line)?.ok_or(Trouble::Closed("a reply"))
}

/// Makes a transfer, an upload of nothing: the first reply, and its completion if it began.
pub(super) fn transfer(
    session: &mut dyn Session,
    names: &mut Names,
    input: Input,
) -> Result<(Reply, Option<Reply>), Trouble> {
    let reply = ask(session, names, input)?;
    if reply.code >= 200 {
        return Ok((reply, None));
    }
    let how = if session.open_data()? {
        DataEnd::Done
    } else {
        DataEnd::Refused
    };
    session.end_transfer(how)?;
    Ok((reply, session.next_reply(Wait::Owed)?))
}
