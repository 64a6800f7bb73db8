//! The 503s that people really report, each with what is to be said of it. The sessions are written anew after the
//! threads: the order of lines is theirs, names and texts are not.

use ftproof::explain::Rules;
use ftproof::explain::log::{Explanation, Fault, explain};

fn explained(log: &str) -> Explanation {
    explain(&Rules::default(), log.as_bytes(), None).expect("the log is understood")
}

#[track_caller]
fn the_one(log: &str, line: usize, fault: Fault, words: &[&str], send: &[&str]) {
    let explanation = explained(log);
    let text = explanation.text(100);
    assert_eq!(explanation.findings.len(), 1, "{text}");
    let finding = &explanation.findings[0];
    assert_eq!((finding.line, finding.fault), (line, fault), "{text}");
    let said = format!("{}; {}", finding.because, finding.remedy);
    for word in words {
        assert!(said.contains(word), "no '{word}' in: {said}");
    }
    assert_eq!(finding.send, send);
}

/// sergi/jsftp #118, evanplaice/node-ftpsync #27.
#[test]
fn a_pasv_sent_before_the_running_transfers_226_leaves_the_next_stor_none() {
    the_one(
        include_str!("../logs/issues/jsftp-118.log"),
        15,
        Fault::Client,
        &[
            "STOR was refused because no data connection was set up",
            "PASV on line 12 was sent before the 226 of the running transfer (STOR on line 10) came on line 14",
            "wait for the completion reply of a transfer before you set up the next",
            "send PASV or EPSV again before STOR",
        ],
        &["PASV", "STOR c.js"],
    );
}

/// robinrodricks/FluentFTP #1294.
#[test]
fn a_reconnect_between_rnfr_and_rnto_forgets_the_rnfr() {
    the_one(
        include_str!("../logs/issues/fluentftp-1294.log"),
        17,
        Fault::Client,
        &[
            "RNTO was refused because RNFR did not come right before it",
            "RNFR on line 5 was on another connection: the reconnect on line 10 opened a new one",
            "which knows nothing of it",
            "send RNFR again right before RNTO",
        ],
        &["RNFR /Test/a.txt", "RNTO /Done/a.txt"],
    );
}

/// robinrodricks/FluentFTP #1712.
#[test]
fn a_prot_before_auth_needs_auth_and_pbsz() {
    the_one(
        include_str!("../logs/issues/fluentftp-1712.log"),
        7,
        Fault::Client,
        &[
            "PROT was refused because no PBSZ under protection came before it",
            "no AUTH came before it",
            "send AUTH, then PBSZ before PROT",
        ],
        &["AUTH TLS", "PBSZ 0", "PROT P"],
    );
}

/// thephpleague/flysystem #1610.
#[test]
fn a_noop_that_cost_the_pasv_is_the_servers_mistake() {
    the_one(
        include_str!("../logs/issues/flysystem-1610.log"),
        10,
        Fault::Server,
        &[
            "STOR was refused with 500 for its order, though it is in order here",
            "PASV on line 6 set up a data connection",
            "NOOP on line 8 in between affects no command before it (RFC 959 §4.1.3)",
            "but cost the PASV on this server",
            "the server is wrong",
            "send PASV right before STOR, with nothing in between",
        ],
        &["PASV", "STOR a.txt"],
    );
}

/// The same with a 503: what is wrong does not hang on the code or on its text.
#[test]
fn a_503_for_what_is_in_order_is_the_servers_mistake() {
    let log = include_str!("../logs/issues/flysystem-1610.log")
        .replace("500 STOR out of sequence", "503 No");
    let explanation = explained(&log);
    assert_eq!(explanation.findings.len(), 1);
    assert_eq!(explanation.findings[0].fault, Fault::Server);
    // Without the refusal nothing is wrong.
    let right = log.replace("503 No", "150 Go");
    assert!(!explained(&right).is_wrong());
}
