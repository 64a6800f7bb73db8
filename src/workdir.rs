//! The files that a check needs on a server: made under one directory of its own, put back after each test that
//! changed them, and removed at the end. Nothing else on the server is touched.

use ftproof_model::Input;

use crate::reply::Reply;
use crate::target::{DataEnd, Names, Session, Target, Trouble, Wait};
use crate::walk::{Step, UPLOAD};

/// The names of files, and what they stand for in the directory.
const LEAVES: [(&str, &str); 8] = [
    ("file", "file.txt"),
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
        let mut workdir = Workdir { base, session };
        Ok(workdir.fill()?.map(|()| workdir))
    }

    fn fill(&mut self) -> Result<Result<(), String>, Trouble> {
        let base = self.base.clone();
        let reply = self.command(&format!("MKD {base}"))?;
        if reply.code != 257 {
            return Ok(Err(format!(
                "no directory can be made: MKD was answered '{}'",
                reply.headline()
            )));
        }
        let mut failure = None;
        for directory in ["dir", "empty"] {
            let reply = self.command(&format!("MKD {base}/{directory}"))?;
            if reply.code != 257 {
                failure = Some(format!("MKD was answered '{}'", reply.headline()));
            }
        }
        if let Err(reason) = self.store("file.txt")? {
            failure = Some(reason);
        }
        let Some(reason) = failure else {
            return Ok(Ok(()));
        };
        for made in ["/dir", "/empty", ""] {
            self.command(&format!("RMD {base}{made}"))?;
        }
        Ok(Err(reason))
    }

    /// Puts back what `steps` changed.
    pub fn restore(
        &mut self,
        target: &mut dyn Target,
        names: &Names,
        steps: &[Step],
    ) -> Result<(), Trouble> {
        for step in steps {
            if !step
                .replies
                .iter()
                .any(|reply| (200..300).contains(&reply.code))
            {
                continue;
            }
            match self.put_back(step.input) {
                Err(Trouble::Closed(_) | Trouble::TimedOut { .. } | Trouble::Io(_)) => {
                    self.session = log_in(target, names)?;
                    self.put_back(step.input)?;
                }
                other => other?,
            }
        }
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
                let _ = self.store("file.txt")?;
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
        self.session = log_in(target, names).map_err(kept)?;
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
        self.command("PASV")?;
        if !(100..200).contains(&self.command("NLST")?.code) || !self.session.open_data()? {
            return Ok(Vec::new());
        }
        let listing = self.session.end_transfer(DataEnd::Done)?;
        self.session.next_reply(Wait::Owed)?;
        Ok(String::from_utf8_lossy(&listing)
            .lines()
            .filter(|name| !name.is_empty() && !name.contains(char::is_control))
            .take(NAMES_MAX)
            .map(str::to_owned)
            .collect())
    }

    fn store(&mut self, leaf: &str) -> Result<Result<(), String>, Trouble> {
        let refused = |reply: &Reply| {
            Ok(Err(format!(
                "no file can be stored: '{}'",
                reply.headline()
            )))
        };
        let set_up = self.command("PASV")?;
        if set_up.code != 227 {
            return refused(&set_up);
        }
        let reply = self.command(&format!("STOR {}/{leaf}", self.base))?;
        if !(100..200).contains(&reply.code) {
            return refused(&reply);
        }
        if !self.session.open_data()? {
            return Ok(Err("no data connection for it".to_owned()));
        }
        self.session.send_data(UPLOAD)?;
        self.session.end_transfer(DataEnd::Done)?;
        match self.session.next_reply(Wait::Owed)? {
            Some(reply) if reply.code < 300 => Ok(Ok(())),
            Some(reply) => refused(&reply),
            None => Err(Trouble::Closed("the completion of a transfer")),
        }
    }

    fn command(&mut self, line: &str) -> Result<Reply, Trouble> {
        command(self.session.as_mut(), line)
    }
}

fn command(session: &mut dyn Session, line: &str) -> Result<Reply, Trouble> {
    session
        .send(line.as_bytes())?
        .ok_or(Trouble::Closed("a reply"))
}

/// A session that is logged in.
pub fn log_in(target: &mut dyn Target, names: &Names) -> Result<Box<dyn Session>, Trouble> {
    let mut session = target.connect()?;
    let user = names.fill(b"USER {user}")?;
    let mut reply = session.send(&user)?.ok_or(Trouble::Closed("a reply"))?;
    if reply.code == 331 {
        let password = names.fill(b"PASS {password}")?;
        reply = session.send(&password)?.ok_or(Trouble::Closed("a reply"))?;
    }
    if !(200..300).contains(&reply.code) {
        return Err(Trouble::LoginRefused {
            user: crate::reply::shown(names.get("user").unwrap_or_default()),
            reply: reply.headline(),
        });
    }
    Ok(session)
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
