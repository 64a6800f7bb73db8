//! One session never satisfies what another must do first, nor disturbs it: a session is one control connection.
//!
//! Two sessions of the same server take turns. What diverges then counts only if the same lines of that session get
//! other replies where the other session is not there.

use ftproof_model::Input::{
    Abor, EpsvAll, List, PassRight, PassWrong, Pasv, Port, Pwd, Quit, Rein, Retr, Rnfr, Rnto,
    UserPassword,
};
use ftproof_model::{Code, Divergence, Entry, Input, Judgement, Kind, Login, Transcript};

use super::{LOGIN, Suites, works};
use crate::plan::is_ready_for;
use crate::reply::Reply;
use crate::target::{Trouble, Wait};
use crate::tour::{Found, TRIES};
use crate::verdict::expected_codes;
use crate::walk::{NO_TIME, Step, Walk, transcript};
use crate::worker::Worker;

/// One of the two sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    A,
    B,
}

use Name::{A, B};

/// Two sessions that take turns.
struct Scene {
    rule: &'static str,
    /// Who is logged in when it begins.
    logged_in: &'static [Name],
    /// Who comes only for the first turn of its own, and is logged in then.
    late: Option<Name>,
    /// Who sends what. The first line is what the other session must neither use nor undo.
    turns: &'static [(Name, Input)],
}

const BOTH: &[Name] = &[A, B];

#[rustfmt::skip]
const SCENES: &[Scene] = &[
    scene("isolation/login", &[], &[(A, UserPassword), (B, PassRight), (A, PassRight)]),
    scene("isolation/login", &[], &[(A, UserPassword), (B, Abor), (A, PassRight)]),
    scene("isolation/login", &[], &[(A, UserPassword), (B, Rein), (A, PassRight)]),
    scene("isolation/login", &[], &[(A, UserPassword), (B, Quit), (A, PassRight)]),
    scene("isolation/login", &[A], &[(A, Pwd), (B, Pwd), (A, Pwd)]),
    scene("isolation/login", BOTH, &[(A, Pwd), (B, Rein), (A, Pwd)]),
    scene("isolation/login", BOTH, &[(A, Pwd), (B, Quit), (A, Pwd)]),
    scene("isolation/rename", BOTH, &[(A, Rnfr), (B, Rnto), (A, Rnto)]),
    scene("isolation/rename", BOTH, &[(A, Rnfr), (B, Abor), (A, Rnto)]),
    scene("isolation/rename", BOTH, &[(A, Rnfr), (B, Rein), (A, Rnto)]),
    scene("isolation/rename", BOTH, &[(A, Rnfr), (B, Quit), (A, Rnto)]),
    scene("isolation/data", BOTH, &[(A, Pasv), (B, Retr), (A, Retr)]),
    scene("isolation/data", BOTH, &[(A, Pasv), (B, Pasv), (A, Retr), (B, Retr)]),
    scene("isolation/data", BOTH, &[(A, Pasv), (B, Abor), (A, Retr)]),
    scene("isolation/data", BOTH, &[(A, Pasv), (B, Rein), (A, Retr)]),
    scene("isolation/data", BOTH, &[(A, Pasv), (B, Quit), (A, Retr)]),
    scene("isolation/data", BOTH, &[(B, Port), (A, Pwd), (B, List), (B, Quit), (A, Pwd)]),
    scene("isolation/epsv-all", BOTH, &[(A, EpsvAll), (B, Pasv)]),
    scene("isolation/epsv-all", BOTH, &[(A, EpsvAll), (A, Quit), (B, Pasv)]),
    // Where a server keeps the number of a socket that is closed, the next session gets it.
    scene("isolation/data", &[A], &[(A, Port), (A, List), (B, Pwd), (A, Quit), (B, Pwd)]).with_late(B),
    // A failed login may shut us out, so it comes last.
    scene("isolation/login", &[], &[(A, UserPassword), (B, UserPassword), (B, PassWrong), (A, PassRight)]),
];

const fn scene(
    rule: &'static str,
    logged_in: &'static [Name],
    turns: &'static [(Name, Input)],
) -> Scene {
    Scene {
        rule,
        logged_in,
        late: None,
        turns,
    }
}

impl Scene {
    const fn with_late(mut self, name: Name) -> Self {
        self.late = Some(name);
        self
    }
}

/// One line, and what came of it.
struct Turn {
    name: Name,
    input: Input,
    steps: Vec<Step>,
    judgement: Judgement,
    /// By the rules it is in order, and succeeds.
    should_work: bool,
}

impl Turn {
    fn is_suspect(&self) -> bool {
        matches!(self.judgement, Judgement::Diverges(_))
            || self.should_work && !works(&self.steps) && !self.is_refused_for_its_file()
    }

    /// Closing (RFC 959 §4.2.1: 421 may come to any command), busy, trouble, full, nothing free, or not that name: that
    /// has nothing to do with the order, and may come to one session too.
    fn is_refused_for_its_file(&self) -> bool {
        let last = self
            .steps
            .last()
            .and_then(|step| step.codes().last().copied());
        match last {
            Some(421 | 450..=452 | 551..=553) => true,
            // No port is free, and the like: only a transfer can tell that what was set up is gone.
            Some(400..=499) => !self.input.is_transfer(),
            _ => false,
        }
    }
}

/// What became of a scene.
enum Seen {
    Apart,
    /// The first line does not work here, so nothing could be used or undone; its code.
    Nothing(Option<Code>),
    Mixed(Box<Found>),
}

pub(super) fn run(suites: &mut Suites<'_, '_, '_>) {
    // Whether a transfer without a data connection ends soon is another test's affair.
    let silence = std::mem::replace(&mut suites.worker.silence, Wait::Brief);
    for scene in SCENES {
        if !suites.wants(scene.rule, scene.turns[0].1) {
            continue;
        }
        match try_out(suites.worker, scene) {
            // Which code a refusal has is the affair of the rule that asks for it.
            Ok(Seen::Apart) => suites.tally.passed(scene.rule, true),
            Ok(Seen::Nothing(Some(500 | 502))) => suites.tally.not_applicable(scene.rule),
            Ok(Seen::Nothing(_)) => {
                let reason = Trouble::Unsupported("prerequisite that this server accepts");
                suites.not_tested(scene.rule, reason);
            }
            Ok(Seen::Mixed(found)) => {
                let last: Vec<Input> = found.inputs.last().copied().into_iter().collect();
                suites.tally.diverged(*found, &last);
            }
            Err(trouble) => suites.not_tested(scene.rule, trouble),
        }
    }
    suites.worker.silence = silence;
}

/// Plays the scene, and again if one session seems to have used or undone what belongs to the other.
fn try_out(worker: &mut Worker<'_, '_>, scene: &Scene) -> Result<Seen, Trouble> {
    let mut found: Option<Found> = None;
    for _ in 0..TRIES {
        let turns = play(worker, scene, &[A, B])?;
        let first = turns
            .iter()
            .find(|turn| (turn.name, turn.input) == scene.turns[0]);
        if let Some(first) = first.filter(|turn| !works(&turn.steps)) {
            return Ok(Seen::Nothing(
                first.steps.iter().flat_map(Step::codes).last(),
            ));
        }
        match mixed_up(worker, scene, &turns)? {
            Some(seen) => {
                let runs = 1 + found.map_or(0, |found| found.runs);
                found = Some(Found { runs, ..seen });
            }
            None if found.is_none() => return Ok(Seen::Apart),
            None => {}
        }
    }
    Ok(found.map_or(Seen::Apart, |found| Seen::Mixed(Box::new(found))))
}

/// Has the sessions of `cast` take their turns, up to the first that diverges; the others' turns are left out.
fn play(worker: &mut Worker<'_, '_>, scene: &Scene, cast: &[Name]) -> Result<Vec<Turn>, Trouble> {
    let (mut stage, mut turns) = (Vec::new(), Vec::new());
    for &name in cast.iter().filter(|&&name| scene.late != Some(name)) {
        let logs_in = scene.logged_in.contains(&name);
        let walk = enter(worker, name, logs_in, &mut turns)?;
        stage.push((name, walk));
    }
    for &(name, input) in scene.turns {
        if !cast.contains(&name) {
            continue;
        }
        if scene.late == Some(name) && stage.iter().all(|(known, _)| *known != name) {
            let walk = enter(worker, name, true, &mut turns)?;
            stage.push((name, walk));
        }
        let Some((_, walk)) = stage.iter_mut().find(|(known, _)| *known == name) else {
            continue;
        };
        if walk.is_over() || !worker.is_possible(walk, input) {
            break;
        }
        let turn = take_turn(worker, walk, name, input)?;
        let is_end = matches!(turn.judgement, Judgement::Diverges(_));
        turns.push(turn);
        if is_end {
            break;
        }
        // A server may wait for the end of one that has quit before it goes on with the other.
        if input == Quit {
            let has_quit = stage.extract_if(.., |(known, _)| *known == name);
            has_quit.for_each(|(_, walk)| drop(worker.finish(walk)));
        }
    }
    for (_, walk) in stage {
        // Replies too many are another test's affair.
        worker.finish(walk);
    }
    Ok(turns)
}

/// Opens a session, and logs it in if it is to be.
fn enter<'m>(
    worker: &mut Worker<'_, 'm>,
    name: Name,
    logs_in: bool,
    turns: &mut Vec<Turn>,
) -> Result<Walk<'m>, Trouble> {
    let mut walk = worker.connect()?;
    for input in LOGIN.into_iter().filter(|_| logs_in) {
        if !is_logged_in(&walk) {
            turns.push(take_turn(worker, &mut walk, name, input)?);
        }
    }
    if logs_in && !is_logged_in(&walk) {
        return Err(Trouble::Unsupported("login for two sessions at once"));
    }
    Ok(walk)
}

fn is_logged_in(walk: &Walk<'_>) -> bool {
    let mut states = walk.states().iter();
    !walk.states().is_empty() && states.all(|state| state.login == Login::In)
}

fn take_turn<'m>(
    worker: &mut Worker<'_, 'm>,
    walk: &mut Walk<'m>,
    name: Name,
    input: Input,
) -> Result<Turn, Trouble> {
    let machine = worker.setting.machine;
    let should_work = walk
        .states()
        .iter()
        .all(|&state| is_ready_for(machine, state, input));
    let before = walk.steps().len();
    let judgement = match worker.step(walk, input) {
        // What is only not strict is so with one session too.
        Ok(Judgement::Diverges(divergence)) if divergence.kind == Kind::NotStrict => {
            Judgement::Allowed
        }
        // Whether such a transfer was fed by the other session, the other session shows.
        Err(Trouble::Unsupported(NO_TIME)) if !should_work => Judgement::Allowed,
        judged => judged?,
    };
    Ok(Turn {
        name,
        input,
        steps: walk.steps()[before..].to_vec(),
        judgement,
        should_work,
    })
}

/// The first turn that goes as it should where the other session is not there, and not where it is.
fn mixed_up(
    worker: &mut Worker<'_, '_>,
    scene: &Scene,
    turns: &[Turn],
) -> Result<Option<Found>, Trouble> {
    if !turns.iter().any(Turn::is_suspect) {
        return Ok(None);
    }
    let (a, b) = (play(worker, scene, &[A])?, play(worker, scene, &[B])?);
    for (index, turn) in turns
        .iter()
        .enumerate()
        .filter(|(_, turn)| turn.is_suspect())
    {
        let alone = match turn.name {
            A => &a,
            B => &b,
        };
        let before = turns[..index]
            .iter()
            .filter(|other| other.name == turn.name);
        match alone.get(before.count()) {
            // It may have no more than one session a user.
            Some(_) if is_ended_by_login(&turns[..index], turn) => {
                let reason = "second login that leaves the first session open";
                return Err(Trouble::Unsupported(reason));
            }
            Some(same) if !same.is_suspect() && !same.is_refused_for_its_file() => {
                return Ok(Some(found(scene, &turns[..index], turn, same)));
            }
            // It does not work in one session either, and that is allowed.
            Some(_) if !matches!(turn.judgement, Judgement::Diverges(_)) => {}
            _ => {
                let reason = "right answer to the same lines without another session";
                return Err(Trouble::Unsupported(reason));
            }
        }
    }
    Ok(None)
}

/// Whether the connection was closed before another line was answered behind the login of the other session.
fn is_ended_by_login(before: &[Turn], turn: &Turn) -> bool {
    let is_closed =
        matches!(&turn.judgement, Judgement::Diverges(seen) if seen.kind == Kind::Dropped);
    let login = before
        .iter()
        .rposition(|other| other.name != turn.name && other.input.verb() == "PASS");
    is_closed
        && login.is_some_and(|login| before[login..].iter().all(|other| other.name != turn.name))
}

fn found(scene: &Scene, before: &[Turn], turn: &Turn, alone: &Turn) -> Found {
    let place = turn.steps.len().saturating_sub(1);
    let came_alone = alone.steps.get(place);
    let divergence = match &turn.judgement {
        Judgement::Diverges(divergence) => divergence.clone(),
        _ => Divergence {
            requirement: scene.rule,
            kind: Kind::Isolation,
            strict: came_alone.map(Step::codes).unwrap_or_default(),
            allowed: Vec::new(),
            came: turn.steps.last().map(Step::codes).unwrap_or_default(),
            row: "in order, and refused because of another session",
        },
    };
    let headlines = came_alone
        .into_iter()
        .flat_map(|step| step.replies.iter().map(Reply::headline));
    let headlines: Vec<String> = headlines.collect();
    let other = if turn.name == A { B } else { A };
    let note = format!(
        "without session {other:?} the same lines of session {:?} get '{}'",
        turn.name,
        headlines.join("', '")
    );
    let inputs = before.iter().chain([turn]).map(|turn| turn.input).collect();
    Found {
        transcript: Some(told(before, turn, &expected_codes(&divergence))),
        divergence: Divergence {
            requirement: scene.rule,
            kind: Kind::Isolation,
            ..divergence
        },
        note: Some(note),
        inputs,
        steps: turn.steps.clone(),
        runs: 1,
        is_controlled: true,
    }
}

/// The turns as a transcript of two sessions.
fn told(before: &[Turn], last: &Turn, expected: &[Code]) -> Transcript {
    let (mut entries, mut on_stage) = (Vec::new(), None);
    for (turn, instead) in before
        .iter()
        .map(|turn| (turn, &[][..]))
        .chain([(last, expected)])
    {
        if on_stage.replace(turn.name) != Some(turn.name) {
            entries.push(Entry::Session(format!("{:?}", turn.name)));
        }
        entries.extend(transcript(&turn.steps, instead).entries);
    }
    if last.steps.is_empty() {
        entries.push(last.input.entry());
        entries.push(Entry::Comment(
            "came: a reply that no line had asked for".to_owned(),
        ));
    }
    Transcript { entries }
}

#[cfg(test)]
mod tests {
    use ftproof_model::REQUIREMENTS;

    use super::*;

    #[test]
    fn every_scene_has_two_sessions_and_every_rule_of_isolation_a_scene() {
        for scene in SCENES {
            for name in BOTH {
                assert!(scene.turns.iter().any(|(known, _)| known == name));
            }
        }
        let mut rules = REQUIREMENTS.iter().map(|requirement| requirement.id);
        assert!(rules.all(|id| {
            !id.starts_with("isolation/") || SCENES.iter().any(|scene| scene.rule == id)
        }));
    }
}
