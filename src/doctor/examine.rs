//! The examination: every part of it on sessions of its own, so that trouble in one does not reach the next.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ftproof_model::Input;

use super::outlook::{estimate, untestable};
use super::probe::{IN_TLS, Round, features, verbs};
use super::{Ability, Diagnosis, Estimate, SCHEMA_VERSION, SetUp, Times};
use crate::login::enter;
use crate::reply::{Reply, shown};
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait, fill_line, send_patiently};
use crate::workdir::Workdir;

/// What sets up a data connection, the usual first.
const SET_UPS: [Input; 4] = [Input::Pasv, Input::Epsv, Input::Port, Input::Eprt];

/// Examines a server. `Err`: it cannot be reached, or does not let us in. Once `stop` is set, what is left is not
/// tried.
pub fn examine(target: &mut dyn Target, stop: &AtomicBool) -> Result<Diagnosis, Trouble> {
    let mut names = target.names().clone();
    let mut session = target.connect()?;
    let greeting = session.greeting().headline();
    enter(session.as_mut(), &names)?;
    drop(session);
    let (workdir, files) = own_files(target, &mut names);
    let mut examiner = Examiner {
        has_files: files.works(),
        target,
        names,
        connects: Vec::new(),
        logins: Vec::new(),
        stop,
    };
    let set_up = examiner.set_ups();
    let working = set_up.iter().position(|set_up| set_up.transfer.works());
    let inside = examiner.round(true, working.map(|number| SET_UPS[number]));
    let before = examiner.round(false, None);
    let (tls, tls_transfer, in_tls) = examiner.tls(working.map(|number| SET_UPS[number]));
    let (asks_for_password, failed_login) = examiner.wrong_password();
    let times = times(&inside, &examiner.connects, &examiner.logins, failed_login);
    let Examiner { target, names, .. } = examiner;
    let left = workdir.and_then(|workdir| {
        let base = shown(workdir.base().as_bytes());
        let left = workdir.remove(target, &names).err();
        left.map(|why| format!("{base} is left on the server: {why}"))
    });
    let verbs = verbs(
        target.is_protected(),
        &before,
        &inside,
        &in_tls,
        asks_for_password,
    );
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
        times,
        untestable: Vec::new(),
        check: Estimate::default(),
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

fn times(
    inside: &Round,
    connects: &[Duration],
    logins: &[Duration],
    failed_login: Option<Duration>,
) -> Times {
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let replies: Vec<Duration> = inside.times.iter().map(|(took, _)| *took).collect();
    let (slowest, slowest_verb) = inside.times.iter().max().copied().unwrap_or_default();
    Times {
        connect_ms: millis(median(connects)),
        login_ms: millis(median(logins)),
        failed_login_ms: failed_login.map(millis),
        reply_ms: millis(median(&replies)),
        slowest_reply_ms: millis(slowest),
        slowest_verb,
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// An examination under way.
pub(super) struct Examiner<'t> {
    pub(super) target: &'t mut dyn Target,
    pub(super) names: Names,
    /// Whether the names stand for files of ours.
    pub(super) has_files: bool,
    /// How long each connection took.
    connects: Vec<Duration>,
    /// How long each login took.
    logins: Vec<Duration>,
    stop: &'t AtomicBool,
}

impl Examiner<'_> {
    /// Whether the examination was stopped from outside.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A fresh session.
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble> {
        let since = Instant::now();
        let session = self.target.connect()?;
        self.connects.push(since.elapsed());
        Ok(session)
    }

    /// A fresh session, logged in or not.
    pub(super) fn open(&mut self, is_in: bool) -> Result<Box<dyn Session>, Trouble> {
        let mut session = self.connect()?;
        if is_in {
            let since = Instant::now();
            enter(session.as_mut(), &self.names)?;
            self.logins.push(since.elapsed());
        }
        Ok(session)
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

    /// The way into TLS, a transfer there, and the verbs that may mean something only there.
    fn tls(&mut self, set_up: Option<Input>) -> (Ability, Ability, Round) {
        let not_tried = |why: &str| Ability::NotTried(why.to_owned());
        let mut round = Round::default();
        if self.is_stopped() {
            return (not_tried("interrupted"), not_tried("interrupted"), round);
        }
        let without = not_tried("there is no TLS");
        let mut session = match self.enter_tls(&mut round) {
            Ok(Ok(session)) => session,
            Ok(Err(reply)) => return (Ability::Refused(reply.headline()), without, round),
            Err(trouble) => return (Ability::Fails(trouble.to_string()), without, round),
        };
        let transfer = match set_up {
            None => not_tried("no data connection works in clear either"),
            Some(set_up) => enter(session.as_mut(), &self.names)
                .and_then(|()| self.transfer_behind(session.as_mut(), set_up))
                .unwrap_or_else(|trouble| Ability::Fails(trouble.to_string())),
        };
        for &input in IN_TLS {
            let Ok(reply) = ask(session.as_mut(), &mut self.names, input) else {
                break;
            };
            round.replies.insert(input.verb(), reply);
        }
        (Ability::Works, transfer, round)
    }

    /// A fresh session inside TLS; or the reply that refuses it. One that accepts it is added to `round`.
    fn enter_tls(&mut self, round: &mut Round) -> Result<Result<Box<dyn Session>, Reply>, Trouble> {
        let mut session = self.connect()?;
        if self.target.is_protected() {
            return Ok(Ok(session));
        }
        let reply = ask(session.as_mut(), &mut self.names, Input::AuthTls)?;
        if reply.code != 234 {
            return Ok(Err(reply));
        }
        round.replies.insert("AUTH", reply);
        session.start_tls()?;
        Ok(Ok(session))
    }

    /// Whether USER asks for a password, and how long the server takes over a wrong one, if any is wrong: once.
    fn wrong_password(&mut self) -> (Option<bool>, Option<Duration>) {
        if self.is_stopped() {
            return (None, None);
        }
        let Ok(mut session) = self.connect() else {
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
    send_patiently(session, &line)
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
    Ok((reply, session.next_reply(Wait::Full)?))
}
