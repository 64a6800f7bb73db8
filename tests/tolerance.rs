//! Servers that do what the RFCs leave free: a check sees it and has no finding.

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use ftproof::report::{Report, text};
use ftproof_model::Kind;
use support::fake::{Login, Peer, fake, passive};
use support::{DEADLINE, checked};

/// How often a server did what the test is about.
type Shown = &'static AtomicUsize;

/// Checks a server that does, and tells in [`Shown`] how often, what the test is about.
#[track_caller]
fn report(deadline: Duration, script: fn(Peer, Shown)) -> Report {
    let shown: Shown = Box::leak(Box::default());
    let report = checked(deadline, fake(move |peer| script(peer, shown)));
    assert!(shown.load(Ordering::Relaxed) > 0, "it was not tested");
    report.expect("the server lets us in")
}

#[track_caller]
fn assert_tolerated(script: fn(Peer, Shown)) -> Report {
    let report = report(DEADLINE, script);
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
        "{}",
        text(&report)
    );
    report
}

fn show(shown: Shown) {
    shown.fetch_add(1, Ordering::Relaxed);
}

/// What a line begins with.
fn verb(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// Waits until `time` went by or the client speaks.
fn pause(control: &TcpStream, time: Duration) {
    let _ = control.set_read_timeout(Some(time));
    let _ = control.peek(&mut [0]);
    let _ = control.set_read_timeout(None);
}

/// A listener for a data connection, and the 229 that names it.
fn extended_passive() -> (TcpListener, Vec<u8>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
    let port = listener.local_addr().map_or(0, |address| address.port());
    (
        listener,
        format!("229 Listening (|||{port}|)\r\n").into_bytes(),
    )
}

/// A server whose LIST is answered 150, sends a line, and ends with `tail`.
fn listing(mut peer: Peer, shown: Shown, tail: &'static [u8]) {
    let mut control = peer.voice();
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
            let _ = control.write_all(b"150 here\r\n");
            if let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.write_all(b"x\r\n");
            }
            show(shown);
            let _ = control.write_all(tail);
            if tail.windows(4).any(|code| code == b"421 ") {
                let _ = control.shutdown(Shutdown::Both);
            }
            Some(Vec::new())
        }
        _ => None,
    });
}

#[test]
fn a_421_at_the_end_of_a_transfer() {
    assert_tolerated(|peer, shown| listing(peer, shown, b"421 timeout, closing\r\n"));
    assert_tolerated(|peer, shown| listing(peer, shown, b"226 done\r\n421 timeout, closing\r\n"));
    assert_tolerated(|mut peer, shown| {
        let mut control = peer.voice();
        peer.serve(|line| {
            (line == "LIST").then(|| {
                show(shown);
                let _ = control.write_all(b"150 x\r\n421 no data connection, closing\r\n");
                let _ = control.shutdown(Shutdown::Both);
                Vec::new()
            })
        });
    });
}

#[test]
fn a_110_within_a_transfer() {
    assert_tolerated(|peer, shown| listing(peer, shown, b"110 MARK 1 = 1\r\n226 done\r\n"));
}

#[test]
fn a_refused_transfer_that_uses_up_pasv() {
    assert_tolerated(|mut peer, shown| {
        let mut control = peer.voice();
        let (mut port, mut was_refused) = (None, false);
        peer.serve(|line| {
            Some(match (verb(line), port.take()) {
                ("PASV", _) => {
                    let (listener, reply) = passive();
                    (port, was_refused) = (Some(listener), false);
                    reply
                }
                ("STOR", Some(_)) => {
                    was_refused = true;
                    b"550 Permission denied\r\n".to_vec()
                }
                ("LIST", Some(listener)) => {
                    let _ = control.write_all(b"150 here\r\n");
                    drop(listener.accept());
                    b"226 done\r\n".to_vec()
                }
                ("STOR" | "LIST", None) => {
                    if was_refused {
                        show(shown);
                    }
                    b"503 PASV first\r\n".to_vec()
                }
                (_, kept) => {
                    port = kept;
                    return None;
                }
            })
        });
    });
}

/// Only the transfer that gets 150 and then nothing is accused, not the one whose 425 takes its time.
#[test]
fn a_slow_425_beside_a_silent_150() {
    let report = report(Duration::from_secs(2), |mut peer, shown| {
        let mut control = peer.voice();
        peer.serve(|line| match verb(line) {
            "RETR" => Some(b"150 and never more\r\n".to_vec()),
            "NLST" => {
                show(shown);
                let _ = control.write_all(b"150 wait\r\n");
                pause(&control, Duration::from_millis(300));
                Some(b"425 no data connection\r\n".to_vec())
            }
            _ => None,
        });
    });
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

#[test]
fn a_332_is_a_refusal() {
    let before_login = report(DEADLINE, |mut peer, shown| {
        peer.serve_asking(|line, login| match verb(line) {
            "USER" | "PASS" | "QUIT" | "NOOP" | "HELP" | "SYST" => None,
            _ if login != Login::In => {
                show(shown);
                Some(b"332 Need account for login\r\n".to_vec())
            }
            "PWD" => Some(b"257 \"/\"\r\n".to_vec()),
            _ => None,
        });
    });
    assert!(
        before_login
            .findings
            .iter()
            .all(|finding| finding.kind == Kind::WrongCode),
        "{}",
        text(&before_login)
    );
    assert_tolerated(|mut peer, shown| {
        peer.serve(|line| {
            matches!(verb(line), "RETR" | "STOR" | "LIST").then(|| {
                show(shown);
                b"332 Need account for storing files\r\n".to_vec()
            })
        });
    });
}

/// A server whose user needs no password, and that answers a PASS behind that USER with `reply` all the same.
fn open_to_all(mut peer: Peer, shown: Shown, reply: &str) {
    let (mut had_user, mut needs_account) = (false, false);
    peer.serve_asking(|line, login| {
        let may_pass = std::mem::take(&mut had_user);
        let own = match verb(line) {
            "USER" => {
                (had_user, needs_account) = (true, false);
                "230 in"
            }
            "PASS" if may_pass => {
                show(shown);
                needs_account = reply.starts_with("332");
                reply
            }
            "ACCT" if std::mem::take(&mut needs_account) => "230 in",
            "ACCT" => "503 PASS first",
            "PWD" if login == Login::In && !needs_account => "257 \"/\"",
            "PWD" => "530 no",
            _ => return None,
        };
        Some(format!("{own}\r\n").into())
    });
}

/// PASS is immediately preceded by USER, and any code of its list is right.
#[test]
fn pass_behind_a_user_that_needs_none() {
    assert_tolerated(|peer, shown| open_to_all(peer, shown, "202 no need"));
    assert_tolerated(|peer, shown| open_to_all(peer, shown, "232 in, by your certificate"));
    assert_tolerated(|peer, shown| open_to_all(peer, shown, "332 and your account?"));
}

/// A server that passes over the line `passed_over` between a command and its predecessor.
fn passing_over(mut peer: Peer, shown: Shown, passed_over: &str, reply: &[u8]) {
    let (mut knows_user, mut renames) = (false, false);
    peer.serve_asking(|line, login| {
        if line == passed_over {
            if knows_user || renames {
                show(shown);
            }
            return Some(reply.to_vec());
        }
        let (may_pass, may_rename) = (
            std::mem::take(&mut knows_user),
            std::mem::take(&mut renames),
        );
        let own = match verb(line) {
            "USER" => {
                knows_user = true;
                "331 password?"
            }
            "PASS" if may_pass && line == "PASS secret" => "230 in",
            "PASS" if may_pass => "530 no",
            "RNFR" if login == Login::In && line.ends_with("missing") => "550 not there",
            "RNFR" if login == Login::In => {
                renames = true;
                "350 to what?"
            }
            "RNTO" if may_rename && line.contains("missing") => "553 no",
            "RNTO" if may_rename => "250 renamed",
            "RNTO" => "503 RNFR first",
            _ => return None,
        };
        Some(format!("{own}\r\n").into())
    });
}

#[test]
fn a_refused_noop_that_changes_nothing() {
    assert_tolerated(|peer, shown| passing_over(peer, shown, "NOOP", b"500 no\r\n"));
    assert_tolerated(|peer, shown| passing_over(peer, shown, "NOOP", b"530 no\r\n"));
}

#[test]
fn an_empty_line_that_changes_nothing() {
    assert_tolerated(|peer, shown| passing_over(peer, shown, "", b"500 what?\r\n"));
    assert_tolerated(|peer, shown| passing_over(peer, shown, "", b""));
}

/// RFC 3659 §5.3 leaves it undefined.
#[test]
fn anything_but_a_transfer_behind_rest() {
    assert_tolerated(|mut peer, shown| {
        let (mut renames, mut restarts) = (false, false);
        peer.serve_asking(|line, login| {
            let (may_rename, was_rest) =
                (std::mem::take(&mut renames), std::mem::take(&mut restarts));
            let own = match verb(line) {
                "RNFR" if login == Login::In && !line.ends_with("missing") && !was_rest => {
                    renames = true;
                    "350 to what?"
                }
                "REST" if login == Login::In => {
                    (renames, restarts) = (may_rename, true);
                    "350 where?"
                }
                "RNTO" if may_rename && !line.contains("missing") => "250 renamed",
                "RNTO" if may_rename => "553 no",
                "RNTO" => "503 RNFR first",
                "RETR" | "STOR" | "APPE" | "STOU" | "LIST" | "NLST" | "MLSD" => return None,
                _ if was_rest => {
                    show(shown);
                    "503 a transfer comes behind REST"
                }
                _ => return None,
            };
            Some(format!("{own}\r\n").into())
        });
    });
}

/// A server that takes uploads, and answers `at_once` during one as if none were running.
fn uploading(mut peer: Peer, shown: Shown, at_once: &str) {
    let running = Arc::new(AtomicBool::new(false));
    let control = peer.voice();
    let (mut port, mut only_epsv) = (None, false);
    let listen = |(listener, reply): (TcpListener, Vec<u8>)| (Some(listener), reply);
    peer.serve(|line| {
        let is_running = running.load(Ordering::Relaxed);
        if is_running && line == at_once {
            show(shown);
        } else if is_running && matches!(verb(line), "PASV" | "EPSV" | "EPRT" | "STOR") {
            return Some(b"503 a transfer is running\r\n".to_vec());
        }
        let reply;
        match verb(line) {
            "EPSV" if line == "EPSV ALL" => {
                (port, only_epsv) = (None, true);
                reply = b"250 only EPSV from now on\r\n".to_vec();
            }
            "EPSV" if line == "EPSV" || is_running => {
                (port, reply) = listen(extended_passive());
            }
            "PASV" if !only_epsv => (port, reply) = listen(passive()),
            "PASV" | "EPRT" if only_epsv => reply = b"503 EPSV ALL\r\n".to_vec(),
            "EPRT" if is_running => reply = b"200 ok\r\n".to_vec(),
            "EPSV" | "EPRT" => reply = b"522 no such protocol\r\n".to_vec(),
            "STOR" => match port.take() {
                Some(listener) => {
                    running.store(true, Ordering::Relaxed);
                    receive(listener, &control, &running);
                    reply = b"150 send\r\n".to_vec();
                }
                None => reply = b"425 no data connection\r\n".to_vec(),
            },
            _ => return None,
        }
        Some(reply)
    });
}

/// Takes what comes, while the control connection goes on.
fn receive(listener: TcpListener, control: &TcpStream, running: &Arc<AtomicBool>) {
    let running = Arc::clone(running);
    let control = control.try_clone();
    thread::spawn(move || {
        if let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read_to_end(&mut Vec::new());
        }
        running.store(false, Ordering::Relaxed);
        let _ = control.and_then(|mut control| control.write_all(b"226 done\r\n"));
    });
}

#[test]
fn a_set_up_that_is_answered_at_once_during_a_transfer() {
    assert_tolerated(|peer, shown| uploading(peer, shown, "EPSV 3"));
    assert_tolerated(|peer, shown| uploading(peer, shown, "EPRT |3|127.0.0.1|2121|"));
    assert_tolerated(|peer, shown| uploading(peer, shown, "EPSV ALL"));
}

/// RFC 959 §4.2: such a server reads no command before the transfer is over.
#[test]
fn a_server_that_queues_everything_during_a_transfer() {
    let report = assert_tolerated(|mut peer, shown| {
        let mut control = peer.voice();
        let mut port: Option<TcpListener> = None;
        peer.serve_asking(|line, login| {
            let own = match verb(line) {
                "RNTO" => "503 RNFR first",
                "ABOR" => "226 nothing to abort",
                "REIN" => {
                    port = None;
                    let _ = control.write_all(b"120 wait\r\n");
                    "220 again"
                }
                _ if login != Login::In => return None,
                "PASV" => {
                    let (listener, reply) = passive();
                    port = Some(listener);
                    return Some(reply);
                }
                "STOR" if port.is_some() => {
                    let listener = port.take()?;
                    let _ = control.write_all(b"150 send\r\n");
                    if let Ok((mut stream, _)) = listener.accept() {
                        let _ = stream.read_to_end(&mut Vec::new());
                    }
                    show(shown);
                    "226 done"
                }
                "STOR" | "RETR" | "LIST" | "NLST" | "MLSD" => "425 no data connection",
                "TYPE" if line == "TYPE I" => "200 ok",
                "CWD" => "250 ok",
                "PWD" => "257 \"/\"",
                "STAT" => "211 ok",
                "RNFR" => "550 not there",
                "REST" => "350 ok",
                _ => return None,
            };
            Some(format!("{own}\r\n").into())
        });
    });
    let busy = report.rules.iter().find(|rule| rule.id == "seq/busy");
    assert!(busy.is_some_and(|rule| rule.tests > 0), "{}", text(&report));
}

/// A server with a mechanism of its own, which it takes for `AUTH` with this argument.
fn with_mechanism(mut peer: Peer, shown: Shown, mechanism: &str, reply: &str) {
    let (mut exchange, mut is_secured) = (0, false);
    peer.serve_asking(|line, _| {
        let own = match verb(line) {
            "AUTH" if line.ends_with(mechanism) => {
                show(shown);
                (exchange, is_secured) = (1, reply.starts_with("234"));
                reply
            }
            "AUTH" => "504 no such mechanism",
            "ADAT" if exchange == 1 => {
                exchange = 2;
                "335 go on"
            }
            "ADAT" if exchange == 2 => {
                (exchange, is_secured) = (0, true);
                "235 done"
            }
            "ADAT" | "PBSZ" | "PROT" if !is_secured => "503 AUTH first",
            "PBSZ" | "PROT" => "200 ok",
            _ => return None,
        };
        Some(format!("{own}\r\n").into())
    });
}

#[test]
fn auth_with_a_mechanism_that_we_do_not_speak() {
    assert_tolerated(|peer, shown| with_mechanism(peer, shown, " TLS", "334 ADAT="));
    assert_tolerated(|peer, shown| with_mechanism(peer, shown, "", "334 ADAT="));
    assert_tolerated(|peer, shown| with_mechanism(peer, shown, " KRB", "234 done"));
}
