//! Logins: users without a password, sites with accounts, logins that are kept or refused, and what lies before one.

use std::mem;
use std::time::Duration;

use ftproof::Names;

use super::{DEADLINE, assert_tolerated, assert_tolerated_as, assert_tolerated_saying, take, verb};
use crate::support::fake::Login;
use crate::support::loopback::names;
use crate::support::small::FILES;

/// A server whose users need no password, and that answers a PASS behind that USER with `reply` all the same.
#[track_caller]
fn assert_open_to_all(reply: &'static str) {
    assert_tolerated(move |session, shown| {
        session.verbs = &["PWD"];
        let (mut had_user, mut needs_account) = (false, false);
        move |session, line| {
            let may_pass = mem::take(&mut had_user);
            let own = match verb(line) {
                "USER" => {
                    (session.login, had_user, needs_account) = (Login::In, true, false);
                    "230 in"
                }
                "PASS" if may_pass => {
                    shown.once_more();
                    needs_account = reply.starts_with("332");
                    if needs_account {
                        session.login = Login::Out;
                    }
                    reply
                }
                "ACCT" if mem::take(&mut needs_account) => {
                    session.login = Login::In;
                    "230 in"
                }
                "ACCT" => "503 PASS first",
                _ => return None,
            };
            Some(own.into())
        }
    });
}

/// PASS is immediately preceded by USER, and any code of its list is right (RFC 959 §4.1.1).
#[test]
fn a_user_who_needs_no_password() {
    assert_open_to_all("230 in, as before");
    assert_open_to_all("202 no need");
    assert_open_to_all("232 in, by your certificate");
    assert_open_to_all("332 and your account?");
}

/// A server that answers `line_is` with `reply` while logged in, and changes nothing.
#[track_caller]
fn assert_login_that_stays(line_is: &'static str, reply: &'static str) {
    assert_tolerated(move |session, shown| {
        session.verbs = &["PWD"];
        move |session, line| {
            if session.login != Login::In || !line.starts_with(line_is) {
                return None;
            }
            shown.once_more();
            Some(reply.into())
        }
    });
}

/// RFC 959 §4.1.1: a server "may allow a new USER command to be entered at any point".
#[test]
fn user_while_logged_in_answered_230() {
    assert_login_that_stays("USER", "230 you are in");
}

#[test]
fn user_while_logged_in_refused() {
    assert_login_that_stays("USER", "530 you are in");
    assert_login_that_stays("USER", "500 you are in");
}

#[test]
fn pass_while_logged_in_answered_202() {
    assert_login_that_stays("PASS", "202 you are in");
}

/// The same names, and an account.
fn names_with_account() -> Names {
    let mut names = names();
    names.set("account", "billing");
    names.set("wrong_account", "not-the-account");
    names
}

/// RFC 959 §5.4: 202 says that it is superfluous here.
#[test]
fn acct_while_logged_in_answered_202() {
    assert_tolerated_as(&names_with_account(), DEADLINE, |session, shown| {
        session.verbs = &["PWD"];
        move |session, line| {
            if session.login != Login::In || verb(line) != "ACCT" {
                return None;
            }
            shown.once_more();
            Some("202 superfluous".into())
        }
    });
}

#[test]
fn a_site_that_asks_for_an_account() {
    assert_tolerated_as(&names_with_account(), DEADLINE, |session, shown| {
        session.verbs = &["PWD"];
        let mut needs_account = false;
        move |session, line| {
            let was_needed = needs_account;
            needs_account &= !matches!(verb(line), "USER" | "PASS" | "ACCT");
            Some(match line {
                "ACCT billing" if was_needed => {
                    session.login = Login::In;
                    "230 in".into()
                }
                _ if verb(line) == "ACCT" && was_needed => "530 no such account".into(),
                _ if verb(line) == "ACCT" && session.login == Login::In => "202 no need".into(),
                _ if verb(line) == "ACCT" => "503 PASS first".into(),
                _ if verb(line) == "PASS" && was_needed => {
                    needs_account = true;
                    "503 ACCT now".into()
                }
                _ => {
                    let honest = session.answer(line);
                    if !honest.starts_with("230") {
                        return Some(honest);
                    }
                    shown.once_more();
                    (session.login, needs_account) = (Login::Out, true);
                    "332 and your account?".into()
                }
            })
        }
    });
}

/// Any password is right for it, and no other user has one.
#[test]
fn an_anonymous_site() {
    let mut names = Names::default();
    names.set("user", "anonymous");
    names.set("password", "guest@");
    assert_tolerated_as(&names, DEADLINE, |_, shown| {
        move |session, line| match line {
            "USER anonymous" => None,
            "PASS guest@" if session.login == Login::NeedsPass => {
                shown.once_more();
                session.answer("PASS secret").into()
            }
            _ if verb(line) == "USER" => {
                session.login = Login::Out;
                Some("530 anonymous only".into())
            }
            _ => None,
        }
    });
}

/// RFC 1123 §4.1.2.11 lets a server say so to whatever it does not do for strangers.
#[test]
fn everything_before_login_answered_530() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "REIN", "ABOR", "FEAT", "RNFR", "RNTO"];
        move |session, line| {
            let is_out = session.login != Login::In;
            let honest = session.answer(line);
            if !is_out
                || session.login == Login::In
                || matches!(verb(line), "USER" | "QUIT" | "HELP")
            {
                return Some(honest);
            }
            shown.once_more();
            Some("530 log in first".into())
        }
    });
}

/// No RFC says that these need a login.
#[test]
fn parameters_that_may_be_set_before_login() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "TYPE", "PASV", "NLST", "STAT", "ALLO", "SITE"];
        move |session, line| {
            let is_free = matches!(verb(line), "TYPE" | "ALLO" | "SITE") || line == "STAT";
            if !is_free || session.login == Login::In {
                return None;
            }
            shown.once_more();
            session.forget_line_before();
            let login = mem::replace(&mut session.login, Login::In);
            let replies = session.answer(line);
            session.login = login;
            Some(replies)
        }
    });
}

#[test]
fn a_host_that_is_refused() {
    for reply in [
        "500 what?",
        "501 no",
        "502 no",
        "504 no such host",
        "530 log in first",
    ] {
        assert_tolerated(move |session, shown| {
            session.verbs = &["PWD"];
            move |session, line| {
                if verb(line) != "HOST" {
                    return None;
                }
                shown.once_more();
                if session.login == Login::In {
                    session.passes_over = true;
                    return Some("503 too late".into());
                }
                // RFC 7151 §3.3: as if it had not been sent, for a server that knows HOST.
                session.passes_over = ["501", "504"].iter().any(|code| reply.starts_with(code));
                Some(reply.into())
            }
        });
    }
}

#[test]
fn failed_logins_that_are_slow() {
    assert_tolerated_as(&names(), Duration::from_secs(5), |session, shown| {
        session.verbs = &["PWD"];
        move |session, line| {
            let is_failure = session.login == Login::NeedsPass && line.starts_with("PASS not");
            if is_failure {
                shown.once_more();
                take(Duration::from_secs(1));
            }
            None
        }
    });
}

/// RFC 959 §4.2.1: 421 may be a reply to any command.
#[test]
fn a_failed_login_that_ends_the_session_with_421() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD"];
        move |session, line| {
            let honest = session.answer(line);
            if verb(line) != "PASS" || !honest.starts_with("530") {
                return Some(honest);
            }
            shown.once_more();
            session.is_over = true;
            Some("421 too many failures, closing".into())
        }
    });
}

#[test]
fn a_login_that_is_welcomed_at_length() {
    assert_tolerated_saying(
        FILES,
        "230 in",
        "230-Welcome!\r\n230-\r\n    500 users are here\r\n230 in",
    );
}
