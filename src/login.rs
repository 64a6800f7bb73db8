//! Logging in, as far as the names of a target go: USER, PASS, ACCT (RFC 959 §4.1.1).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::reply::{Reply, shown};
use crate::report::Server;
use crate::target::{Names, Session, Target, Trouble, send_patiently};

/// A session that is logged in.
pub(crate) fn log_in(target: &mut dyn Target, names: &Names) -> Result<Box<dyn Session>, Trouble> {
    let mut session = target.connect()?;
    enter(session.as_mut(), names)?;
    Ok(session)
}

/// Logs in on a session. Inside TLS data connections are to be too: not every server has others there (RFC 4217 §9).
pub(crate) fn enter(session: &mut dyn Session, names: &Names) -> Result<(), Trouble> {
    let mut reply = ask(session, names, b"USER {user}")?;
    // RFC 2228 §8.2: 336 asks for a password too.
    if matches!(reply.code, 331 | 336) {
        reply = ask(session, names, b"PASS {password}")?;
    }
    if reply.code == 332 && names.get("account").is_some() {
        reply = ask(session, names, b"ACCT {account}")?;
    }
    let user = || shown(names.get("user").unwrap_or_default());
    match reply.code {
        200..=299 if session.is_protected() => {
            ask(session, names, b"PBSZ 0")?;
            ask(session, names, b"PROT P").map(drop)
        }
        200..=299 => Ok(()),
        332 => Err(Trouble::AccountWanted {
            user: user(),
            reply: reply.headline(),
        }),
        _ => Err(Trouble::LoginRefused {
            user: user(),
            reply: reply.headline(),
        }),
    }
}

fn ask(session: &mut dyn Session, names: &Names, line: &[u8]) -> Result<Reply, Trouble> {
    send_patiently(session, &names.fill(line)?)
}

/// How soon it is seen that the run was stopped.
const SLICE: Duration = Duration::from_millis(100);

/// Sees that the server is there and lets us in, and what it calls itself. A server that says nothing may be waited for
/// long: once `stop` is set, it no longer is.
pub(crate) fn scout(
    target: &mut dyn Target,
    names: &Names,
    stop: &AtomicBool,
) -> Result<Server, Trouble> {
    let Some(mut another) = target.another() else {
        return look(target, names);
    };
    let (names, (sender, seen)) = (names.clone(), channel());
    thread::Builder::new()
        .spawn(move || {
            // Nobody waits for it any more if the run was stopped.
            let _ = sender.send(look(another.as_mut(), &names));
        })
        .map_err(|error| Trouble::Io(error.to_string()))?;
    loop {
        match seen.recv_timeout(SLICE) {
            Ok(seen) => return seen,
            Err(RecvTimeoutError::Timeout) if stop.load(Ordering::SeqCst) => {
                return Err(Trouble::Stopped);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Trouble::Io("the first session ended early".to_owned()));
            }
        }
    }
}

fn look(target: &mut dyn Target, names: &Names) -> Result<Server, Trouble> {
    let mut session = log_in(target, names)?;
    let greeting = session.greeting().headline();
    // A server that does not answer it is none the worse here.
    let syst = send_patiently(session.as_mut(), b"SYST").ok();
    Ok(Server {
        greeting,
        syst: syst.map(|reply| reply.headline()),
    })
}
