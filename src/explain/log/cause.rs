//! Why a command was out of order: what had prepared the way, and what on which line took it away.

use ftproof_model::{Code, Data, Login, Pending, Security, State};

use super::dialogue::{Command, Dialogue, Step};

/// A command of a log that prepared something, in whatever session.
#[derive(Debug)]
pub(super) struct Prepared<'d> {
    verb: &'d str,
    line: usize,
    session: usize,
}

/// Every RNFR and every set-up of a log that was accepted, by line.
pub(super) fn prepared(sessions: &[Dialogue]) -> Vec<Prepared<'_>> {
    let mut found = Vec::new();
    for (session, dialogue) in sessions.iter().enumerate() {
        for step in &dialogue.steps {
            if let Step::Answer { command, code, .. } = step
                && *code < 400
                && (command.verb == "RNFR" || command.is_set_up())
            {
                found.push(Prepared {
                    verb: &command.verb,
                    line: command.line,
                    session,
                });
            }
        }
    }
    found.sort_by_key(|prepared| prepared.line);
    found
}

/// What happened so far in one session, one mark for each step.
#[derive(Debug)]
pub(super) struct Trail<'d> {
    marks: Vec<Mark>,
    /// How many connections were greeted, and where the last was.
    connections: usize,
    greeted: Option<usize>,
    /// What was prepared in the whole log, and which session this is.
    prepared: &'d [Prepared<'d>],
    session: usize,
}

/// One step, and what was possible behind it.
#[derive(Debug)]
struct Mark {
    command: Command,
    code: Code,
    /// Where its reply is.
    line: usize,
    is_end: bool,
    connection: usize,
    after: Possible,
}

/// What the states allow: each is true if some state has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Possible {
    set_up: bool,
    no_set_up: bool,
    rename: bool,
    logged_in: bool,
    not_logged_in: bool,
    awaits_pass: bool,
    tls: bool,
    no_tls: bool,
}

impl Possible {
    fn of(states: &[State]) -> Self {
        let any = |holds: fn(&State) -> bool| states.iter().any(holds);
        Possible {
            set_up: any(|state| state.data != Data::None),
            no_set_up: any(|state| state.data == Data::None),
            rename: any(|state| state.pending == Pending::Rename),
            logged_in: any(|state| state.login == Login::In),
            not_logged_in: any(|state| state.login != Login::In),
            awaits_pass: any(|state| matches!(state.login, Login::NeedPass(_))),
            tls: any(|state| state.security == Security::Tls),
            no_tls: any(|state| state.security != Security::Tls),
        }
    }
}

impl Mark {
    /// `PASV on line 9`.
    fn name(&self) -> String {
        format!("{} on line {}", self.command.verb, self.command.line)
    }

    fn is_refused(&self) -> bool {
        self.code >= 400
    }
}

impl<'d> Trail<'d> {
    /// The trail of a session of a log in which all this was prepared.
    pub(super) fn new(prepared: &'d [Prepared<'d>], session: usize) -> Self {
        Trail {
            marks: Vec::new(),
            connections: 0,
            greeted: None,
            prepared,
            session,
        }
    }

    /// What another session prepared last before `line`: nobody else can use it.
    fn prepared_elsewhere(&self, line: usize, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let elsewhere = self.prepared.iter().rfind(|prepared| {
            prepared.line < line && prepared.session != self.session && is_meant(prepared.verb)
        })?;
        Some(format!(
            "{} on line {} was on another connection",
            elsewhere.verb, elsewhere.line
        ))
    }

    pub(super) fn connected(&mut self, line: usize) {
        self.connections += 1;
        self.greeted = Some(line);
    }

    pub(super) fn answered(
        &mut self,
        command: &Command,
        code: Code,
        line: usize,
        states: &[State],
    ) {
        self.add(command, code, line, states, false);
    }

    pub(super) fn ended(&mut self, command: &Command, code: Code, line: usize, states: &[State]) {
        self.add(command, code, line, states, true);
    }

    fn add(&mut self, command: &Command, code: Code, line: usize, states: &[State], is_end: bool) {
        self.marks.push(Mark {
            command: command.clone(),
            code,
            line,
            is_end,
            connection: self.connections,
            after: Possible::of(states),
        });
    }

    /// Whether one of these verbs was sent before.
    pub(super) fn has_sent(&self, verb: &str) -> bool {
        self.marks.iter().any(|mark| mark.command.verb == verb)
    }

    /// The argument of the last command with this verb.
    pub(super) fn argument(&self, verb: &str) -> Option<&str> {
        let last = self.marks.iter().rfind(|mark| mark.command.verb == verb)?;
        Some(last.command.argument.as_str()).filter(|argument| !argument.is_empty())
    }

    fn last(&self, is_meant: impl Fn(&Command) -> bool) -> Option<(usize, &Mark)> {
        let index = self
            .marks
            .iter()
            .rposition(|mark| !mark.is_end && is_meant(&mark.command))?;
        Some((index, &self.marks[index]))
    }

    fn last_verb(&self, verb: &str) -> Option<(usize, &Mark)> {
        self.last(|command| command.verb == verb)
    }

    /// Why what `mark` prepared is not there any more, in general.
    fn gone(&self, mark: &Mark) -> Option<String> {
        if mark.connection != self.connections {
            let opened = self.greeted.map_or_else(
                || "a new one was opened".to_owned(),
                |line| {
                    format!(
                        "the reconnect on line {line} opened a new one, which knows nothing of it"
                    )
                },
            );
            return Some(format!(
                "{} was on another connection: {opened}",
                mark.name()
            ));
        }
        mark.is_refused()
            .then(|| format!("{} was refused with {}", mark.name(), mark.code))
    }

    /// The first step behind `index` behind which `is_gone` holds.
    fn ended_by(&self, index: usize, is_gone: impl Fn(&Possible) -> bool) -> Option<&Mark> {
        self.marks[index + 1..]
            .iter()
            .find(|mark| is_gone(&mark.after))
    }

    /// A set-up that was sent while a transfer was still running, if it is the last one: where the end of that transfer
    /// is.
    pub(super) fn early_set_up(&self) -> Option<String> {
        let (index, mark) = self.last(Command::is_set_up)?;
        let (verb, line) = mark.command.early.as_ref()?;
        if mark.connection != self.connections || mark.is_refused() {
            return None;
        }
        let end = self.marks[index..]
            .iter()
            .chain(&self.marks[..index])
            .find(|end| end.is_end && end.command.line == *line);
        let came = end.map_or_else(
            || "had come".to_owned(),
            |end| format!("came on line {}", end.line),
        );
        let code = end.map_or(226, |end| end.code);
        Some(format!(
            "{} was sent before the {code} of the running transfer ({verb} on line {line}) {came}, and went with that \
             transfer",
            mark.name()
        ))
    }

    /// Why no data connection is set up.
    pub(super) fn no_set_up(&self, line: usize) -> String {
        let Some((index, mark)) = self.last(Command::is_set_up) else {
            return self
                .prepared_elsewhere(line, |verb| verb != "RNFR")
                .unwrap_or("no PASV, EPSV, PORT or EPRT came before it".to_owned());
        };
        if let Some(why) = self.gone(mark).or_else(|| self.early_set_up()) {
            return why;
        }
        let Some(ender) = self.ended_by(index, |after| after.no_set_up) else {
            return format!("{} serves no transfer any more", mark.name());
        };
        let how = match ender.command.verb.as_str() {
            _ if ender.command.is_transfer() => "was used up by",
            "ABOR" => "was given up by",
            _ => "was undone by",
        };
        let although = if ender.is_refused() && !ender.is_end {
            format!(", although that was refused with {}", ender.code)
        } else {
            String::new()
        };
        format!("{} {how} {}{although}", mark.name(), ender.name())
    }

    /// What set up a data connection that is still there, and what came in between.
    pub(super) fn set_up(&self) -> Option<(String, Vec<String>)> {
        let (index, mark) = self.last(Command::is_set_up)?;
        let between = self.marks[index + 1..].iter();
        let between = between.filter(|mark| !mark.is_end).map(Mark::name);
        Some((mark.name(), between.collect()))
    }

    /// What stands between the last command with `verb` and here.
    pub(super) fn behind(&self, verb: &str) -> Option<(String, Vec<String>)> {
        let (index, mark) = self.last_verb(verb)?;
        let between = self.marks[index + 1..].iter();
        Some((mark.name(), between.map(Mark::name).collect()))
    }

    /// Why no RNFR stands right before.
    pub(super) fn no_rename(&self, line: usize) -> String {
        let Some((index, mark)) = self.last_verb("RNFR") else {
            return self
                .prepared_elsewhere(line, |verb| verb == "RNFR")
                .unwrap_or("no RNFR came before it".to_owned());
        };
        if let Some(why) = self.gone(mark) {
            return why;
        }
        self.overtaken(mark, self.ended_by(index, |after| !after.rename))
    }

    /// Why no USER stands right before.
    pub(super) fn no_user(&self) -> String {
        let Some((index, mark)) = self.last_verb("USER") else {
            return "no USER came before it".to_owned();
        };
        if let Some(why) = self.gone(mark) {
            return why;
        }
        if mark.after.logged_in && !mark.after.not_logged_in {
            return format!("{} was answered {}, which logs in", mark.name(), mark.code);
        }
        self.overtaken(mark, self.ended_by(index, |after| !after.awaits_pass))
    }

    fn overtaken(&self, mark: &Mark, ender: Option<&Mark>) -> String {
        let Some(ender) = ender else {
            return format!("{} does not count any more", mark.name());
        };
        let is_used = matches!(ender.command.verb.as_str(), "RNTO" | "PASS");
        let how = if is_used {
            "was used up by"
        } else {
            "was ended by"
        };
        format!("{} {how} {}", mark.name(), ender.name())
    }

    /// Why nobody is logged in.
    pub(super) fn no_login(&self) -> String {
        let Some((index, mark)) =
            self.last(|command| matches!(command.verb.as_str(), "USER" | "PASS" | "ACCT"))
        else {
            return "no USER and PASS came before it".to_owned();
        };
        if let Some(why) = self.gone(mark) {
            return why;
        }
        if mark.command.verb == "USER" && mark.after.awaits_pass {
            return format!(
                "{} was answered {}, and no PASS came right behind it",
                mark.name(),
                mark.code
            );
        }
        if matches!(mark.code, 332) {
            return format!(
                "{} was answered 332, and no ACCT came behind it",
                mark.name()
            );
        }
        match self.ended_by(index, |after| after.not_logged_in) {
            Some(ender) => format!("{} ended the login of {}", ender.name(), mark.name()),
            None => format!("{} did not log in", mark.name()),
        }
    }

    /// Since when somebody is logged in.
    pub(super) fn login(&self) -> String {
        let (_, mark) = match self
            .last(|command| matches!(command.verb.as_str(), "USER" | "PASS" | "ACCT"))
        {
            Some(found) => found,
            None => return "somebody has been logged in since before this log begins".to_owned(),
        };
        format!("somebody has been logged in since {}", mark.name())
    }

    /// Why no protection is in force.
    pub(super) fn no_protection(&self) -> String {
        let Some((index, mark)) = self.last_verb("AUTH") else {
            return "no AUTH came before it".to_owned();
        };
        if let Some(why) = self.gone(mark) {
            return why;
        }
        match self.ended_by(index, |after| after.no_tls && !after.tls) {
            Some(ender) => format!("{} ended the protection of {}", ender.name(), mark.name()),
            None => format!("{} did not bring protection", mark.name()),
        }
    }

    /// Why no PBSZ counts, where protection is in force.
    pub(super) fn no_buffer_size(&self) -> String {
        let auth = self.last_verb("AUTH");
        let Some((index, mark)) = self.last_verb("PBSZ") else {
            return match auth {
                Some((_, auth)) => format!("no PBSZ came behind {}", auth.name()),
                None => "no PBSZ came before it".to_owned(),
            };
        };
        if let Some(why) = self.gone(mark) {
            return why;
        }
        match auth {
            Some((at, auth)) if at > index => {
                format!(
                    "{} came before {}, which starts afresh",
                    mark.name(),
                    auth.name()
                )
            }
            _ => format!("{} does not count any more", mark.name()),
        }
    }

    /// The last command with `verb` that was accepted.
    pub(super) fn accepted(&self, is_meant: impl Fn(&Command) -> bool) -> Option<String> {
        let mark = self
            .marks
            .iter()
            .rfind(|mark| !mark.is_end && !mark.is_refused() && is_meant(&mark.command))?;
        Some(mark.name())
    }

    /// Whether the session was seen from its beginning.
    pub(super) fn is_whole(&self) -> bool {
        self.connections > 0
    }
}
