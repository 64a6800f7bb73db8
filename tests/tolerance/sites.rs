//! What a site does not have, and how much of it one client gets.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{assert_tolerated, assert_tolerated_saying, verb};
use crate::support::fake::Login;
use crate::support::small::{Data, FILES, TRANSFERS};

#[test]
fn a_site_that_knows_little() {
    assert_tolerated(|session, shown| {
        session.verbs = &[];
        move |session, line| {
            let replies = session.answer(line);
            if replies == "502 no" {
                shown.once_more();
            }
            Some(replies)
        }
    });
}

/// Its verbs all get the same refusal, whether they mean anything or not.
#[test]
fn a_site_that_refuses_all_that_it_does_not_know_with_500() {
    assert_tolerated_saying(&["PWD"], "502 no", "500 'x': command not understood");
}

#[test]
fn a_site_without_syst() {
    assert_tolerated_saying(&["PWD"], "215 UNIX", "502 no");
    assert_tolerated_saying(&["PWD"], "215 UNIX", "500 no");
}

#[test]
fn a_site_without_noop() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD"];
        move |_, line| {
            if line != "NOOP" {
                return None;
            }
            shown.once_more();
            Some("502 no".into())
        }
    });
}

#[test]
fn a_site_with_features_and_one_without() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD", "FEAT"];
        move |_, line| {
            if line == "FEAT" {
                shown.once_more();
            }
            None
        }
    });
    assert_tolerated_saying(
        &["PWD", "FEAT"],
        "211-Features:\r\n UTF8\r\n211 End",
        "211 none",
    );
    assert_tolerated_saying(
        &["PWD", "FEAT"],
        "211-Features:\r\n UTF8\r\n211 End",
        "550 no",
    );
}

/// A site on which nothing can be changed, and that says so with `reply`.
#[track_caller]
fn assert_read_only(reply: &'static str) {
    assert_tolerated(move |session, shown| {
        session.verbs = FILES;
        move |session, line| {
            let changes = ["STOR", "MKD", "RMD", "DELE", "RNFR"];
            if session.login != Login::In || !changes.contains(&verb(line)) || !line.contains(' ') {
                return None;
            }
            shown.once_more();
            Some(reply.into())
        }
    });
}

#[test]
fn a_site_on_which_nothing_can_be_changed() {
    assert_read_only("550 permission denied");
    assert_read_only("553 not allowed");
    assert_read_only("532 need account for storing files");
}

#[test]
fn a_site_without_directories() {
    assert_tolerated(|session, shown| {
        session.verbs = &["PASV", "STOR", "RETR", "NLST"];
        move |session, line| {
            let replies = session.answer(line);
            if matches!(verb(line), "PWD" | "MKD") && replies.starts_with("502") {
                shown.once_more();
            }
            Some(replies)
        }
    });
}

/// The directory that a user starts in is not one of theirs.
#[test]
fn a_site_whose_directories_cannot_be_written() {
    assert_tolerated(|session, shown| {
        session.directory = "/pub".into();
        session.make_directory("/pub");
        session.verbs = TRANSFERS;
        move |session, line| {
            if session.login != Login::In || verb(line) != "MKD" || line == "MKD" {
                return None;
            }
            shown.once_more();
            Some("550 permission denied".into())
        }
    });
}

/// One of the sessions that are open; its end makes room.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whoever works with several sessions does with fewer then.
#[test]
fn a_site_with_room_for_two_sessions() {
    const ROOM: usize = 2;
    let open = Arc::new(AtomicUsize::new(0));
    assert_tolerated(move |session, shown| {
        session.verbs = &["PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "STOR", "NLST"];
        let is_full = open.fetch_add(1, Ordering::SeqCst) >= ROOM;
        let place = Place(Arc::clone(&open));
        if is_full {
            session.greeting = "421 there are 2 users already, closing".into();
            session.is_over = true;
        }
        move |_, _| {
            let _held = &place;
            shown.once_more();
            None
        }
    });
}

/// RFC 959 §4.2.1: 421 may be a reply to any command. The next connection is as good.
#[test]
fn a_site_that_ends_each_session_after_some_commands() {
    assert_tolerated(|_, shown| {
        let mut left = 12;
        move |session, _| {
            left -= 1;
            if left > 0 {
                return None;
            }
            shown.once_more();
            session.is_over = true;
            Some("421 that is enough, closing".into())
        }
    });
}

/// One session ends with its sixth command, the next with its fifth, and so on to the third, and again.
#[test]
fn a_421_at_any_time() {
    let sessions = AtomicUsize::new(0);
    assert_tolerated(move |session, shown| {
        session.verbs = &["PWD"];
        let mut left = 6 - sessions.fetch_add(1, Ordering::Relaxed) % 4;
        move |session, _| {
            left -= 1;
            if left > 0 {
                return None;
            }
            shown.once_more();
            session.is_over = true;
            Some("421 no more of this, closing".into())
        }
    });
}

/// Who is in twice is sent away, by the same reply that any command may get.
#[test]
fn a_limit_on_sessions_that_421_tells() {
    static SEATS: AtomicUsize = AtomicUsize::new(0);
    struct Seat(bool);
    impl Drop for Seat {
        fn drop(&mut self) {
            SEATS.fetch_sub(usize::from(self.0), Ordering::SeqCst);
        }
    }
    assert_tolerated(|session, shown| {
        session.verbs = &["PWD"];
        let mut seat = Seat(false);
        move |session, line| {
            let replies = session.answer(line);
            if replies == "230 in" && !seat.0 {
                seat.0 = true;
                SEATS.fetch_add(1, Ordering::SeqCst);
            }
            if !replies.starts_with("257") || SEATS.load(Ordering::SeqCst) < 2 {
                return Some(replies);
            }
            shown.once_more();
            session.is_over = true;
            Some("421 too many of you, closing".into())
        }
    });
}

/// The 421 answers nothing: the session idled too long.
#[test]
fn a_site_that_ends_each_session_that_idles() {
    const IDLE: Duration = Duration::from_millis(100);
    assert_tolerated(|session, shown| {
        session.verbs = FILES;
        move |session, line| {
            let replies = session.answer(line);
            if !replies.is_empty() {
                session.say(format!("{replies}\r\n").as_bytes());
            }
            let control = session.control();
            let _ = control.set_read_timeout(Some(IDLE));
            let came = control.peek(&mut [0]);
            let _ = control.set_read_timeout(None);
            let is_idle = came.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
            if !is_idle || session.is_over || session.is_busy() {
                return Some(String::new());
            }
            shown.once_more();
            session.is_over = true;
            Some("421 timeout, closing".into())
        }
    });
}

/// The one passive port of a site, while a session has it.
struct Port(&'static AtomicUsize, bool);

impl Port {
    /// Takes it, if no other session has it.
    fn take(&mut self) -> bool {
        self.1 |= self
            .0
            .compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
        self.1
    }

    fn give_back(&mut self) {
        if std::mem::take(&mut self.1) {
            self.0.store(0, Ordering::Relaxed);
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[test]
fn a_site_with_one_passive_port() {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    assert_tolerated(|session, shown| {
        session.verbs = TRANSFERS;
        let mut port = Port(&TAKEN, false);
        move |session, line| {
            if line == "PASV" && session.login == Login::In && !port.take() {
                shown.once_more();
                return Some("425 no port is free".into());
            }
            let replies = session.answer(line);
            if !matches!(session.data, Some(Data::Passive(_))) {
                port.give_back();
            }
            Some(replies)
        }
    });
}
