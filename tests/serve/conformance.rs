//! A check of the server over loopback: no finding, and each rule conforms.

use std::net::SocketAddr;

use ftproof::address::Protection;
use ftproof::report::Outcome;
use ftproof::serve::{Accounts, Settings};
use ftproof::tcp::{DEADLINE, TcpTarget};
use ftproof::{Names, Options, Profile, check, report};

use super::serve;
use super::tls::tls_settings;

/// Every account and host of the fixture.
fn names() -> Names {
    let mut names = Names::default();
    for (name, value) in [
        ("user", "ftptest"),
        ("password", "secret"),
        ("wrong_password", "not-the-password"),
        ("open_user", "open"),
        ("account_user", "acct"),
        ("account", "billing"),
        ("wrong_account", "not-the-account"),
        ("host", "ftp.example"),
    ] {
        names.set(name, value);
    }
    names
}

/// Every reply is the strict one.
#[track_caller]
fn conforms(address: SocketAddr, protection: Protection, not_applicable: &[&str]) {
    let mut target = TcpTarget::new(address, names(), DEADLINE).with_tls(protection);
    let options = Options {
        profile: Profile::Strict,
        ..Options::default()
    };
    let report = check(&mut target, &options).unwrap();
    let text = report::text(&report);
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
        "{text}"
    );
    for rule in &report.rules {
        let expected = if not_applicable.contains(&rule.id) {
            Outcome::NotApplicable
        } else {
            Outcome::Conforms
        };
        assert_eq!((rule.id, rule.outcome), (rule.id, expected), "{text}");
    }
}

#[test]
fn every_rule_conforms_in_clear_and_behind_auth() {
    conforms(serve(tls_settings(false)), Protection::OnRequest, &[]);
}

#[test]
fn every_rule_conforms_with_auth_first() {
    conforms(serve(tls_settings(false)), Protection::Explicit, &[]);
}

#[test]
fn every_rule_conforms_in_tls_from_the_first_byte() {
    // There is no clear in which something could be injected.
    conforms(
        serve(tls_settings(true)),
        Protection::Implicit,
        &["tls/inject"],
    );
}

/// A planted fault is seen through the sockets too: a server whose accounts have no `ftptest` lets nobody in.
#[test]
fn a_server_that_lets_nobody_in_is_not_taken_for_one_that_conforms() {
    let settings = Settings {
        accounts: Accounts::anonymous(),
        ..Settings::default()
    };
    let mut target = TcpTarget::new(serve(settings), names(), DEADLINE);
    assert!(check(&mut target, &Options::default()).is_err());
}
