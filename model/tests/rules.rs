//! The table of rules: it is complete, unambiguous and cited, and its whole meaning is a committed snapshot.

use std::collections::{BTreeMap, HashSet};
use std::fmt::{self, Write};
use std::{env, fs};

use ftproof_model::{
    Code, Input, Login, Machine, On, Order, REPLY_LISTS, RULES, Rule, Source, State, StateGraph,
    Transfer, reply_list, requirement,
};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/table.txt");

fn reachable(machine: &Machine<'_>) -> Vec<State> {
    StateGraph::explore(machine)
        .graph()
        .node_weights()
        .copied()
        .collect()
}

/// Every input has a step in every reachable state, unless it is a line that is not read or an event without a transfer.
#[test]
fn every_input_has_a_step_wherever_it_is_possible() {
    let machine = Machine::new(RULES);
    for state in reachable(&machine) {
        for &input in Input::ALL {
            let is_possible = match input.is_event() {
                true => state.is_open() && state.transfer == Transfer::Running,
                false => state.reads(),
            };
            let step = machine.strict(state, input);
            assert_eq!(step.is_some(), is_possible, "{input:?} in {state:?}");
        }
    }
}

#[test]
fn row_names_are_unique() {
    let mut names = HashSet::new();
    for rule in RULES {
        assert!(
            names.insert(rule.name),
            "two rows are called '{}'",
            rule.name
        );
    }
}

#[test]
fn every_requirement_of_a_row_exists() {
    for rule in RULES {
        assert!(
            requirement(rule.requirement).is_some(),
            "'{}' names {}",
            rule.name,
            rule.requirement
        );
    }
}

#[test]
fn every_row_decides_in_some_reachable_state() {
    let graph = StateGraph::explore(&Machine::new(RULES));
    let used: HashSet<&str> = graph
        .edges()
        .map(|(_, _, edge, _)| edge.rule.name)
        .collect();
    let unused: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.name)
        .filter(|name| !used.contains(name))
        .collect();
    assert!(unused.is_empty(), "rows that never decide: {unused:?}");
}

/// A strict code outside the list needs a reason of this project's own. What is no verb has no list but 500 and 502; an
/// event answers the transfer command before it, with 221 or 220 for the QUIT or REIN behind it. ABOR's 426 belongs to the
/// transfer (RFC 959 §4.1.3).
#[test]
fn every_strict_code_is_listed_or_ours() {
    for rule in RULES
        .iter()
        .filter(|rule| !matches!(rule.source, Source::Ours(_)))
    {
        for &input in Input::ALL.iter().filter(|input| rule.on.covers(**input)) {
            let listed = match (reply_list(input.verb()), input.is_event()) {
                (Some(list), _) => list.codes,
                (None, true) => &[226, 425, 426, 451, 221, 220],
                (None, false) => &[500, 502],
            };
            let replies = match (input, rule.strict.replies) {
                (Input::Abor, [426, own @ ..]) => own,
                (_, replies) => replies,
            };
            let unlisted = replies.iter().find(|code| !listed.contains(code));
            assert_eq!(unlisted, None, "'{}' answers {input:?}", rule.name);
        }
    }
}

#[test]
fn every_verb_of_the_alphabet_has_a_list_and_every_list_a_verb() {
    let verbs: HashSet<&str> = Input::ALL.iter().map(|input| input.verb()).collect();
    for verb in verbs
        .iter()
        .filter(|verb| !["", "MAIL", "XYZZY"].contains(verb))
    {
        assert!(reply_list(verb).is_some(), "{verb} has no reply list");
    }
    for list in REPLY_LISTS {
        assert!(
            verbs.contains(list.verb),
            "no input has the verb {}",
            list.verb
        );
        assert!(
            list.codes.is_sorted(),
            "{} is not in ascending order",
            list.verb
        );
    }
}

#[test]
fn the_first_allowed_step_is_the_strict_one() {
    let machine = Machine::new(RULES);
    for state in reachable(&machine) {
        for &input in Input::ALL {
            let mut first = None;
            machine.allowed(state, input, |step| {
                first.get_or_insert((step.replies.to_vec(), step.next));
            });
            let strict = machine
                .strict(state, input)
                .map(|step| (step.replies.to_vec(), step.next));
            assert_eq!(first, strict, "{input:?} in {state:?}");
        }
    }
}

/// 503 answers an in-order command only where the RFC lists it for other reasons than order, or behind a REST.
#[test]
fn an_in_order_command_may_be_503_only_where_its_row_says_so() {
    let machine = Machine::new(RULES);
    let mut rows = HashSet::new();
    for state in reachable(&machine) {
        for &input in Input::ALL {
            machine.allowed(state, input, |step| {
                let is_refused = step.rule.order == Order::InOrder && step.replies.contains(&503);
                if is_refused && state.pending != ftproof_model::Pending::Restart {
                    rows.insert(step.rule.name);
                }
            });
        }
    }
    let mut rows: Vec<&str> = rows.into_iter().collect();
    rows.sort_unstable();
    let expected = [
        "ACCT while logged in",
        "MIC, CONF, ENC within TLS",
        "MLSD",
        "MLSD of no directory",
        "MLST",
        "MLST of a missing file",
    ];
    assert_eq!(rows, expected);
}

/// No out-of-order command may succeed, but for those where an RFC lets it.
#[test]
fn an_out_of_order_command_succeeds_only_where_its_row_says_so() {
    let rows: Vec<&str> = RULES
        .iter()
        .filter(|rule| rule.order != Order::InOrder && rule.order != Order::Event)
        .filter(|rule| {
            rule.outcomes()
                .any(|outcome| outcome.replies.iter().any(|&code| code < 400))
        })
        .map(|rule| rule.name)
        .collect();
    let expected = [
        "PASS while logged in",
        "ACCT before login",
        "ACCT in place of PASS",
        "AUTH TLS twice",
        "AUTH TLS behind CCC",
        "AUTH TLS while a transfer runs",
        "CCC while a transfer runs",
        "PORT, EPRT, LPRT while a transfer runs",
        "PASV while a transfer runs",
        "LPSV while a transfer runs",
        "EPSV while a transfer runs",
        "EPSV ALL while a transfer runs",
        "transfer without a set-up",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn help_without_an_argument_may_be_only_214_and_211() {
    let machine = Machine::new(RULES);
    for state in reachable(&machine) {
        machine.allowed(state, Input::Help, |step| {
            assert!(
                matches!(step.replies, [211 | 214]),
                "{:?} in {state:?}",
                step.replies
            );
        });
        // RFC 959 §5.4 lists 501 for HELP: an argument that it does not take.
        machine.allowed(state, Input::HelpVerb, |step| {
            assert!(
                matches!(step.replies, [211 | 214 | 501]),
                "{:?} in {state:?}",
                step.replies
            );
        });
    }
}

#[test]
fn noop_may_leave_a_rename_and_a_login_attempt_as_they_are() {
    let machine = Machine::new(RULES);
    for inputs in [&[Input::UserPassword][..], &[Input::UserOpen, Input::Rnfr]] {
        let state = run(&machine, inputs);
        let mut kept = false;
        machine.allowed(state, Input::Noop, |step| kept |= step.next == state);
        assert!(kept, "NOOP behind {inputs:?}");
        assert_ne!(machine.strict(state, Input::Noop).unwrap().next, state);
    }
}

#[test]
fn a_refused_host_is_as_if_it_had_not_been_sent() {
    let machine = Machine::new(RULES);
    for inputs in [&[Input::UserPassword][..], &[Input::UserOpen, Input::Rnfr]] {
        let state = run(&machine, inputs);
        assert_eq!(
            machine.strict(state, Input::HostUnknown).unwrap().next,
            state
        );
    }
}

#[test]
fn a_refused_pass_or_acct_ends_the_login_attempt() {
    let machine = Machine::new(RULES);
    let after_pass = run(&machine, &[Input::UserPassword, Input::PassWrong]);
    assert_eq!(after_pass, State::default());
    let after_acct = run(
        &machine,
        &[Input::UserAccount, Input::PassRight, Input::AcctWrong],
    );
    assert_eq!(after_acct, State::default());
    let state = run(&machine, &[Input::UserPassword]);
    assert_eq!(machine.refused(state, Input::PassRight).login, Login::Out);
}

/// A row with another strict code is another machine: the table is the only place that decides.
#[test]
fn a_machine_follows_the_table_that_it_is_given() {
    let mut broken = RULES.to_vec();
    let row = broken
        .iter_mut()
        .find(|rule| rule.name == "RNTO without RNFR")
        .unwrap();
    row.strict.replies = &[250];
    let machine = Machine::new(&broken);
    assert_eq!(
        machine
            .strict(State::default(), Input::Rnto)
            .unwrap()
            .replies,
        [250]
    );
}

/// Exact counts: a change of the rules shows here and in the snapshot.
#[test]
fn the_graph_has_its_exact_size() {
    let graph = StateGraph::explore(&Machine::new(RULES));
    let counts = (
        graph.graph().node_count(),
        graph.graph().edge_count(),
        RULES.len(),
    );
    assert_eq!(counts, (593, 43_360, 125));
}

fn run(machine: &Machine<'_>, inputs: &[Input]) -> State {
    inputs.iter().fold(State::default(), |state, &input| {
        machine.strict(state, input).expect("a line is read").next
    })
}

#[test]
fn the_table_is_the_committed_snapshot() {
    let table = table().unwrap();
    if env::var_os("FTPROOF_BLESS").is_some() {
        fs::write(SNAPSHOT, &table).unwrap();
    }
    let committed = fs::read_to_string(SNAPSHOT).unwrap_or_default();
    assert!(
        table == committed,
        "{SNAPSHOT} differs: look at the change, then run again with FTPROOF_BLESS=1"
    );
}

/// The strict machine in full: each row, then for each input what decides, in how many states, with which replies and
/// changes.
fn table() -> Result<String, fmt::Error> {
    let graph = StateGraph::explore(&Machine::new(RULES));
    let mut text = format!(
        "# The strict machine: {} rows, {} states, {} edges. Written by tests/rules.rs with FTPROOF_BLESS=1.\n\n## Rows\n",
        RULES.len(),
        graph.graph().node_count(),
        graph.graph().edge_count(),
    );
    for rule in RULES {
        describe(&mut text, rule)?;
    }
    let mut cells: BTreeMap<(Input, usize, &[Code]), usize> = BTreeMap::new();
    for (_, _, edge, _) in graph.edges() {
        let row = RULES
            .iter()
            .position(|rule| rule.name == edge.rule.name)
            .expect("a row of the table decides");
        *cells.entry((edge.input, row, edge.replies)).or_default() += 1;
    }
    text.push_str("\n## Inputs\n");
    let mut last = None;
    for ((input, row, replies), states) in cells {
        if last != Some(input) {
            writeln!(text, "\n{input:?}: {}", input.line().unwrap_or("event"))?;
            last = Some(input);
        }
        writeln!(
            text,
            "{states:7} states  {:12} {}",
            codes(replies),
            RULES[row].name
        )?;
    }
    Ok(text)
}

fn describe(text: &mut String, rule: &Rule) -> fmt::Result {
    let on = match rule.on {
        On::One(input) => format!("{input:?}"),
        On::Any(class) => format!("{} {:?}", class.name, class.inputs),
    };
    writeln!(
        text,
        "\n{}\n    on      {on}\n    when    {:?}",
        rule.name, rule.when
    )?;
    writeln!(
        text,
        "    order   {:?}, {}, {}",
        rule.order, rule.requirement, rule.source
    )?;
    writeln!(
        text,
        "    strict  {} {:?}",
        codes(rule.strict.replies),
        rule.strict.then
    )?;
    let mut also: Vec<(&[ftproof_model::Fact], Vec<String>)> = Vec::new();
    for outcome in rule.outcomes().skip(1) {
        match also.iter_mut().find(|(then, _)| *then == outcome.then) {
            Some((_, replies)) => replies.push(codes(outcome.replies)),
            None => also.push((outcome.then, vec![codes(outcome.replies)])),
        }
    }
    for (then, replies) in also {
        writeln!(text, "    also    {} {then:?}", replies.join(", "))?;
    }
    Ok(())
}

fn codes(replies: &[Code]) -> String {
    match replies {
        [] => "none yet".to_owned(),
        _ => replies
            .iter()
            .map(Code::to_string)
            .collect::<Vec<_>>()
            .join(" "),
    }
}
