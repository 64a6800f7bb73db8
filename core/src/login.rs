//! USER, PASS, ACCT, HOST and LANG (RFC 959 §4.1.1, RFC 7151, RFC 2640 §4).

use crate::session::{Login, Pending, Session};
use crate::site::Name;
use crate::{Answer, Language, PasswordCheck, Site, UserCheck};

/// USER begins a login and flushes the old one; transfer parameters stay (RFC 959 §4.1.1).
pub(crate) fn user(session: &mut Session, user: &[u8], site: &dyn Site) -> Answer {
    let name = Name::from(user);
    match site.user(user) {
        UserCheck::NeedsPassword => {
            session.login = Login::Out;
            session.pending = Pending::Password { user: name };
            Answer::of(331, "Send PASS now")
        }
        UserCheck::LoggedIn => {
            session.login = Login::In { user: name };
            Answer::of(230, "Logged in; no password is needed")
        }
    }
}

/// PASS must be immediately preceded by USER (RFC 959 §4.1.1).
pub(crate) fn password(
    session: &mut Session,
    pending: Pending,
    password: &[u8],
    site: &dyn Site,
) -> Answer {
    let user = match pending {
        Pending::Password { user } => user,
        Pending::Nothing | Pending::Rename { .. } | Pending::Restart { .. } => {
            return Answer::of(503, "Send USER first, and PASS straight after it");
        }
    };
    match site.password(&user, password) {
        PasswordCheck::LoggedIn => {
            session.login = Login::In { user };
            Answer::of(230, "Logged in")
        }
        PasswordCheck::NeedsAccount => {
            session.login = Login::NeedAcct { user };
            Answer::of(332, "Send ACCT")
        }
        PasswordCheck::Refused => Answer::of(530, "Login incorrect; begin again with USER"),
    }
}

/// ACCT completes a login that PASS answered with 332 (RFC 959 §4.1.1).
pub(crate) fn account(session: &mut Session, account: &[u8], site: &dyn Site) -> Answer {
    match &session.login {
        Login::Out => Answer::of(503, "Send USER and PASS first"),
        Login::In { .. } => Answer::of(202, "No account is needed"),
        Login::NeedAcct { user } if site.account(user, account) => {
            session.login = Login::In { user: user.clone() };
            Answer::of(230, "Logged in")
        }
        Login::NeedAcct { .. } => {
            session.login = Login::Out;
            Answer::of(530, "Login incorrect; begin again with USER")
        }
    }
}

/// HOST chooses a virtual host before login (RFC 7151 §3); a refused one is as if it had not been sent (RFC 7151
/// §3.3), so what was pending still is.
pub(crate) fn host(
    session: &mut Session,
    host: &[u8],
    pending: Pending,
    site: &dyn Site,
) -> Answer {
    if session.is_logged_in() {
        session.pending = pending;
        return Answer::of(503, "HOST comes before the login; send REIN first");
    }
    if !site.host(host) {
        session.pending = pending;
        return Answer::of(504, "No such host here");
    }
    session.login = Login::Out;
    session.host = Some(Name::from(host));
    Answer::of(220, "Host accepted; send USER")
}

/// LANG: the only language is English, so there is nothing to remember (RFC 2640 §4.2).
pub(crate) fn language(language: Language) -> Answer {
    match language {
        Language::Default | Language::English => Answer::of(200, "Replies are in English"),
        Language::Unknown => Answer::of(504, "Only EN is supported"),
    }
}
