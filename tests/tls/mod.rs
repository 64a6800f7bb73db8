//! TLS as a client: in and out of it, data connections inside it, and servers that do it wrongly.
#![cfg(feature = "tls")]
#![expect(
    clippy::unwrap_used,
    reason = "a script that cannot go on ends the test"
)]

mod data;
mod failures;
mod server;

use std::time::Duration;

use ftproof::address::Protection;
use ftproof::target::Wait;
use ftproof::tcp::TcpTarget;
use ftproof::{Names, Session, Target, Trouble};
use server::{Peer, Server, server};

/// How long a wait may last where a server lets us wait: longer than a busy machine stands still.
const DEADLINE: Duration = Duration::from_secs(2);

fn target(server: &Server, protection: Protection) -> TcpTarget {
    TcpTarget::new(server.address, Names::default(), DEADLINE).with_tls(protection)
}

/// A session that is inside TLS behind the greeting.
fn explicit(server: &Server) -> Box<dyn Session> {
    target(server, Protection::Explicit).connect().unwrap()
}

/// Sends `line`, which must be answered with `code`.
#[track_caller]
fn expect(session: &mut dyn Session, line: &str, code: u16) {
    let reply = session.send(line.as_bytes()).unwrap().unwrap();
    assert_eq!(reply.code, code, "{line}: {}", reply.headline());
}

#[test]
fn a_test_may_start_tls_itself() {
    let server = server(|mut peer| {
        peer.say("220 ready\r\n");
        peer.answer("NOOP", "200 in clear");
        peer.answer("AUTH TLS", "234 go on");
        peer.start_tls();
        peer.answer("NOOP", "200 inside");
    });
    let mut target = target(&server, Protection::OnRequest);
    assert!(!target.is_protected());
    let mut session = target.connect().unwrap();
    expect(session.as_mut(), "NOOP", 200);
    expect(session.as_mut(), "AUTH TLS", 234);
    session.start_tls().unwrap();
    expect(session.as_mut(), "NOOP", 200);
    server.ends();
}

#[test]
fn ftpes_is_inside_behind_the_greeting() {
    let server = server(|mut peer| {
        peer.greet_and_start_tls();
        peer.answer("NOOP", "200 inside");
        assert_eq!(peer.hear_all(), b"");
        assert!(peer.has_left, "the client did not take its leave");
    });
    let mut target = target(&server, Protection::Explicit);
    assert!(target.is_protected());
    assert_eq!(target.name(), format!("ftpes://{}", server.address));
    let mut session = target.connect().unwrap();
    assert_eq!(session.greeting().code, 220);
    expect(session.as_mut(), "NOOP", 200);
    drop(session);
    server.ends();
}

#[test]
fn ftps_is_inside_from_the_first_byte() {
    let server = server(|mut peer| {
        peer.start_tls();
        peer.say("220 inside\r\n");
        peer.answer("NOOP", "200 inside");
    });
    let mut target = target(&server, Protection::Implicit);
    assert_eq!(target.name(), format!("ftps://{}", server.address));
    let mut session = target.connect().unwrap();
    assert_eq!(session.greeting().headline(), "220 inside");
    expect(session.as_mut(), "NOOP", 200);
    server.ends();
}

#[test]
fn what_is_sent_in_clear_behind_auth_is_seen_to_be_answered_or_not() {
    for keeps in [true, false] {
        let server = server(move |mut peer| {
            peer.say("220 ready\r\n");
            peer.answer("AUTH TLS", "234 go on");
            assert_eq!(peer.unread, b"NOOP\r\n");
            if !keeps {
                peer.unread.clear();
            }
            peer.start_tls();
            while peer.hear() == "NOOP" {
                peer.say("200 ok\r\n");
            }
        });
        let mut session = target(&server, Protection::OnRequest).connect().unwrap();
        session.send_bytes(b"AUTH TLS\r\nNOOP\r\n").unwrap();
        assert_eq!(session.next_reply(Wait::Owed).unwrap().unwrap().code, 234);
        session.start_tls().unwrap();
        let injected = session.next_reply(Wait::Brief).unwrap();
        assert_eq!(injected.is_some(), keeps);
        expect(session.as_mut(), "NOOP", 200);
        drop(session);
        server.ends();
    }
}

/// How a server leaves TLS.
#[derive(Clone, Copy, PartialEq)]
enum Leave {
    /// It does not.
    Stays,
    /// It says so, and waits until the client says so too.
    InGoodOrder,
    /// It says nothing.
    Silently,
}

impl Leave {
    fn run(self, peer: &mut Peer) {
        match self {
            Leave::Stays => return,
            Leave::InGoodOrder => {
                peer.send_close_notify();
                assert_eq!(peer.hear_all(), b"");
                assert!(peer.has_left);
            }
            Leave::Silently => {}
        }
        peer.leave_tls();
    }
}

#[test]
fn ccc_goes_on_in_clear() {
    for leave in [Leave::InGoodOrder, Leave::Silently] {
        let server = server(move |mut peer| {
            peer.greet_and_start_tls();
            peer.answer("CCC", "200 in clear from here on");
            leave.run(&mut peer);
            peer.answer("NOOP", "200 in clear");
            assert!(peer.has_left, "the client did not take its leave");
            peer.answer("AUTH TLS", "234 again");
            peer.start_tls();
            peer.answer("NOOP", "200 inside");
        });
        let mut session = explicit(&server);
        expect(session.as_mut(), "CCC", 200);
        expect(session.as_mut(), "NOOP", 200);
        expect(session.as_mut(), "AUTH TLS", 234);
        session.start_tls().unwrap();
        expect(session.as_mut(), "NOOP", 200);
        server.ends();
    }
}

#[test]
fn a_ccc_that_is_refused_changes_nothing() {
    let server = server(|mut peer| {
        peer.greet_and_start_tls();
        peer.answer("CCC", "534 no");
        peer.answer("NOOP", "200 inside");
        assert!(!peer.has_left);
    });
    let mut session = explicit(&server);
    expect(session.as_mut(), "CCC", 534);
    expect(session.as_mut(), "NOOP", 200);
    server.ends();
}

#[test]
fn rein_ends_tls_if_the_server_says_so() {
    for (leave, first) in [
        (Leave::InGoodOrder, None),
        (Leave::Stays, None),
        (Leave::InGoodOrder, Some("120 soon")),
        (Leave::Stays, Some("120 soon")),
    ] {
        let server = server(move |mut peer| {
            peer.greet_and_start_tls();
            peer.answer("REIN", first.unwrap_or("220 ready"));
            if first.is_some() {
                peer.say("220 ready\r\n");
            }
            leave.run(&mut peer);
            peer.answer("NOOP", "200 ok");
            if leave != Leave::Stays {
                peer.answer("AUTH TLS", "234 again");
                peer.start_tls();
                peer.answer("NOOP", "200 inside");
            }
        });
        let mut session = explicit(&server);
        if first.is_some() {
            expect(session.as_mut(), "REIN", 120);
            assert_eq!(session.next_reply(Wait::Owed).unwrap().unwrap().code, 220);
        } else {
            expect(session.as_mut(), "REIN", 220);
        }
        expect(session.as_mut(), "NOOP", 200);
        if leave != Leave::Stays {
            expect(session.as_mut(), "AUTH TLS", 234);
            session.start_tls().unwrap();
            expect(session.as_mut(), "NOOP", 200);
        }
        server.ends();
    }
}

#[test]
fn a_second_reply_inside_tls_is_unasked() {
    let server = server(|mut peer| {
        peer.greet_and_start_tls();
        peer.answer("NOOP", "200 ok\r\n200 ok");
        peer.hear();
    });
    let mut session = explicit(&server);
    expect(session.as_mut(), "NOOP", 200);
    assert!(matches!(session.send(b"NOOP"), Err(Trouble::Unasked(reply)) if reply == "200 ok"));
    drop(session);
    server.ends();
}

#[test]
fn the_end_of_the_connection_is_seen_with_and_without_a_close_notify() {
    for says_so in [true, false] {
        let server = server(move |mut peer| {
            peer.greet_and_start_tls();
            peer.answer("QUIT", "221 bye\r\n200 one more");
            if says_so {
                peer.send_close_notify();
            }
            peer.shut();
        });
        let mut session = explicit(&server);
        expect(session.as_mut(), "QUIT", 221);
        assert_eq!(session.next_reply(Wait::Owed).unwrap().unwrap().code, 200);
        assert!(matches!(
            session.next_reply(Wait::Owed),
            Err(Trouble::Closed(_))
        ));
        server.ends();
    }
}
