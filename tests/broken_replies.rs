//! Servers that let us in and then break the rules of replies: the check ends, and finds that and nothing else.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::fake::{Login, fake, fake_while, naming};
use crate::support::small::{Session, small};
use crate::support::{DEADLINE, assert_printable, checked};
use ftproof::report::{Finding, Report, text};
use ftproof_model::Kind;

/// The report of a check; no form of it moves a terminal's cursor.
#[track_caller]
fn report(address: SocketAddr) -> Report {
    let report = checked(DEADLINE, address).expect("the server lets us in");
    assert_printable(&report);
    report
}

/// Each finding is of this rule and kind, and there is one.
#[track_caller]
fn assert_found(report: &Report, rule: &str, kind: Kind) {
    assert!(!report.findings.is_empty(), "{}", text(report));
    assert_no_other(report, rule, &[kind]);
}

/// Whatever is found is of this rule and of one of these kinds.
#[track_caller]
fn assert_no_other(report: &Report, rule: &str, kinds: &[Kind]) {
    let is_it = |(found, kind): (&str, Kind)| found == rule && kinds.contains(&kind);
    assert!(
        report.flaky.is_empty()
            && report
                .findings
                .iter()
                .all(|finding| is_it((finding.rule, finding.kind))),
        "{}",
        text(report)
    );
}

/// A server that answers STAT behind a login with what `answer` says.
fn stat(answer: impl Fn(&mut Session) + Send + Sync + Copy + 'static) -> SocketAddr {
    small(move |session| {
        session.verbs = &["PWD", "STAT"];
        move |session: &mut Session, line: &str| {
            if session.login != Login::In || line != "STAT" {
                return None;
            }
            answer(session);
            Some(String::new())
        }
    })
}

#[test]
fn silence_is_no_reply() {
    assert_found(&report(stat(|_| ())), "reply/one", Kind::NoReply);
}

#[test]
fn a_close_in_the_middle_of_a_line_is_dropped() {
    for begin in [&b""[..], b"21", b"211-more\r\n 21"] {
        let address = stat(move |session| {
            session.say(begin);
            session.is_over = true;
        });
        assert_found(&report(address), "reply/one", Kind::Dropped);
    }
}

/// The command that it goes against is the one that was out of order.
#[test]
fn silence_and_a_close_go_under_the_rule_of_their_command() {
    for closes in [false, true] {
        let address = small(move |session| {
            session.verbs = &["RNTO"];
            move |session: &mut Session, line: &str| {
                let replies = session.answer(line);
                if replies != "503 RNFR first" {
                    return Some(replies);
                }
                session.is_over = closes;
                Some(String::new())
            }
        });
        let kind = if closes { Kind::Dropped } else { Kind::NoReply };
        assert_found(&report(address), "seq/rnto", kind);
    }
}

#[test]
fn a_silent_help_goes_under_its_own_rules() {
    let address = small(|session| {
        session.verbs = &[];
        |_, line| line.starts_with("HELP").then(String::new)
    });
    let report = report(address);
    assert!(!report.findings.is_empty(), "{}", text(&report));
    for finding in &report.findings {
        assert!(finding.rule.starts_with("help/"), "{}", text(&report));
        assert_eq!(finding.kind, Kind::NoReply, "{}", text(&report));
    }
}

#[test]
fn what_is_no_reply_is_malformed() {
    for garbage in [
        &b"SSH-2.0-\x1b[2J\r\n"[..],
        b"all is well\r\n",
        b"999 all is well\r\n",
        b"21 all is well\r\n",
        b"\x00\x00\x00\r\n",
        b"\x1b]0;owned\x07\r\n",
        b"211-more\r\n211\r\n",
    ] {
        let address = stat(move |session| {
            session.say(garbage);
        });
        assert_found(&report(address), "reply/format", Kind::Malformed);
    }
}

#[test]
fn a_reply_without_an_end_is_malformed() {
    for (begin, piece) in [
        (&b"211 "[..], &[b'x'; 4096][..]),
        (b"", &[0; 4096]),
        (b"211-Status:\r\n", b"more and more and more\r\n"),
    ] {
        let address = stat(move |session| {
            session.say(begin);
            while session.say(piece) {}
        });
        assert_found(&report(address), "reply/format", Kind::Malformed);
    }
}

/// RFC 959 §4.2: a reply's line ends as Telnet lines do.
#[test]
fn wrong_line_ends_are_malformed() {
    for end in ["\n", "\n\r"] {
        let address = stat(move |session| {
            session.say(format!("211 all is well{end}").as_bytes());
        });
        assert_found(&report(address), "reply/format", Kind::Malformed);
    }
}

/// From the greeting on: whoever reads such lines at all can log in.
#[test]
fn wrong_line_ends_throughout_are_malformed() {
    let address = fake(|mut peer| {
        peer.say(b"220 ready\n");
        let mut needs_pass = false;
        peer.answer(|line| {
            let may_pass = std::mem::replace(&mut needs_pass, line.starts_with("USER"));
            let reply = match line.split(' ').next()? {
                "USER" => "331 ?",
                "PASS" if may_pass && line == "PASS secret" => "230 in",
                "PASS" if may_pass => "530 no",
                "PASS" => "503 USER first",
                "HELP" => "214 no",
                "QUIT" => "221 bye",
                _ => "500 no",
            };
            Some(format!("{reply}\n").into())
        });
    });
    assert_found(&report(address), "reply/format", Kind::Malformed);
}

/// No RFC has a word for control characters in a text: what counts is that they are not shown.
#[test]
fn control_characters_in_a_text_are_at_the_worst_malformed() {
    let address = stat(|session| {
        session.say(b"211-\x1b[2J\x00\x08\x7f\r\n \x9b31m\x07\r\n211 \x1b]0;owned\x07\r\n");
    });
    assert_no_other(&report(address), "reply/format", &[Kind::Malformed]);
    let address = stat(|session| {
        session.say(b"211 all is well\r\r\n");
    });
    assert_no_other(&report(address), "reply/format", &[Kind::Malformed]);
}

#[test]
fn a_second_reply_is_out_of_step() {
    let address = stat(|session| {
        session.say(b"211 all is well\r\n211 all is well\r\n");
    });
    assert_found(&report(address), "reply/one", Kind::OutOfStep);
}

/// It answers the login twice, so each reply from then on is taken for that of the command before.
#[test]
fn a_reply_before_its_command_is_out_of_step() {
    let address = small(|session| {
        session.verbs = &["PWD"];
        |session, line| {
            let replies = session.answer(line);
            let extra = if replies == "230 in" {
                "\r\n200 go on"
            } else {
                ""
            };
            Some(replies + extra)
        }
    });
    assert_found(&report(address), "reply/one", Kind::OutOfStep);
}

/// Nobody gets in there in good order, and nobody is accused of more than that.
#[test]
fn a_second_greeting_is_out_of_step_or_no_greeting() {
    let address = fake(|mut peer| {
        peer.say(b"220 ready\r\n220 ready\r\n");
        peer.serve(|_| None);
    });
    match checked(DEADLINE, address) {
        Err(trouble) => assert!(trouble.to_string().contains("220 ready"), "{trouble}"),
        Ok(report) => assert_found(&report, "reply/one", Kind::OutOfStep),
    }
}

/// Each reply waits for the next command, from the login on.
#[test]
fn replies_that_are_late_throughout_are_out_of_step_or_missing() {
    let address = small(|session| {
        session.verbs = &["PWD"];
        let mut late: Option<String> = None;
        move |session, line| {
            let replies = session.answer(line);
            if session.login != Login::In || replies == "230 in" {
                return Some(replies);
            }
            Some(late.replace(replies).unwrap_or_default())
        }
    });
    let report = report(address);
    assert!(!report.findings.is_empty(), "{}", text(&report));
    assert_no_other(&report, "reply/one", &[Kind::OutOfStep, Kind::NoReply]);
    // It is one fault, with whatever command it shows.
    assert!(report.findings.len() <= 2, "{}", text(&report));
}

/// RFC 959 §5.4: 421 says that the control connection is being closed.
#[test]
fn a_421_without_a_close_is_a_wrong_code() {
    let address = stat(|session| {
        session.say(b"421 closing\r\n");
    });
    assert_found(&report(address), "reply/one", Kind::WrongCode);
}

#[test]
fn a_227_that_names_another_host_is_not_followed_there_by_a_check() {
    let elsewhere = Ipv4Addr::new(127, 0, 0, 2);
    let trap = TcpListener::bind((elsewhere, 0)).unwrap();
    trap.set_nonblocking(true).unwrap();
    let port = trap.local_addr().unwrap().port();
    let address = fake(move |mut peer| {
        peer.serve(|line| match line {
            "PASV" => Some(naming(elsewhere, port)),
            "NLST" => Some(b"425 no data connection\r\n".to_vec()),
            _ => None,
        });
    });
    let report = report(address);
    assert!(report.findings.is_empty(), "{}", text(&report));
    let came = trap.accept().unwrap_err();
    assert_eq!(came.kind(), ErrorKind::WouldBlock);
}

/// The data connection stays in the listener's queue, and nothing follows the 150.
#[test]
fn a_transfer_that_never_starts_is_at_the_worst_no_reply() {
    let address = small(|session| {
        session.verbs = &["PWD", "PASV", "NLST"];
        |session, line| {
            if session.login != Login::In || line != "NLST" || session.data.is_none() {
                return None;
            }
            Some("150 here".into())
        }
    });
    let report = report(address);
    for finding in &report.findings {
        assert_eq!(finding.kind, Kind::NoReply, "{}", text(&report));
        let is_listing = finding.transcript.sent().any(|line| line == b"NLST");
        assert!(is_listing, "{}", text(&report));
    }
}

#[test]
fn a_tls_handshake_that_stalls_is_at_the_worst_no_reply() {
    static STALLED: AtomicUsize = AtomicUsize::new(0);
    let address = fake(|mut peer| {
        let mut control = peer.voice();
        peer.serve_asking(|line, _| {
            (line == "AUTH TLS").then(|| {
                STALLED.fetch_add(1, Ordering::Relaxed);
                let _ = control.write_all(b"234 go on\r\n");
                let _ = control.read_to_end(&mut Vec::new());
                Vec::new()
            })
        });
    });
    let report = report(address);
    assert!(STALLED.load(Ordering::Relaxed) > 0, "{}", text(&report));
    for finding in &report.findings {
        assert_eq!(finding.kind, Kind::NoReply, "{}", text(&report));
    }
}

/// The check says that the server is gone, and has lines to send where it says so.
#[track_caller]
fn assert_gone(address: SocketAddr) -> Report {
    let report = report(address);
    let is_gone = |finding: &Finding| (finding.rule, finding.kind) == ("reply/one", Kind::Gone);
    assert!(report.findings.iter().any(is_gone), "{}", text(&report));
    assert!(!text(&report).contains("to see it, send\n  again"));
    report
}

/// However many more connections are tried, each is refused.
#[test]
fn a_port_on_which_nothing_listens_any_more_is_gone() {
    const CONNECTIONS: usize = 5;
    let count = AtomicUsize::new(0);
    assert_gone(fake_while(
        move || count.fetch_add(1, Ordering::Relaxed) + 1 < CONNECTIONS,
        |mut peer| peer.serve(|_| None),
    ));
}

/// One command ends it, with all its sessions.
#[test]
fn a_server_that_a_command_kills_is_gone() {
    static IS_DEAD: AtomicBool = AtomicBool::new(false);
    let report = assert_gone(fake_while(
        || !IS_DEAD.load(Ordering::SeqCst),
        |mut peer| {
            let control = peer.voice();
            peer.serve(|line| {
                if line == "STRU P" {
                    IS_DEAD.store(true, Ordering::SeqCst);
                    // Whoever waits for the next connection sees it.
                    let _ = control.local_addr().and_then(TcpStream::connect);
                }
                IS_DEAD.load(Ordering::SeqCst).then(|| {
                    let _ = control.shutdown(Shutdown::Both);
                    Vec::new()
                })
            });
        },
    ));
    // Other sessions end with it, and each tells of its own last line.
    let is_told = |finding: &Finding| {
        let note = finding.note.as_deref().unwrap_or_default();
        finding.kind == Kind::Gone
            && finding.transcript.sent().last() == Some(&b"STRU P"[..])
            && note.contains("'STRU P'")
    };
    assert!(report.findings.iter().any(is_told), "{}", text(&report));
}
