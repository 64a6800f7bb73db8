//! Servers whose TLS cannot be had, and certificates that nobody vouches for: the reason is told in plain words.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ftproof::address::Protection;
use ftproof::certificates::{Certificates, CertificatesError};
use ftproof::target::Wait;
use ftproof::tcp::TcpTarget;
use ftproof::{Names, Target, Trouble};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::server::{Server, self_signed_pem, server, showing};
use super::{DEADLINE, target};
use crate::support::FAR_BEYOND;

/// Connects, which must fail.
#[track_caller]
fn failure(server: &Server, protection: Protection) -> Trouble {
    let started = Instant::now();
    let Err(trouble) = target(server, protection).connect() else {
        panic!("a connection was made");
    };
    assert!(started.elapsed() < FAR_BEYOND);
    trouble
}

#[track_caller]
fn assert_tls_failed(trouble: &Trouble, words: &str) {
    assert!(
        matches!(trouble, Trouble::Tls(reason) if reason.contains(words)),
        "{trouble}"
    );
}

#[test]
fn a_handshake_that_stalls_is_not_waited_for() {
    let server = server(|mut peer| {
        peer.record();
        assert_eq!(peer.hear_all(), b"");
    });
    let trouble = failure(&server, Protection::Implicit);
    assert!(
        matches!(
            trouble,
            Trouble::TimedOut {
                awaited: "TLS handshake",
                ..
            }
        ),
        "{trouble}"
    );
    server.ends();
}

#[test]
fn a_handshake_that_drips_is_not_waited_for() {
    let server = server(|mut peer| {
        peer.record();
        // A record that is never whole.
        peer.say_in_clear(&[22, 3, 3, 0x40, 0]);
        while peer.linger(DEADLINE / 4) && peer.try_say(&[0]) {}
    });
    let trouble = failure(&server, Protection::Implicit);
    assert!(
        matches!(
            trouble,
            Trouble::TimedOut {
                awaited: "TLS handshake",
                ..
            }
        ),
        "{trouble}"
    );
    server.ends();
}

#[test]
fn a_server_that_closes_in_the_handshake_is_told_of() {
    let server = server(|mut peer| drop(peer.record()));
    let trouble = failure(&server, Protection::Implicit);
    assert_tls_failed(&trouble, "closed the connection in the handshake");
    server.ends();
}

#[test]
fn a_server_of_old_versions_only_is_told_of() {
    let refuses = server(|mut peer| {
        peer.record();
        peer.say_in_clear(&[21, 3, 1, 0, 2, 2, 70]);
        peer.hear_all();
    });
    let goes_on_with_1_1 = server(|mut peer| {
        peer.record();
        // ServerHello of TLS 1.1: version, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
        let hello = [&[2, 0, 0, 38, 3, 2][..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
        peer.say_in_clear(&[&[22, 3, 2, 0, 42][..], &hello].concat());
        peer.hear_all();
    });
    for server in [refuses, goes_on_with_1_1] {
        let trouble = failure(&server, Protection::Implicit);
        assert_tls_failed(&trouble, "the server speaks no TLS newer than 1.1");
        server.ends();
    }
}

#[test]
fn a_server_without_tls_is_told_of() {
    let in_clear = server(|mut peer| {
        peer.say("220 ready\r\n");
        peer.hear_all();
    });
    let trouble = failure(&in_clear, Protection::Implicit);
    assert_tls_failed(&trouble, "the server does not speak TLS here");
    in_clear.ends();
    let refuses = server(|mut peer| {
        peer.say("220 ready\r\n");
        peer.answer("AUTH TLS", "502 no \x1b[2J");
    });
    let trouble = failure(&refuses, Protection::Explicit);
    assert_tls_failed(&trouble, "it said '502 no \\x1b[2J'");
    refuses.ends();
}

#[test]
fn what_comes_in_clear_behind_234_is_no_reply_inside_tls() {
    for behind in ["200 injected\r\n", "200 inj"] {
        let at_once = server(move |mut peer| {
            peer.say("220 ready\r\n");
            assert_eq!(peer.hear(), "AUTH TLS");
            peer.say(format!("234 go on\r\n{behind}"));
            peer.hear_all();
        });
        let later = server(move |mut peer| {
            peer.say("220 ready\r\n");
            peer.answer("AUTH TLS", "234 go on");
            peer.record();
            peer.say(behind);
            peer.hear_all();
        });
        for server in [at_once, later] {
            let trouble = failure(&server, Protection::Explicit);
            assert_tls_failed(&trouble, "the server does not speak TLS here");
            server.ends();
        }
    }
}

#[test]
fn behind_a_handshake_that_failed_nothing_in_clear_is_a_reply() {
    let server = server(|mut peer| {
        peer.say("220 ready\r\n");
        peer.answer("AUTH TLS", "234 go on");
        peer.record();
        peer.say("500 what?\r\n200 more\r\n");
        peer.hear_all();
    });
    let mut session = target(&server, Protection::OnRequest).connect().unwrap();
    assert_eq!(session.send(b"AUTH TLS").unwrap().unwrap().code, 234);
    for trouble in [
        session.start_tls().unwrap_err(),
        session.next_reply(Wait::Owed).unwrap_err(),
        session.send(b"NOOP").unwrap_err(),
    ] {
        assert_tls_failed(&trouble, "the server does not speak TLS here");
    }
    drop(session);
    server.ends();
}

#[test]
fn what_comes_in_clear_inside_tls_is_no_reply() {
    let server = server(|mut peer| {
        peer.greet_and_start_tls();
        peer.hear();
        peer.say_in_clear(b"200 in clear\r\n");
        peer.hear_all();
    });
    let mut session = target(&server, Protection::Explicit).connect().unwrap();
    let trouble = session.send(b"NOOP").unwrap_err();
    assert_tls_failed(&trouble, "the server does not speak TLS here");
    drop(session);
    server.ends();
}

/// A file that is removed when it is dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ftproof-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn only_whom_the_file_vouches_for_is_accepted() {
    let issuer_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([]).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "an issuer");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer_pem = params.self_signed(&issuer_key).unwrap().pem();
    let issuer = Issuer::new(params, issuer_key);
    let key = KeyPair::generate().unwrap();
    let issued = CertificateParams::new(["ftp.example".to_owned()])
        .and_then(|params| params.signed_by(&key, &issuer))
        .unwrap();

    let (own, issuers) = (
        File::new("own.pem", &self_signed_pem()),
        File::new("issuer.pem", &issuer_pem),
    );
    // Whether the server shows the certificate that was issued or its own; the file; the host; what the failure says.
    for (is_issued, file, host, words) in [
        (false, &own, "ftp.example", None),
        (true, &issuers, "ftp.example", None),
        (true, &issuers, "other.example", Some("not valid for name")),
        (true, &issuers, "127.0.0.1", Some("not valid for name")),
        (true, &own, "ftp.example", Some("as --ca")),
        (false, &issuers, "localhost", Some("as --ca")),
    ] {
        let shown = is_issued.then(|| showing(issued.der().clone(), &key));
        let server = server(move |mut peer| {
            peer.config = shown.unwrap_or_else(|| peer.config.clone());
            peer.say("220 ready\r\n");
            peer.answer("AUTH TLS", "234 go on");
            peer.try_start_tls();
        });
        let certificates = Certificates::read(&file.0).unwrap();
        let outcome = target(&server, Protection::Explicit)
            .with_certificates(&certificates, host)
            .connect();
        match (outcome, words) {
            (Ok(_), None) => {}
            (Ok(_), Some(_)) => panic!("{host} was accepted"),
            (Err(trouble), None) => panic!("{host}: {trouble}"),
            (Err(trouble), Some(words)) => assert_tls_failed(&trouble, words),
        }
        server.ends();
    }
}

/// Of a handshake that was given up, what comes too late is of no consequence, though it is wrong.
#[test]
fn a_certificate_that_comes_too_late_and_is_not_vouched_for() {
    let key = KeyPair::generate().unwrap();
    let another =
        CertificateParams::new(["localhost".to_owned()]).and_then(|it| it.self_signed(&key));
    let file = File::new("another.pem", &another.unwrap().pem());
    let server = server(|mut peer| peer.start_tls_too_late());
    let outcome = target(&server, Protection::Implicit)
        .with_certificates(&Certificates::read(&file.0).unwrap(), "localhost")
        .connect();
    let is_over = matches!(
        outcome,
        Err(Trouble::TimedOut {
            awaited: "TLS handshake",
            ..
        })
    );
    assert!(is_over);
    server.ends();
}

#[test]
fn the_url_names_the_file_and_the_host() {
    let file = File::new("it's own.pem", &self_signed_pem());
    let mut names = Names::default();
    names.set("user", "ftptest");
    let target = TcpTarget::new("127.0.0.1:2121".parse().unwrap(), names, DEADLINE)
        .with_tls(Protection::Implicit)
        .with_certificates(&Certificates::read(&file.0).unwrap(), "localhost");
    let quoted = file.0.display().to_string().replace('\'', r"'\''");
    assert_eq!(
        target.url(),
        Some(format!("--ca '{quoted}' ftps://ftptest@localhost:2121"))
    );
}

#[test]
fn a_file_of_no_use_is_named() {
    let key = File::new("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    let text = File::new("text.pem", "hello\n");
    let half = File::new("half.pem", self_signed_pem().split_at(200).0);
    let garbage = File::new(
        "garbage.pem",
        "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
    );
    for file in [&key, &text, &half, &garbage] {
        let error = Certificates::read(&file.0).unwrap_err();
        assert!(matches!(error, CertificatesError::Wrong { .. }), "{error}");
        let line = error.to_string();
        assert!(line.contains(&file.0.display().to_string()), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    let absent = Certificates::read(Path::new("/absent.pem")).unwrap_err();
    assert!(matches!(absent, CertificatesError::Unreadable { .. }));
    assert!(absent.to_string().contains("/absent.pem"), "{absent}");
}
