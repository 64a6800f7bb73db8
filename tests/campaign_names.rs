//! A campaign gives what it finds the name of its cause: servers with planted bugs in the order of RNFR and RNTO, and
//! one that goes away.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::fake::Login;
use crate::support::loopback::names;
use crate::support::small::{Session, small};
use crate::support::{DEADLINE, checked};
use crate::tolerance::take;
use ftproof::Kind;
use ftproof::campaign::{Campaign, Outcome, fuzz};
use ftproof::report::{Report, text};
use ftproof::tcp::TcpTarget;

/// What ends an RNFR, beside an RNTO that succeeds, and what an RNTO without one is answered.
#[derive(Clone, Copy)]
struct Renames {
    is_ended_by_failures: bool,
    out_of_order: &'static str,
}

/// A server at which any line may stand between RNFR and RNTO.
fn serve(renames: Renames) -> SocketAddr {
    small(move |_| {
        move |session: &mut Session, line: &str| {
            let kept = session.rename_from.clone();
            let reply = session.answer(line);
            let is_failure = matches!(line.split(' ').next(), Some("RNFR" | "RNTO"));
            let is_ended = reply.starts_with("250") || is_failure && renames.is_ended_by_failures;
            if session.rename_from.is_none() && session.login == Login::In && !is_ended {
                session.rename_from = kept;
            }
            // The file system's own reasons are not in the list of RNTO (RFC 959 §5.4).
            Some(match reply.get(..3) {
                Some("553") => "550 no".to_owned(),
                Some("503") if line.starts_with("RNTO") => renames.out_of_order.to_owned(),
                _ => reply,
            })
        }
    })
}

fn fuzzed(address: SocketAddr) -> Outcome {
    fuzzed_often(300, address)
}

fn fuzzed_often(runs: u64, address: SocketAddr) -> Outcome {
    let mut target = TcpTarget::new(address, names(), DEADLINE);
    let campaign = Campaign {
        runs: Some(runs),
        ..Campaign::default()
    };
    fuzz(&mut target, &campaign).expect("it lets us in")
}

/// The ids of what a campaign finds about RNTO.
fn found(renames: Renames) -> BTreeSet<String> {
    let report = fuzzed(serve(renames)).report;
    assert!(report.flaky.is_empty(), "{}", text(&report));
    let of_rnto = report.findings.into_iter().map(|finding| finding.id);
    of_rnto.filter(|id| id.starts_with("seq/rnto:")).collect()
}

fn ids(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn a_refusal_behind_a_line_in_between_is_no_finding_of_its_own() {
    let renames = Renames {
        is_ended_by_failures: true,
        out_of_order: "503 RNFR first",
    };
    assert_eq!(found(renames), ids(&["seq/rnto:adjacency"]));
}

#[test]
fn a_wrong_refusal_without_rnfr_is_one() {
    let renames = Renames {
        is_ended_by_failures: true,
        out_of_order: "550 RNFR first",
    };
    assert_eq!(
        found(renames),
        ids(&["seq/rnto:adjacency", "seq/rnto:wrong-code:550"])
    );
}

/// An RNFR that failed must not leave the one before in force: the wrong file would be renamed.
#[test]
fn what_outlives_a_failure_is_told_of_beside_what_outlives_any_line() {
    let renames = Renames {
        is_ended_by_failures: false,
        out_of_order: "503 RNFR first",
    };
    assert_eq!(
        found(renames),
        ids(&["seq/rnto:accepted", "seq/rnto:adjacency"])
    );
    let report = checked(DEADLINE, serve(renames)).expect("it lets us in");
    let of_check: BTreeSet<String> = report.findings.into_iter().map(|found| found.id).collect();
    assert_eq!(of_check, ids(&["seq/rnto:accepted", "seq/rnto:adjacency"]));
}

/// The ids of what is found beside the rules of replies.
fn of_state(report: &Report) -> BTreeSet<String> {
    let ids = report.findings.iter().map(|found| found.id.clone());
    ids.filter(|id| !id.starts_with("reply/")).collect()
}

/// As at proftpd: EPSV ALL is forgotten when a RETR fails. The line that was refused is to blame, for a campaign as for
/// a check.
#[test]
fn what_a_refused_line_changed_is_its_fault() {
    let address = small(|session| {
        session.verbs = &["PWD", "CWD", "PASV", "EPSV", "STOR", "RETR", "DELE"];
        |session: &mut Session, line: &str| {
            let reply = session.answer(line);
            let has_failed = line.starts_with("RETR") && reply.starts_with('5');
            session.only_epsv &= !has_failed;
            Some(reply)
        }
    });
    let told = ids(&["state/refused-changes-nothing:side-effect:RETR"]);
    let report = fuzzed_often(1_000, address).report;
    assert_eq!(of_state(&report), told, "{}", text(&report));
    let report = checked(DEADLINE, address).expect("it lets us in");
    assert_eq!(of_state(&report), told, "{}", text(&report));
}

/// As at proftpd, again: an ABOR that succeeds does the same, which is another fault.
#[test]
fn what_a_refused_line_changed_hides_no_other_fault() {
    let address = small(|session| {
        session.verbs = &["PWD", "CWD", "PASV", "EPSV", "STOR", "RETR", "DELE", "ABOR"];
        |session: &mut Session, line: &str| {
            let reply = session.answer(line);
            let has_failed = line.starts_with("RETR") && reply.starts_with('5');
            session.only_epsv &= !has_failed && line != "ABOR";
            Some(reply)
        }
    });
    let both = [
        "seq/epsv-all:accepted",
        "state/refused-changes-nothing:side-effect:RETR",
    ];
    let of_check = checked(DEADLINE, address).expect("it lets us in");
    for report in [of_check, fuzzed_often(1_000, address).report] {
        assert_eq!(of_state(&report), ids(&both), "{}", text(&report));
    }
}

/// A line that was refused between RNFR and RNTO has changed nothing: any line may stand there.
#[test]
fn a_refused_line_without_which_it_works_too_is_not_to_blame() {
    let address = small(|_| {
        |session: &mut Session, line: &str| {
            session.passes_over = true;
            let kept = session.rename_from.clone();
            let reply = session.answer(line);
            if !matches!(line.split(' ').next(), Some("RNFR" | "RNTO")) {
                session.rename_from = kept;
            }
            Some(reply.replace("250 renamed", "200 renamed"))
        }
    });
    let of_check = checked(DEADLINE, address).expect("it lets us in");
    for report in [of_check, fuzzed_often(1_000, address).report] {
        let told = of_state(&report);
        assert!(!told.is_empty(), "{}", text(&report));
        let is_of_rnto = |id: &String| id.starts_with("seq/rnto:");
        assert!(told.iter().all(is_of_rnto), "{}", text(&report));
    }
}

/// As at proftpd: behind RNFR whatever is not RNTO is refused, and RNFR is still in force. That hides no other fault.
#[test]
fn a_server_that_insists_on_rnto_is_told_of_what_else_is_wrong() {
    let address = small(|session| {
        session.verbs = &[
            "PWD", "CWD", "MKD", "RMD", "DELE", "PASV", "EPSV", "STOR", "RETR", "RNFR", "RNTO",
            "ABOR",
        ];
        |session: &mut Session, line: &str| {
            let verb = line.split(' ').next().unwrap_or_default();
            if session.rename_from.is_some() && !matches!(verb, "RNTO" | "HELP" | "QUIT") {
                session.passes_over = true;
                return Some("501 RNTO is due".to_owned());
            }
            session.only_epsv &= line != "ABOR" || session.data.is_none();
            None
        }
    });
    let report = checked(DEADLINE, address).expect("it lets us in");
    let told: BTreeSet<String> = report
        .findings
        .iter()
        .map(|found| found.id.clone())
        .collect();
    assert_eq!(
        told,
        ids(&[
            "seq/epsv-all:accepted",
            "seq/rnto:accepted",
            "seq/rnto:adjacency"
        ]),
        "{}",
        text(&report)
    );
}

/// A DELE that is answered in the middle of a transfer, where nobody should be logged in any more, may have been
/// carried out, whosever the reply is. What needs the file is still tested.
#[test]
fn a_file_that_a_reply_nobody_can_place_has_removed_is_put_back() {
    let address = small(|_| {
        |session: &mut Session, line: &str| match line.split(' ').next() {
            Some("USER") if session.is_busy() => Some("331 password?".to_owned()),
            Some("SYST") => {
                session.passes_over = true;
                Some("215 UNIX".to_owned())
            }
            _ => None,
        }
    });
    let report = checked(DEADLINE, address).expect("it lets us in");
    let rnto = report
        .findings
        .iter()
        .find(|found| found.rule == "seq/rnto");
    assert_eq!(
        rnto.map(|found| found.id.as_str()),
        Some("seq/rnto:adjacency"),
        "{}",
        text(&report)
    );
}

/// From the thousandth line on.
#[test]
fn a_server_that_closes_on_every_login_is_told_of_once() {
    assert_is_told_once(
        true,
        "closes the connection on the same login now",
        "closes every connection",
    );
}

#[test]
fn a_server_that_answers_no_login_is_told_of_once() {
    assert_is_told_once(
        false,
        "does not answer the same login now",
        "does not answer the login",
    );
}

/// A server that from some line on answers nothing, and closes or does not: no line is to blame.
#[track_caller]
fn assert_is_told_once(closes: bool, note: &str, reason: &str) {
    let lines = Arc::new(AtomicUsize::new(0));
    let address = small(move |_| {
        let lines = Arc::clone(&lines);
        move |session: &mut Session, _: &str| {
            let is_silent = lines.fetch_add(1, Ordering::Relaxed) >= 1_000;
            session.is_over = is_silent && closes;
            is_silent.then(String::new)
        }
    });
    let outcome = fuzzed(address);
    let report = text(&outcome.report);
    let kinds: Vec<Kind> = outcome
        .report
        .findings
        .iter()
        .map(|found| found.kind)
        .collect();
    assert_eq!(kinds, [Kind::Gone], "{report}");
    assert!(report.contains(note), "{report}");
    assert!(outcome.ended_by.is_some_and(|told| told.contains(reason)));
}

/// Only RNTO before a login is answered twice; REIN is not implemented, though a reply that is out of step may look so.
#[test]
fn of_replies_out_of_step_only_the_line_that_is_answered_twice_is_accused() {
    let address = small(|_| {
        |session: &mut Session, line: &str| match line.split(' ').next() {
            Some("RNTO") if session.login != Login::In => {
                session.say(b"530 log in\r\n");
                take(Duration::from_millis(2));
                Some("530 log in".to_owned())
            }
            Some("REIN") => Some("502 no".to_owned()),
            _ => None,
        }
    });
    let report = fuzzed(address).report;
    let accused: Vec<&str> = report
        .findings
        .iter()
        .map(|found| found.id.as_str())
        .collect();
    assert_eq!(accused, ["reply/one:out-of-step:RNTO"], "{}", text(&report));
}
