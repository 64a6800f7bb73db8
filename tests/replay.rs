//! Replay: whether what a transcript shows is fixed, still there, or could not be tested.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::port;
use crate::support::DEADLINE;
use crate::support::fake::fake;
use crate::support::loopback::{Control, honest, names, serve, serve_site};
use ftproof::embedded::EmbeddedTarget;
use ftproof::replay::{Verdict, replay, verdict};
use ftproof::tcp::TcpTarget;
use ftproof_core::MemorySite;
use ftproof_model::Transcript;

const LOGIN: &str = "> USER {user}\n< 331\n> PASS {password}\n< 230\n";

fn transcript(text: &str) -> Transcript {
    Transcript::parse(text).expect("the transcript is well-formed")
}

/// The verdict of a login and these lines. Nothing may be left on the server.
fn judged(address: SocketAddr, lines: &str) -> Verdict {
    let mut target = TcpTarget::new(address, names(), DEADLINE);
    let (verdict, left) = verdict(&mut target, &transcript(&format!("{LOGIN}{lines}")));
    assert_eq!(left, None);
    verdict
}

/// A server that answers SITE with `site` and QUIT with `quit`; `None` hangs up.
fn server(site: Option<&'static str>, quit: &'static str) -> SocketAddr {
    fake(move |mut peer| {
        peer.say(b"220 ready\r\n");
        peer.answer(|line| {
            let reply = match line.split(' ').next()? {
                "USER" => "331 password?\r\n",
                "PASS" => "230 in\r\n",
                "SITE" => site?,
                "QUIT" => quit,
                _ => "502 no\r\n",
            };
            Some(reply.into())
        });
    })
}

#[track_caller]
fn assert_still(verdict: &Verdict, line: usize, expected: &str, came: &str) {
    let Verdict::Still(mismatch) = verdict else {
        panic!("it is {verdict:?}");
    };
    assert_eq!(
        (mismatch.line, mismatch.expected.as_str()),
        (line, expected)
    );
    assert!(mismatch.came.contains(came), "{}", mismatch.came);
}

#[test]
fn a_finding_is_fixed_when_all_comes_as_expected() {
    let address = server(Some("503 no\r\n"), "221 bye\r\n");
    for lines in [
        "> SITE x\n< 503\n",
        "> SITE x\n< 5yz\n",
        "> SITE x\n< 500 503\n> QUIT\n< 221\n",
    ] {
        assert_eq!(judged(address, lines), Verdict::Fixed, "{lines}");
    }
}

#[test]
fn any_other_answer_to_the_last_line_is_still() {
    let bye = "221 bye\r\n";
    for (site, quit, expected, came) in [
        (Some("200 done\r\n"), bye, "one of 500 503", "200 done"),
        // Nothing, the end, no reply at all.
        (Some(""), bye, "one of 500 503", "no reply within"),
        (
            None,
            bye,
            "one of 500 503",
            "the server closed the connection",
        ),
        (
            Some("what?\r\n"),
            bye,
            "an answer",
            "'what?' is not an FTP reply",
        ),
        // One reply too many, at once or with the next line.
        (
            Some("503 no\r\n200 done\r\n"),
            bye,
            "no further reply",
            "200 done",
        ),
        (
            Some("503 no\r\n"),
            "200 done\r\n221 bye\r\n",
            "no further reply",
            "200 done",
        ),
    ] {
        let verdict = judged(server(site, quit), "> SITE x\n< 500 503\n");
        let line = if expected == "an answer" { 5 } else { 6 };
        assert_still(&verdict, line, expected, came);
    }
}

#[test]
fn what_does_not_come_to_the_last_line_is_not_tested() {
    let address = server(Some("200 done\r\n"), "221 bye\r\n");
    for (lines, reason) in [
        (
            "> SITE x\n< 503\n> NOOP\n< 200\n",
            "line 6: expected 503; came: 200 done",
        ),
        (
            "> RNFR {nothing}\n< 350\n> SITE x\n< 503\n",
            "no directory can be made: MKD was answered '502 no'",
        ),
        ("@tls\n> SITE x\n< 503\n", "line 5: "),
    ] {
        let Verdict::NotTested(said) = judged(address, lines) else {
            panic!("{lines} was tested");
        };
        assert!(said.contains(reason), "{said}");
    }
    let mut gone = TcpTarget::new(port::closed(), names(), DEADLINE);
    let (verdict_of_gone, _) = verdict(&mut gone, &transcript("> HELP\n< 214\n"));
    assert!(
        matches!(verdict_of_gone, Verdict::NotTested(reason) if reason.contains("connection refused"))
    );
    let (verdict_of_nothing, _) = verdict(&mut gone, &transcript("# nothing\n"));
    assert_eq!(
        verdict_of_nothing,
        Verdict::NotTested("it sends nothing".to_owned())
    );
}

#[test]
fn a_server_that_is_gone_at_the_last_line_is_still() {
    let mut target = Dying {
        inner: EmbeddedTarget::default(),
        is_dead: false,
    };
    let lines = format!("{LOGIN}> NOOP\n< 200\n@session B\n> HELP\n< 214\n");
    let (verdict, _) = verdict(&mut target, &transcript(&lines));
    assert_still(&verdict, 8, "an answer", "connection refused");
}

/// Takes one connection.
struct Dying {
    inner: EmbeddedTarget,
    is_dead: bool,
}

impl ftproof::Target for Dying {
    fn connect(&mut self) -> Result<Box<dyn ftproof::Session>, ftproof::Trouble> {
        if self.is_dead {
            return Err(ftproof::Trouble::NoConnection {
                address: "127.0.0.1:21".to_owned(),
                reason: "connection refused".to_owned(),
            });
        }
        self.is_dead = true;
        self.inner.connect()
    }

    fn name(&self) -> String {
        self.inner.name()
    }

    fn names(&self) -> &ftproof::Names {
        self.inner.names()
    }

    fn starts_fresh(&self) -> bool {
        true
    }
}

const RENAME: &str = "> RNFR {file}\n< 350\n> PWD\n< 257\n> RNTO {renamed}\n< 503\n";

/// PWD does not end what RNFR began.
fn stale_rename(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    if line == b"PWD" && control.before.starts_with(b"RNFR") {
        return b"257 \"/\"\r\n".to_vec();
    }
    control.line(line)
}

#[test]
fn the_files_that_a_transcript_needs_are_made_and_removed() {
    for (serving, is_fixed) in [
        (honest as fn(&mut Control<'_>, &[u8]) -> Vec<u8>, true),
        (stale_rename, false),
    ] {
        let site = Arc::new(Mutex::new(MemorySite::fixture()));
        let before = format!("{:?}", site.lock().unwrap());
        let verdict = judged(serve_site(serving, Arc::clone(&site)), RENAME);
        if is_fixed {
            assert_eq!(verdict, Verdict::Fixed);
        } else {
            assert_still(&verdict, 10, "503", "250");
        }
        assert_eq!(format!("{:?}", site.lock().unwrap()), before);
    }
}

#[test]
fn the_bytes_of_a_transfer_are_compared() {
    let address = serve(honest);
    let stor = "> TYPE I\n< 200\n> PASV\n< 227\n> STOR {new}\n< 150\n@data send hello\n@data close\n< 226\n";
    let retr = |read: &str| format!("{stor}> PASV\n< 227\n> RETR {{new}}\n< 150\n{read}\n< 226\n");
    for (read, is_fixed) in [
        ("@data read", true),
        ("@data read hello", true),
        ("@data read hell", false),
        ("@data empty", false),
    ] {
        let verdict = judged(address, &retr(read));
        assert_eq!(verdict == Verdict::Fixed, is_fixed, "{read}: {verdict:?}");
        if !is_fixed {
            assert_still(
                &verdict,
                18,
                &format!(
                    "the data '{}'",
                    read.strip_prefix("@data read ").unwrap_or("")
                ),
                "5 bytes, 'hello'",
            );
        }
    }
}

#[test]
fn the_embedded_session_is_replayed_too() {
    let mut target = EmbeddedTarget::default();
    let (judged, _) = verdict(&mut target, &transcript(&format!("{LOGIN}{RENAME}")));
    assert_eq!(judged, Verdict::Fixed);
    let wrong = transcript("> HELP\n< 214\n> RNTO x\n< 250\n> NOOP\n< 200\n");
    let mismatch = replay(&mut target, &wrong)
        .expect("it can be played")
        .expect("RNTO out of order is refused");
    assert_eq!(
        mismatch.to_string(),
        "line 4: expected 250; came: 503 Send RNFR first, and RNTO straight after it"
    );
}
