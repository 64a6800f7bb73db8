//! What a check can expect: what it will not be able to test, and about how long it will take.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ftproof_model::{Input, Machine, REQUIREMENTS, Security, State};

use super::{Ability, Diagnosis, Estimate, SetUp, Untestable};
use crate::options::JOBS;
use crate::target::Names;
use crate::verify::machine;

/// What cannot be tested, and why.
pub(super) fn untestable(diagnosis: &Diagnosis, names: &Names) -> Vec<Untestable> {
    let mut found = Vec::new();
    let mut add = |what: &str, why: String| {
        found.push(Untestable {
            what: what.to_owned(),
            why,
        });
    };
    if let Some(why) = why_not(&diagnosis.files) {
        add(
            "what needs files: renames, transfers, state/rest, reply/data",
            why,
        );
    }
    let broken = |set_up: &SetUp| Some(format!("{}: {}", set_up.verb, why_not(&set_up.transfer)?));
    let broken: Vec<String> = diagnosis.set_up.iter().filter_map(broken).collect();
    if broken.len() == diagnosis.set_up.len() {
        add(
            "transfers, and commands while one runs: seq/busy, state/rest, reply/data",
            broken.join("; "),
        );
    } else if !broken.is_empty() {
        add(
            "transfers behind some commands that set them up",
            broken.join("; "),
        );
    }
    if let Some(why) = why_not(&diagnosis.tls) {
        add(
            "what is inside TLS: seq/pbsz, seq/prot, seq/ccc, seq/auth-reset, tls/inject",
            format!("AUTH TLS: {why}"),
        );
    } else if let Some(why) = why_not(&diagnosis.tls_transfer) {
        add("transfers inside TLS", why);
    }
    if names.get("wrong_password").is_none() {
        add(
            "a wrong password",
            "for this user every password may be right".to_owned(),
        );
    }
    if names.get("account").is_none() && !is_missing(diagnosis, "ACCT") {
        add(
            "ACCT in order",
            "no user is known who needs an account".to_owned(),
        );
    }
    for (rule, verbs) in verbs_of_rules() {
        if verbs.iter().all(|verb| is_missing(diagnosis, verb)) {
            let verbs: Vec<&str> = verbs.into_iter().collect();
            add(rule, format!("not implemented: {}", verbs.join(" ")));
        }
    }
    found
}

fn why_not(ability: &Ability) -> Option<String> {
    match ability {
        Ability::Works => None,
        Ability::Refused(reply) => Some(format!("it was answered '{reply}'")),
        Ability::Fails(why) | Ability::NotTried(why) => Some(why.clone()),
    }
}

fn is_missing(diagnosis: &Diagnosis, verb: &str) -> bool {
    let of = |known: &&super::Verb| known.verb == verb;
    diagnosis
        .verbs
        .iter()
        .find(of)
        .is_some_and(|verb| verb.implemented == Some(false))
}

/// The verbs that each rule is about, in the order of a report.
fn verbs_of_rules() -> Vec<(&'static str, BTreeSet<&'static str>)> {
    let machine = machine();
    let mut verbs: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
    for state in reachable(&machine, State::default(), |_| true) {
        for &input in Input::ALL {
            if let Some(rule) = machine
                .rule(state, input)
                .filter(|_| !input.verb().is_empty())
            {
                verbs
                    .entry(rule.requirement)
                    .or_default()
                    .insert(input.verb());
            }
        }
    }
    let of = |id: &'static str| Some((id, verbs.remove(id)?));
    REQUIREMENTS
        .iter()
        .map(|rule| rule.id)
        .filter_map(of)
        .collect()
}

/// The states that the strict rules reach from `start` by inputs that `is_sent`.
fn reachable(machine: &Machine<'_>, start: State, is_sent: impl Fn(Input) -> bool) -> Vec<State> {
    let (mut found, mut known) = (vec![start], HashSet::from([start]));
    let mut next = 0;
    while let Some(&state) = found.get(next) {
        for &input in Input::ALL.iter().filter(|&&input| is_sent(input)) {
            if let Some(step) = machine.strict(state, input)
                && known.insert(step.next)
            {
                found.push(step.next);
            }
        }
        next += 1;
    }
    found
}

/// About what a check takes: each input that can be sent in each state that can be reached, and the way there.
pub(super) fn estimate(diagnosis: &Diagnosis, names: &Names) -> Estimate {
    let machine = machine();
    let is_sent = |input: Input| match input {
        Input::AuthTls => diagnosis.tls.works(),
        _ => {
            let line = input.line().unwrap_or_default();
            names.fill(line.as_bytes()).is_ok() && !is_missing(diagnosis, input.verb())
        }
    };
    let start = State {
        security: if diagnosis.is_protected {
            Security::Tls
        } else {
            Security::Clear
        },
        ..State::default()
    };
    let states = reachable(&machine, start, is_sent);
    let inputs = Input::ALL.iter().filter(|&&input| is_sent(input));
    let tests: usize = inputs
        .map(|&input| {
            states
                .iter()
                .filter(|&&state| machine.rule(state, input).is_some())
                .count()
        })
        .sum();
    let times = &diagnosis.times;
    let millis = tests as f64 * times.reply_ms / JOBS as f64;
    Estimate {
        states: states.len(),
        commands: tests,
        seconds: millis / 1000.0,
    }
}
