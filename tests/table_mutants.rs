//! Breaking any one row of the table makes the proof fail: a mutant of each row's reply, facts, class and presence.

use std::collections::BTreeSet;

use ftproof::agreement::agree;
use ftproof_model::{
    Class, Code, Input, Machine, On, Outcome, Property, PropertyKind, RULES, Rule, State,
    StateGraph, properties, prove,
};

/// The mutants that no proof can tell from the table, by the reason why: each leaves every step of the strict machine
/// as it is, which the test sees for itself.
#[rustfmt::skip]
const EQUIVALENT: &[(&str, &[&str])] = &[
    ("the rows above leave over nothing else", &[
        "HELP: without when Login(In)",
        "PROT without PBSZ: without when Security(Tls)",
        "PASS of a user who needs an account: without when Login(NeedPass(PasswordAndAccount))",
        "wrong PASS: without when AwaitsPass",
        "ACCT while logged in: without when Login(In)",
        "RNTO: without when Pending(Rename)",
        "RNTO to an impossible name: without when Pending(Rename)",
        "data done, then REIN: without when Control(ReinWaits)",
        "data refused, then REIN: without when Control(ReinWaits)",
        "data broken, then REIN: without when Control(ReinWaits)",
        "data failed, then REIN: without when Control(ReinWaits)",
    ]),
    ("'set-up or transfer while a transfer runs' is 503 too; only what else the RFCs allow is not the same", &[
        "PORT, EPRT, LPRT while a transfer runs: no such row",
        "PORT, EPRT, LPRT while a transfer runs: not for Port",
        "PORT, EPRT, LPRT while a transfer runs: not for Eprt",
        "PORT, EPRT, LPRT while a transfer runs: not for Lprt",
        "PORT, EPRT, LPRT while a transfer runs: without when EpsvAll(No)",
        "PASV while a transfer runs: no such row",
        "PASV while a transfer runs: without when EpsvAll(No)",
        "LPSV while a transfer runs: no such row",
        "LPSV while a transfer runs: without when EpsvAll(No)",
        "EPSV while a transfer runs: no such row",
        "EPSV ALL while a transfer runs: no such row",
    ]),
    ("the verb's own row above is 503 while a transfer runs, and 'set-up behind EPSV ALL' behind EPSV ALL", &[
        "set-up or transfer while a transfer runs: not for Port",
        "set-up or transfer while a transfer runs: not for Pasv",
        "set-up or transfer while a transfer runs: not for Eprt",
        "set-up or transfer while a transfer runs: not for Lprt",
        "set-up or transfer while a transfer runs: not for Lpsv",
    ]),
    ("the verb's own row above decides while a transfer runs", &[
        "set-up or transfer while a transfer runs: not for Epsv",
        "set-up or transfer while a transfer runs: not for EpsvAll",
    ]),
    ("the line itself has ended the attempt, as every line does", &["wrong PASS: without then Login(Out)"]),
    ("PBSZ needs TLS and CCC ends it, so in clear it never holds", &["AUTH TLS: without then Pbsz(No)"]),
    ("the transfer has used it up, and nothing is set up while one runs", &[
        "ABOR while a transfer runs: without then PassiveUsedUp",
    ]),
];

/// The table with one single change.
struct Mutant {
    name: String,
    rules: Vec<Rule>,
    /// The row that is changed: no other input than its own can be answered otherwise.
    row: &'static Rule,
}

#[test]
fn every_broken_row_is_caught_or_changes_no_step() {
    let intact = Machine::new(RULES);
    let states: Vec<State> = StateGraph::explore(&intact)
        .graph()
        .node_weights()
        .copied()
        .collect();
    let mutants = mutants();
    let (mut equivalent, mut missed) = (BTreeSet::new(), Vec::new());
    for mutant in &mutants {
        let machine = Machine::new(&mutant.rules);
        let does_nothing = does_nothing(mutant, &machine, &intact, &states);
        if is_caught(mutant, &machine, does_nothing) {
            continue;
        }
        if does_nothing {
            equivalent.insert(mutant.name.as_str());
        } else {
            missed.push(mutant.name.as_str());
        }
    }
    let listed: BTreeSet<&str> = EQUIVALENT
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect();
    let count = format!(
        "of {} mutants of the table {} are caught, {} change no step, {} are missed",
        mutants.len(),
        mutants.len() - equivalent.len() - missed.len(),
        equivalent.len(),
        missed.len()
    );
    println!("{count}");
    assert!(mutants.len() >= 4 * RULES.len(), "{count}");
    assert!(missed.is_empty(), "{count}: {missed:?}");
    assert_eq!(equivalent, listed, "{count}");
}

/// Whether the proof that `ftproof verify` gives fails for the mutant.
fn is_caught(mutant: &Mutant, machine: &Machine<'_>, does_nothing: bool) -> bool {
    // Where each step is the same, so is the graph, and only the claim about the rows themselves can fail.
    let can_fail =
        |property: &Property| !does_nothing || matches!(property.kind, PropertyKind::EveryRuleUsed);
    let claims = || properties().into_iter().filter(can_fail).collect();
    (!does_nothing && agree(machine).is_err())
        || prove(&StateGraph::explore(machine), &mutant.rules, claims())
            .iter()
            .any(|verdict| verdict.failure.is_some())
}

/// Whether the mutant takes the same step as the intact table in every state that the intact one can reach, and so
/// reaches the same states.
fn does_nothing(
    mutant: &Mutant,
    machine: &Machine<'_>,
    intact: &Machine<'_>,
    states: &[State],
) -> bool {
    let step = |machine: &Machine<'_>, state, input| {
        machine
            .strict(state, input)
            .map(|step| (step.replies.to_vec(), step.next))
    };
    let inputs = || {
        Input::ALL
            .iter()
            .filter(|input| mutant.row.on.covers(**input))
    };
    states.iter().all(|&state| {
        inputs().all(|&input| step(machine, state, input) == step(intact, state, input))
    })
}

fn mutants() -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (index, row) in RULES.iter().enumerate() {
        let mut add = |what: String, change: &dyn Fn(&mut Rule)| {
            let mut rules = RULES.to_vec();
            change(&mut rules[index]);
            mutants.push(Mutant {
                name: format!("{}: {what}", row.name),
                rules,
                row,
            });
        };
        add("another reply".to_owned(), &|rule| {
            rule.strict.replies = another(row.strict.replies);
        });
        for (at, fact) in row.when.iter().enumerate() {
            add(format!("without when {fact:?}"), &|rule| {
                rule.when = without(row.when, at);
            });
        }
        for (at, fact) in row.strict.then.iter().enumerate() {
            let then = without(row.strict.then, at);
            add(format!("without then {fact:?}"), &|rule| {
                rule.strict = Outcome { then, ..row.strict }
            });
        }
        if let On::Any(class) = row.on {
            for (at, input) in class.inputs.iter().enumerate() {
                let inputs = without(class.inputs, at);
                add(format!("not for {input:?}"), &|rule| {
                    rule.on = On::Any(Class { inputs, ..class });
                });
            }
        }
        let mut rules = RULES.to_vec();
        rules.remove(index);
        mutants.push(Mutant {
            name: format!("{}: no such row", row.name),
            rules,
            row,
        });
    }
    mutants
}

/// The same replies with another first code; one too many where there is none.
fn another(replies: &[Code]) -> &'static [Code] {
    let mut changed = replies.to_vec();
    match changed.first_mut() {
        Some(first) => *first = if *first == 503 { 530 } else { 503 },
        None => changed.push(200),
    }
    changed.leak()
}

fn without<T: Copy>(list: &[T], at: usize) -> &'static [T] {
    let mut rest = list.to_vec();
    rest.remove(at);
    rest.leak()
}
