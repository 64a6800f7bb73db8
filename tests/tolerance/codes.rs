//! Other codes than the strict one, from the lists of the RFCs.

use ftproof::report::text;
use ftproof_model::Kind;

use super::{DEADLINE, assert_tolerated, assert_tolerated_saying, verb};
use crate::support::checked;
use crate::support::fake::{Login, passive};
use crate::support::small::{FILES, small};

/// RFC 959 §4.1.1: "identical to CWD".
#[test]
fn cdup_answered_250_as_cwd_is() {
    assert_tolerated_saying(FILES, "200 up", "250 up");
}

#[test]
fn allo_answered_200() {
    assert_tolerated_saying(&["PWD", "ALLO"], "202 no need", "200 allocated");
}

#[test]
fn site_help_answered_214() {
    assert_tolerated_saying(&["PWD", "SITE"], "202 nothing", "214 no help on SITE");
}

#[test]
fn help_answered_211() {
    assert_tolerated_saying(FILES, "214 no help", "211 no help");
}

#[test]
fn stat_answered_212() {
    assert_tolerated_saying(&["PWD", "STAT"], "211 all is well", "212 all is well");
    assert_tolerated_saying(&["PWD", "STAT"], "213 a file", "212 a file");
}

#[test]
fn abor_with_nothing_to_abort_answered_225() {
    assert_tolerated_saying(&["PWD", "ABOR"], "226 nothing", "225 nothing");
}

/// RFC 959 §4.2: 500 and 502 both say that a server does not have the command.
#[test]
fn what_is_not_implemented_answered_500() {
    assert_tolerated_saying(FILES, "502 no", "500 no");
}

#[test]
fn a_wrong_line_answered_500() {
    assert_tolerated_saying(FILES, "501 ", "500 ");
}

#[test]
fn a_transfer_opened_with_125_and_ended_with_250() {
    assert_tolerated(|session, shown| {
        (session.opening, session.completion) = ("125 it is open", "250 done");
        move |_, line| {
            if verb(line) == "STOR" {
                shown.once_more();
            }
            None
        }
    });
}

#[test]
fn a_transfer_with_nothing_set_up_answered_425() {
    assert_tolerated_saying(FILES, "503 PASV first", "425 no data connection");
}

/// The code for EPSV ALL is nowhere fixed (RFC 2428 §4).
#[test]
fn epsv_all_answered_with_any_success() {
    for reply in ["202 so be it", "220 so be it", "250 so be it"] {
        assert_tolerated_saying(
            &["PWD", "PASV", "EPSV", "NLST"],
            "200 only EPSV from now on",
            reply,
        );
    }
}

/// RFC 2428 §4 does not say that EPSV ALL opens no port.
#[test]
fn epsv_all_that_opens_a_port() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PASV", "EPSV", "NLST"];
        move |session, line| {
            let replies = session.answer(line);
            if line != "EPSV ALL" || !replies.starts_with("200") {
                return Some(replies);
            }
            shown.once_more();
            Some(session.answer("EPSV"))
        }
    });
}

#[test]
fn pass_answered_202_or_232() {
    assert_tolerated(|_, shown| {
        move |session, line| {
            let replies = session.answer(line);
            if !replies.starts_with("230") {
                return Some(replies);
            }
            shown.once_more();
            Some("202 no need, you are in".into())
        }
    });
    assert_tolerated_saying(FILES, "230 in", "232 in, by your certificate");
}

/// RFC 2228 §8.2: the text of a 336 is a challenge for who can use one.
#[test]
fn user_answered_336() {
    assert_tolerated_saying(FILES, "331 password?", "336 password? [otp 99]");
}

/// RFC 1123 §4.1.2.11 leaves a server the choice, and it is true.
#[test]
fn pass_and_rnto_out_of_order_answered_530_before_login() {
    assert_tolerated(|_, shown| {
        move |session, line| {
            let is_out = session.login != Login::In;
            let replies = session.answer(line);
            if !is_out || !replies.starts_with("503") {
                return Some(replies);
            }
            shown.once_more();
            Some("530 log in first".into())
        }
    });
}

/// No RFC says whether the value of an argument is looked at before the order of the command.
#[test]
fn an_unsupported_value_refused_for_its_value_where_order_would_refuse_it_too() {
    for (line_is, reply) in [
        ("TYPE E", "504 no such type"),
        ("EPSV 3", "522 use 1"),
        ("EPRT |3|127.0.0.1|2121|", "522 use 1"),
        ("EPRT |3|127.0.0.1|2121|", "501 what is 3?"),
    ] {
        assert_tolerated(move |session, shown| {
            session.verbs = &["PWD", "PASV", "EPSV", "EPRT", "TYPE", "NLST"];
            move |session, line| {
                let honest = session.answer(line);
                if line != line_is || honest.starts_with("522") || honest.starts_with("504") {
                    return Some(honest);
                }
                shown.once_more();
                Some(reply.into())
            }
        });
    }
}

/// Such a server looks for the file when it renames.
#[test]
fn rnfr_of_what_is_not_there_answered_350() {
    assert_tolerated(|_, shown| {
        move |session, line| {
            let replies = session.answer(line);
            if session.login != Login::In || verb(line) != "RNFR" || !replies.starts_with("550") {
                return Some(replies);
            }
            shown.once_more();
            session.rename_from = Some("/nowhere".into());
            Some("350 to what?".into())
        }
    });
}

/// A mechanism of the server's own, with which it answers AUTH with this argument (RFC 2228 §3).
#[track_caller]
fn assert_mechanism_tolerated(mechanism: &'static str, reply: &'static str) {
    assert_tolerated(move |session, shown| {
        session.verbs = &["PWD"];
        let (mut exchange, mut is_secured) = (0, false);
        move |session, line| {
            let own = match verb(line) {
                "AUTH" if line.ends_with(mechanism) => {
                    shown.once_more();
                    (exchange, is_secured) = (1, reply.starts_with("234"));
                    session.login = Login::Out;
                    reply
                }
                "AUTH" => "504 no such mechanism",
                "ADAT" if exchange == 1 => {
                    exchange = 2;
                    "335 go on"
                }
                "ADAT" if exchange == 2 => {
                    (exchange, is_secured) = (0, true);
                    "235 done"
                }
                "ADAT" | "PBSZ" | "PROT" if !is_secured => "503 AUTH first",
                "PBSZ" | "PROT" => "200 ok",
                _ => return None,
            };
            Some(own.into())
        }
    });
}

#[test]
fn auth_with_a_mechanism_that_we_do_not_speak() {
    assert_mechanism_tolerated(" TLS", "334 ADAT=");
    assert_mechanism_tolerated("", "334 ADAT=");
    assert_mechanism_tolerated(" KRB", "234 done");
}

/// It is a refusal wherever it stands in no list: RFC 959 §4.1.1 lets a site ask for ACCT at any time.
#[test]
fn a_332_in_place_of_a_transfer() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PASV", "STOR", "RETR", "NLST"];
        move |session, line| {
            if session.login != Login::In || !matches!(verb(line), "RETR" | "STOR" | "NLST") {
                return None;
            }
            shown.once_more();
            Some("332 need account for storing files".into())
        }
    });
}

#[test]
fn a_332_before_login_is_a_refusal_with_a_code_of_another_command() {
    let address = small(|session| {
        session.verbs = &["PWD"];
        |session, line| {
            let honest = session.answer(line);
            let is_refused = honest.starts_with("530") && verb(line) != "PASS";
            Some(if is_refused {
                "332 need account for login".into()
            } else {
                honest
            })
        }
    });
    let report = checked(DEADLINE, address).unwrap();
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.kind == Kind::WrongCode),
        "{}",
        text(&report)
    );
}

/// RFC 959 §4.1.2: the numbers are what counts, whatever stands around them.
#[test]
fn a_227_without_parentheses() {
    for (before, behind) in [
        ("Entering Passive Mode ", ""),
        ("=", ""),
        ("ok, come to <", ">."),
    ] {
        assert_tolerated(move |_, shown| {
            move |session, line| {
                let replies = session.answer(line);
                let numbers = replies
                    .strip_prefix("227 ")
                    .and_then(|text| text.split_once('(')?.1.split_once(')'));
                let Some((numbers, _)) = numbers else {
                    return Some(replies);
                };
                shown.once_more();
                Some(format!("227 {before}{numbers}{behind}"))
            }
        });
    }
}

/// Each has a port of its own, and the last one counts.
#[test]
fn a_pasv_that_keeps_the_port_of_the_one_before() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PASV", "NLST"];
        let mut port = None;
        move |session, line| {
            if line != "PASV" {
                return None;
            }
            let replies = session.answer(line);
            if !replies.starts_with("227") {
                return Some(replies);
            }
            shown.once_more();
            let (_, fresh) = passive();
            let _ = port.replace(fresh);
            Some(replies)
        }
    });
}

/// RFC 959 §5.4 lists 500 and 501 for HELP: it has no help on that.
#[test]
fn help_that_takes_no_argument() {
    assert_tolerated(|session, shown| {
        session.verbs = FILES;
        move |_, line| match line.strip_prefix("HELP ")? {
            "XYZZY" => {
                shown.once_more();
                Some("500 no such command".into())
            }
            _ => Some("501 HELP alone, please".into()),
        }
    });
}

/// RFC 959 §4.2.1: "superfluous at this site".
#[test]
fn a_pass_that_no_user_asked_for_answered_202() {
    assert_tolerated_saying(FILES, "503 USER first", "202 superfluous");
}
