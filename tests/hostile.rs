//! What is no FTP server, or none that lets us in: a check ends, says why in one line, and claims nothing.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::port;
use crate::support::fake::{Peer, fake, naming};
use crate::support::loopback::names;
use crate::support::{DEADLINE, checked};
use ftproof::report::text;
use ftproof::tcp::TcpTarget;
use ftproof::{DataEnd, Target};

/// A check of this server finds nothing out, and says so in one line with these words.
#[track_caller]
fn assert_complains(address: SocketAddr, words: &str) {
    match checked(DEADLINE, address) {
        Ok(report) => panic!("there is a report:\n{}", text(&report)),
        Err(trouble) => {
            let line = trouble.to_string();
            assert!(line.contains(words), "{line}");
            assert!(
                !line.contains(char::is_control) && line.len() < 400,
                "{line:?}"
            );
        }
    }
}

/// A server that says this and closes.
fn banner(bytes: &'static [u8]) -> SocketAddr {
    fake(move |mut peer| {
        peer.say(bytes);
    })
}

#[test]
fn a_closed_port_is_named() {
    assert_complains(
        port::closed(),
        "connection refused; is the server running, and is the port right?",
    );
}

#[test]
fn a_wrong_host_is_named() {
    let elsewhere = (Ipv4Addr::new(127, 0, 0, 2), fake(|_| ()).port()).into();
    assert_complains(elsewhere, "cannot connect to 127.0.0.2:");
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    assert_complains(
        fake(|mut peer| peer.wait_for_the_end()),
        "no greeting within",
    );
}

#[test]
fn other_protocols_are_named() {
    assert_complains(
        banner(b"SSH-2.0-OpenSSH_9.2\r\n"),
        "'SSH-2.0-OpenSSH_9.2' is not an FTP reply",
    );
    assert_complains(
        banner(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        "'HTTP/1.1 400 Bad Request' is not",
    );
    assert_complains(banner(b"+OK POP3\r\n"), "is this an FTP server?");
    let smtp = fake(|mut peer| {
        peer.say(b"220 mail.example ESMTP\r\n");
        peer.answer(|_| Some(b"502 5.5.2 Command not recognized\r\n".to_vec()));
    });
    assert_complains(
        smtp,
        "login as 'ftptest' failed: the server said '502 5.5.2 Command not recognized'",
    );
}

#[test]
fn binary_is_named_and_escaped() {
    let every_byte = fake(|mut peer| {
        peer.say(&(0..=u8::MAX).rev().collect::<Vec<u8>>());
        peer.wait_for_the_end();
    });
    // The first of them are a Telnet command: DONT, and an option.
    assert_complains(every_byte, "\\xfc\\xfb");
    let no_line_end = fake(|mut peer| {
        peer.say(&[0; 1000]);
        peer.wait_for_the_end();
    });
    assert_complains(no_line_end, "no greeting within");
}

#[test]
fn a_server_that_is_busy_is_quoted() {
    assert_complains(
        banner(b"421 Too many users\r\n"),
        "it said '421 Too many users'",
    );
}

#[test]
fn a_refused_password_is_quoted_and_never_shown() {
    let address = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        peer.answer(|line| {
            Some(
                if line.starts_with("USER") {
                    "331 ?\r\n"
                } else {
                    "530 no\r\n"
                }
                .into(),
            )
        });
    });
    assert_complains(
        address,
        "login as 'ftptest' failed: the server said '530 no'",
    );
    let line = checked(DEADLINE, address).unwrap_err().to_string();
    assert!(!line.contains("secret"), "{line}");
}

#[test]
fn a_server_that_closes_is_named() {
    assert_complains(
        fake(drop),
        "closed the connection where the greeting was awaited",
    );
    assert_complains(
        banner(b"220 ready\r\n"),
        "closed the connection where a reply was awaited",
    );
    let after_user = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        peer.hear();
    });
    assert_complains(
        after_user,
        "closed the connection where a reply was awaited",
    );
    let after_pass = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        peer.answer(|line| line.starts_with("USER").then(|| b"331 ?\r\n".to_vec()));
    });
    assert_complains(
        after_pass,
        "closed the connection where a reply was awaited",
    );
}

#[test]
fn what_has_no_end_is_not_read_to_it() {
    assert_complains(
        fake(|mut peer| while peer.say(&[b'2'; 4096]) {}),
        "a reply without an end",
    );
    let lines = fake(|mut peer| {
        peer.say(b"220-ready\r\n");
        while peer.say(&b"and ready\r\n".repeat(100)) {}
    });
    assert_complains(lines, "a reply without an end");
    assert_complains(
        fake(|mut peer| while peer.say(b"120 soon\r\n") {}),
        "it said '120 soon'",
    );
    let long_reply = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        peer.answer(|_| Some([&b"331 "[..], &[b'x'; 70_000], b"\r\n"].concat()));
    });
    assert_complains(long_reply, "more than 65536 bytes");
}

#[test]
fn a_server_that_drips_is_not_waited_for() {
    let drip = |mut peer: Peer| {
        for byte in b"220 ready when you are\r\n" {
            if !peer.say(&[*byte]) || !peer.linger(DEADLINE / 4) {
                return;
            }
        }
    };
    assert_complains(fake(drip), "no greeting within");
}

#[test]
fn escape_sequences_in_errors_are_escaped() {
    assert_complains(
        banner(b"\x1b[2J\x1b]0;x\x07\r\n"),
        "'\\x1b[2J\\x1b]0;x\\x07' is not",
    );
    assert_complains(banner(b"421 \x1b[2J\r\n"), "'421 \\x1b[2J'");
}

#[test]
fn a_227_that_names_another_host_is_not_followed_there() {
    // The tests beside this one take ports of 127.0.0.1, so that one is free there is asked first.
    let here = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = here.local_addr().unwrap().port();
    let trap = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), port)).unwrap();
    trap.set_nonblocking(true).unwrap();
    let address = fake(move |mut peer| {
        peer.serve(|line| match line {
            "PASV" => Some(naming(Ipv4Addr::new(127, 0, 0, 2), port)),
            "LIST" => Some(b"150 here\r\n".to_vec()),
            _ => None,
        });
    });
    let mut session = TcpTarget::new(address, names(), DEADLINE)
        .connect()
        .unwrap();
    assert_eq!(session.send(b"USER ftptest").unwrap().unwrap().code, 331);
    assert_eq!(session.send(b"PASS secret").unwrap().unwrap().code, 230);
    assert_eq!(session.send(b"PASV").unwrap().unwrap().code, 227);
    assert_eq!(session.send(b"LIST").unwrap().unwrap().code, 150);
    assert!(session.open_data().unwrap());
    assert!(here.accept().is_ok());
    assert_eq!(session.end_transfer(DataEnd::Done).unwrap(), b"");
    assert!(trap.accept().is_err(), "a connection went to 127.0.0.2");
}
