//! Servers that let us in and then misbehave: a check ends, and accuses nobody of what did not happen.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use ftproof::report::{Report, json, text};
use ftproof_model::Kind;
use support::fake::{Peer, fake, passive};
use support::loopback::{Control, Serving, modest, serve};
use support::{DEADLINE, checked};

#[track_caller]
fn assert_accuses_nobody(serving: Serving) -> Report {
    let report = checked(DEADLINE, serve(serving)).expect("the server lets us in");
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
        "{}",
        text(&report)
    );
    report
}

/// Nothing in any form of the report moves a terminal's cursor.
#[track_caller]
fn assert_printable(report: &Report) {
    for written in [text(report), json(report)] {
        let raw = written
            .chars()
            .find(|&character| character.is_control() && character != '\n');
        assert_eq!(raw, None, "{written:?}");
    }
}

fn found(report: &Report) -> Vec<(&'static str, Kind)> {
    report
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.kind))
        .collect()
}

#[test]
fn a_modest_server_gets_no_finding() {
    assert_accuses_nobody(modest);
}

#[test]
fn replies_that_end_with_a_bare_lf_accuse_nobody() {
    assert_accuses_nobody(|control, line| {
        modest(control, line)
            .into_iter()
            .filter(|&byte| byte != b'\r')
            .collect()
    });
}

#[test]
fn silence_garbage_and_closing_are_not_tested_and_accuse_nobody() {
    let report = assert_accuses_nobody(|control, line| match line {
        b"MAIL" => Vec::new(),
        b"STRU P" => b"SSH-2.0-\x1b[2J\r\n".to_vec(),
        b"TYPE E" => [&b"504 "[..], &[b'x'; 70_000], b"\r\n"].concat(),
        b"PROT X" => {
            control.hang_up();
            Vec::new()
        }
        _ => modest(control, line),
    });
    for reason in [
        "no reply within",
        "is not an FTP reply",
        "more than 65536 bytes",
        "the server closed the connection",
    ] {
        assert!(
            text(&report).contains(reason),
            "{reason}: {}",
            text(&report)
        );
    }
    assert_printable(&report);
}

#[test]
fn a_second_reply_accuses_no_later_command() {
    let report = assert_accuses_nobody(|control, line| {
        let replies = modest(control, line);
        if line == b"STAT" {
            [&replies[..], &replies].concat()
        } else {
            replies
        }
    });
    assert!(
        text(&report).contains("a reply came unasked"),
        "{}",
        text(&report)
    );
}

/// To a server that knows no HOST it is a line like any other, and PASS no longer follows immediately.
#[test]
fn a_server_without_host_that_takes_immediately_at_its_word_gets_no_finding() {
    let report = checked(DEADLINE, fake(|mut peer| peer.serve(|_| None))).unwrap();
    assert_eq!(found(&report), [], "{}", text(&report));
}

/// AUTH was refused, so the login that goes on behind it is no AUTH's fault.
#[test]
fn a_server_without_auth_that_lets_pass_come_late_is_told_of_pass_only() {
    let address = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        let mut knows_user = false;
        peer.answer(|line| {
            let reply = match line.split(' ').next()? {
                "USER" => {
                    knows_user = true;
                    "331 ?\r\n"
                }
                "PASS" if std::mem::take(&mut knows_user) => "230 in\r\n",
                "PASS" => "503 USER first\r\n",
                "HELP" => "214 no\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "500 no\r\n",
            };
            Some(reply.into())
        });
    });
    let report = checked(DEADLINE, address).unwrap();
    assert_eq!(
        found(&report),
        [("seq/pass", Kind::Adjacency)],
        "{}",
        text(&report)
    );
}

#[test]
fn a_server_that_knows_nothing_is_told_of_help_only() {
    let address = fake(|mut peer| {
        let mut needs_pass = false;
        peer.say(b"220 ready\r\n");
        peer.answer(|line| {
            let may_pass = std::mem::replace(&mut needs_pass, line.starts_with("USER"));
            let reply = match line.split(' ').next()? {
                "USER" => "331 ?\r\n",
                "PASS" if may_pass => "230 in\r\n",
                _ => "500 no\r\n",
            };
            Some(reply.into())
        });
    });
    let report = checked(DEADLINE, address).unwrap();
    assert_eq!(
        found(&report),
        [("help/always", Kind::Help)],
        "{}",
        text(&report)
    );
}

#[test]
fn a_server_that_answers_everything_with_200_is_found_out() {
    let address = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        peer.answer(|_| Some(b"200 ok\r\n".to_vec()));
    });
    let report = checked(DEADLINE, address).unwrap();
    for expected in [
        ("login/required", Kind::LoginBypass),
        ("seq/transfer", Kind::Accepted),
        ("help/before-login", Kind::Help),
    ] {
        assert!(found(&report).contains(&expected), "{}", text(&report));
    }
    assert!(
        !found(&report)
            .iter()
            .any(|&(_, kind)| kind == Kind::Refused),
        "{}",
        text(&report)
    );
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.came == ["200 ok"]),
        "{}",
        text(&report)
    );
}

#[test]
fn escape_sequences_in_replies_are_escaped_in_reports() {
    let address = fake(|mut peer| {
        peer.say(b"220-\x1b[2J\r\n");
        peer.serve(|line| Some(format!("200 \x1b[31m{line}\x07\u{9b}1m\r\n").into()));
    });
    let report = checked(DEADLINE, address).unwrap();
    assert!(!report.findings.is_empty(), "{}", text(&report));
    assert_printable(&report);
}

/// The directory of the run is named after what the server said to PWD.
#[test]
fn escape_sequences_in_a_directory_name_are_escaped_in_reports() {
    fn serving(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(line).replace("/\x1b[31m", "");
        if text.starts_with("RMD /ftproof-") && text.matches('/').count() == 1 {
            return b"550 It stays\r\n".to_vec();
        }
        let replies = modest(control, text.as_bytes());
        if replies.starts_with(b"257 \"/\" ") {
            b"257 \"/\x1b[31m\"\r\n".to_vec()
        } else {
            replies
        }
    }
    let report = checked(DEADLINE, serve(serving)).unwrap();
    assert!(
        text(&report).contains("is still there"),
        "{}",
        text(&report)
    );
    assert_printable(&report);
}

/// A server whose LIST is answered 150, and does `serve_data` with the data connection.
fn listing(mut peer: Peer, serve_data: fn(TcpStream)) {
    let mut port = None;
    peer.serve(|line| match line {
        "PASV" => {
            let (listener, reply) = passive();
            port = Some(listener);
            Some(reply)
        }
        "LIST" => {
            let Some(listener) = port.take() else {
                return Some(b"425 no data connection\r\n".to_vec());
            };
            thread::spawn(move || {
                if let Ok((stream, _)) = listener.accept() {
                    serve_data(stream);
                }
            });
            Some(b"150 here\r\n".to_vec())
        }
        _ => None,
    });
}

#[test]
fn data_without_an_end_accuses_nobody() {
    let never_closes = fake(|peer| listing(peer, |mut stream| drop(stream.read(&mut [0]))));
    let never_stops = fake(|peer| {
        listing(
            peer,
            |mut stream| {
                while stream.write_all(&[b'x'; 65_536]).is_ok() {}
            },
        );
    });
    for address in [never_closes, never_stops] {
        let report = checked(Duration::from_millis(100), address).unwrap();
        let told = report
            .findings
            .iter()
            .any(|finding| finding.transcript.sent().any(|line| line == b"LIST"));
        assert!(!told, "{}", text(&report));
        assert!(
            text(&report).contains("end of the data"),
            "{}",
            text(&report)
        );
    }
}
