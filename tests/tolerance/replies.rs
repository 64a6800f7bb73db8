//! The form of replies, and the time that they take (RFC 959 §4.2).

use std::io::Write;
use std::time::Duration;

use super::{assert_tolerated, assert_tolerated_as, assert_tolerated_saying, take, verb};
use crate::support::fake::Login;
use crate::support::loopback::names;
use crate::support::small::{Data, FILES, TRANSFERS};

#[test]
fn help_with_codes_within() {
    assert_tolerated_saying(
        &["PWD"],
        "214 no help",
        "214-Commands:\r\n214-USER\r\n 214 is what HELP gets\r\n  503 is what RNTO gets\r\n215-x\r\n214 End",
    );
}

/// Only the code of the first line, with a space behind it, ends a reply.
#[test]
fn help_with_lines_that_start_with_digits() {
    assert_tolerated_saying(
        &["PWD"],
        "214 no help",
        "214-Numbers:\r\n12\r\n2147483648\r\n220 is another code\r\n214\r\n500-\r\n214 End",
    );
}

#[test]
fn help_of_200_lines() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD"];
        move |_, line| {
            if verb(line) != "HELP" {
                return None;
            }
            shown.once_more();
            Some(format!(
                "214-Help:\r\n{}214 End",
                " a line of help\r\n".repeat(200)
            ))
        }
    });
}

/// Every reply in three lines, those of a transfer too.
#[test]
fn a_server_that_never_says_it_in_one_line() {
    fn at_length(reply: &str) -> String {
        let code = reply.get(..3).unwrap_or_default();
        format!("{code}-At length:\r\n{code}-\r\n 421 is not meant\r\n{reply}")
    }
    assert_tolerated(|session, shown| {
        session.greeting = at_length("220 ready");
        session.opening = "150-here\r\n 226 comes later\r\n150 now";
        session.completion = "226-done\r\n150-no\r\n226 yes";
        move |session, line| {
            let replies = session.answer(line);
            if replies.is_empty() {
                shown.once_more();
                return Some(replies);
            }
            Some(at_length(&replies))
        }
    });
}

#[test]
fn text_that_is_not_ascii() {
    assert_tolerated(|session, shown| {
        session.greeting = "220 Grüß Gott, 你好".into();
        session.verbs = &["PWD"];
        move |session, line| {
            let replies = session.answer(line);
            shown.once_more();
            session.say(&replies.as_bytes()[..4]);
            session.say(&[0xe9, 0xff, 0xfe, 0xa0]);
            Some(replies[4..].to_owned())
        }
    });
}

/// RFC 959 §2.3: the control connection is a Telnet connection, so such commands may be anywhere.
#[test]
fn telnet_commands_before_and_within_replies() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD"];
        session.say(b"\xff\xfd\x18\xff\xfb\x01");
        move |session, line| {
            let replies = session.answer(line);
            shown.once_more();
            session.say(&replies.as_bytes()[..2]);
            session.say(b"\xff\xf1\xff");
            session.say(b"\xfa\x18\x01\xff\xf0");
            Some(replies[2..].to_owned())
        }
    });
}

#[test]
fn replies_without_a_text() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD"];
        move |session, line| {
            let replies = session.answer(line);
            if replies.starts_with("257") {
                return Some(replies);
            }
            shown.once_more();
            Some(replies[..4].to_owned())
        }
    });
}

/// Each byte in a segment of its own, the CR and the LF too.
#[test]
fn replies_byte_by_byte() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PASV", "NLST"];
        move |session, line| {
            let replies = session.answer(line);
            if replies.is_empty() {
                return Some(replies);
            }
            shown.once_more();
            for byte in format!("{replies}\r\n").bytes() {
                session.say(&[byte]);
            }
            Some(String::new())
        }
    });
}

/// RFC 959 appendix II: a double quote in the name is doubled.
#[test]
fn a_directory_with_quotes_in_its_name() {
    assert_tolerated(|session, shown| {
        session.directory = "/the \"old\" files".into();
        session.make_directory("/the \"old\" files");
        session.verbs = TRANSFERS;
        move |session, line| {
            let replies = session.answer(line);
            if replies.starts_with("257 \"/the \"\"old\"\" files") {
                shown.once_more();
            }
            Some(replies)
        }
    });
}

#[test]
fn every_reply_takes_its_time() {
    assert_tolerated(|session, shown| {
        session.verbs = &[];
        move |_, _| {
            shown.once_more();
            take(Duration::from_millis(20));
            None
        }
    });
}

#[test]
fn help_alone_takes_its_time() {
    let deadline = Duration::from_secs(3);
    assert_tolerated_as(&names(), deadline, |session, shown| {
        session.verbs = &[];
        move |_, line| {
            if verb(line) == "HELP" {
                shown.once_more();
                take(Duration::from_millis(300));
            }
            None
        }
    });
}

/// Longer than the first look waits, and far within the deadline: the first times of each of these.
#[test]
fn a_reply_that_is_slow_but_in_time() {
    const SLOW_TIMES: usize = 2;
    for (verbs, slow) in [
        (&[][..], "USER"),
        (&["PWD", "STAT"], "STAT"),
        (FILES, "MKD"),
        (FILES, "RNTO"),
        (&[][..], "QUIT"),
    ] {
        let deadline = Duration::from_secs(5);
        assert_tolerated_as(&names(), deadline, move |session, shown| {
            session.verbs = verbs;
            move |_, line| {
                if verb(line) == slow && shown.count() < SLOW_TIMES {
                    shown.once_more();
                    take(Duration::from_millis(1_200));
                }
                None
            }
        });
    }
}

/// The same for the completion of a transfer.
#[test]
fn a_completion_that_is_slow_but_in_time() {
    const SLOW_TIMES: usize = 2;
    let deadline = Duration::from_secs(5);
    assert_tolerated_as(&names(), deadline, |session, shown| {
        session.verbs = &["PWD", "PASV", "NLST"];
        session.queues = true;
        move |session, line| {
            let is_in_order = session.login == Login::In && session.data.is_some();
            if line != "NLST" || !is_in_order || shown.count() >= SLOW_TIMES {
                return None;
            }
            shown.once_more();
            session.say(b"150 here\r\n");
            let Some(Data::Passive(listener)) = session.data.take() else {
                return Some("425 no data connection".into());
            };
            drop(listener.accept());
            take(Duration::from_millis(1_200));
            Some("226 done".into())
        }
    });
}

/// RFC 959 §5.4: 120 says when 220 comes.
#[test]
fn a_greeting_that_120_announces() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD"];
        session.greeting = "120 ready in no time\r\n120 nearly\r\n220 ready".into();
        move |_, _| {
            shown.once_more();
            None
        }
    });
}

#[test]
fn a_reinitialization_that_120_announces() {
    assert_tolerated_saying(
        &["PWD", "REIN", "PASV", "NLST"],
        "220 ready again",
        "120 ready in no time\r\n220 ready again",
    );
}

/// The 120 at once and the 220 when it is done.
#[test]
fn a_reinitialization_that_takes_its_time() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "REIN"];
        move |session, line| {
            if line == "REIN" {
                shown.once_more();
                session.say(b"120 wait\r\n");
                take(Duration::from_millis(50));
            }
            None
        }
    });
}

/// Another thread of the server speaks the end of a transfer, in one segment with the reply to what came meanwhile.
#[test]
fn a_completion_that_comes_with_the_reply_to_another_command() {
    assert_tolerated(|session, shown| {
        session.verbs = FILES;
        move |session, line| {
            if session.login != Login::In || !session.is_busy() || line != "PWD" {
                return None;
            }
            shown.once_more();
            let replies = session.answer(line);
            let mut control = session.control();
            let _ = control.write_all(format!("{replies}\r\n").as_bytes());
            session.give_up_transfer();
            Some(String::new())
        }
    });
}
