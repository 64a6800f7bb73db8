//! Who said what to whom: replies paired with the commands that they answer (RFC 959 §4.2, §5.4).

use std::collections::VecDeque;

use ftproof_model::{Code, reply_list};

use super::heard::reply_code;

/// How many commands may wait for their replies; a session that sends more is not FTP.
const OUTSTANDING_MAX: usize = 1_000;
/// How many passwords are known.
const SECRETS_MAX: usize = 16;
/// How much of a line is kept, in bytes.
const KEPT_MAX: usize = 512;

/// A command as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// Its line in the log, from 1.
    pub line: usize,
    /// Its verb, in capitals.
    pub verb: String,
    /// Its argument; of PASS and ACCT none.
    pub argument: String,
    /// The transfer that was still running when it was sent: its verb and line.
    pub early: Option<(String, usize)>,
}

/// What happened, in the order of the replies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A connection was greeted.
    Greeted {
        /// The line of the greeting.
        line: usize,
    },
    /// A reply to a command.
    Answer {
        /// The command.
        command: Command,
        /// The reply's code.
        code: Code,
        /// The reply's last line.
        text: String,
        /// Where it is in the log.
        line: usize,
    },
    /// The completion reply of a running transfer.
    End {
        /// The command that started it.
        command: Command,
        /// The reply's code.
        code: Code,
        /// Where it is in the log.
        line: usize,
    },
}

/// One session of a log.
#[derive(Debug, Clone, Default)]
pub(super) struct Dialogue {
    /// What the log calls the session; empty where it has one only.
    pub name: String,
    /// What happened.
    pub steps: Vec<Step>,
    /// Commands without a reply.
    pub outstanding: VecDeque<Command>,
    running: Option<Command>,
    /// Passwords that the log shows, so that they are not shown where a server repeats them.
    secrets: Vec<String>,
    /// The code of a reply of several lines that has not ended.
    open_reply: Option<Code>,
}

impl Command {
    /// Reads a line as it was sent. Telnet's own bytes in front of a verb are no part of it (RFC 959 §4.1.3).
    fn parse(text: &str, line: usize) -> Self {
        let text = text.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
        let (verb, argument) = text.split_once(' ').unwrap_or((text, ""));
        let verb = cut(verb).to_ascii_uppercase();
        let is_secret = matches!(
            verb.as_str(),
            "PASS" | "ACCT" | "ADAT" | "MIC" | "CONF" | "ENC"
        );
        let argument = if is_secret { "" } else { cut(argument) };
        Command {
            line,
            argument: argument.to_owned(),
            verb,
            early: None,
        }
    }

    /// Whether it starts a transfer.
    pub fn is_transfer(&self) -> bool {
        matches!(
            self.verb.as_str(),
            "RETR" | "STOR" | "STOU" | "APPE" | "LIST" | "NLST" | "MLSD"
        )
    }

    /// Whether it sets up a data connection.
    pub fn is_set_up(&self) -> bool {
        let is_epsv_all = self.verb == "EPSV" && self.argument.eq_ignore_ascii_case("ALL");
        matches!(
            self.verb.as_str(),
            "PASV" | "EPSV" | "PORT" | "EPRT" | "LPSV" | "LPRT"
        ) && !is_epsv_all
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(KEPT_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl Dialogue {
    pub(super) fn new(name: &str) -> Self {
        Dialogue {
            name: cut(name).to_owned(),
            ..Dialogue::default()
        }
    }

    /// The client sent a line.
    pub(super) fn send(&mut self, text: &str, line: usize) {
        self.hide_secret(text);
        // A reply of several lines ends at the latest here.
        self.open_reply = None;
        // One reply to ABOR may stand for the transfer's as well.
        if self.running.is_none() {
            self.outstanding.retain(|command| command.verb != "ABOR");
        }
        if self.outstanding.len() >= OUTSTANDING_MAX {
            self.outstanding.pop_front();
        }
        let early = self
            .running
            .as_ref()
            .map(|running| (running.verb.clone(), running.line));
        self.outstanding.push_back(Command {
            early,
            ..Command::parse(text, line)
        });
    }

    /// Whether the last thing was that the client sent just this.
    pub(super) fn has_just_sent(&self, text: &str) -> bool {
        let other = Command::parse(text, 0);
        self.outstanding.back().is_some_and(|command| {
            (&command.verb, &command.argument) == (&other.verb, &other.argument)
        })
    }

    /// Whether a reply is awaited.
    pub(super) fn awaits_reply(&self) -> bool {
        let is_greeted = !self.steps.is_empty();
        !self.outstanding.is_empty() || self.running.is_some() || !is_greeted
    }

    /// The server sent a line of a reply.
    pub(super) fn reply(&mut self, text: &str, line: usize) {
        let Some((code, more)) = reply_code(text) else {
            return;
        };
        match self.open_reply {
            Some(open) if open != code || more => return,
            None if more => {
                self.open_reply = Some(code);
                return;
            }
            Some(_) | None => self.open_reply = None,
        }
        let head = self.outstanding.front();
        let may_be_220 =
            head.is_some_and(|head| matches!(head.verb.as_str(), "HOST" | "REIN" | "EPSV"));
        if code == 220 && !may_be_220 {
            self.outstanding.clear();
            self.running = None;
            self.steps.push(Step::Greeted { line });
            return;
        }
        if let Some(command) = self.running.take_if(|_| ends_transfer(code, head)) {
            self.steps.push(Step::End {
                command,
                code,
                line,
            });
            return;
        }
        if head.is_none() && matches!(code, 230 | 530) && self.asks_for_password() {
            // Some logs leave the line with the password out.
            self.outstanding.push_back(Command::parse("PASS", line));
        }
        let head = self.outstanding.front();
        let is_delay = code < 200 && !head.is_some_and(Command::is_transfer);
        if is_delay {
            return;
        }
        if let Some(command) = self.outstanding.pop_front() {
            if code < 200 {
                self.running = Some(command.clone());
            }
            let shown = self.shown(text);
            self.steps.push(Step::Answer {
                command,
                code,
                text: shown,
                line,
            });
        }
    }

    /// Remembers the password that `text` sends, if any.
    fn hide_secret(&mut self, text: &str) {
        let (front, secret) = text.split_once(' ').unwrap_or((text, ""));
        let front = front.to_ascii_uppercase();
        let is_sent = front.ends_with("PASS") || front.ends_with("ACCT");
        let secret = secret.trim();
        if is_sent && !secret.is_empty() && self.secrets.len() < SECRETS_MAX {
            self.secrets.push(secret.to_owned());
        }
    }

    /// `text` as it may be shown.
    fn shown(&self, text: &str) -> String {
        let (code, rest) = text.split_at_checked(3).unwrap_or((text, ""));
        let hidden = self.secrets.iter().fold(rest.to_owned(), |rest, secret| {
            rest.replace(secret, "{password}")
        });
        cut(&format!("{code}{hidden}")).to_owned()
    }

    /// Whether the last thing was a USER answered 331.
    fn asks_for_password(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Answer { command, code: 331, .. }) if command.verb == "USER")
    }

    /// A connection begins here, though the log shows no greeting.
    pub(super) fn begin(&mut self, line: usize) {
        self.outstanding.clear();
        self.running = None;
        self.steps.push(Step::Greeted { line });
    }

    /// How many control connections it went through in which anything was asked.
    pub(super) fn sessions(&self) -> usize {
        let connections = self
            .steps
            .split(|step| matches!(step, Step::Greeted { .. }));
        let asked = connections.filter(|steps| !steps.is_empty()).count();
        let has_no_step = matches!(self.steps.last(), None | Some(Step::Greeted { .. }));
        asked + usize::from(has_no_step && !self.outstanding.is_empty())
    }

    /// The transfer that has not ended.
    pub(super) fn running(&self) -> Option<&Command> {
        self.running.as_ref()
    }
}

/// Whether `code` completes the running transfer, and is no reply to `head`, the command that waits longest.
fn ends_transfer(code: Code, head: Option<&Command>) -> bool {
    if code < 200 || code == 421 {
        return false;
    }
    let Some(head) = head else {
        return true;
    };
    let is_completion = matches!(code, 226 | 250 | 426 | 451 | 452 | 551 | 552);
    if head.is_transfer() || head.verb == "ABOR" {
        return is_completion;
    }
    let is_listed = reply_list(&head.verb).is_some_and(|list| list.codes.contains(&code));
    (is_completion || code == 425) && !is_listed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> Vec<String> {
        let mut dialogue = Dialogue::new("");
        for (index, line) in lines.iter().enumerate() {
            match line.strip_prefix("> ") {
                Some(line) => dialogue.send(line, index + 1),
                None => dialogue.reply(line, index + 1),
            }
        }
        let told = |step: &Step| match step {
            Step::Greeted { line } => format!("greeted {line}"),
            Step::Answer { command, code, .. } => format!("{} {code}", command.verb),
            Step::End { command, code, .. } => format!("end of {} {code}", command.verb),
        };
        dialogue.steps.iter().map(told).collect()
    }

    #[test]
    fn a_completion_is_told_from_the_reply_to_the_next_command() {
        assert_eq!(
            told(&[
                "> STOR a", "150 Go", "> PASV", "227 Here", "226 Done", "> STOR b", "503 Bad"
            ]),
            ["STOR 150", "PASV 227", "end of STOR 226", "STOR 503"]
        );
        assert_eq!(
            told(&[
                "> RETR a", "150 Go", "> ABOR", "426 Cut", "226 Done", "> PWD", "257 /"
            ]),
            ["RETR 150", "end of RETR 426", "ABOR 226", "PWD 257"]
        );
        assert_eq!(
            told(&["> RETR a", "150 Go", "> ABOR", "226 Both", "> PWD", "257 /"]),
            ["RETR 150", "end of RETR 226", "PWD 257"]
        );
    }

    #[test]
    fn replies_of_several_lines_are_one_and_a_greeting_begins_anew() {
        assert_eq!(
            told(&[
                "220-Hi",
                "331 in it",
                "220 there",
                "> FEAT",
                "211-It",
                " UTF8",
                "211 End"
            ]),
            ["greeted 3", "FEAT 211"]
        );
        assert_eq!(
            told(&["> RNFR a", "350 Go", "220 Hi", "> RNTO b", "503 Bad"]),
            ["RNFR 350", "greeted 3", "RNTO 503"]
        );
    }

    #[test]
    fn a_password_is_not_kept() {
        let command = Command::parse("\u{fffd}pass secret", 1);
        assert_eq!(
            (command.verb.as_str(), command.argument.as_str()),
            ("PASS", "")
        );
    }
}
