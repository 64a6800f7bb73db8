//! Servers that let us in and then misbehave: a check ends, and accuses nobody of what did not happen.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::support::fake::{fake, passive};
use crate::support::loopback::{Control, modest, serve};
use crate::support::{DEADLINE, assert_printable, checked};
use ftproof::report::{Finding, Report, text};
use ftproof_model::Kind;

fn found(report: &Report) -> Vec<(&'static str, Kind)> {
    report
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.kind))
        .collect()
}

#[test]
fn a_modest_server_gets_no_finding() {
    let report = checked(DEADLINE, serve(modest)).expect("the server lets us in");
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
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

/// A listing that does not end with the data, or that never begins.
fn listing(serve_data: fn(TcpStream)) -> SocketAddr {
    fake(move |mut peer| {
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
    })
}

/// What never comes is held against nobody but the transfer that it belongs to.
#[test]
fn data_without_an_end_accuses_no_other_command() {
    let never_closes = |mut stream: TcpStream| drop(stream.read(&mut [0]));
    let never_stops = |mut stream: TcpStream| while stream.write_all(&[b'x'; 65_536]).is_ok() {};
    for serve_data in [never_closes, never_stops] {
        let report = checked(Duration::from_millis(100), listing(serve_data)).unwrap();
        let is_listing = |finding: &Finding| finding.transcript.sent().any(|line| line == b"LIST");
        assert!(
            report
                .findings
                .iter()
                .all(|finding| finding.kind == Kind::NoReply && is_listing(finding)),
            "{}",
            text(&report)
        );
        let told = text(&report);
        assert!(
            told.contains("end of the data") || !report.findings.is_empty(),
            "{told}"
        );
    }
}
