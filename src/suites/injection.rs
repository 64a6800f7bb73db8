//! A line that was sent in clear behind AUTH TLS, in the same segment, must not be carried out inside TLS.

use ftproof_model::{Divergence, Entry, Expected, Input, Kind, Transcript};

use super::Suites;
use crate::reply::Reply;
use crate::target::{Session, Trouble, Wait};
use crate::tour::{Found, TRIES};
use crate::walk::Step;
use crate::worker::Worker;

const RULE: &str = "tls/inject";
pub(super) fn run(suites: &mut Suites<'_, '_, '_>) {
    if !suites.wants(RULE, Input::AuthTls) {
        return;
    }
    // Only where TLS can be had does it tell anything that the second line prevents it.
    match starts_tls(suites.worker, b"AUTH TLS\r\n") {
        Ok(Some(_)) => {}
        Ok(None) => return suites.tally.not_applicable(RULE),
        Err(trouble) => return suites.not_tested(RULE, trouble),
    }
    let (mut runs, mut came) = (0, Vec::new());
    for _ in 0..TRIES {
        match carried_out(suites.worker) {
            Ok(replies) if replies.is_empty() => {}
            // The handshake, or what came behind it, failed: then the line was not carried out.
            Err(Trouble::Tls(_) | Trouble::Closed(_) | Trouble::TimedOut { .. }) => {}
            Ok(replies) => {
                runs += 1;
                came = replies;
            }
            Err(trouble) => return suites.not_tested(RULE, trouble),
        }
        if runs == 0 {
            return suites.tally.passed(RULE, true);
        }
    }
    suites.tally.diverged(found(came, runs), &[Input::AuthTls]);
}

/// Sends `lines`, of which the first is AUTH TLS, in one segment. `None`: it was refused, or nothing is ever in clear.
fn starts_tls(
    worker: &mut Worker<'_, '_>,
    lines: &[u8],
) -> Result<Option<Box<dyn Session>>, Trouble> {
    let Some(session) = worker.target.connect_in_clear() else {
        return Ok(None);
    };
    let mut session = session?;
    worker.counts.connections += 1;
    worker.counts.commands += 1;
    session.send_bytes(lines)?;
    match session.next_reply(Wait::Full)? {
        Some(reply) if reply.code == 234 => session.start_tls().map(|()| Some(session)),
        _ => Ok(None),
    }
}

/// What comes inside TLS beside the reply to a QUIT, when NOOP was sent in one segment with AUTH TLS.
fn carried_out(worker: &mut Worker<'_, '_>) -> Result<Vec<Reply>, Trouble> {
    let Some(mut session) = starts_tls(worker, b"AUTH TLS\r\nNOOP\r\n")? else {
        return Ok(Vec::new());
    };
    worker.counts.commands += 2;
    let mut came = Vec::new();
    if let Some(reply) = session.next_reply(Wait::Brief)? {
        came.push(reply);
    }
    came.extend(session.send(b"QUIT")?);
    if came.iter().all(|reply| reply.code != 221) {
        came.extend(session.next_reply(Wait::Brief)?);
    }
    let is_alone = matches!(came[..], [ref only] if only.code == 221);
    Ok(if is_alone { Vec::new() } else { came })
}

fn found(came: Vec<Reply>, runs: usize) -> Found {
    let lines: Vec<String> = came.iter().map(Reply::headline).collect();
    let entries = vec![
        Entry::Send(b"AUTH TLS\r\nNOOP".to_vec()),
        Entry::Expect(vec![Expected::Code(234)]),
        Entry::Tls,
        Input::Quit.entry(),
        Entry::Expect(vec![Expected::Code(221)]),
    ];
    let shown = lines
        .iter()
        .map(|line| Entry::Comment(format!("came: {line}")));
    let entries = entries.into_iter().chain(shown).collect();
    let step = Step {
        input: Input::Quit,
        replies: came,
        data: None,
        is_compared: false,
    };
    Found {
        divergence: Divergence {
            requirement: RULE,
            kind: Kind::Injected,
            strict: vec![221],
            allowed: Vec::new(),
            came: step.codes(),
            row: "a line in clear behind AUTH TLS",
        },
        note: Some(format!(
            "NOOP was sent in clear, in one segment with AUTH TLS; inside TLS came '{}'",
            lines.join("', '")
        )),
        inputs: vec![Input::AuthTls, Input::Noop, Input::Quit],
        steps: vec![step],
        runs,
        is_controlled: false,
        transcript: Some(Transcript { entries }),
    }
}
