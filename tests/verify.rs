//! The whole proof holds, its size is known, and what it is told it sees.

use ftproof::agreement::agree;
use ftproof::verify::{machine, verify};
use ftproof_model::{Machine, Outcome, RULES, Rule};

#[test]
fn session_and_model_agree_on_every_pair() {
    let verification = verify(&machine());
    assert!(verification.holds(), "{verification}");
    let agreement = verification.agreement.expect("it holds");
    assert_eq!((verification.states, verification.edges), (593, 43_360));
    assert_eq!((agreement.pairs, agreement.steps), (6_912, 482_496));
}

/// A table that takes RNTO without RNFR for 250 differs from the session, and a transcript of one line shows it.
#[test]
fn a_planted_disagreement_is_found_with_a_shortest_transcript() {
    const ACCEPTED: Outcome = Outcome {
        replies: &[250],
        then: &[],
    };
    let rules: Vec<Rule> = RULES
        .iter()
        .map(|rule| {
            if rule.name == "RNTO without RNFR" {
                Rule {
                    strict: ACCEPTED,
                    ..*rule
                }
            } else {
                *rule
            }
        })
        .collect();
    let machine = Machine::new(&rules);
    let disagreement = agree(&machine).expect_err("the session says 503");
    assert_eq!(disagreement.transcript().sent().count(), 1);
    assert_eq!(
        (
            disagreement.expected.as_slice(),
            disagreement.came.as_slice()
        ),
        (&[250][..], &[503][..])
    );
}
