//! The commands that move bytes over a data connection, and ABOR (RFC 959 §4.1.3).

use crate::parameters::forget;
use crate::reply::printable;
use crate::session::{Activity, After, DataPort, Pending, Session};
use crate::{
    Action, Answer, DataConnection, Effect, Kind, Path, Placement, Refused, Reply, Site, Transfer,
    TransferOutcome, listing,
};

/// The refusal of a list.
const NOT_LISTED: &str = "No such file or directory, or more in it than is listed";

/// REST holds for a RETR, STOR or APPE on the very next line (RFC 3659 §5.3).
pub(crate) fn restart(session: &mut Session, offset: u64) -> Answer {
    session.pending = Pending::Restart { offset };
    Answer::of(350, "Restart offset noted; send RETR or STOR now")
}

/// RETR. An offset behind the end is refused now, and not at REST (RFC 3659 §5.3).
pub(crate) fn retrieve(
    session: &mut Session,
    pathname: &[u8],
    pending: &Pending,
    site: &dyn Site,
) -> Answer {
    let path = session.cwd.join(pathname);
    let offset = offset(pending).unwrap_or(0);
    let is_beyond = || {
        let bytes = site.transfer_bytes(&path, session.representation);
        bytes.is_none_or(|bytes| offset > bytes)
    };
    match site.entry(&path).map(|entry| entry.kind) {
        Some(Kind::File { .. }) if offset > 0 && is_beyond() => Answer::of(
            550,
            "The restart offset is behind the end of the file, or not known in this TYPE",
        ),
        Some(Kind::File { .. }) => start(session, Action::SendFile { path, offset }),
        Some(Kind::Directory) | None => Answer::of(550, "No such file"),
    }
}

/// STOR: replaces the file, or goes on at the restart offset (RFC 3659 §5.3).
pub(crate) fn store(
    session: &mut Session,
    pathname: &[u8],
    pending: &Pending,
    site: &dyn Site,
) -> Answer {
    let placement = offset(pending).map_or(Placement::Replace, Placement::At);
    store_at(session, session.cwd.join(pathname), placement, site)
}

/// APPE: appends, but acts as STOR when a restart offset is set (RFC 3659 §5.3).
pub(crate) fn append(
    session: &mut Session,
    pathname: &[u8],
    pending: &Pending,
    site: &dyn Site,
) -> Answer {
    let placement = offset(pending).map_or(Placement::Append, Placement::At);
    store_at(session, session.cwd.join(pathname), placement, site)
}

fn store_at(session: &mut Session, path: Path, placement: Placement, site: &dyn Site) -> Answer {
    match (site.may_write(&path), placement) {
        (Err(refused), _) => store_refused(refused),
        (Ok(()), Placement::At(offset)) if offset > site.file_bytes_max() => {
            store_refused(Refused::Full)
        }
        (Ok(()), placement) => start(session, Action::Store { path, placement }),
    }
}

/// STOU: 150 names the file, in this form (RFC 1123).
pub(crate) fn store_unique(session: &mut Session, site: &mut dyn Site) -> Answer {
    match site.unique(&session.cwd) {
        Ok(path) => {
            let text = b"FILE: "
                .iter()
                .copied()
                .chain(printable(path.name()))
                .collect();
            start_with(
                session,
                Action::Store {
                    path,
                    placement: Placement::Replace,
                },
                Reply::owned(150, text),
            )
        }
        Err(refused) => store_refused(refused),
    }
}

/// STOR's list has no 550 (RFC 959 §5.4).
fn store_refused(refused: Refused) -> Answer {
    match refused {
        Refused::Full => Answer::of(452, "There is no room for this file"),
        Refused::NotFound => Answer::of(553, "No such directory"),
        Refused::Exists | Refused::NotEmpty => Answer::of(553, "A directory has this name"),
        Refused::Name => Answer::of(553, "This name is not allowed"),
        Refused::Denied => Answer::of(553, "You may not store files"),
    }
}

/// The offset of a REST on the line before; 0 restarts nothing (RFC 3659 §5.3).
fn offset(pending: &Pending) -> Option<u64> {
    match pending {
        &Pending::Restart { offset } => Some(offset).filter(|&offset| offset > 0),
        Pending::Nothing | Pending::Password { .. } | Pending::Rename { .. } => None,
    }
}

/// What LIST and NLST are about. Clients send options of a Unix `ls` (`LIST -a`), of which no RFC speaks: a first word
/// that begins with `-`, and is no name here, is passed over.
fn listed(session: &Session, pathname: Option<&[u8]>, site: &dyn Site) -> Path {
    let pathname = pathname.unwrap_or_default();
    let path = session.cwd.join(pathname);
    if pathname.first() != Some(&b'-') || site.entry(&path).is_some() {
        return path;
    }
    let mut words = pathname.splitn(2, |&byte| byte == b' ');
    let rest = words.nth(1).unwrap_or_default();
    session.cwd.join(rest.trim_ascii_start())
}

/// LIST. Its list has no 550: nothing there is 450 (RFC 959 §5.4).
pub(crate) fn list(session: &mut Session, pathname: Option<&[u8]>, site: &dyn Site) -> Answer {
    match listing::list(site, &listed(session, pathname, site)) {
        Some(text) => start(session, Action::SendText(text)),
        None => Answer::of(450, NOT_LISTED),
    }
}

/// NLST: the same, with names only.
pub(crate) fn name_list(session: &mut Session, pathname: Option<&[u8]>, site: &dyn Site) -> Answer {
    match listing::names(site, &listed(session, pathname, site)) {
        Some(text) => start(session, Action::SendText(text)),
        None => Answer::of(450, NOT_LISTED),
    }
}

/// MLSD: 501 for a file, 550 for nothing (RFC 3659 §7.2.1).
pub(crate) fn fact_list(session: &mut Session, pathname: Option<&[u8]>, site: &dyn Site) -> Answer {
    let path = session.cwd.join(pathname.unwrap_or_default());
    match site.entry(&path).map(|entry| entry.kind) {
        Some(Kind::Directory) => match listing::facts(site, &path, session.facts) {
            Some(text) => start(session, Action::SendText(text)),
            None => Answer::of(550, NOT_LISTED),
        },
        Some(Kind::File { .. }) => Answer::of(501, "Not a directory; use MLST"),
        None => Answer::of(550, "No such directory"),
    }
}

/// The refusal of a transfer command when no data connection is set up.
pub(crate) fn no_connection() -> Answer {
    Answer::of(503, "Send PASV, EPSV, PORT or EPRT first")
}

fn start(session: &mut Session, action: Action) -> Answer {
    start_with(
        session,
        action,
        Reply::new(150, "Opening the data connection"),
    )
}

/// Answers 150. A passive data connection serves this transfer only; an active address stays.
fn start_with(session: &mut Session, action: Action, reply: Reply) -> Answer {
    let connection = match session.data {
        DataPort::Active(address) => DataConnection::Active(address),
        DataPort::Passive => DataConnection::Passive,
        DataPort::None => return no_connection(),
    };
    if session.data == DataPort::Passive {
        session.data = DataPort::None;
    }
    session.activity = Activity::Transfer(After::Nothing);
    let (representation, protection) = (session.representation, session.protection);
    Answer::from(reply).then(Effect::OpenData(Transfer {
        connection,
        action,
        representation,
        protection,
    }))
}

/// The completion reply (RFC 959 §5.4).
pub(crate) fn completion(outcome: TransferOutcome) -> Reply {
    match outcome {
        TransferOutcome::Completed => Reply::new(226, "Transfer complete"),
        TransferOutcome::NotOpened => Reply::new(425, "Can't open data connection"),
        TransferOutcome::Broken => Reply::new(426, "Data connection broke; transfer aborted"),
        TransferOutcome::LocalError => Reply::new(451, "Transfer aborted: local error"),
        TransferOutcome::NotProtected => Reply::new(522, "The TLS negotiation failed"),
    }
}

/// ABOR: 226, and before it the transfer's 426 if one is running (RFC 959 §4.1.3). An active address stays.
pub(crate) fn abort(session: &mut Session, site: &mut dyn Site) -> Answer {
    if session.data == DataPort::Passive {
        forget(session, site);
    }
    match session.activity {
        Activity::Transfer(_) => {
            session.activity = Activity::Idle;
            Answer::of(226, "Abort done")
                .after(Reply::new(426, "Transfer aborted"))
                .then(Effect::AbortData)
        }
        Activity::Idle | Activity::Closed => Answer::of(226, "Nothing to abort"),
    }
}
