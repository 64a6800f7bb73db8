//! A check of the server over loopback: no finding, and each rule conforms to the letter.

use std::net::SocketAddr;

use ftproof::address::Protection;
use ftproof::report::{Outcome, Report};
use ftproof::tcp::{DEADLINE, TcpTarget};
use ftproof::{Names, Options, Profile, check, report};

use crate::serve;
use crate::tls::tls_settings;

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

fn checked(address: SocketAddr, names: Names, protection: Protection) -> Report {
    let mut target = TcpTarget::new(address, names, DEADLINE).with_tls(protection);
    let options = Options {
        profile: Profile::Strict,
        ..Options::default()
    };
    let report = check(&mut target, &options).unwrap();
    println!("{}", report.summary());
    report
}

/// Nothing is found, and what is not applicable is just this.
#[track_caller]
fn conforms(report: &Report, not_applicable: &[&str]) {
    let text = report::text(report);
    assert!(report.findings.is_empty(), "{text}");
    assert!(report.flaky.is_empty(), "{text}");
    assert!(report.untested.is_empty(), "{:?}\n{text}", report.untested);
    for rule in &report.rules {
        let expected = if not_applicable.contains(&rule.id) {
            Outcome::NotApplicable
        } else {
            Outcome::Conforms
        };
        assert_eq!(rule.outcome, expected, "{}: {:?}", rule.id, rule.reason);
    }
}

#[test]
fn every_rule_conforms_in_clear_and_behind_auth() {
    let report = checked(serve(tls_settings(false)), names(), Protection::OnRequest);
    conforms(&report, &[]);
}

#[test]
fn every_rule_conforms_in_tls_from_the_first_byte() {
    let report = checked(serve(tls_settings(true)), names(), Protection::Implicit);
    conforms(&report, &[]);
}
