//! From a divergence that came again to a finding: the fewest inputs that show it, and what a report says of it.

use ftproof_model::{Code, Divergence, Input, Kind, Profile, Severity, requirement};

use crate::reduce;
use crate::reply::Reply;
use crate::report::Finding;
use crate::tally::Tally;
use crate::tour::{Found, TRIES, confirm};
use crate::walk::{is_unanswered_while_busy, transcript, transcript_to_quit};
use crate::worker::Worker;

/// The same breach with the fewest inputs. One that only a comparison shows is left as it is.
fn reduced(worker: &mut Worker<'_, '_>, found: Found) -> Found {
    let is_fixed = found.is_controlled
        || found.transcript.is_some()
        || matches!(
            found.divergence.kind,
            Kind::Gone | Kind::OutOfStep | Kind::Dropped
        )
        || found.runs < TRIES;
    if is_fixed {
        return found;
    }
    let wanted = found.divergence.clone();
    // What counts only because the verb works elsewhere keeps its last input.
    let judges_unimplemented = matches!(wanted.came[..], [500 | 502, ..]);
    let mut again = |inputs: &[Input]| {
        worker
            .trial(inputs, judges_unimplemented)
            .ok()
            .flatten()
            .filter(|anomaly| {
                let is_help = wanted.requirement == "help/always";
                (anomaly.is_like(&wanted) || is_help && anomaly.divergence.kind == Kind::Help)
                    && anomaly.divergence.came == wanted.came
            })
    };
    let inputs = reduce::minimal(&found.inputs, |inputs| again(inputs).is_some());
    if inputs.len() == found.inputs.len() {
        return found;
    }
    match again(&inputs) {
        Some(anomaly) => {
            let mut shorter = confirm(
                worker,
                &inputs[..anomaly.length],
                anomaly,
                judges_unimplemented,
            );
            shorter.divergence.requirement = wanted.requirement;
            if shorter.runs == TRIES {
                shorter
            } else {
                found
            }
        }
        None => found,
    }
}

/// The findings of a run about the requirements that are asked for, each with the fewest inputs that show it, worst
/// first; and what did not come again.
pub(crate) fn findings(
    tally: &mut Tally,
    worker: &mut Worker<'_, '_>,
    is_asked_for: &dyn Fn(&str) -> bool,
) -> (Vec<Finding>, Vec<Finding>) {
    let (found, mut flaky) = tally.findings();
    flaky.retain(|found| is_asked_for(found.divergence.requirement));
    let mut findings: Vec<Finding> = found
        .into_iter()
        .filter(|(found, ..)| is_asked_for(found.divergence.requirement))
        .map(|(found, id, also)| {
            let found = reduced(worker, found);
            finding(worker, &found, id, also)
        })
        .collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let flaky = flaky.into_iter().map(|found| {
        let id = format!("{}:{}", found.divergence.requirement, found.divergence.kind);
        finding(worker, &found, id, Vec::new())
    });
    (findings, flaky.collect())
}

/// The codes that were expected, the strict one first.
pub(crate) fn expected_codes(divergence: &Divergence) -> Vec<Code> {
    let mut expected: Vec<Code> = divergence.strict.first().copied().into_iter().collect();
    for &code in &divergence.allowed {
        if !expected.contains(&code) {
            expected.push(code);
        }
    }
    expected
}

/// What a report says of a divergence.
fn finding(worker: &Worker<'_, '_>, found: &Found, id: String, also: Vec<String>) -> Finding {
    let divergence = &found.divergence;
    let expected = expected_codes(divergence);
    let is_before_login = found.steps.iter().all(|step| {
        !(matches!(step.input.verb(), "USER" | "PASS" | "ACCT") && step.codes() == [230])
    });
    // Somebody was logged in, and still is, as the same user.
    let changes_nothing = divergence.kind == Kind::Accepted
        && !is_before_login
        && found.inputs.last() == Some(&Input::PassWrong);
    let severity = if changes_nothing {
        Severity::Low
    } else if is_before_login {
        divergence.kind.severity_before_login()
    } else {
        divergence.kind.severity()
    };
    let is_out_of_step = divergence.kind == Kind::OutOfStep;
    let mut steps = found.steps.iter();
    let last = if divergence.came.is_empty() && is_unanswered_while_busy(&found.steps) {
        steps.nth_back(1)
    } else {
        steps.next_back()
    };
    // Of what did not come again only the codes may be known.
    let came = match last {
        Some(step) => step.replies.iter().map(Reply::headline).collect(),
        None => divergence.came.iter().map(Code::to_string).collect(),
    };
    let last = last.map(|step| step.input).or(found.inputs.last().copied());
    let is_once = divergence.kind == Kind::Gone;
    let rule = divergence.requirement;
    Finding {
        rule: requirement(rule).map_or(rule, |known| known.id),
        kind: divergence.kind,
        severity,
        id,
        transcript: if let Some(transcript) = &found.transcript {
            transcript.clone()
        } else if is_out_of_step {
            transcript_to_quit(&found.steps, found.note.as_deref())
        } else {
            transcript(&found.steps, &expected)
        },
        expected,
        note: found.note.clone(),
        came,
        input: last.unwrap_or(Input::Noop),
        runs: found.runs,
        tries: if is_once { 1 } else { TRIES },
        also,
        reproduce: again(worker, rule),
    }
}

/// The command line of a check that makes the tests which can find a breach of `rule`.
fn again(worker: &Worker<'_, '_>, rule: &str) -> String {
    let target = worker.target.url().map(|url| format!(" {url}"));
    let profile = match worker.setting.profile {
        Profile::Rfc => "",
        Profile::Strict => " --profile strict",
    };
    let target = target.unwrap_or_default();
    format!("ftproof check{target} --rule {rule}{profile}")
}
