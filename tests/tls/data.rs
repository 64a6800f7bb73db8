//! Data connections under PROT (RFC 4217 §9).

use std::thread;

use ftproof::target::{Wait, fill_line};
use ftproof::{DataEnd, Names, Session, Trouble};

use super::server::{Peer, server};
use super::{expect, explicit};

/// Longer than a record, and than one read.
const SIZE: usize = 200_000;

fn content() -> Vec<u8> {
    (0..=250).cycle().take(SIZE).collect()
}

fn make_private(peer: &mut Peer) {
    peer.answer("PBSZ 0", "200 ok");
    peer.answer("PROT P", "200 ok");
}

fn ask_for_private(session: &mut dyn Session) {
    expect(session, "PBSZ 0", 200);
    expect(session, "PROT P", 200);
}

#[track_caller]
fn download(session: &mut dyn Session) -> Vec<u8> {
    expect(session, "RETR file", 150);
    assert!(session.open_data().unwrap());
    let bytes = session.end_transfer(DataEnd::Done).unwrap();
    assert_eq!(session.next_reply(Wait::Owed).unwrap().unwrap().code, 226);
    bytes
}

#[test]
fn prot_p_downloads_inside_tls_and_resumes_the_session() {
    // A missing close_notify at the end is the server's own affair.
    for says_so in [true, false] {
        let server = server(move |mut peer| {
            peer.greet_and_start_tls();
            make_private(&mut peer);
            let listener = peer.answer_pasv();
            let mut data = peer.accept(&listener);
            peer.answer("RETR file", "150 here");
            data.start_tls();
            assert!(data.has_resumed(), "the session was not resumed");
            data.say(content());
            if says_so {
                data.send_close_notify();
            }
            data.shut();
            assert_eq!(data.hear_all(), b"");
            peer.say("226 done\r\n");
        });
        let mut session = explicit(&server);
        ask_for_private(session.as_mut());
        expect(session.as_mut(), "PASV", 227);
        assert_eq!(download(session.as_mut()), content());
        server.ends();
    }
}

#[test]
fn prot_p_uploads_inside_tls_and_says_where_the_end_is() {
    let server = server(|mut peer| {
        peer.greet_and_start_tls();
        make_private(&mut peer);
        // More uploads than the first handshake gave tickets for.
        for _ in 0..4 {
            let listener = peer.answer_pasv();
            let mut data = peer.accept(&listener);
            peer.answer("STOR file", "150 send it");
            data.start_tls();
            assert!(data.has_resumed(), "the session was not resumed");
            assert_eq!(data.hear_all(), content());
            assert!(data.has_left, "no close_notify came");
            peer.say("226 done\r\n");
        }
    });
    let mut session = explicit(&server);
    ask_for_private(session.as_mut());
    for _ in 0..4 {
        expect(session.as_mut(), "PASV", 227);
        expect(session.as_mut(), "STOR file", 150);
        assert!(session.open_data().unwrap());
        session.send_data(&content()).unwrap();
        session.end_transfer(DataEnd::Done).unwrap();
        assert_eq!(session.next_reply(Wait::Owed).unwrap().unwrap().code, 226);
    }
    server.ends();
}

#[test]
fn the_client_shakes_hands_first_on_an_active_data_connection_too() {
    let server = server(|mut peer| {
        peer.greet_and_start_tls();
        make_private(&mut peer);
        let mut data = peer.answer_port();
        peer.answer("RETR file", "150 here");
        data.start_tls();
        data.say("hello");
        data.send_close_notify();
        peer.say("226 done\r\n");
    });
    let mut session = explicit(&server);
    ask_for_private(session.as_mut());
    let port = fill_line(session.as_mut(), &mut Names::default(), b"PORT {port}").unwrap();
    assert_eq!(session.send(&port).unwrap().unwrap().code, 200);
    assert_eq!(download(session.as_mut()), b"hello");
    server.ends();
}

#[test]
fn the_level_is_what_prot_and_rein_and_ccc_leave_of_it() {
    /// What comes between PROT P and the download, the reply, and whether the download is inside TLS.
    const CASES: [(&str, &str, bool); 6] = [
        ("NOOP", "200 ok", true),
        ("PROT C", "200 ok", false),
        ("PROT C", "534 no", true),
        ("PROT S", "200 ok?", true),
        ("REIN", "220 ready", false),
        ("CCC", "200 in clear", true),
    ];
    for (line, reply, is_private) in CASES {
        let server = server(move |mut peer| {
            peer.greet_and_start_tls();
            make_private(&mut peer);
            peer.answer(line, reply);
            if line == "CCC" {
                peer.leave_tls();
            }
            let listener = peer.answer_pasv();
            let mut data = peer.accept(&listener);
            peer.answer("RETR file", "150 here");
            if is_private {
                data.start_tls();
            }
            data.say("hello");
            data.shut();
            peer.say("226 done\r\n");
        });
        let mut session = explicit(&server);
        ask_for_private(session.as_mut());
        session.send(line.as_bytes()).unwrap();
        expect(session.as_mut(), "PASV", 227);
        assert_eq!(download(session.as_mut()), b"hello", "{line}");
        server.ends();
    }
}

#[test]
fn a_data_connection_that_does_not_shake_hands_is_told_of() {
    let server = server(|mut peer| {
        peer.greet_and_start_tls();
        make_private(&mut peer);
        let listener = peer.answer_pasv();
        let stalls = peer.accept(&listener);
        peer.answer("RETR file", "150 here");
        peer.answer("ABOR", "226 done");
        drop(stalls);
        let listener = peer.answer_pasv();
        let mut in_clear = peer.accept(&listener);
        peer.answer("RETR file", "150 here");
        in_clear.say("hello");
        peer.hear();
    });
    let mut session = explicit(&server);
    ask_for_private(session.as_mut());
    expect(session.as_mut(), "PASV", 227);
    expect(session.as_mut(), "RETR file", 150);
    assert!(matches!(
        session.open_data(),
        Err(Trouble::TimedOut {
            awaited: "TLS handshake",
            ..
        })
    ));
    session.end_transfer(DataEnd::Refused).unwrap();
    expect(session.as_mut(), "ABOR", 226);
    expect(session.as_mut(), "PASV", 227);
    expect(session.as_mut(), "RETR file", 150);
    let in_clear = session.open_data();
    assert!(
        matches!(&in_clear, Err(Trouble::Tls(reason)) if reason == "the server does not speak TLS here"),
        "{in_clear:?}"
    );
    drop(session);
    server.ends();
}

#[test]
fn data_that_no_one_reads_does_not_hold_an_upload_up() {
    let server = server(|mut peer| {
        peer.greet_and_start_tls();
        make_private(&mut peer);
        let listener = peer.answer_pasv();
        let mut data = peer.accept(&listener);
        peer.answer("STOR file", "150 send it");
        data.start_tls();
        let endless = thread::spawn(move || while data.try_say(&[b'x'; 4096]) {});
        peer.say("226 done\r\n");
        endless.join().unwrap();
    });
    let mut session = explicit(&server);
    ask_for_private(session.as_mut());
    expect(session.as_mut(), "PASV", 227);
    expect(session.as_mut(), "STOR file", 150);
    assert!(session.open_data().unwrap());
    session.end_transfer(DataEnd::Done).unwrap();
    assert_eq!(session.next_reply(Wait::Owed).unwrap().unwrap().code, 226);
    drop(session);
    server.ends();
}
