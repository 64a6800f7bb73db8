//! What a server does while a transfer runs, around one, and in place of one.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ftproof::Target;
use ftproof::report::text;
use ftproof::tcp::TcpTarget;
use ftproof_model::Kind;

use super::{DEADLINE, assert_tolerated, assert_tolerated_as, take, verb};
use crate::support::checked;
use crate::support::fake::{Login, fake, passive};
use crate::support::loopback::names;
use crate::support::small::{FILES, TRANSFERS, small};

/// RFC 959 §4.2: such a server reads no command before the transfer is over.
#[test]
fn a_server_that_queues_everything_during_a_transfer() {
    let report = assert_tolerated(|session, shown| {
        session.verbs = &[
            "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "NLST", "REIN",
        ];
        session.queues = true;
        move |_, line| {
            if verb(line) == "STOR" {
                shown.once_more();
            }
            None
        }
    });
    let busy = report.rules.iter().find(|rule| rule.id == "seq/busy");
    assert!(busy.is_some_and(|rule| rule.tests > 0), "{}", text(&report));
}

#[test]
fn a_server_that_queues_some_commands_during_a_transfer() {
    assert_tolerated(|session, shown| {
        session.verbs = &[
            "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "NLST", "STAT",
        ];
        move |session, line| {
            if session.is_busy() && matches!(verb(line), "PWD" | "CWD" | "PASV" | "HELP" | "NLST") {
                shown.once_more();
                session.finish_transfer();
            }
            None
        }
    });
}

/// The completion of a transfer may come between any two replies.
#[test]
fn a_completion_in_front_of_the_reply_to_another_command() {
    assert_tolerated(|session, shown| {
        session.verbs = FILES;
        move |session, line| {
            if session.is_busy() && matches!(verb(line), "PWD" | "HELP" | "TYPE") {
                shown.once_more();
                session.give_up_transfer();
            }
            None
        }
    });
}

/// A connection that is reset before it is taken never was there: the server waits for another.
#[test]
fn a_data_connection_that_is_reset_too_early() {
    assert_tolerated(|session, shown| {
        session.verbs = TRANSFERS;
        session.overlooks_resets = Some(shown.0);
        |_, _| None
    });
}

#[test]
fn a_110_within_a_transfer() {
    assert_tolerated(|session, shown| {
        session.opening = "150 here\r\n110 MARK 1 = 1\r\n110 MARK 2 = 2";
        move |_, line| {
            if verb(line) == "STOR" {
                shown.once_more();
            }
            None
        }
    });
}

/// A server that closes behind NLST, whose transfer it ends with `completion`.
#[track_caller]
fn assert_may_close_after_nlst(completion: &'static str) {
    assert_tolerated(move |session, shown| {
        session.verbs = &["PWD", "PASV", "NLST"];
        session.completion = completion;
        move |session, line| {
            let replies = session.answer(line);
            if verb(line) == "NLST" && replies.is_empty() {
                shown.once_more();
                session.finish_transfer();
                session.is_over = true;
            }
            Some(replies)
        }
    });
}

/// RFC 959 §4.2.1: 421 may be a reply to any command.
#[test]
fn a_421_at_the_end_of_a_transfer() {
    assert_may_close_after_nlst("421 timeout, closing");
    assert_may_close_after_nlst("226 done\r\n421 timeout, closing");
}

/// RFC 959 §5.2: the default data port, on which nobody listens here.
#[test]
fn a_transfer_with_nothing_set_up_that_fails_behind_150() {
    for completion in ["425 no data connection", "426 broken", "421 closing"] {
        assert_tolerated(move |session, shown| {
            session.verbs = &["PWD", "PASV", "NLST"];
            move |session, line| {
                let replies = session.answer(line);
                if replies != "503 PASV first" {
                    return Some(replies);
                }
                shown.once_more();
                session.is_over = completion.starts_with("421");
                Some(format!("150 wait\r\n{completion}"))
            }
        });
    }
}

/// Only the transfer that gets 150 and then nothing is accused, not the one whose 425 takes its time.
#[test]
fn a_slow_425_beside_a_silent_150() {
    static SHOWN: AtomicUsize = AtomicUsize::new(0);
    let address = small(|session| {
        session.verbs = &["PWD", "NLST", "RETR"];
        |session, line| {
            let is_in = session.login == Login::In;
            match verb(line) {
                "RETR" if is_in && line != "RETR" => Some("150 and never more".into()),
                "NLST" if is_in => {
                    SHOWN.fetch_add(1, Ordering::Relaxed);
                    session.say(b"150 wait\r\n");
                    take(Duration::from_millis(300));
                    Some("425 no data connection".into())
                }
                _ => None,
            }
        }
    });
    let report = checked(Duration::from_secs(2), address).unwrap();
    assert!(SHOWN.load(Ordering::Relaxed) > 0, "it was not tested");
    let [found] = &report.findings[..] else {
        panic!("{}", text(&report))
    };
    assert_eq!((found.rule, found.kind), ("seq/transfer", Kind::Accepted));
    let last = found.transcript.sent().last().expect("something was sent");
    assert_eq!(verb(&String::from_utf8_lossy(last)), "RETR");
    assert!(
        found.also.iter().all(|line| verb(line) == "RETR"),
        "{}",
        text(&report)
    );
}

/// It looks for the default data port for longer than we wait, and reads QUIT only then.
#[test]
fn a_425_that_comes_with_the_reply_to_quit() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "PASV", "NLST"];
        let mut is_looking = false;
        move |session, line| {
            if std::mem::take(&mut is_looking) {
                shown.once_more();
                let reply = session.answer(line);
                return Some(format!("425 no data connection\r\n{reply}"));
            }
            let replies = session.answer(line);
            if replies != "503 PASV first" {
                return Some(replies);
            }
            is_looking = true;
            Some("150 wait".into())
        }
    });
}

/// A server that takes a set-up while a transfer runs, for the one behind it.
#[track_caller]
fn assert_may_answer_during_a_transfer(line_is: &'static str, reply: &'static str) {
    assert_tolerated(move |session, shown| {
        session.verbs = &[
            "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "EPSV", "EPRT", "STOR", "NLST",
        ];
        move |session, line| {
            if line != line_is || !session.is_busy() {
                return None;
            }
            shown.once_more();
            if line == "EPSV ALL" {
                (session.data, session.only_epsv) = (None, true);
            }
            Some(reply.into())
        }
    });
}

#[test]
fn a_set_up_that_is_answered_at_once_during_a_transfer() {
    assert_may_answer_during_a_transfer("EPSV 3", "522 use 1");
    assert_may_answer_during_a_transfer("EPRT |3|127.0.0.1|2121|", "522 use 1");
    assert_may_answer_during_a_transfer("EPSV ALL", "200 only EPSV from now on");
}

/// A server that can abort, and says so with `replies` while a transfer runs.
#[track_caller]
fn assert_may_abort(replies: &'static str) {
    assert_tolerated(move |session, shown| {
        session.verbs = &[
            "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "NLST", "ABOR",
        ];
        move |session, line| {
            if line != "ABOR" || !session.is_busy() {
                return None;
            }
            shown.once_more();
            session.answer(line);
            Some(replies.into())
        }
    });
}

/// RFC 959 §4.1.3, §5.4: the 426 of the transfer comes first.
#[test]
fn an_abort_answered_226_or_225_behind_the_426() {
    assert_may_abort("226 closed");
    assert_may_abort("225 it is open");
}

/// The bytes were all there, so there was nothing to abort any more.
#[test]
fn an_abort_that_comes_too_late() {
    assert_tolerated(|session, shown| {
        session.verbs = &[
            "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "NLST", "ABOR",
        ];
        move |session, line| {
            if line == "ABOR" && session.is_busy() {
                shown.once_more();
                session.finish_transfer();
            }
            None
        }
    });
}

#[test]
fn a_quit_during_a_transfer_answered_at_once() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "NLST"];
        move |session, line| {
            if line != "QUIT" || !session.is_busy() {
                return None;
            }
            shown.once_more();
            session.is_over = true;
            Some("221 bye".into())
        }
    });
}

/// RFC 959 §4.1.1: the transfer is completed first.
#[test]
fn a_rein_during_a_transfer_that_waits_for_its_end() {
    assert_tolerated(|session, shown| {
        session.verbs = &[
            "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "NLST", "REIN",
        ];
        move |session, line| {
            if line == "REIN" && session.is_busy() {
                shown.once_more();
            }
            None
        }
    });
}

/// Every third one, for a reason of the server's own that has nothing to do with the order.
#[test]
fn transfers_that_are_refused_now_and_then() {
    for reply in [
        "450 busy",
        "451 trouble",
        "452 full",
        "552 your quota",
        "553 not that name",
    ] {
        let count = AtomicUsize::new(0);
        let count: &'static AtomicUsize = Box::leak(Box::new(count));
        assert_tolerated(move |session, shown| {
            session.verbs = &[
                "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "RETR", "NLST",
            ];
            move |session, line| {
                let is_transfer = matches!(verb(line), "STOR" | "RETR") && line.len() > 4;
                if !is_transfer
                    || session.login != Login::In
                    || session.data.is_none()
                    || session.is_busy()
                    || count.fetch_add(1, Ordering::Relaxed) % 3 != 2
                {
                    return None;
                }
                shown.once_more();
                Some(reply.into())
            }
        });
    }
}

#[test]
fn transfers_that_need_a_type_first() {
    assert_tolerated(|session, shown| {
        session.verbs = &[
            "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "RETR", "NLST", "TYPE",
        ];
        let mut is_image = false;
        move |session, line| {
            let is_transfer = matches!(verb(line), "STOR" | "RETR") && line.len() > 4;
            if is_transfer && session.data.is_some() && session.login == Login::In && !is_image {
                shown.once_more();
                return Some("550 TYPE I only".into());
            }
            let replies = session.answer(line);
            is_image |= line == "TYPE I" && replies.starts_with("200");
            Some(replies)
        }
    });
}

#[test]
fn an_empty_directory_answered_450_or_550() {
    for reply in ["450 no files", "550 no files"] {
        assert_tolerated(move |session, shown| {
            session.verbs = &["PWD", "PASV", "NLST"];
            move |session, line| {
                if line != "NLST" || session.data.is_none() || session.login != Login::In {
                    return None;
                }
                shown.once_more();
                Some(reply.into())
            }
        });
    }
}

/// The disk was full, so the bytes that came are not kept.
#[test]
fn an_upload_that_ends_with_452() {
    assert_tolerated(|session, shown| {
        session.completion = "452 disk full";
        session.verbs = &["PWD", "PASV", "STOR", "NLST"];
        move |_, line| {
            if verb(line) == "STOR" {
                shown.once_more();
            }
            None
        }
    });
}

#[test]
fn transfers_that_take_their_time() {
    let deadline = Duration::from_secs(3);
    assert_tolerated_as(&names(), deadline, |session, shown| {
        session.verbs = TRANSFERS;
        move |session, line| {
            if verb(line) == "NLST" && session.data.is_some() {
                shown.once_more();
                take(Duration::from_millis(40));
            }
            None
        }
    });
}

/// Who waits with the end of the control connection until the data connection has ended is not kept waiting.
#[test]
fn behind_quit_what_was_set_up_is_let_go() {
    let (listener, named) = passive();
    let address = fake(move |mut peer| peer.serve(|line| (line == "PASV").then(|| named.clone())));
    let mut session = TcpTarget::new(address, names(), DEADLINE)
        .connect()
        .unwrap();
    for (line, code) in [("USER ftptest", 331), ("PASS secret", 230), ("PASV", 227)] {
        let reply = session.send(line.as_bytes()).unwrap().unwrap();
        assert_eq!(reply.code, code);
    }
    let (mut data, _) = listener.accept().unwrap();
    data.set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    assert!(data.read(&mut [0]).is_err(), "it ends before QUIT");
    data.set_read_timeout(Some(DEADLINE)).unwrap();
    assert_eq!(session.send(b"QUIT").unwrap().unwrap().code, 221);
    assert_eq!(data.read(&mut [0]).unwrap(), 0);
}
