//! What a check can expect: what it will not be able to test, and about how long it will take.

use std::collections::{BTreeSet, HashSet};

use ftproof_model::{Input, Machine, REQUIREMENTS, RULES, Security, State};

use super::{Ability, Diagnosis, Estimate, SetUp, Untestable};
use crate::options::JOBS;
use crate::target::Names;
use crate::verify::machine;

/// How many commands a test takes with the way to its state, and how many tests a connection lasts, as seen with the
/// servers that the tests have. How often a wrong password is tried.
const COMMANDS_EACH: usize = 5;
const TESTS_EACH: usize = 2;
const FAILED_LOGINS: f64 = 5.0;

/// What a rule needs beside the commands that it is about.
const NEEDS: [(&str, &str); 4] = [
    ("seq/epsv-all", "EPSV"),
    ("isolation/epsv-all", "EPSV"),
    ("state/reset", "REIN"),
    ("state/rest", "REST"),
];

/// What cannot be tested, and why.
pub(super) fn untestable(diagnosis: &Diagnosis, names: &Names) -> Vec<Untestable> {
    let mut found = Vec::new();
    let mut add = |what: &str, why: Option<String>| {
        let what = what.to_owned();
        found.extend(why.map(|why| Untestable { what, why }));
    };
    let files = "what needs files: renames, transfers, state/rest, reply/data";
    add(files, why_not(&diagnosis.files));
    let broken = |set_up: &SetUp| Some(format!("{}: {}", set_up.verb, why_not(&set_up.transfer)?));
    let broken: Vec<String> = diagnosis.set_up.iter().filter_map(broken).collect();
    let transfers = if broken.len() == diagnosis.set_up.len() {
        "transfers, and commands while one runs: seq/busy, state/rest, reply/data"
    } else {
        "transfers behind some commands that set them up"
    };
    add(
        transfers,
        Some(broken.join("; ")).filter(|why| !why.is_empty()),
    );
    let tls = "what is inside TLS: seq/pbsz, seq/prot, seq/ccc, seq/auth-reset, tls/inject";
    add(
        tls,
        why_not(&diagnosis.tls).map(|why| format!("AUTH TLS: {why}")),
    );
    if diagnosis.tls.works() {
        add("transfers inside TLS", why_not(&diagnosis.tls_transfer));
    }
    let is_unknown = |name: &str| names.get(name).is_none();
    let any_password = "for this user every password may be right".to_owned();
    add(
        "a wrong password",
        is_unknown("wrong_password").then_some(any_password),
    );
    let wants_account = is_unknown("account") && !is_missing(diagnosis, "ACCT");
    let no_account = "no user is known who needs an account".to_owned();
    add("ACCT in order", wants_account.then_some(no_account));
    for rule in REQUIREMENTS {
        add(rule.id, missing(diagnosis, rule.id));
    }
    found
}

/// The verbs without which the rule of this name is about nothing, if they are not implemented.
fn missing(diagnosis: &Diagnosis, rule: &str) -> Option<String> {
    let needed = NEEDS.iter().find(|(needing, _)| *needing == rule);
    let verbs: BTreeSet<&str> = match needed {
        Some((_, verb)) => BTreeSet::from([*verb]),
        None => RULES
            .iter()
            .filter(|row| row.requirement == rule)
            .flat_map(|row| Input::ALL.iter().filter(|&&input| row.on.covers(input)))
            .map(|input| input.verb())
            .collect(),
    };
    let are_missing = !verbs.is_empty() && verbs.iter().all(|verb| is_missing(diagnosis, verb));
    let verbs: Vec<&str> = verbs.into_iter().collect();
    are_missing.then(|| format!("not implemented: {}", verbs.join(" ")))
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
    let commands = tests * COMMANDS_EACH;
    let connections = tests / TESTS_EACH;
    let times = &diagnosis.times;
    let sent = commands as f64 * times.reply_ms;
    let opened = connections as f64 * (times.connect_ms + times.login_ms);
    let failed = times.failed_login_ms.unwrap_or_default() * FAILED_LOGINS;
    Estimate {
        states: states.len(),
        commands,
        connections,
        seconds: ((sent + opened) / JOBS as f64 + failed) / 1000.0,
    }
}
