//! What a check keeps to itself and leaves alone: the password, the server's files, the patience of its login.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::fake::{Login, Peer, fake};
use crate::support::loopback::{Control, Serving, honest, lock, modest, serve, serve_site};
use crate::support::small::small;
use crate::support::{DEADLINE, checked};
use ftproof::report::{json, text};
use ftproof_core::MemorySite;

/// More failed logins than that are not needed, and lock accounts.
const FAILED_LOGINS_MAX: usize = 20;

/// Whatever a check of this server ends with, the password is not in it.
#[track_caller]
fn assert_keeps_the_password(script: impl Fn(Peer) + Send + Sync + 'static) {
    let written = match checked(DEADLINE, fake(script)) {
        Ok(report) => text(&report) + &json(&report),
        Err(trouble) => format!("{trouble}\n{trouble:?}"),
    };
    assert!(!written.contains("secret"), "{written}");
}

#[test]
fn a_password_that_comes_back_is_not_shown() {
    // As what is no reply.
    assert_keeps_the_password(|mut peer| {
        peer.serve_asking(|line, _| {
            line.starts_with("PASS")
                .then(|| format!("{line}\r\n").into())
        });
    });
    // As a reply that nobody asked for.
    assert_keeps_the_password(|mut peer| {
        peer.serve_asking(|line, _| {
            (line == "PASS secret").then(|| format!("230 in\r\n230 debug: {line}\r\n").into())
        });
    });
    // In the lines of a long reply.
    assert_keeps_the_password(|mut peer| {
        peer.serve_asking(|line, _| {
            (line == "PASS secret").then(|| format!("530-no:\r\n {line}\r\n530 no\r\n").into())
        });
    });
}

#[test]
fn a_password_that_comes_back_later_is_not_shown() {
    // In a finding.
    assert_keeps_the_password(|mut peer| {
        peer.serve_asking(|line, login| {
            (login == Login::In).then(|| format!("200 {line}: secret\r\n").into())
        });
    });
    // In the reason why something was not tested.
    assert_keeps_the_password(|mut peer| {
        peer.serve_asking(|line, _| {
            line.starts_with("MKD")
                .then(|| b"550 not with secret\r\n".to_vec())
        });
    });
    assert_keeps_the_password(|mut peer| {
        peer.serve_asking(|line, login| {
            (line == "STAT" && login == Login::In).then(|| b"PASS secret\r\n".to_vec())
        });
    });
}

/// Such a server keeps what it heard for all connections.
#[test]
fn a_password_that_comes_back_on_another_connection_is_not_shown() {
    assert_keeps_the_password(|mut peer| {
        peer.serve_asking(|line, _| (line == "STAT").then(|| b"PASS secret\r\n".to_vec()));
    });
    assert_keeps_the_password(|mut peer| {
        peer.serve_asking(|line, _| (line == "PWD").then(|| b"257 secret\r\n".to_vec()));
    });
}

/// However a target is miswritten, the line that says so has no password.
#[test]
fn a_password_in_a_target_is_not_shown() {
    for target in [
        "ftp://ftptest:secret",
        "ftp://ftptest:secret/x",
        "ftp://ftptest:secret@",
        "ftp://ftptest:secret@127.0.0.1/x",
        "ftp://ftptest:secret@127.0.0.1:x",
        "ftp://ftptest:secret@127.0.0.1:99999",
        "ftp://ftptest:secret@a..b",
        "ftp://ftptest:secret@192.0.2.1",
        "ftps://ftptest:secret@127.0.0.1",
        "http://ftptest:secret@127.0.0.1",
        "ftptest:secret@127.0.0.1",
        "ftptest:secret",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_ftproof"))
            .args(["check", target])
            .env_remove("FTPROOF_PASSWORD")
            .output()
            .expect("the command runs");
        assert_eq!(output.status.code(), Some(2), "{target}");
        for said in [output.stdout, output.stderr] {
            let said = String::from_utf8_lossy(&said);
            assert!(!said.contains("secret"), "{target}: {said}");
        }
    }
}

#[test]
fn a_run_fails_few_logins() {
    static FAILED: AtomicUsize = AtomicUsize::new(0);
    fn counting(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        let replies = control.line(line);
        if line == b"PASS not-the-password" && replies.starts_with(b"530") {
            FAILED.fetch_add(1, Ordering::Relaxed);
        }
        replies
    }
    let report = checked(DEADLINE, serve(counting)).expect("the server lets us in");
    let failed = FAILED.load(Ordering::Relaxed);
    assert!(
        (1..=FAILED_LOGINS_MAX).contains(&failed),
        "{failed} failed logins on {} connections",
        report.connections
    );
}

/// The files of a server are after a check what they were before.
#[track_caller]
fn assert_leaves_no_trace(serving: Serving) -> String {
    let site = Arc::new(Mutex::new(MemorySite::fixture()));
    let address = serve_site(serving, Arc::clone(&site));
    let report = checked(DEADLINE, address).expect("the server lets us in");
    assert!(*lock(&site) == MemorySite::fixture(), "{}", text(&report));
    text(&report)
}

#[test]
fn a_run_leaves_no_file() {
    static STORED: AtomicUsize = AtomicUsize::new(0);
    assert_leaves_no_trace(|control, line| {
        let replies = honest(control, line);
        if line == b"STOU" && replies.starts_with(b"150") {
            STORED.fetch_add(1, Ordering::Relaxed);
        }
        replies
    });
    assert!(STORED.load(Ordering::Relaxed) > 0, "STOU was not tested");
}

/// RFC 959 lists 257 for MKD; with 250 the directory is there all the same.
#[test]
fn a_directory_that_was_made_with_another_code_is_removed() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    assert_leaves_no_trace(|control, line| {
        let replies = modest(control, line);
        if line.starts_with(b"MKD") && replies.starts_with(b"257") {
            MADE.fetch_add(1, Ordering::Relaxed);
            return b"250 Made\r\n".to_vec();
        }
        replies
    });
    assert!(MADE.load(Ordering::Relaxed) > 0, "no directory was made");
}

/// Made, but the reply never comes.
#[test]
fn a_directory_that_was_made_without_a_reply_is_removed() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let written = assert_leaves_no_trace(|control, line| {
        let replies = modest(control, line);
        let is_base = line.starts_with(b"MKD /ftproof-")
            && line.iter().filter(|&&byte| byte == b'/').count() == 1;
        if is_base && replies.starts_with(b"257") {
            MADE.fetch_add(1, Ordering::Relaxed);
            return Vec::new();
        }
        replies
    });
    assert!(MADE.load(Ordering::Relaxed) > 0, "no directory was made");
    assert!(written.contains("no files can be made"), "{written}");
}

/// One session at a time: the next waits for its greeting until then.
#[test]
fn a_server_of_one_session_at_a_time_keeps_no_directory() {
    static TURN: Mutex<()> = Mutex::new(());
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static REMOVED: AtomicUsize = AtomicUsize::new(0);
    let address = small(|_| {
        let turn = TURN.lock();
        move |session, line| {
            let _ = &turn;
            let replies = session.answer(line);
            let is_of = |verb: &str| line.starts_with(verb) && replies.starts_with('2');
            MADE.fetch_add(usize::from(is_of("MKD ")), Ordering::Relaxed);
            REMOVED.fetch_add(usize::from(is_of("RMD ")), Ordering::Relaxed);
            Some(replies)
        }
    });
    let report = checked(DEADLINE, address).expect("the server lets us in");
    assert!(MADE.load(Ordering::Relaxed) > 0, "no directory was made");
    assert_eq!(
        MADE.load(Ordering::Relaxed),
        REMOVED.load(Ordering::Relaxed),
        "{}",
        text(&report)
    );
    let is_it = |reason: &String| reason.contains("a second session gets no further");
    assert!(report.untested.iter().any(is_it), "{}", text(&report));
}

/// What ends a line would be a command of its own on the server.
#[test]
fn a_line_end_in_a_login_is_never_sent() {
    static CAME: AtomicUsize = AtomicUsize::new(0);
    let address = fake(|mut peer| {
        CAME.fetch_add(1, Ordering::Relaxed);
        peer.serve(|_| None);
    });
    for login in [
        "ft%0d%0aDELE%20x",
        "ft%0aDELE%20x",
        "ft:secret%0d",
        "ft%00:secret",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_ftproof"))
            .args(["check", &format!("ftp://{login}@{address}")])
            .env_remove("FTPROOF_PASSWORD")
            .output()
            .expect("the command runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("has a line end or a NUL in it"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(CAME.load(Ordering::Relaxed), 0, "it was connected to");
}

/// STOU stores into the working directory, whose files are not ours.
#[test]
fn without_a_directory_of_our_own_nothing_is_stored() {
    static SENT: AtomicUsize = AtomicUsize::new(0);
    static STORED: AtomicUsize = AtomicUsize::new(0);
    let written = assert_leaves_no_trace(|control, line| {
        let verb = &line[..line.len().min(4)];
        if verb.starts_with(b"MKD") {
            return b"550 No\r\n".to_vec();
        }
        let replies = if line == b"STOU" {
            control.line(line)
        } else {
            modest(control, line)
        };
        if line == b"STOU" && !replies.starts_with(b"530") {
            SENT.fetch_add(1, Ordering::Relaxed);
        }
        if matches!(verb, b"STOR" | b"STOU" | b"APPE") && replies.starts_with(b"1") {
            STORED.fetch_add(1, Ordering::Relaxed);
        }
        replies
    });
    assert_eq!(STORED.load(Ordering::Relaxed), 0, "{written}");
    assert_eq!(SENT.load(Ordering::Relaxed), 0, "{written}");
    assert!(written.contains("MKD was answered '550 No'"), "{written}");
}
