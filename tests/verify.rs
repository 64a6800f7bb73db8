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

/// The committed picture is of this graph: it names its counts, and each code and verb that the DOT of today has.
#[test]
fn the_picture_in_the_docs_is_of_todays_graph() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let picture =
        std::fs::read_to_string(root.join("docs/overview.svg")).expect("the picture is there");
    let machine = machine();
    let graph = ftproof_model::StateGraph::explore(&machine);
    let dot = ftproof_model::overview_dot(&ftproof_model::Overview::of(&graph));
    // Texts stand between tags in both; Graphviz writes a no-break space as a character reference of its own.
    let texts = |source: &str| -> std::collections::BTreeSet<String> {
        source
            .split(['>', '<'])
            .flat_map(|text| {
                text.replace("&#160;", " ")
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .filter(|word| {
                word.chars()
                    .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
            })
            .filter(|word| word.len() >= 3 && !matches!(word.as_str(), "FONT" | "TABLE"))
            .collect()
    };
    let missing: Vec<String> = texts(&dot).difference(&texts(&picture)).cloned().collect();
    assert!(
        missing.is_empty(),
        "make it again: ftproof graph | dot -Tsvg -o docs/overview.svg; {missing:?}"
    );
    let counts = format!(
        "{} states and {} edges",
        graph.graph().node_count(),
        graph.graph().edge_count()
    );
    assert!(
        picture.contains(&counts),
        "make it again: ftproof graph | dot -Tsvg -o docs/overview.svg"
    );
}
