//! AUTH, PBSZ, PROT, CCC, MIC, CONF and ENC (RFC 2228 §3, RFC 4217).

use crate::session::{Activity, Buffer, Login, Security, Session, Setup};
use crate::{
    Answer, Effect, Mechanism, Path, ProtCode, Protection, Representation, Site, parameters,
};

/// AUTH starts TLS and the login afresh (RFC 4217 §4.2). Refused with 534 when the connection is or
/// was protected, or a transfer is running.
pub(crate) fn auth(session: &mut Session, mechanism: Mechanism, site: &mut dyn Site) -> Answer {
    if !site.has_tls() {
        return Answer::of(502, "There is no TLS here");
    }
    match (session.security, session.activity, mechanism) {
        (Security::Tls(_) | Security::Cleared, _, _) => {
            Answer::of(534, "This connection is or was protected; send REIN first")
        }
        (Security::Clear, Activity::Transfer(_), _) => {
            Answer::of(534, "A transfer is running; wait for its reply")
        }
        (Security::Clear, Activity::Idle | Activity::Closed, Mechanism::Unknown) => {
            Answer::of(504, "Only AUTH TLS is supported")
        }
        (Security::Clear, Activity::Idle | Activity::Closed, Mechanism::Tls) => {
            parameters::forget(session, site);
            session.login = Login::Out;
            session.setup = Setup::Any;
            session.security = Security::Tls(Buffer::Unset);
            session.protection = Protection::Clear;
            session.representation = Representation::default();
            session.cwd = Path::root();
            Answer::of(234, "Start TLS now").then(Effect::StartTls)
        }
    }
}

/// PBSZ: TLS is a stream, so the size is always 0 (RFC 4217 §9).
pub(crate) fn buffer_size(session: &mut Session) -> Answer {
    match session.security {
        Security::Tls(_) => {
            session.security = Security::Tls(Buffer::Set);
            Answer::of(200, "PBSZ=0")
        }
        Security::Clear => Answer::of(503, "Send AUTH TLS first"),
        Security::Cleared => Answer::of(503, "CCC has ended the protection"),
    }
}

/// PROT: Clear and Private; TLS has no Safe and Confidential (RFC 4217 §9).
pub(crate) fn protection(session: &mut Session, level: ProtCode) -> Answer {
    match (session.security, level) {
        (Security::Clear, _) => Answer::of(503, "Send AUTH TLS, then PBSZ first"),
        (Security::Cleared, _) => Answer::of(503, "CCC has ended the protection"),
        (Security::Tls(Buffer::Unset), _) => Answer::of(503, "Send PBSZ first"),
        (Security::Tls(Buffer::Set), ProtCode::Clear) => {
            session.protection = Protection::Clear;
            Answer::of(200, "Data connections are in clear")
        }
        (Security::Tls(Buffer::Set), ProtCode::Private) => {
            session.protection = Protection::Private;
            Answer::of(200, "Data connections are private")
        }
        (Security::Tls(Buffer::Set), ProtCode::Safe | ProtCode::Confidential) => {
            Answer::of(536, "TLS has only the levels C and P")
        }
        (Security::Tls(Buffer::Set), ProtCode::Unknown) => {
            Answer::of(504, "No such protection level")
        }
    }
}

/// CCC: the control connection goes on in clear, the PROT level stays (RFC 4217 §5).
pub(crate) fn clear(session: &mut Session) -> Answer {
    match (session.security, session.activity) {
        (Security::Clear | Security::Cleared, _) => {
            Answer::of(533, "The control connection is not protected")
        }
        (Security::Tls(_), Activity::Transfer(_)) => {
            Answer::of(534, "A transfer is running; wait for its reply")
        }
        (Security::Tls(_), Activity::Idle | Activity::Closed) => {
            session.security = Security::Cleared;
            Answer::of(200, "The control connection goes on in clear").then(Effect::StopTls)
        }
    }
}

/// MIC, CONF and ENC: TLS protects the connection itself and has no protected commands (RFC 2228 §3).
pub(crate) fn protected(session: &Session) -> Answer {
    match session.security {
        Security::Tls(_) => Answer::of(537, "TLS has no protected commands"),
        Security::Clear => Answer::of(503, "Send AUTH first"),
        Security::Cleared => Answer::of(503, "CCC has ended the protection"),
    }
}
