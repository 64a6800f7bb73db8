//! The passive listener: when it is opened and closed, and what happens when there is none.

mod support;

use std::net::SocketAddr;

use ftproof_core::{Effect, Line, Listen, ListenError, Listener, Listening, MemorySite, Session};

/// Answers each `listen` in the same way and remembers what it was asked.
struct Recorder {
    answer: Result<SocketAddr, ListenError>,
    calls: Vec<Option<Listen>>,
}

impl Listener for Recorder {
    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError> {
        self.calls.push(Some(listen));
        self.answer
    }

    fn close_listener(&mut self) {
        self.calls.push(None);
    }
}

/// The code of the last line's reply, its effect, and what the listener was asked (`None`: to close).
fn run(
    lines: &[&str],
    answer: Result<SocketAddr, ListenError>,
) -> (u16, Option<Effect>, Vec<Option<Listen>>) {
    let (mut session, mut memory) = (Session::new(), MemorySite::fixture());
    let mut recorder = Recorder {
        answer,
        calls: Vec::new(),
    };
    let mut last = (0, None);
    for line in lines {
        let mut site = Listening {
            site: &mut memory,
            listener: &mut recorder,
        };
        let answer = session.line(Line::Complete(line.as_bytes()), &mut site);
        last = (answer.replies.codes().last().unwrap_or(0), answer.effect);
    }
    (last.0, last.1, recorder.calls)
}

fn v4() -> Result<SocketAddr, ListenError> {
    Ok(SocketAddr::from(([127, 0, 0, 1], 2000)))
}

#[test]
fn the_listener_is_closed_when_what_was_set_up_is_dropped_and_not_when_a_transfer_took_it() {
    let open = Some(Listen::V4);
    for line in [
        "PORT 127,0,0,1,4,1",
        "EPSV ALL",
        "ABOR",
        "REIN",
        "QUIT",
        "AUTH TLS",
    ] {
        assert_eq!(
            run(&["USER open", "PASV", line], v4()).2,
            [open, None],
            "{line}"
        );
        assert_eq!(run(&["USER open", line], v4()).2, [], "{line}");
    }
    assert_eq!(run(&["USER open", "PASV", "LIST", "ABOR"], v4()).2, [open]);
    assert_eq!(run(&["USER open", "PASV", "PASV"], v4()).2, [open, open]);
    assert_eq!(
        run(&["USER open", "EPSV", "EPSV 2", "LPSV"], v4()).2,
        [
            Some(Listen::Control),
            Some(Listen::V6),
            Some(Listen::Control)
        ]
    );
}

#[test]
fn a_network_protocol_that_cannot_be_listened_on_is_refused() {
    for (line, code) in [("PASV", 502), ("EPSV", 522), ("EPSV 2", 522), ("LPSV", 521)] {
        assert_eq!(
            run(&["USER open", line], Err(ListenError::Protocol)).0,
            code,
            "{line}"
        );
    }
    let v6 = Ok(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 2000)));
    assert_eq!(run(&["USER open", "PASV"], v6).0, 502, "227 has no IPv6");
    assert_eq!(
        run(&["USER open", "PASV", "LIST"], v6),
        (503, None, vec![Some(Listen::V4), None]),
        "a PASV answered 502 sets nothing up"
    );
    assert_eq!(
        run(
            &["USER open", "PORT 127,0,0,1,4,1", "PASV", "LIST"],
            Err(ListenError::Protocol)
        )
        .0,
        150
    );
}

#[test]
fn a_listener_that_cannot_be_named_takes_away_the_one_before_it_and_no_active_address() {
    let v6 = Ok(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 2000)));
    let port = "PORT 127,0,0,1,4,1";
    assert_eq!(run(&["USER open", port, "PASV", "LIST"], v6).0, 150);
    assert_eq!(run(&["USER open", "EPSV", "LIST"], v6).0, 150);
    assert_eq!(run(&["USER open", "EPSV", "PASV", "LIST"], v6).0, 503);
}

#[test]
fn without_a_free_port_the_session_says_421_and_closes() {
    for line in ["PASV", "EPSV", "LPSV"] {
        let (code, effect, _) = run(&["USER open", line], Err(ListenError::Unavailable));
        assert_eq!((code, effect), (421, Some(Effect::Close)), "{line}");
    }
}
