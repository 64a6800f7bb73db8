//! The files that a check needs on a server: made under one directory of its own, put back after each test that
//! changed them, and removed at the end. Nothing else on the server is touched.

use ftproof_model::Input;

use crate::absence::Absence;
use crate::login::log_in;
use crate::reply::{Reply, shown};
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait, send_patiently};
use crate::walk::{Step, UPLOAD};

/// How large the big file is: the buffers of a data connection hold less.
const BIG_BYTES: usize = 8 << 20;

/// The names of files, and what they stand for in the directory.
const LEAVES: [(&str, &str); 9] = [
    ("file", "file.txt"),
    ("big_file", "big.txt"),
    ("dir", "dir"),
    ("empty_dir", "empty"),
    ("new", "new.txt"),
    ("new_dir", "newdir"),
    ("renamed", "renamed.txt"),
    ("missing", "missing"),
    ("impossible", "missing/renamed.txt"),
];

/// A directory of ours never holds more than a few names. Of a server that lists more, these are removed.
const NAMES_MAX: usize = 1_000;

/// The directory and the session that looks after it.
pub struct Workdir {
    base: String,
    session: Box<dyn Session>,
    /// How long the server is waited for where it takes no connections.
    pub(crate) absence: Absence,
}

impl Workdir {
    /// Makes the directory, and lets the names of files stand for what is in it. `Err` holds the reason why the server
    /// cannot have one, as a person would say it; then the names stand for what is not there.
    pub fn make(
        target: &mut dyn Target,
        names: &mut Names,
    ) -> Result<Result<Self, String>, Trouble> {
        let mut session = log_in(target, names)?;
        let reply = command(session.as_mut(), "PWD")?;
        let root = Some(reply)
            .filter(|reply| reply.code == 257)
            .and_then(|reply| quoted(&reply));
        let root = root.unwrap_or_default();
        let unique = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_micros());
        let base = format!(
            "{}/ftproof-{}-{unique}",
            root.trim_end_matches('/'),
            std::process::id()
        );
        for (name, leaf) in LEAVES {
            names.set(name, format!("{base}/{leaf}"));
        }
        let made = command(session.as_mut(), &format!("MKD {base}"));
        if let Ok(reply) = &made
            && !is_done(reply)
        {
            let headline = reply.headline();
            return Ok(Err(format!(
                "no directory can be made: MKD was answered '{headline}'"
            )));
        }
        let mut workdir = Workdir {
            base,
            session,
            absence: Absence::default(),
        };
        let reason = match made.and_then(|_| workdir.fill()) {
            Ok(Ok(())) => return Ok(Ok(workdir)),
            Ok(Err(reason)) => reason,
            Err(trouble) => format!("no files can be made: {trouble}"),
        };
        Ok(Err(match workdir.give_up(target, names) {
            Ok(()) => reason,
            Err(left) => format!("{reason}; {left}"),
        }))
    }

    fn fill(&mut self) -> Result<Result<(), String>, Trouble> {
        let base = self.base.clone();
        for directory in ["dir", "empty"] {
            let reply = self.command(&format!("MKD {base}/{directory}"))?;
            if !is_done(&reply) {
                return Ok(Err(format!("MKD was answered '{}'", reply.headline())));
            }
        }
        self.store("file.txt", UPLOAD)
    }

    /// Removes what was made before something failed. On the session where it did a reply may be owed, so that one is
    /// closed first. Gives what is left.
    pub(crate) fn give_up(self, target: &mut dyn Target, names: &Names) -> Result<(), String> {
        let Workdir {
            base,
            session,
            mut absence,
        } = self;
        drop(session);
        let left = |why: String| format!("{} is left on the server: {why}", shown(base.as_bytes()));
        let entered = absence.outlast(|| log_in(target, names));
        let mut session = entered.map_err(|trouble| left(trouble.to_string()))?;
        let lines = [
            format!("DELE {base}/file.txt"),
            format!("RMD {base}/dir"),
            format!("RMD {base}/empty"),
            format!("RMD {base}"),
            // Whether it was made at all may not be known.
            format!("CWD {base}"),
        ];
        let mut replies = Vec::new();
        for line in &lines {
            let reply = command(session.as_mut(), line);
            replies.push(reply.map_err(|trouble| left(trouble.to_string()))?);
        }
        match &replies[..] {
            [.., removed, is_there] if !is_done(removed) && is_done(is_there) => {
                Err(left(format!("RMD was answered '{}'", removed.headline())))
            }
            _ => Ok(()),
        }
    }

    /// Puts back what `steps` changed.
    pub fn restore(
        &mut self,
        target: &mut dyn Target,
        names: &Names,
        steps: &[Step],
    ) -> Result<(), Trouble> {
        for step in steps {
            if step.replies.iter().any(is_done) {
                self.restore_behind(target, names, step.input)?;
            }
        }
        Ok(())
    }

    /// Puts back what `input` changed, or would have changed.
    pub(crate) fn restore_behind(
        &mut self,
        target: &mut dyn Target,
        names: &Names,
        input: Input,
    ) -> Result<(), Trouble> {
        match self.put_back(input) {
            Err(Trouble::Closed(_) | Trouble::TimedOut { .. } | Trouble::Io(_)) => {
                self.log_in(target, names)?;
                self.put_back(input)
            }
            other => other,
        }
    }

    fn log_in(&mut self, target: &mut dyn Target, names: &Names) -> Result<(), Trouble> {
        self.session = self.absence.outlast(|| log_in(target, names))?;
        Ok(())
    }

    fn put_back(&mut self, changed_by: Input) -> Result<(), Trouble> {
        let base = self.base.clone();
        match changed_by {
            Input::Rnto => {
                self.command(&format!("RNFR {base}/renamed.txt"))?;
                self.command(&format!("RNTO {base}/file.txt"))?;
            }
            Input::Dele => {
                // A failure shows in the next test that needs the file.
                let _ = self.store("file.txt", UPLOAD)?;
            }
            Input::Rmd | Input::Xrmd => {
                self.command(&format!("MKD {base}/empty"))?;
            }
            Input::Mkd | Input::Xmkd => {
                self.command(&format!("RMD {base}/newdir"))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Removes the directory with what is in it. Gives what could not be removed.
    pub fn remove(mut self, target: &mut dyn Target, names: &Names) -> Result<(), String> {
        // The session may have idled too long: a new one is as good.
        let kept = |trouble: Trouble| format!("{trouble}; remove it by hand");
        self.log_in(target, names).map_err(kept)?;
        let base = self.base.clone();
        for directory in [format!("{base}/dir"), base.clone()] {
            self.empty(&directory).map_err(kept)?;
        }
        self.command(&format!("CWD {base}/..")).map_err(kept)?;
        let reply = self.command(&format!("RMD {base}")).map_err(kept)?;
        if reply.code >= 400 {
            return Err(format!("RMD was answered '{}'", reply.headline()));
        }
        Ok(())
    }

    /// The directory's name on the server.
    pub fn base(&self) -> &str {
        &self.base
    }

    fn empty(&mut self, directory: &str) -> Result<(), Trouble> {
        self.command(&format!("CWD {directory}"))?;
        for name in self.names_in_it()? {
            let leaf = name.rsplit('/').next().unwrap_or(&name);
            if !matches!(leaf, "." | "..")
                && self.command(&format!("DELE {directory}/{leaf}"))?.code >= 400
            {
                self.command(&format!("RMD {directory}/{leaf}"))?;
            }
        }
        Ok(())
    }

    fn names_in_it(&mut self) -> Result<Vec<String>, Trouble> {
        // What refuses it refuses the transfer too.
        let _ = self.set_up()?;
        if !(100..200).contains(&self.command("NLST")?.code) || !self.session.open_data()? {
            return Ok(Vec::new());
        }
        let listing = self.session.end_transfer(DataEnd::Done)?;
        self.session.next_reply(Wait::Full)?;
        Ok(String::from_utf8_lossy(&listing)
            .lines()
            .filter(|name| !name.is_empty() && !name.contains(char::is_control))
            .take(NAMES_MAX)
            .map(str::to_owned)
            .collect())
    }

    /// Makes `{big_file}`. The inner `Err` says why the server cannot have it.
    pub fn store_big(&mut self) -> Result<Result<(), String>, Trouble> {
        self.store("big.txt", &big())
    }

    fn store(&mut self, leaf: &str, bytes: &[u8]) -> Result<Result<(), String>, Trouble> {
        let refused = |reply: &Reply| {
            Ok(Err(format!(
                "no file can be stored: '{}'",
                reply.headline()
            )))
        };
        if let Err(reply) = self.set_up()? {
            return refused(&reply);
        }
        let reply = self.command(&format!("STOR {}/{leaf}", self.base))?;
        if !(100..200).contains(&reply.code) {
            return refused(&reply);
        }
        if !self.session.open_data()? {
            return Ok(Err("no data connection for it".to_owned()));
        }
        self.session.send_data(bytes)?;
        self.session.end_transfer(DataEnd::Done)?;
        match self.session.next_reply(Wait::Full)? {
            Some(reply) if reply.code < 300 => Ok(Ok(())),
            Some(reply) => refused(&reply),
            None => Err(Trouble::Closed("the completion of a transfer")),
        }
    }

    /// Sets up a passive data connection; with EPSV where PASV is refused. `Err`: the reply that refuses it.
    fn set_up(&mut self) -> Result<Result<(), Reply>, Trouble> {
        let refused = self.command("PASV")?;
        let is_set_up = refused.code == 227 || self.command("EPSV")?.code == 229;
        Ok(if is_set_up { Ok(()) } else { Err(refused) })
    }

    fn command(&mut self, line: &str) -> Result<Reply, Trouble> {
        command(self.session.as_mut(), line)
    }
}

/// What `{big_file}` holds: numbers, so that a gap shows, and no line end, so that it is the same in every TYPE.
pub fn big() -> Vec<u8> {
    let numbers = (0..BIG_BYTES / 8).map(|number| format!("{number:07} "));
    numbers.collect::<String>().into_bytes()
}

fn command(session: &mut dyn Session, line: &str) -> Result<Reply, Trouble> {
    send_patiently(session, line.as_bytes())
}

/// RFC 959 §4.2.1: every 2yz says that it was done. Not every server has 257 for a directory.
fn is_done(reply: &Reply) -> bool {
    (200..300).contains(&reply.code)
}

/// The path in a 257 reply: in double quotes, a quote in it doubled (RFC 959 appendix II).
fn quoted(reply: &Reply) -> Option<String> {
    let text = String::from_utf8(reply.lines.first()?.clone()).ok()?;
    if text.contains(char::is_control) {
        return None;
    }
    let (_, rest) = text.split_once('"')?;
    let mut path = String::new();
    let mut characters = rest.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '"' && characters.next_if_eq(&'"').is_none() {
            return Some(path);
        }
        path.push(character);
    }
    None
}
