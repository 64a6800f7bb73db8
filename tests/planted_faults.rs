//! A check of our own session behind a port: without a fault it finds nothing, and each planted fault is found under
//! its own name, every time, and nothing else is.

mod support;

use ftproof::check::check;
use ftproof::report::{Report, text};
use ftproof::tcp::{DEADLINE, TcpTarget};
use ftproof::{Names, Options};
use ftproof_model::Kind;
use support::loopback::{Control, Serving, all_names, honest, names, serve};

fn checked(serving: Serving, names: Names) -> Report {
    let mut target = TcpTarget::new(serve(serving), names, DEADLINE);
    check(&mut target, &Options::default()).expect("the server lets us in")
}

#[track_caller]
fn assert_finds(serving: Serving, expected: &[(&str, Kind)]) {
    let report = checked(serving, names());
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.kind))
        .collect();
    assert_eq!(found, expected, "{}", text(&report));
    assert!(report.flaky.is_empty(), "{}", text(&report));
    assert!(
        report
            .findings
            .iter()
            .all(|finding| (finding.runs, finding.tries) == (3, 3)),
        "{}",
        text(&report)
    );
}

#[test]
fn a_server_without_fault_gets_no_finding() {
    let report = checked(honest, all_names());
    assert!(
        report.findings.is_empty() && report.flaky.is_empty(),
        "{}",
        text(&report)
    );
    let is_expected = |left: &String| left.contains("AUTH TLS") || left.contains("several states");
    assert!(report.untested.iter().all(is_expected), "{}", text(&report));
    assert!(report.connections > 5_000, "{}", text(&report));
}

#[test]
fn rnto_accepted_without_rnfr_is_found() {
    fn serving(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        let replies = control.line(line);
        if line.starts_with(b"RNTO") && replies.starts_with(b"503") {
            b"250 Renamed\r\n".to_vec()
        } else {
            replies
        }
    }
    assert_finds(serving, &[("seq/rnto", Kind::Accepted)]);
}

#[test]
fn help_refused_before_login_is_found() {
    fn serving(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        if line.starts_with(b"HELP") && !control.is_logged_in() {
            b"530 Log in\r\n".to_vec()
        } else {
            control.line(line)
        }
    }
    assert_finds(serving, &[("help/before-login", Kind::Help)]);
}

#[test]
fn pass_accepted_without_user_is_found() {
    fn serving(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        let replies = control.line(line);
        if line == b"PASS secret" && replies.starts_with(b"503") && !control.is_logged_in() {
            control.log_in();
            return b"230 Logged in\r\n".to_vec();
        }
        replies
    }
    assert_finds(serving, &[("seq/pass", Kind::Accepted)]);
}

#[test]
fn rnfr_kept_over_pwd_is_found() {
    fn serving(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        let replies = control.line(line);
        if line == b"PWD" && control.before.starts_with(b"RNFR") && replies.starts_with(b"257") {
            control.line(control.before);
        }
        replies
    }
    assert_finds(serving, &[("seq/rnto", Kind::Adjacency)]);
}

#[test]
fn an_in_order_rnto_that_is_refused_is_found() {
    fn serving(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        if line.starts_with(b"RNTO ") {
            control.line(b"NOOP");
            return b"503 Send RNFR first\r\n".to_vec();
        }
        control.line(line)
    }
    assert_finds(serving, &[("seq/refused", Kind::Refused)]);
}

#[test]
fn pwd_before_login_is_found() {
    fn serving(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        let replies = control.line(line);
        if line == b"PWD" && replies.starts_with(b"530") {
            b"257 \"/\"\r\n".to_vec()
        } else {
            replies
        }
    }
    assert_finds(serving, &[("login/required", Kind::LoginBypass)]);
}

#[test]
fn epsv_all_forgotten_is_found() {
    fn serving(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
        let replies = control.line(line);
        if line == b"EPSV ALL" && replies.starts_with(b"200") {
            control.log_in();
        }
        replies
    }
    assert_finds(serving, &[("seq/epsv-all", Kind::Accepted)]);
}
