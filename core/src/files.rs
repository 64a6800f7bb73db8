//! Files and directories on the control connection (RFC 959 §4.1.3 and Appendix II, RFC 3659).

use crate::reply::printable;
use crate::session::{Activity, DataPort, Login, Pending, Session};
use crate::time::time_val;
use crate::{
    Answer, Kind, Options, Path, Protection, Refused, Reply, Representation, Site, listing,
};

/// CWD.
pub(crate) fn change_directory(session: &mut Session, pathname: &[u8], site: &dyn Site) -> Answer {
    let path = session.cwd.join(pathname);
    match site.entry(&path).map(|entry| entry.kind) {
        Some(Kind::Directory) => {
            session.cwd = path;
            Answer::of(250, "Directory changed")
        }
        Some(Kind::File { .. }) | None => Answer::of(550, "No such directory"),
    }
}

/// CDUP: 200, as RFC 959 §5.4 lists it; at the root it stays there.
pub(crate) fn change_up(session: &mut Session, site: &dyn Site) -> Answer {
    let path = session.cwd.parent();
    match site.entry(&path).map(|entry| entry.kind) {
        Some(Kind::Directory) => {
            session.cwd = path;
            Answer::of(200, "Directory changed")
        }
        Some(Kind::File { .. }) | None => Answer::of(550, "No such directory"),
    }
}

/// PWD.
pub(crate) fn working_directory(session: &Session) -> Answer {
    quoted(257, &session.cwd, b" is the working directory").into()
}

/// `257 "path" text`, with quotes in the path doubled (RFC 959 Appendix II).
fn quoted(code: u16, path: &Path, text: &[u8]) -> Reply {
    let mut line = Vec::with_capacity(path.as_bytes().len() + text.len() + 2);
    line.push(b'"');
    for byte in printable(path.as_bytes()) {
        line.push(byte);
        if byte == b'"' {
            line.push(b'"');
        }
    }
    line.push(b'"');
    line.extend(text);
    Reply::owned(code, line)
}

/// RNFR: only what exists can be renamed.
pub(crate) fn rename_from(session: &mut Session, pathname: &[u8], site: &dyn Site) -> Answer {
    let from = session.cwd.join(pathname);
    if site.entry(&from).is_none() {
        return Answer::of(550, "No such file or directory");
    }
    session.pending = Pending::Rename { from };
    Answer::of(350, "Send RNTO now")
}

/// RNTO renames the file of the immediately preceding RNFR (RFC 959 §4.1.3).
pub(crate) fn rename_to(
    session: &Session,
    pending: Pending,
    pathname: &[u8],
    site: &mut dyn Site,
) -> Answer {
    let from = match pending {
        Pending::Rename { from } => from,
        Pending::Nothing | Pending::Password { .. } | Pending::Restart { .. } => {
            return Answer::of(503, "Send RNFR first, and RNTO straight after it");
        }
    };
    match site.rename(&from, &session.cwd.join(pathname)) {
        Ok(()) => Answer::of(250, "Renamed"),
        Err(_) => Answer::of(553, "This name is not allowed, or in use"),
    }
}

/// DELE.
pub(crate) fn delete(session: &Session, pathname: &[u8], site: &mut dyn Site) -> Answer {
    done(site.delete(&session.cwd.join(pathname)), "File deleted")
}

/// RMD.
pub(crate) fn remove_directory(session: &Session, pathname: &[u8], site: &mut dyn Site) -> Answer {
    done(
        site.remove_directory(&session.cwd.join(pathname)),
        "Directory removed",
    )
}

/// MKD: 257 names the absolute path (RFC 959 Appendix II).
pub(crate) fn make_directory(session: &Session, pathname: &[u8], site: &mut dyn Site) -> Answer {
    let path = session.cwd.join(pathname);
    match site.make_directory(&path) {
        Ok(()) => quoted(257, &path, b" created").into(),
        Err(refused) => done(Err(refused), ""),
    }
}

fn done(result: Result<(), Refused>, text: &'static str) -> Answer {
    match result {
        Ok(()) => Answer::of(250, text),
        Err(Refused::NotFound) => Answer::of(550, "No such file or directory"),
        Err(Refused::Exists) => Answer::of(550, "It exists already"),
        Err(Refused::NotEmpty) => Answer::of(550, "The directory is not empty"),
        Err(Refused::Name) => Answer::of(550, "This name is not allowed"),
        Err(Refused::Full) => Answer::of(550, "There is no room"),
        Err(Refused::Denied) => Answer::of(550, "You may not change files here"),
    }
}

/// SIZE: what RETR would send in the current TYPE (RFC 3659 §4).
pub(crate) fn size(session: &Session, pathname: &[u8], site: &dyn Site) -> Answer {
    let path = session.cwd.join(pathname);
    match site.entry(&path).map(|entry| entry.kind) {
        Some(Kind::File { .. }) => match site.transfer_bytes(&path, session.representation) {
            Some(bytes) => Reply::owned(213, bytes.to_string().into_bytes()).into(),
            None => Answer::of(550, "The size is not known in this TYPE"),
        },
        Some(Kind::Directory) | None => Answer::of(550, "No such file"),
    }
}

/// MDTM: of what RETR could send (RFC 3659 §3.1).
pub(crate) fn modified(session: &Session, pathname: &[u8], site: &dyn Site) -> Answer {
    match site.entry(&session.cwd.join(pathname)) {
        Some(entry) if entry.kind != Kind::Directory => {
            Reply::owned(213, time_val(entry.modified).into_bytes()).into()
        }
        Some(_) | None => Answer::of(550, "No such file"),
    }
}

/// MLST: one line of facts, inside a multi-line 250 (RFC 3659 §7.2).
pub(crate) fn facts(session: &Session, pathname: Option<&[u8]>, site: &dyn Site) -> Answer {
    let path = session.cwd.join(pathname.unwrap_or_default());
    let Some(entry) = site.entry(&path) else {
        return Answer::of(550, "No such file or directory");
    };
    let mut text = b"Facts\n".to_vec();
    listing::fact_line(site, &entry, &path, session.facts, &mut text);
    text.extend(b"\nEnd");
    Reply::owned(250, text).into()
}

/// OPTS (RFC 2389 §4). The reply to OPTS MLST names the facts that are shown now (RFC 3659 §7.9.1).
pub(crate) fn set_options(session: &mut Session, options: Options) -> Answer {
    match options {
        Options::Utf8 => Answer::of(200, "Names are UTF-8"),
        Options::Mlst(facts) => {
            session.facts = facts;
            let mut text = b"MLST OPTS ".to_vec();
            facts.write_selected(&mut text);
            Reply::owned(200, text.trim_ascii_end().to_vec()).into()
        }
    }
}

/// STAT: the session; with a pathname a list on the control connection, but not during a transfer (RFC 959 §4.1.3).
pub(crate) fn status(session: &Session, pathname: Option<&[u8]>, site: &dyn Site) -> Answer {
    let running = matches!(session.activity, Activity::Transfer(_));
    let Some(pathname) = pathname.filter(|_| !running) else {
        return session_status(session);
    };
    let Some(list) = listing::list(site, &session.cwd.join(pathname)) else {
        return Answer::of(450, "No such file or directory");
    };
    let mut text = b"Status follows\n".to_vec();
    text.extend(list.into_iter().filter(|&byte| byte != b'\r'));
    text.extend(b"End");
    Reply::owned(213, text).into()
}

fn session_status(session: &Session) -> Answer {
    let mut text = b"ftproof\nUser: ".to_vec();
    match &session.login {
        Login::Out | Login::NeedAcct { .. } => text.extend(b"none"),
        Login::In { user } => text.extend(printable(user)),
    }
    text.extend(match session.representation {
        Representation::Ascii => b"\nTYPE: A N, STRU: F, MODE: S".as_slice(),
        Representation::Image => b"\nTYPE: I, STRU: F, MODE: S",
    });
    text.extend(match session.protection {
        Protection::Clear => b"\nPROT: C".as_slice(),
        Protection::Private => b"\nPROT: P",
    });
    text.extend(match (session.activity, session.data) {
        (Activity::Transfer(_), _) => b"\nData connection: a transfer is running".as_slice(),
        (_, DataPort::None) => b"\nData connection: none is set up",
        (_, DataPort::Passive) => b"\nData connection: passive, waiting for a transfer command",
        (_, DataPort::Active(_)) => b"\nData connection: active, waiting for a transfer command",
    });
    text.extend(b"\nEnd");
    Reply::owned(211, text).into()
}
