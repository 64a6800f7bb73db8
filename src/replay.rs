//! Runs a transcript against a target, and says where the two part; and whether what a transcript shows is still so.

use std::collections::{BTreeMap, VecDeque};

use ftproof_model::{DataAction, Entry, Expected, Transcript};

use crate::reply::{Reply, shown};
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait, fill_line};
use crate::workdir::Workdir;

/// Where a target does something else than the transcript expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The line of the transcript, from 1.
    pub line: usize,
    /// What it expects.
    pub expected: String,
    /// What came. Escaped.
    pub came: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mismatch {
            line,
            expected,
            came,
        } = self;
        write!(out, "line {line}: expected {expected}; came: {came}")
    }
}

/// What became of a finding, as its transcript tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All came as expected.
    Fixed,
    /// The last line sent gets another answer than expected: no reply and an extra one count as well.
    Still(Mismatch),
    /// It did not come to the last line; says why.
    NotTested(String),
}

/// Plays `transcript` on fresh sessions of `target`. `Ok(None)`: all came as expected.
///
/// A reply that the transcript does not expect is a mismatch when the next line is sent, or at the end: there QUIT is
/// sent, and what comes before its reply was one too many.
pub fn replay(
    target: &mut dyn Target,
    transcript: &Transcript,
) -> Result<Option<Mismatch>, Trouble> {
    let names = target.names().clone();
    Play::new(target, names).run(transcript)
}

/// Plays `transcript` on fresh sessions, and says whether what its last line shows is still so. The files that it
/// needs are made first. Beside the verdict: what of them could not be removed, and why.
pub fn verdict(target: &mut dyn Target, transcript: &Transcript) -> (Verdict, Option<String>) {
    let mut names = target.names().clone();
    if target.starts_fresh() || !needs_files(transcript, &names) {
        return (judged(Play::new(target, names), transcript), None);
    }
    let mut workdir = match Workdir::make(target, &mut names) {
        Ok(Ok(workdir)) => workdir,
        Ok(Err(reason)) => {
            let reason = format!("the files that it needs: {reason}");
            return (Verdict::NotTested(reason), None);
        }
        Err(trouble) => return (Verdict::NotTested(trouble.to_string()), None),
    };
    let base = workdir.base().to_owned();
    let ready = if needs_big_file(transcript) {
        let stored = workdir.store_big();
        stored.unwrap_or_else(|trouble| Err(trouble.to_string()))
    } else {
        Ok(())
    };
    let verdict = match ready {
        Ok(()) => judged(Play::new(target, names.clone()), transcript),
        Err(reason) => Verdict::NotTested(format!("the files that it needs: {reason}")),
    };
    let left = workdir.remove(target, &names).err();
    let left =
        left.map(|reason| format!("{} is left on the server: {reason}", shown(base.as_bytes())));
    (verdict, left)
}

/// Whether a line has a name that stands for nothing yet. Ports are opened when their line is sent.
fn needs_files(transcript: &Transcript, names: &Names) -> bool {
    transcript.sent().any(|line| {
        matches!(names.fill(line), Err(Trouble::NoName(name))
            if !matches!(name.as_str(), "port" | "eprt" | "lprt"))
    })
}

fn needs_big_file(transcript: &Transcript) -> bool {
    let name = b"{big_file}";
    transcript
        .sent()
        .any(|line| line.windows(name.len()).any(|window| window == name))
}

fn judged(mut play: Play<'_>, transcript: &Transcript) -> Verdict {
    let is_sent = |entry: &Entry| matches!(entry, Entry::Send(_));
    let Some(last) = transcript.entries.iter().rposition(is_sent) else {
        return Verdict::NotTested("it sends nothing".to_owned());
    };
    let outcome = play.run(transcript);
    let is_last = play.line > last;
    match outcome {
        Ok(None) => Verdict::Fixed,
        Ok(Some(mismatch)) if is_last => Verdict::Still(mismatch),
        Ok(Some(mismatch)) => Verdict::NotTested(mismatch.to_string()),
        Err(trouble) if play.actors.is_empty() => Verdict::NotTested(trouble.to_string()),
        Err(
            trouble @ (Trouble::TimedOut { .. }
            | Trouble::Closed(_)
            | Trouble::NotFtp(_)
            | Trouble::NoConnection { .. }),
        ) if is_last => Verdict::Still(Mismatch {
            line: play.line,
            expected: "an answer".to_owned(),
            came: trouble.to_string(),
        }),
        Err(trouble) => Verdict::NotTested(format!("line {}: {trouble}", play.line)),
    }
}

/// A transcript under way.
struct Play<'t> {
    target: &'t mut dyn Target,
    names: Names,
    actors: BTreeMap<String, Actor>,
    /// The line that is played, from 1.
    line: usize,
}

/// One session of the transcript.
struct Actor {
    session: Box<dyn Session>,
    /// The replies that came before they were expected.
    replies: VecDeque<Reply>,
    /// Why no further reply comes, or no data. It counts only where one is expected.
    trouble: Option<Trouble>,
    /// A transfer was begun, and nothing was done with its data connection yet.
    transfers: bool,
    has_quit: bool,
}

/// What was expected, and what came.
type Difference = (String, String);

impl<'t> Play<'t> {
    fn new(target: &'t mut dyn Target, names: Names) -> Self {
        Play {
            target,
            names,
            actors: BTreeMap::new(),
            line: 0,
        }
    }

    fn run(&mut self, transcript: &Transcript) -> Result<Option<Mismatch>, Trouble> {
        let mut current = "A".to_owned();
        for (index, entry) in transcript.entries.iter().enumerate() {
            self.line = index + 1;
            let difference = match entry {
                Entry::Comment(_) | Entry::Blank => None,
                Entry::Session(name) => {
                    current.clone_from(name);
                    None
                }
                Entry::Close => {
                    self.actors.remove(&current);
                    None
                }
                Entry::Send(_) | Entry::Expect(_) | Entry::Data(_) | Entry::Tls => {
                    if !self.actors.contains_key(&current) {
                        let session = self.target.connect()?;
                        self.actors.insert(current.clone(), Actor::new(session));
                    }
                    match self.actors.get_mut(&current) {
                        Some(actor) => actor.play(entry, &mut self.names)?,
                        None => None,
                    }
                }
            };
            if difference.is_some() {
                return Ok(self.mismatch(difference));
            }
        }
        let surplus = self.actors.values_mut().find_map(Actor::surplus);
        Ok(self.mismatch(surplus.map(|reply| (NO_FURTHER.to_owned(), reply))))
    }

    fn mismatch(&self, difference: Option<Difference>) -> Option<Mismatch> {
        difference.map(|(expected, came)| Mismatch {
            line: self.line,
            expected,
            came,
        })
    }
}

const NO_FURTHER: &str = "no further reply";

impl Actor {
    fn new(session: Box<dyn Session>) -> Self {
        Actor {
            session,
            replies: VecDeque::new(),
            trouble: None,
            transfers: false,
            has_quit: false,
        }
    }

    /// A reply that nobody expected, at the end.
    fn surplus(&mut self) -> Option<String> {
        if let Some(reply) = self.replies.pop_front() {
            return Some(reply.headline());
        }
        if self.trouble.is_some() {
            return None;
        }
        // QUIT would wait for the transfer's end.
        if self.transfers || self.has_quit {
            return self.unexpected(Wait::Brief);
        }
        match self.session.send(b"QUIT") {
            Err(Trouble::Unasked(reply)) => Some(reply),
            // The first of two was not for QUIT.
            Ok(Some(first)) => {
                let is_own = first.code == 221;
                let wait = if is_own { Wait::Brief } else { Wait::Owed };
                self.unexpected(wait).map(|_| first.headline())
            }
            _ => None,
        }
    }

    fn unexpected(&mut self, wait: Wait) -> Option<String> {
        let reply = self.session.next_reply(wait).ok().flatten();
        reply.map(|reply| reply.headline())
    }

    /// Plays one entry; gives what was expected and what came if they differ.
    fn play(&mut self, entry: &Entry, names: &mut Names) -> Result<Option<Difference>, Trouble> {
        match entry {
            Entry::Send(template) => self.send(template, names),
            Entry::Expect(expected) => self.expect(expected),
            Entry::Data(action) => self.data(action),
            Entry::Tls => self.session.start_tls().map(|()| None),
            Entry::Comment(_) | Entry::Blank | Entry::Session(_) | Entry::Close => Ok(None),
        }
    }

    fn send(&mut self, template: &[u8], names: &mut Names) -> Result<Option<Difference>, Trouble> {
        if let Some(reply) = self.replies.front() {
            return Ok(Some((NO_FURTHER.to_owned(), reply.headline())));
        }
        let line = fill_line(self.session.as_mut(), names, template)?;
        self.trouble = None;
        self.has_quit |= line.eq_ignore_ascii_case(b"QUIT");
        match self.session.send(&line) {
            Ok(reply) => {
                if reply.as_ref().is_some_and(|reply| reply.code < 200) {
                    self.transfers = true;
                    self.trouble = self.session.open_data().err();
                }
                self.replies.extend(reply);
            }
            Err(Trouble::Unasked(reply)) => return Ok(Some((NO_FURTHER.to_owned(), reply))),
            Err(trouble @ (Trouble::TimedOut { .. } | Trouble::Closed(_))) => {
                self.trouble = Some(trouble);
            }
            Err(trouble) => return Err(trouble),
        }
        Ok(None)
    }

    fn expect(&mut self, expected: &[Expected]) -> Result<Option<Difference>, Trouble> {
        let next = match (self.replies.pop_front(), self.trouble.take()) {
            (Some(reply), trouble) => {
                self.trouble = trouble;
                Ok(Some(reply))
            }
            (None, Some(trouble)) => Err(trouble),
            (None, None) => self.session.next_reply(Wait::Owed),
        };
        let came = match next {
            Ok(Some(reply)) if expected.iter().any(|one| one.admits(reply.code)) => {
                return Ok(None);
            }
            Ok(Some(reply)) => reply.headline(),
            Ok(None) => "nothing".to_owned(),
            Err(trouble @ (Trouble::TimedOut { .. } | Trouble::Closed(_))) => trouble.to_string(),
            Err(trouble) => return Err(trouble),
        };
        let codes: Vec<String> = expected.iter().map(Expected::to_string).collect();
        let one_of = if codes.len() > 1 { "one of " } else { "" };
        Ok(Some((format!("{one_of}{}", codes.join(" ")), came)))
    }

    fn data(&mut self, action: &DataAction) -> Result<Option<Difference>, Trouble> {
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        let how = match action {
            DataAction::Send(bytes) => return self.session.send_data(bytes).map(|()| None),
            DataAction::Read(_) | DataAction::Size(_) | DataAction::Close => DataEnd::Done,
            DataAction::Break => DataEnd::Broken,
            DataAction::Refuse => DataEnd::Refused,
            DataAction::Fail => DataEnd::Failed,
        };
        let came = self.session.end_transfer(how)?;
        self.transfers = false;
        let differs = |expected: &Vec<u8>| *expected != came;
        Ok(match action {
            DataAction::Read(Some(expected)) if differs(expected) => Some((
                format!("the data '{}'", shown(expected)),
                format!("{} bytes, '{}'", came.len(), shown(&came)),
            )),
            DataAction::Size(count) if *count != came.len() => Some((
                format!("{count} bytes of data"),
                format!("{} bytes", came.len()),
            )),
            _ => None,
        })
    }
}
