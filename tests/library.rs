//! The library as an author of a server uses it: a server in process, and each of its bugs as one finding.

use ftproof::embedded::EmbeddedTarget;
use ftproof::strategies::{lines, sessions};
use ftproof::{Kind, Names, Reply, Target, Wait};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

#[allow(dead_code, reason = "the example's own main is not called")]
#[path = "../examples/toy_server.rs"]
mod toy_server;

#[test]
fn the_three_bugs_of_the_toy_server_are_found_and_nothing_else() {
    let report = toy_server::checked().unwrap();
    let mut found: Vec<(&str, Kind)> = report
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.kind))
        .collect();
    found.sort_by_key(|(rule, _)| *rule);
    assert_eq!(
        found,
        [
            ("help/before-login", Kind::Help),
            ("login/flush", Kind::Accepted),
            ("seq/rnto", Kind::Accepted),
        ],
        "{}",
        ftproof::report::text(&report)
    );
    assert!(report.flaky.is_empty());
}

#[test]
fn a_reply_is_made_in_the_form_of_the_rfc() {
    assert_eq!(Reply::new(214, "text").lines, [b"214 text".to_vec()]);
    let several = Reply::new(214, "one\ntwo\nthree");
    let lines = [&b"214-one"[..], b"214-two", b"214 three"];
    assert_eq!(several.lines, lines.map(<[u8]>::to_vec));
    assert!(several.ends_well);
}

#[test]
fn lines_are_those_that_can_be_sent() {
    use ftproof::Input::{DataDone, PassRight, Retr, UserPassword};
    let names = Names::login("anna", "secret");
    let inputs = [UserPassword, PassRight, Retr, DataDone];
    assert_eq!(
        lines(&inputs, &names),
        [b"USER anna".to_vec(), b"PASS secret".to_vec()]
    );
}

/// A property that does not hold: nobody ever gets in.
#[test]
fn a_session_shrinks_to_the_lines_that_are_needed() {
    let gets_in = |inputs: &[ftproof::Input]| {
        let mut target = EmbeddedTarget::default();
        let mut session = target.connect().unwrap();
        let mut replies = Vec::new();
        for line in lines(inputs, target.names()) {
            let reply = session.send(&line);
            replies.extend(reply.ok().flatten());
            while let Ok(Some(more)) = session.next_reply(Wait::Brief) {
                replies.push(more);
            }
        }
        replies.iter().any(|reply| reply.code == 230)
    };
    let mut runner = TestRunner::deterministic();
    let failing = (0..100).find_map(|_| {
        let tree = sessions().new_tree(&mut runner).unwrap();
        gets_in(&tree.current()).then_some(tree)
    });
    let mut tree = failing.unwrap();
    while if gets_in(&tree.current()) {
        tree.simplify()
    } else {
        tree.complicate()
    } {}
    let shortest = lines(&tree.current(), EmbeddedTarget::default().names());
    let verbs: Vec<&[u8]> = shortest.iter().map(|line| &line[..4]).collect();
    assert!(
        [
            &[&b"USER"[..]][..],
            &[b"USER", b"PASS"],
            &[b"USER", b"PASS", b"ACCT"]
        ]
        .contains(&&verbs[..]),
        "{verbs:?}"
    );
}
