//! From the bytes of a log to its sessions: which form it has, and what each line says.

use ftproof_model::{Entry, Expected, Transcript};
use thiserror::Error;

use super::capture;
use super::dialogue::Dialogue;
use super::encoding;
use super::form::{Form, Guess};
use super::heard::What;
use crate::report::brief;

/// The longest log that is read, in bytes.
pub const LOG_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How many sessions of one log are followed.
const SESSIONS_MAX: usize = 2_000;

/// A log, read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Its form.
    pub form: Form,
    /// How that is known.
    pub told_by: String,
    /// Its sessions, in the order in which they begin.
    pub sessions: Vec<Dialogue>,
    /// What else there is to say: what was cut off, what was left out.
    pub notes: Vec<String>,
}

/// Why a log was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotUnderstood {
    /// More than [`LOG_BYTES_MAX`].
    #[error("it is longer than {} MiB; cut out the session in question", LOG_BYTES_MAX / 1024 / 1024)]
    TooLong,
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// It has bytes that are no text, and is no capture.
    #[error(
        "line {line} holds bytes that are no text, and it is no capture (pcap, pcapng): \
         a log is text; {understood}"
    )]
    Binary {
        /// The line.
        line: usize,
        /// What was understood up to there.
        understood: String,
    },
    /// No form of log has lines like these.
    #[error(
        "no form of log that is known has lines like these: line {line} is '{shown}', and in none of the forms \
         the lines have both a command and a reply; name the form with --form ({forms}), or give the lines of \
         one session as commands and replies"
    )]
    NoForm {
        /// The first line that is not empty.
        line: usize,
        /// That line.
        shown: String,
        /// The names of the forms.
        forms: String,
    },
    /// The form was given, and nothing of it is there.
    #[error(
        "read as {form}: {commands} commands and {replies} replies in {lines} lines; its lines look so: {look}; \
         {guess}"
    )]
    NotOfForm {
        /// The form.
        form: Form,
        /// How many commands were found.
        commands: usize,
        /// How many replies.
        replies: usize,
        /// How many lines.
        lines: usize,
        /// What lines of the form look like.
        look: &'static str,
        /// What it looks like instead.
        guess: String,
    },
    /// A transcript that cannot be read.
    #[error("read as transcript: {0}")]
    Transcript(String),
    /// A capture that cannot be read.
    #[error("read as pcap: {0}")]
    Capture(String),
}

/// Reads `bytes` as a log of `form`, or of the form that it looks like.
pub(super) fn read(bytes: &[u8], form: Option<Form>) -> Result<Reading, NotUnderstood> {
    if bytes.len() > LOG_BYTES_MAX {
        return Err(NotUnderstood::TooLong);
    }
    if bytes.trim_ascii().is_empty() {
        return Err(NotUnderstood::Empty);
    }
    let is_capture = capture::is_capture(bytes);
    if form == Some(Form::Pcap) || form.is_none() && is_capture {
        return capture::read(bytes);
    }
    let text = encoding::text(bytes);
    if text.trim().is_empty() {
        return Err(NotUnderstood::Empty);
    }
    if let Some((before, _)) = text.split_once('\0') {
        let line = before.matches('\n').count() + 1;
        let understood = Form::guess(before).map_or_else(
            || "nothing before it was understood".to_owned(),
            |guess| format!("what stands before it looks like {}", guess.form),
        );
        return Err(NotUnderstood::Binary { line, understood });
    }
    match form {
        Some(Form::Transcript) => transcript(&text, "named"),
        Some(form) => {
            let reading = lines(&text, form, "named".to_owned());
            expect_both_sides(&text, form, reading)
        }
        None => {
            let guess = Form::guess(&text).ok_or_else(|| no_form(&text))?;
            if guess.form == Form::Transcript {
                return transcript(&text, "every line is one of a transcript");
            }
            let mut reading = lines(&text, guess.form, told_by(guess));
            reading.notes.extend(note_what_is_beside(&text, guess.form));
            expect_both_sides(&text, guess.form, reading)
        }
    }
}

fn told_by(guess: Guess) -> String {
    format!("{} of {} lines have its marks", guess.marked, guess.lines)
}

/// That a part of the log has another form, and how to have it read.
fn note_what_is_beside(text: &str, form: Form) -> Option<String> {
    let (guess, first) = form.beside(text)?;
    let Guess { form, marked, .. } = guess;
    Some(format!(
        "{marked} more lines, from line {first} on, look like {form} and were not read; for those: --form {form}"
    ))
}

fn no_form(text: &str) -> NotUnderstood {
    let mut lines = text.lines().enumerate();
    let first = lines.find(|(_, line)| !line.trim().is_empty());
    let forms: Vec<String> = Form::all().map(|(form, _)| form.to_string()).collect();
    NotUnderstood::NoForm {
        line: first.map_or(1, |(index, _)| index + 1),
        shown: first.map_or(String::new(), |(_, line)| brief(&hidden(line))),
        forms: forms.join(", "),
    }
}

/// `line` without what may be a password.
fn hidden(line: &str) -> String {
    let upper = line.to_ascii_uppercase();
    match upper.find("PASS") {
        Some(place) if line.is_char_boundary(place + 4) => {
            format!("{} (hidden)", &line[..place + 4])
        }
        _ => line.to_owned(),
    }
}

/// A log in which only one side is heard is not of the form.
fn expect_both_sides(text: &str, form: Form, reading: Reading) -> Result<Reading, NotUnderstood> {
    let steps = reading
        .sessions
        .iter()
        .map(|session| session.steps.len())
        .sum();
    let waiting: usize = reading
        .sessions
        .iter()
        .map(|session| session.outstanding.len())
        .sum();
    if steps > 0 && reading.sessions.iter().any(has_answer) {
        return Ok(reading);
    }
    let look = Form::all()
        .find(|&(other, _)| other == form)
        .map_or("", |(_, look)| look);
    let guess = Form::guess(text)
        .filter(|guess| guess.form != form)
        .map_or("no other form fits better".to_owned(), |guess| {
            format!("it looks more like {}", guess.form)
        });
    Err(NotUnderstood::NotOfForm {
        form,
        commands: waiting,
        replies: steps,
        lines: text.lines().count(),
        look,
        guess,
    })
}

fn has_answer(dialogue: &Dialogue) -> bool {
    dialogue
        .steps
        .iter()
        .any(|step| !matches!(step, super::dialogue::Step::Greeted { .. }))
}

fn lines(text: &str, form: Form, told_by: String) -> Reading {
    let mut reading = Reading {
        form,
        told_by,
        sessions: Vec::new(),
        notes: Vec::new(),
    };
    let mut left_out = 0;
    for (index, line) in text.lines().enumerate() {
        for heard in form.read(line) {
            match place(&mut reading.sessions, form, heard.session, &heard.what) {
                Some(dialogue) => say(dialogue, form, heard.what, index + 1),
                None => left_out += 1,
            }
        }
    }
    if left_out > 0 {
        reading.notes.push(format!(
            "{left_out} lines of more than {SESSIONS_MAX} sessions were left out"
        ));
    }
    note_what_is_cut(&mut reading);
    reading
}

/// The session that a line belongs to.
fn place<'s>(
    sessions: &'s mut Vec<Dialogue>,
    form: Form,
    name: &str,
    what: &What<'_>,
) -> Option<&'s mut Dialogue> {
    // The newest first: names such as the numbers of processes come again.
    let mut found = sessions.iter().rposition(|session| session.name == name);
    if found.is_none()
        && form == Form::Vsftpd
        && let What::Reply(text) = what
        && !text.starts_with("220")
    {
        // Behind the login another process speaks: it goes on with the session that awaits the reply to PASS.
        found = sessions.iter().rposition(|session| {
            session
                .outstanding
                .front()
                .is_some_and(|command| command.verb == "PASS")
        });
        if let Some(index) = found {
            sessions[index].name = name.to_owned();
        }
    }
    if found.is_none() {
        if sessions.len() >= SESSIONS_MAX {
            return None;
        }
        sessions.push(Dialogue::new(name));
        found = Some(sessions.len() - 1);
    }
    found.and_then(|index| sessions.get_mut(index))
}

fn say(dialogue: &mut Dialogue, form: Form, what: What<'_>, line: usize) {
    match what {
        What::Sent(text) => {
            // The trace has a command once for each module.
            if form == Form::ProftpdTrace && dialogue.has_just_sent(&text) {
                return;
            }
            // The ExtendedLog does not show where a connection begins.
            if form == Form::Proftpd && text.to_ascii_uppercase().starts_with("USER ") {
                dialogue.begin(line);
            }
            dialogue.send(&text, line);
        }
        What::Reply(text) => dialogue.reply(&text, line),
        What::MaybeReply(text) if dialogue.awaits_reply() => dialogue.reply(text, line),
        What::MaybeReply(_) => {}
    }
}

pub(super) fn note_what_is_cut(reading: &mut Reading) {
    for session in &reading.sessions {
        let waiting = session
            .outstanding
            .front()
            .filter(|command| command.verb != "QUIT" && command.verb != "ABOR");
        if let Some(command) = waiting {
            reading.notes.push(format!(
                "the log ends before the reply to {} on line {}",
                brief(&command.verb),
                command.line
            ));
        } else if let Some(command) = session.running() {
            reading.notes.push(format!(
                "the log ends before the completion reply to {} on line {}",
                brief(&command.verb),
                command.line
            ));
        }
    }
}

/// A transcript: what came stands in a comment behind what was expected, if it was another reply.
fn transcript(text: &str, told_by: &str) -> Result<Reading, NotUnderstood> {
    let transcript =
        Transcript::parse(text).map_err(|error| NotUnderstood::Transcript(error.to_string()))?;
    let mut sessions = vec![Dialogue::new("")];
    let mut at = 0;
    let entries = &transcript.entries;
    let greeting = Expected::Code(220);
    let first = entries.iter().find(is_said);
    if !matches!(first, Some(Entry::Expect(expected)) if expected.contains(&greeting)) {
        sessions[0].begin(1);
    }
    for (index, entry) in entries.iter().enumerate() {
        let line = index + 1;
        match entry {
            Entry::Send(bytes) => sessions[at].send(&String::from_utf8_lossy(bytes), line),
            Entry::Expect(expected) => {
                let reply = came(entries.get(index + 1)).unwrap_or_else(|| of(expected));
                sessions[at].reply(&reply, line);
            }
            Entry::Session(name) => {
                let found = sessions.iter().position(|session| session.name == *name);
                at = found.unwrap_or_else(|| {
                    sessions.push(Dialogue::new(name));
                    sessions.len() - 1
                });
                if found.is_none() {
                    sessions[at].begin(line);
                }
                if sessions.len() > SESSIONS_MAX {
                    return Err(NotUnderstood::Transcript(format!(
                        "line {line}: more than {SESSIONS_MAX} sessions"
                    )));
                }
            }
            Entry::Comment(_) | Entry::Blank | Entry::Data(_) | Entry::Tls | Entry::Close => {}
        }
    }
    let mut reading = Reading {
        form: Form::Transcript,
        told_by: told_by.to_owned(),
        sessions,
        notes: Vec::new(),
    };
    note_what_is_cut(&mut reading);
    Ok(reading)
}

fn is_said(entry: &&Entry) -> bool {
    matches!(entry, Entry::Send(_) | Entry::Expect(_))
}

/// What a comment says that came.
fn came(entry: Option<&Entry>) -> Option<String> {
    match entry {
        Some(Entry::Comment(text)) => text.strip_prefix("came: ").map(str::to_owned),
        _ => None,
    }
}

/// The first of the replies that were expected.
fn of(expected: &[Expected]) -> String {
    match expected.first() {
        Some(Expected::Code(code)) => code.to_string(),
        Some(Expected::Class(digit)) => format!("{digit}00"),
        None => String::new(),
    }
}
