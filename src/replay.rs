//! Runs a transcript against a target, and says where the two part.

use std::collections::{BTreeMap, VecDeque};

use ftproof_model::{DataAction, Entry, Transcript};

use crate::reply::Reply;
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait, fill_line};

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
        write!(
            out,
            "line {}: expected {}, came '{}'",
            self.line, self.expected, self.came
        )
    }
}

/// One session of the transcript, and the replies that came before they were expected.
struct Actor {
    session: Box<dyn Session>,
    replies: VecDeque<Reply>,
}

/// Plays `transcript` on fresh sessions of `target`. `Ok(None)`: all came as expected.
///
/// A reply that the transcript does not expect is a mismatch when the next line is sent, or at the end.
pub fn replay(
    target: &mut dyn Target,
    transcript: &Transcript,
) -> Result<Option<Mismatch>, Trouble> {
    let mut names = target.names().clone();
    let mut actors: BTreeMap<String, Actor> = BTreeMap::new();
    let mut current = "A".to_owned();
    for (index, entry) in transcript.entries.iter().enumerate() {
        if let Entry::Session(name) = entry {
            current.clone_from(name);
            continue;
        }
        if matches!(entry, Entry::Comment(_) | Entry::Blank) {
            continue;
        }
        if !actors.contains_key(&current) {
            let session = target.connect()?;
            actors.insert(
                current.clone(),
                Actor {
                    session,
                    replies: VecDeque::new(),
                },
            );
        }
        let Some(actor) = actors.get_mut(&current) else {
            continue;
        };
        if matches!(entry, Entry::Close) {
            actors.remove(&current);
            continue;
        }
        if let Some((expected, came)) = actor.play(entry, &mut names)? {
            return Ok(Some(Mismatch {
                line: index + 1,
                expected,
                came,
            }));
        }
    }
    let last = transcript.entries.len();
    for actor in actors.values_mut() {
        if let Some(reply) = actor.surplus() {
            let (expected, came) = ("no further reply".to_owned(), reply.headline());
            return Ok(Some(Mismatch {
                line: last,
                expected,
                came,
            }));
        }
    }
    Ok(None)
}

impl Actor {
    /// A reply that nobody expected.
    fn surplus(&mut self) -> Option<Reply> {
        let queued = self.replies.pop_front();
        queued.or_else(|| self.session.next_reply(Wait::Brief).ok().flatten())
    }

    /// Plays one entry; gives what was expected and what came if they differ.
    fn play(
        &mut self,
        entry: &Entry,
        names: &mut Names,
    ) -> Result<Option<(String, String)>, Trouble> {
        match entry {
            Entry::Send(template) => {
                if let Some(reply) = self.replies.front() {
                    return Ok(Some(("no further reply".to_owned(), reply.headline())));
                }
                let line = fill_line(self.session.as_mut(), names, template)?;
                let reply = self.session.send(&line)?;
                if reply.as_ref().is_some_and(|reply| reply.code < 200) {
                    self.session.open_data()?;
                }
                self.replies.extend(reply);
            }
            Entry::Expect(expected) => {
                let wanted = || {
                    expected
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(" or ")
                };
                let reply = match self.replies.pop_front() {
                    Some(reply) => Some(reply),
                    None => self.next_reply()?,
                };
                match reply {
                    Some(reply) if expected.iter().any(|one| one.admits(reply.code)) => {}
                    Some(reply) => return Ok(Some((wanted(), reply.headline()))),
                    None => return Ok(Some((wanted(), String::new()))),
                }
            }
            Entry::Data(action) => self.data(action)?,
            Entry::Tls => self.session.start_tls()?,
            Entry::Comment(_) | Entry::Blank | Entry::Session(_) | Entry::Close => {}
        }
        Ok(None)
    }

    fn next_reply(&mut self) -> Result<Option<Reply>, Trouble> {
        match self.session.next_reply(Wait::Owed) {
            Err(Trouble::TimedOut { .. } | Trouble::Closed(_)) => Ok(None),
            other => other,
        }
    }

    fn data(&mut self, action: &DataAction) -> Result<(), Trouble> {
        let how = match action {
            DataAction::Send(bytes) => return self.session.send_data(bytes),
            DataAction::Read | DataAction::Close => DataEnd::Done,
            DataAction::Break => DataEnd::Broken,
            DataAction::Refuse => DataEnd::Refused,
            DataAction::Fail => DataEnd::Failed,
        };
        self.session.end_transfer(how).map(drop)
    }
}
