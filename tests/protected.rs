//! A whole check inside TLS, of a server that is in it from the first byte on (ftps://) or behind AUTH (ftpes://).
#![cfg(feature = "tls")]

use crate::support::loopback::{Server, names};
use crate::support::{ABSENCE, DEADLINE};
use ftproof::Options;
use ftproof::address::Protection;
use ftproof::check::check;
use ftproof::report::text;
use ftproof::tcp::TcpTarget;

/// Few verbs, so few states; those of TLS among them.
const SERVER: Server = Server {
    verbs: [
        "USER PASS REIN QUIT PASV RETR STOR NLST CWD PWD MKD RMD DELE NOOP HELP SYST",
        "AUTH PBSZ CCC",
    ],
    ..Server::HONEST
};

#[track_caller]
fn assert_conforms(server: Server, protection: Protection) {
    let mut target = TcpTarget::new(server.serve(), names(), DEADLINE).with_tls(protection);
    let options = Options {
        absence: ABSENCE,
        ..Options::default()
    };
    let report = check(&mut target, &options).expect("the server lets us in");
    let told = text(&report);
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
        "{told}"
    );
    // What needs protection works; data connections are in clear, where there is no PROT.
    for id in [
        "seq/pbsz",
        "seq/ccc",
        "seq/auth",
        "reply/data",
        "help/in-state",
    ] {
        let rule = report.rules.iter().find(|rule| rule.id == id);
        let rule = rule.expect("it is a rule");
        assert!(rule.tests > 0, "{id}: {told}");
    }
}

#[test]
fn a_server_behind_ftpes() {
    assert_conforms(SERVER, Protection::Explicit);
}

#[test]
fn a_server_behind_ftps() {
    let server = Server {
        is_implicit: true,
        ..SERVER
    };
    assert_conforms(server, Protection::Implicit);
}
