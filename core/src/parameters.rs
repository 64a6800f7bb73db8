//! The transfer parameter commands: which data connection, and how it is used (RFC 959 §4.1.2).

use std::mem;
use std::net::SocketAddr;

use crate::address::{long_port_text, port_text};
use crate::session::{DataPort, Session, Setup};
use crate::{
    Answer, EpsvArgument, Forbidden, Listen, ListenError, ModeCode, Reply, Representation, Site,
    StruCode, TypeCode,
};

/// PORT: connect to this address. It stays the default until it is replaced (RFC 959 §4.1.2).
/// RFC 2577 answers a port below 1024 with 504.
pub(crate) fn active(session: &mut Session, address: SocketAddr, site: &mut dyn Site) -> Answer {
    match site.may_connect(address) {
        Ok(()) => {
            forget(session, site);
            session.data = DataPort::Active(address);
            Answer::of(200, "Data port set")
        }
        Err(Forbidden::Host) => Answer::of(501, "Name your own host"),
        Err(Forbidden::Port) => Answer::of(504, "Use a port above 1023"),
    }
}

/// EPRT: the text of 522 names the protocols in parentheses (RFC 2428 §2).
pub(crate) fn extended_active(
    session: &mut Session,
    address: Option<SocketAddr>,
    site: &mut dyn Site,
) -> Answer {
    match address {
        Some(address) => active(session, address, site),
        None => Answer::of(522, "Network protocol not supported, use (1,2)"),
    }
}

/// LPRT (RFC 1639).
pub(crate) fn long_active(
    session: &mut Session,
    address: Option<SocketAddr>,
    site: &mut dyn Site,
) -> Answer {
    match address {
        Some(address) => active(session, address, site),
        None => Answer::of(521, "Supported address families are (4, 6)"),
    }
}

/// PASV: only IPv4 fits into 227 (RFC 959 §4.1.2).
pub(crate) fn passive(session: &mut Session, site: &mut dyn Site) -> Answer {
    let no_ipv4 = Reply::new(502, "No IPv4 on this connection; use EPSV");
    let text = |address| Some(format!("Entering Passive Mode ({})", port_text(address)?));
    listen(session, Listen::V4, (227, text), no_ipv4, site)
}

/// LPSV (RFC 1639).
pub(crate) fn long_passive(session: &mut Session, site: &mut dyn Site) -> Answer {
    let refusal = Reply::new(521, "Supported address families are (4, 6)");
    let text = |address| {
        Some(format!(
            "Entering Long Passive Mode ({})",
            long_port_text(address)
        ))
    };
    listen(session, Listen::Control, (228, text), refusal, site)
}

/// EPSV and EPSV ALL; after EPSV ALL nothing is set up, and only EPSV sets up (RFC 2428 §3).
pub(crate) fn extended_passive(
    session: &mut Session,
    argument: EpsvArgument,
    site: &mut dyn Site,
) -> Answer {
    let refusal = Reply::new(522, "Network protocol not supported, use (1,2)");
    let which = match argument {
        EpsvArgument::Control => Listen::Control,
        EpsvArgument::V4 => Listen::V4,
        EpsvArgument::V6 => Listen::V6,
        EpsvArgument::Unknown => return refusal.into(),
        EpsvArgument::All => {
            forget(session, site);
            session.setup = Setup::OnlyEpsv;
            return Answer::of(200, "Only EPSV sets up data connections from now on");
        }
    };
    let text = |address: SocketAddr| {
        Some(format!(
            "Entering Extended Passive Mode (|||{}|)",
            address.port()
        ))
    };
    listen(session, which, (229, text), refusal, site)
}

/// The refusal of the other set-up commands after EPSV ALL.
pub(crate) fn epsv_only() -> Answer {
    Answer::of(
        503,
        "EPSV ALL was sent: only EPSV sets up a data connection",
    )
}

fn listen(
    session: &mut Session,
    which: Listen,
    (code, text): (u16, impl FnOnce(SocketAddr) -> Option<String>),
    refusal: Reply,
    site: &mut dyn Site,
) -> Answer {
    match site.listen(which) {
        Ok(address) => match text(address) {
            Some(text) => {
                session.data = DataPort::Passive;
                Reply::owned(code, text.into_bytes()).into()
            }
            None => {
                // Its listener took the place of an earlier one; an active address stays as it was.
                site.close_listener();
                if session.data == DataPort::Passive {
                    session.data = DataPort::None;
                }
                refusal.into()
            }
        },
        Err(ListenError::Protocol) => refusal.into(),
        Err(ListenError::Unavailable) => session.close(421, "No data port is free; closing", site),
    }
}

/// Drops what is set up, and its listener.
pub(crate) fn forget(session: &mut Session, site: &mut dyn Site) {
    if mem::replace(&mut session.data, DataPort::None) == DataPort::Passive {
        site.close_listener();
    }
}

/// TYPE (RFC 959 §4.1.2): A N, I and L 8 are supported.
pub(crate) fn set_type(session: &mut Session, code: TypeCode) -> Answer {
    match code {
        TypeCode::AsciiNonPrint => {
            session.representation = Representation::Ascii;
            Answer::of(200, "Type is ASCII Non-print")
        }
        TypeCode::Image | TypeCode::Local { bits: 8 } => {
            session.representation = Representation::Image;
            Answer::of(200, "Type is Image")
        }
        TypeCode::AsciiPrint | TypeCode::Ebcdic | TypeCode::Local { .. } => {
            Answer::of(504, "Use A N, I or L 8")
        }
    }
}

/// MODE: only Stream is supported, so there is nothing to remember.
pub(crate) fn set_mode(code: ModeCode) -> Answer {
    match code {
        ModeCode::Stream => Answer::of(200, "Mode is Stream"),
        ModeCode::Block | ModeCode::Compressed => Answer::of(504, "Use S"),
    }
}

/// STRU: only File is supported. RFC 959 §5.1 asks for Record too; RFC 1123 takes that back for hosts whose files have
/// no records.
pub(crate) fn set_structure(code: StruCode) -> Answer {
    match code {
        StruCode::File => Answer::of(200, "Structure is File"),
        StruCode::Record | StruCode::Page => Answer::of(504, "Use F"),
    }
}
