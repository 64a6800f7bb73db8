//! What a line ends and what it leaves: NOOP, empty lines, REST, ports that are kept or used up.

use super::{Shown, assert_tolerated, verb};
use crate::support::fake::Login;
use crate::support::small::{Data, FILES, Session};

/// A server that answers `line_is` with `reply` and does not count it as a line.
#[track_caller]
fn assert_passed_over(line_is: &'static str, reply: &'static str) {
    assert_tolerated(move |_, shown| {
        move |session, line| {
            if line != line_is {
                return None;
            }
            if session.login == Login::NeedsPass || session.rename_from.is_some() {
                shown.once_more();
            }
            session.passes_over = true;
            Some(reply.into())
        }
    });
}

/// RFC 959 §4.1.3: it "does not affect any parameters or previously entered commands".
#[test]
fn a_noop_that_ends_nothing() {
    assert_passed_over("NOOP", "200 ok");
}

#[test]
fn a_refused_noop_that_ends_nothing() {
    assert_passed_over("NOOP", "500 no");
    assert_passed_over("NOOP", "530 no");
}

/// RFC 959 §4.1.1, §4.1.3: PASS and RNTO follow immediately.
#[test]
fn a_noop_that_ends_what_must_follow_immediately() {
    assert_tolerated(|_, shown| {
        move |session, line| {
            let is_between = session.login == Login::NeedsPass || session.rename_from.is_some();
            if line == "NOOP" && is_between {
                shown.once_more();
            }
            None
        }
    });
}

#[test]
fn an_empty_line_that_is_not_answered() {
    assert_passed_over("", "");
}

#[test]
fn an_empty_line_that_is_refused_and_ends_nothing() {
    assert_passed_over("", "500 what?");
}

/// Files, and a REST that does with each line what `then` says, who is told where a transfer would start.
#[track_caller]
fn assert_rest_tolerated(then: fn(&mut Session, Shown, &str, &mut usize) -> Option<String>) {
    assert_tolerated(move |session, shown| {
        session.verbs = &[
            "PWD", "CWD", "CDUP", "MKD", "RMD", "DELE", "RNFR", "RNTO", "PASV", "STOR", "RETR",
            "NLST", "REST",
        ];
        let mut offset = 0;
        move |session, line| then(session, shown, line, &mut offset)
    });
}

/// RFC 3659 §5.3 leaves it undefined what REST does before anything but a transfer.
#[test]
fn a_rest_that_any_other_line_drops() {
    assert_rest_tolerated(|session, shown, line, _| {
        if session.restart > 0 && verb(line) != "RETR" {
            shown.once_more();
        }
        None
    });
}

#[test]
fn a_rest_that_waits_for_the_next_transfer() {
    assert_rest_tolerated(|session, shown, line, offset| {
        match verb(line) {
            "RETR" | "STOR" => session.restart = std::mem::take(offset),
            "REST" | "PASV" => {}
            _ if *offset > 0 => shown.once_more(),
            _ => {}
        }
        let replies = session.answer(line);
        if replies.starts_with("350") && verb(line) == "REST" {
            *offset = session.restart;
        }
        if replies.starts_with("331") {
            *offset = 0;
        }
        Some(replies)
    });
}

#[test]
fn an_error_for_anything_but_a_transfer_behind_rest() {
    assert_rest_tolerated(|session, shown, line, _| {
        let transfers = [
            "RETR", "STOR", "APPE", "STOU", "NLST", "LIST", "MLSD", "QUIT",
        ];
        if session.restart == 0 || transfers.contains(&verb(line)) {
            return None;
        }
        shown.once_more();
        Some("503 a transfer comes behind REST".into())
    });
}

#[test]
fn a_rest_that_is_refused() {
    for reply in ["500 no", "501 not here", "502 no"] {
        assert_tolerated(move |_, shown| {
            move |session, line| {
                if verb(line) != "REST" || session.login != Login::In {
                    return None;
                }
                shown.once_more();
                Some(reply.into())
            }
        });
    }
}

/// A transfer that is refused for its own reasons closes the port that PASV opened.
#[test]
fn a_refused_transfer_that_uses_up_pasv() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PASV", "STOR", "NLST", "RETR"];
        move |session, line| {
            if !matches!(verb(line), "STOR" | "RETR")
                || session.login != Login::In
                || session.data.is_none()
            {
                return None;
            }
            shown.once_more();
            session.data = None;
            Some("550 permission denied".into())
        }
    });
}

/// RFC 959 §4.1.2: the port stays what it was set to.
#[test]
fn a_port_that_is_kept_over_two_transfers() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PORT", "NLST", "REIN"];
        move |session, line| {
            let replies = session.answer(line);
            if line == "NLST" && matches!(session.data, Some(Data::Active(_))) {
                shown.once_more();
            }
            Some(replies)
        }
    });
}

/// Then the next one fails for want of a data connection, and no RFC forbids a transfer to fail.
#[test]
fn a_port_that_a_transfer_uses_up() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PORT", "NLST"];
        move |session, line| {
            let replies = session.answer(line);
            if line == "NLST" && matches!(session.data.take(), Some(Data::Active(_))) {
                shown.once_more();
            }
            Some(replies.replace("503 PASV first", "425 no data connection"))
        }
    });
}

/// RFC 2428 §4: it lasts "until the session is over", and REIN need not end it.
#[test]
fn an_epsv_all_that_outlives_rein() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PASV", "EPSV", "REIN", "NLST"];
        move |session, line| {
            let was_set = session.only_epsv;
            let replies = session.answer(line);
            if line == "REIN" && was_set {
                shown.once_more();
                session.only_epsv = true;
            }
            Some(replies)
        }
    });
}

/// RFC 959 §4.1.1: all transfer parameters are unchanged.
#[test]
fn a_port_that_outlives_user() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PASV", "NLST"];
        move |session, line| {
            if verb(line) == "USER" && session.data.is_some() {
                shown.once_more();
            }
            None
        }
    });
}

#[test]
fn a_second_rnfr_that_takes_the_place_of_the_first() {
    assert_tolerated(|session, shown| {
        session.verbs = FILES;
        move |session, line| {
            if verb(line) == "RNFR" && session.rename_from.is_some() {
                shown.once_more();
            }
            None
        }
    });
}
