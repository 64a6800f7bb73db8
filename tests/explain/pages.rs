//! Pages say what the rules say: counted here anew, from the predicates of order and not from the table.

use ftproof::explain::{Page, Rules, Subject, subjects};
use ftproof_model::{
    Input, Kind, ORDER_RULES, REPLY_CODES, RULES, State, StateGraph, VERBS, out_of_order,
    reply_code,
};
use serde_json::Value;

fn pages(words: &[&str]) -> Vec<Page> {
    let subjects: Vec<Subject> = words
        .iter()
        .map(|word| Subject::parse(word).expect("it can be asked about"))
        .collect();
    Rules::default().pages(&subjects)
}

fn text(words: &[&str]) -> String {
    pages(words).iter().map(|page| page.text(100)).collect()
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_subject_has_a_page_no_wider_than_the_terminal() {
    let rules = Rules::default();
    let findings = Kind::all().map(|kind| format!("seq/rnto:{kind}"));
    for word in subjects().chain(findings).chain(["299".to_owned()]) {
        let page = rules.pages(&[Subject::parse(&word).unwrap()]);
        for columns in [40, 60, 100] {
            let text = page[0].text(columns);
            for line in text.lines() {
                let fits = line.chars().count() <= columns;
                // One word may be longer than its column.
                assert!(
                    fits || line.split_whitespace().count() <= 2,
                    "{word}, {columns}: {line}"
                );
            }
        }
        let json = serde_json::to_value(&page).unwrap();
        assert!(json[0]["about"].is_string(), "{json}");
    }
}

/// Counted from the predicates of `order`, which know nothing of the table that the page is read from.
#[test]
fn a_page_does_not_say_a_verb_twice_in_a_row() {
    for verb in VERBS {
        let name = verb.verb;
        let page = text(&[name]);
        for twice in [
            format!("  {name}: {name} "),
            format!(": {name};"),
            format!(": {name}  ("),
        ] {
            assert!(!page.contains(&twice), "{page}");
        }
    }
    for code in REPLY_CODES {
        let page = text(&[&code.code.to_string()]);
        let mut lines = page.lines().peekable();
        while let Some(line) = lines.next() {
            let below = lines.peek().copied().unwrap_or_default().trim();
            let is_verb = VERBS.iter().any(|verb| verb.verb == below);
            let is_told = line.contains(&format!(": {below} is ")) && line.contains(" states");
            assert!(!(is_verb && is_told), "{page}");
        }
    }
    assert!(text(&["RNTO"]).contains("  login       needed\n"));
    assert!(text(&["ADAT"]).contains("  login       not needed\n"));
}

#[test]
fn the_page_on_503_has_every_rule_of_order_in_as_many_states_as_the_predicates_say() {
    let rules = Rules::default();
    let page = rules.code(503);
    let machine = ftproof_model::Machine::new(RULES);
    let graph = StateGraph::explore(&machine);
    let reading: Vec<State> = graph
        .graph()
        .node_weights()
        .copied()
        .filter(State::reads)
        .collect();
    assert_eq!(page.states, reading.len());
    let ids: Vec<&str> = page.when.iter().map(|group| group.rule).collect();
    for rule in ORDER_RULES.iter().filter(|rule| rule.refusal == 503) {
        assert!(ids.contains(&rule.id), "{}", rule.id);
    }
    for group in &page.when {
        let is_out = |state: &&State| {
            Input::ALL.iter().any(|&input| {
                out_of_order(state, input)
                    .is_some_and(|rule| rule.id == group.rule && rule.refusal == 503)
            })
        };
        assert_eq!(
            group.states,
            reading.iter().filter(is_out).count(),
            "{}",
            group.rule
        );
        assert!(group.remedy.is_some(), "{}", group.rule);
    }
    assert_eq!((page.effect.changing, page.effect.steps > 1_000), (0, true));
}

#[test]
fn a_legal_sequence_is_carried_out_line_by_line() {
    let rules = Rules::default();
    let machine = ftproof_model::Machine::new(RULES);
    let page = rules.code(503);
    let sequences: Vec<&Vec<&str>> = page
        .when
        .iter()
        .flat_map(|group| &group.sequences)
        .collect();
    assert!(sequences.len() > 10, "{sequences:?}");
    for sequence in sequences {
        let mut state = State::default();
        for line in sequence {
            let input = Input::ALL
                .iter()
                .copied()
                .find(|input| input.line() == Some(line))
                .unwrap();
            let step = machine.strict(state, input).unwrap();
            assert!(
                step.replies.iter().all(|&code| code < 400),
                "{sequence:?}: {line}"
            );
            state = step.next;
        }
    }
    for (verb, known) in [
        ("PASS", "USER {user} → PASS {password}"),
        ("RNTO", "RNFR {file} → RNTO {renamed}"),
        ("RETR", "PASV → RETR {file}"),
        ("PROT", "AUTH TLS → PBSZ 0 → PROT P"),
    ] {
        assert!(folded(&text(&[verb])).contains(known), "{verb}");
    }
}

/// What a reference page of the two codes has: description, when, how to fix it, key differences, which when.
#[test]
fn the_page_on_214_and_503_says_what_a_reference_page_would() {
    let page = text(&["214", "503"]);
    let folded = folded(&page);
    for words in [
        "214 Help message. (RFC 959 §4.2.2)",
        "503 Bad sequence of commands. (RFC 959 §4.2.2)",
        "2yz Positive Completion reply. The requested action has been successfully completed.",
        "5yz Permanent Negative Completion reply. The command was not accepted",
        "x1z Information.",
        "x0z Syntax.",
        "when you see it",
        "help/before-login",
        "RNTO without RNFR",
        "transfer without a set-up",
        "how to fix it",
        "Send first the step that was skipped",
        "key differences",
        "is refused again",
        "changes nothing",
        "when to use which",
        "No command is answered with both by the strict rules.",
        "RFC 2228 §3",
    ] {
        assert!(folded.contains(words), "no '{words}' in\n{page}");
    }
    let Page::Difference(difference) = &pages(&["214", "503"])[0] else {
        panic!("two codes are set side by side");
    };
    assert_eq!(difference.left.commands(), ["HELP"]);
    for rule in ORDER_RULES.iter().filter(|rule| rule.refusal == 503) {
        for verb in rule.verbs {
            assert!(difference.right.commands().contains(verb), "{verb}");
        }
    }
}

#[test]
fn codes_that_one_command_gets_in_different_states_are_told_apart() {
    let Page::Difference(difference) = &pages(&["503", "230"])[0] else {
        panic!("two codes are set side by side");
    };
    let pass = difference
        .both
        .iter()
        .find(|both| both.command == "PASS")
        .unwrap();
    assert!(pass.left.contains(&"PASS without USER"));
    assert_eq!(pass.right, ["PASS"]);
}

#[test]
fn what_a_code_makes_possible_is_what_the_rfc_has_follow() {
    let rules = Rules::default();
    for (code, verb) in [
        (331, "PASS"),
        (350, "RNTO"),
        (227, "RETR"),
        (234, "PBSZ"),
        (230, "CWD"),
    ] {
        assert!(
            rules.code(code).effect.opens.contains(&verb),
            "{code} {verb}"
        );
    }
    assert!(rules.code(503).effect.opens.is_empty());
    assert!(
        rules.code(226).effect.opens.contains(&"PASV"),
        "{:?}",
        rules.code(226).effect
    );
}

#[test]
fn a_code_of_no_rfc_is_read_by_its_digits() {
    let page = text(&["299"]);
    assert!(page.starts_with("299  defined by no RFC"), "{page}");
    assert!(
        page.contains("2yz") && page.contains("not defined"),
        "{page}"
    );
    assert_eq!(reply_code(299), None);
}

#[test]
fn a_finding_says_what_servers_and_clients_do() {
    let page = folded(&text(&["seq/rnto:accepted"]));
    for words in [
        "finding of kind accepted, high",
        "for servers answer 503 there",
        "for clients Send RNFR, and RNTO as the very next command",
        "RFC 959 §4.1.3: \"This command specifies the new pathname",
        "> RNTO {renamed} < 503",
    ] {
        assert!(page.contains(words), "no '{words}' in {page}");
    }
}

#[test]
fn programs_get_the_same_as_json() {
    let json: Value = serde_json::to_value(pages(&["214", "503"])).unwrap();
    assert_eq!(json[0]["about"], "difference");
    assert_eq!(json[0]["left"]["code"], 214);
    assert_eq!(json[0]["right"]["when"][0]["rule"], "seq/pass");
}
