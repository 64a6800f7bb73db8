//! The pictures: computed from the graph, complete, the same bytes every time, and valid for Graphviz.
//!
//! `FTPROOF_BLESS=1` rewrites the committed snapshot of the overview.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use ftproof_model::{
    Code, Input, Machine, Outcome, Overview, Phase, RULES, ReplyClass, Rule, StateGraph, full_dot,
    is_representative, overview_dot, phase,
};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/overview.dot");

fn graph() -> StateGraph<'static> {
    StateGraph::explore(&Machine::new(RULES))
}

fn overview() -> Overview {
    Overview::of(&graph())
}

/// The picture of rules changed: each that `concerns` names is answered with `change`.
fn picture_of_changed(concerns: impl Fn(&Rule) -> bool, change: &'static [Code]) -> String {
    let mut rules = RULES.to_vec();
    let mut changed = 0;
    for rule in rules.iter_mut().filter(|rule| concerns(rule)) {
        rule.strict = Outcome {
            replies: change,
            ..rule.strict
        };
        changed += 1;
    }
    assert!(changed > 0, "no rule is concerned");
    overview_dot(&Overview::of(&StateGraph::explore(&Machine::new(&rules))))
}

#[test]
fn the_overview_is_the_committed_one() {
    let dot = overview_dot(&overview());
    if env::var_os("FTPROOF_BLESS").is_some() {
        fs::write(SNAPSHOT, &dot).expect("the snapshot can be written");
    }
    let committed = fs::read_to_string(SNAPSHOT).expect("the snapshot is committed");
    assert!(
        committed == dot,
        "tests/snapshots/overview.dot differs: FTPROOF_BLESS=1 cargo test -p ftproof-model rewrites it"
    );
}

#[test]
fn every_state_is_in_one_phase_and_every_phase_has_a_representative() {
    let overview = overview();
    let folded: usize = overview.boxes.iter().map(|found| found.states).sum();
    assert_eq!(folded, overview.states);
    let phases: Vec<Phase> = overview.boxes.iter().map(|found| found.phase).collect();
    assert_eq!(phases, Phase::ALL);
    assert!(overview.boxes.iter().all(|found| found.representatives > 0));
}

/// What an arrow says is a step of the graph, with its own codes, from a representative of where it starts.
#[test]
fn every_arrow_is_a_step_of_the_graph() {
    let graph = graph();
    for arrow in Overview::of(&graph).arrows {
        let steps: Vec<(&str, &[Code])> = graph
            .edges()
            .filter(|(_, from, _, to)| {
                is_representative(*from) && phase(*from) == arrow.from && phase(*to) == arrow.to
            })
            .map(|(_, _, edge, _)| (edge.input.verb(), edge.replies))
            .collect();
        for answer in &arrow.answers {
            let verbs: Vec<&str> = answer.inputs.iter().map(|input| verb(input)).collect();
            let is_said = |replies: &[Code]| match replies {
                [code] => answer.codes.contains(code),
                _ => answer.codes == replies,
            };
            for verb in &verbs {
                let is_step = steps
                    .iter()
                    .any(|(found, replies)| found == verb && is_said(replies));
                assert!(is_step, "{verb} in {arrow:?}");
            }
            for code in &answer.codes {
                let is_step = steps.iter().any(|(found, replies)| {
                    verbs.contains(found) && is_said(replies) && replies.contains(code)
                });
                assert!(is_step, "{code} in {arrow:?}");
            }
            assert_eq!(ReplyClass::of(&answer.codes), arrow.class);
        }
    }
}

/// The verb of what a picture calls an input; empty for an event, which has words in small letters.
fn verb(label: &str) -> &str {
    let first = label.split(' ').next().unwrap_or_default();
    if first.chars().all(char::is_uppercase) {
        first
    } else {
        ""
    }
}

/// Red in a box, or in the title, is what the graph refuses with 503 there: all of it, and nothing else.
#[test]
fn every_503_of_a_representative_is_in_the_picture_and_no_other() {
    let graph = graph();
    let overview = Overview::of(&graph);
    for found in &overview.boxes {
        let in_title: &[&str] = match found.phase {
            Phase::Secured | Phase::Closed => &[],
            _ => &overview.everywhere.refused_in_clear,
        };
        let red: BTreeSet<&str> = [&found.refused[..], &found.refused_at_first, in_title]
            .concat()
            .into_iter()
            .map(verb)
            .collect();
        let refused: BTreeSet<&str> = graph
            .edges()
            .filter(|(_, from, edge, _)| {
                is_representative(*from) && phase(*from) == found.phase && edge.replies == [503]
            })
            .map(|(_, _, edge, _)| edge.input.verb())
            .collect();
        assert_eq!(red, refused, "{:?}", found.phase);
    }
}

/// The sequences of RFC 959 §5.4 that a talk is about are in the picture.
#[test]
fn the_sequences_are_drawn() {
    let overview = overview();
    for (from, to, verb, codes) in [
        (Phase::Greeted, Phase::Secured, "AUTH TLS", &[234][..]),
        (Phase::Greeted, Phase::NeedPass, "USER", &[331]),
        (Phase::NeedPass, Phase::Ready, "PASS", &[230]),
        (Phase::NeedPass, Phase::NeedAcct, "PASS", &[332]),
        (Phase::NeedAcct, Phase::Ready, "ACCT", &[230]),
        (Phase::Ready, Phase::RenameFrom, "RNFR", &[350]),
        (Phase::RenameFrom, Phase::Ready, "RNTO", &[250]),
        (Phase::Passive, Phase::RestartAt, "REST", &[350]),
        (Phase::RestartAt, Phase::Transferring, "RETR", &[150]),
        (Phase::Transferring, Phase::Ready, "ABOR", &[426, 226]),
        (Phase::Transferring, Phase::Active, "end of data", &[226]),
    ] {
        assert!(
            overview
                .arrows(from, to)
                .flat_map(|arrow| &arrow.answers)
                .any(|answer| answer.inputs.contains(&verb) && answer.codes == codes),
            "{from:?} -{verb}-> {to:?}"
        );
    }
    let ready = overview.phase(Phase::Ready).expect("sessions get ready");
    assert!(ready.refused.contains(&"RETR") && ready.refused.contains(&"RNTO"));
}

#[test]
fn the_title_says_214_only_if_every_state_does() {
    let dot = overview_dot(&overview());
    assert!(dot.contains("HELP → 214 in all ") && !dot.contains("NOT 214"));
    let is_help = |rule: &Rule| rule.requirement == "help/before-login";
    let broken = picture_of_changed(is_help, &[211]);
    assert!(broken.contains("HELP is NOT 214 in ") && !broken.contains("214 in all"));
}

#[test]
fn the_title_says_221_only_if_every_state_does() {
    assert!(overview_dot(&overview()).contains("QUIT → 221"));
    let broken = picture_of_changed(|rule| rule.strict.replies == [221], &[250]);
    assert!(!broken.contains("QUIT → 221") && broken.contains("QUIT&#160;"));
}

#[test]
fn the_whole_graph_has_every_state_and_every_edge() {
    let graph = graph();
    let dot = full_dot(&graph);
    let nodes: BTreeSet<&str> = dot
        .lines()
        .filter(|line| line.starts_with("    ") && line.contains(" [color="))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(nodes.len(), graph.graph().node_count());
    let inputs: usize = dot
        .lines()
        .filter(|line| line.contains(" -> "))
        .map(|line| line.matches("\\n").count() + 1)
        .sum();
    assert_eq!(inputs, graph.graph().edge_count());
    assert!(
        Input::ALL
            .iter()
            .filter_map(|input| input.line())
            .all(|line| dot.contains(line))
    );
}

#[test]
fn the_same_graph_gives_the_same_bytes() {
    assert_eq!(overview_dot(&overview()), overview_dot(&overview()));
    assert!(full_dot(&graph()) == full_dot(&graph()));
}

/// Graphviz draws both without a word of complaint.
#[test]
fn graphviz_accepts_both() {
    for (name, dot) in [
        ("overview", overview_dot(&overview())),
        ("full", full_dot(&graph())),
    ] {
        let Some((svg, complaints)) = draw(dot) else {
            println!("skipped: dot (Graphviz) is not installed: apt-get install graphviz");
            return;
        };
        assert_eq!(complaints, "", "{name}");
        assert!(svg.trim_end().ends_with("</svg>"), "{name}");
    }
}

/// The picture in SVG and what Graphviz complained of; `None` if it is not installed.
fn draw(dot: String) -> Option<(String, String)> {
    let child = Command::new("dot")
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => panic!("dot does not start: {error}"),
    };
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let writer = thread::spawn(move || stdin.write_all(dot.as_bytes()));
    let output = child.wait_with_output().expect("dot ends");
    writer
        .join()
        .expect("the writer ends")
        .expect("dot reads its input");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Some((text(output.stdout), text(output.stderr)))
}
