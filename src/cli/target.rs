//! The options that say which server, and how to get in.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;

use crate::address::{Address, Protection};
use crate::bounded;
use crate::embedded::EmbeddedTarget;
use crate::reply::{looks_like, shown};
use crate::target::{Names, Target, Trouble};
use crate::tcp::{DEADLINE, TcpTarget};

#[derive(Args)]
#[command(next_help_heading = "Target")]
pub(super) struct TargetArguments {
    /// ftp://user@host:port, or ftpes:// or ftps:// for TLS; without it, our own session in process.
    #[arg(help_heading = "Arguments")]
    target: Option<String>,
    /// Log in as this user; without one, as anonymous.
    #[arg(long)]
    user: Option<String>,
    /// Read the password from the first line of this file.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Wait at most so long for each reply.
    #[arg(long, value_name = "SECONDS", default_value_t = DEADLINE.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Inside TLS take only certificates that this PEM file vouches for. On this machine any is taken without it.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Allow a target that is not on this machine. Only for a server that you may test.
    #[arg(long)]
    allow_remote: bool,
}

impl TargetArguments {
    /// The target that is meant. Nothing is sent yet.
    pub(super) fn open(&self) -> anyhow::Result<Box<dyn Target>> {
        let Some(url) = &self.target else {
            if self.user.is_some() || self.password_file.is_some() || self.ca.is_some() {
                bail!(
                    "--user, --password-file and --ca need a target, such as ftp://127.0.0.1:2121"
                );
            }
            return Ok(Box::new(EmbeddedTarget::default()));
        };
        let address = Address::parse(url)?;
        let socket = address.resolve(self.allow_remote)?;
        let user = self.user.clone().or(address.user);
        let password = match &self.password_file {
            Some(path) => Some(first_line(path)?),
            None => std::env::var("FTPROOF_PASSWORD").ok().or(address.password),
        };
        expect_one_line("user", user.as_deref())?;
        expect_one_line("password", password.as_deref())?;
        let deadline = Duration::from_secs(self.timeout);
        let target = TcpTarget::new(socket, login_names(user, password), deadline)
            .with_tls(address.protection);
        Ok(Box::new(match &self.ca {
            Some(file) => with_certificates(target, file, &address.host)?,
            None => target,
        }))
    }
}

#[cfg(feature = "tls")]
fn with_certificates(target: TcpTarget, file: &Path, host: &str) -> anyhow::Result<TcpTarget> {
    let certificates = crate::certificates::Certificates::read(file)?;
    Ok(target.with_certificates(&certificates, host))
}

#[cfg(not(feature = "tls"))]
fn with_certificates(_: TcpTarget, file: &Path, _: &str) -> anyhow::Result<TcpTarget> {
    bail!("--ca {}: ftproof was built without TLS", file.display())
}

/// How long a server that said nothing, or nothing of use, is asked for what it is.
const ASK_FOR: Duration = Duration::from_secs(1);

impl TargetArguments {
    /// `trouble`, and what the server looks like if that is why.
    pub(super) fn explain(&self, trouble: &Trouble) -> String {
        if self.is_told_to_use_tls(trouble) {
            return format!(
                "{trouble}; it seems to let nobody in without TLS: try ftpes:// instead of ftp://"
            );
        }
        let may_be_another = matches!(
            trouble,
            Trouble::TimedOut {
                awaited: "greeting",
                ..
            } | Trouble::Unavailable(_)
                | Trouble::LoginRefused { .. }
        );
        let line = may_be_another.then(|| self.first_words()).flatten();
        match line.and_then(|line| Some((looks_like(&line)?, line))) {
            Some((what, line)) => format!("{trouble}; it speaks like {what}: '{line}'"),
            None => trouble.to_string(),
        }
    }

    /// Whether a login in clear was refused, and TLS asked for in words, or by 534 (RFC 2228 §3).
    fn is_told_to_use_tls(&self, trouble: &Trouble) -> bool {
        const WORDS: [&str; 4] = ["tls", "ssl", "encrypt", "cleartext"];
        let target = self.target.as_deref().map(Address::parse);
        let is_in_clear = matches!(target, Some(Ok(address))
            if address.protection == Protection::OnRequest);
        let Trouble::LoginRefused { reply, .. } = trouble else {
            return false;
        };
        let said = reply.to_ascii_lowercase();
        is_in_clear && (said.starts_with("534") || WORDS.iter().any(|word| said.contains(word)))
    }

    /// What the server says first, escaped: unasked, or to a question that a web server and one inside TLS answer.
    fn first_words(&self) -> Option<String> {
        let address = Address::parse(self.target.as_ref()?).ok()?;
        if address.protection == Protection::Implicit {
            return None;
        }
        let socket = address.resolve(self.allow_remote).ok()?;
        let mut stream = TcpStream::connect_timeout(&socket, ASK_FOR).ok()?;
        stream.set_read_timeout(Some(ASK_FOR)).ok()?;
        stream.set_write_timeout(Some(ASK_FOR)).ok()?;
        let mut chunk = [0; 256];
        let count = match stream.read(&mut chunk) {
            Ok(count) => count,
            Err(_) => {
                stream.write_all(b"HEAD / HTTP/1.0\r\n\r\n").ok()?;
                stream.read(&mut chunk).ok()?
            }
        };
        let line = chunk[..count].split(|&byte| byte == b'\n').next()?;
        Some(shown(line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

/// What is sent within a line must not end it: the rest would be a command that nobody asked for (RFC 959 §5.3.2).
fn expect_one_line(what: &str, value: Option<&str>) -> anyhow::Result<()> {
    if value.is_some_and(|value| value.contains(['\r', '\n', '\0'])) {
        bail!("the {what} has a line end or a NUL in it, which no FTP command can carry");
    }
    Ok(())
}

/// The names of a server's login. Anonymous takes any password, so none is wrong for it.
fn login_names(user: Option<String>, password: Option<String>) -> Names {
    let mut names = Names::default();
    let user = user.unwrap_or_else(|| "anonymous".to_owned());
    if !matches!(user.as_str(), "anonymous" | "ftp") {
        names.set("wrong_password", "not-the-password");
    }
    names.set("user", user);
    names.set(
        "password",
        password.unwrap_or_else(|| "ftproof@".to_owned()),
    );
    names.set("wrong_account", "not-the-account");
    names
}

fn first_line(path: &Path) -> anyhow::Result<String> {
    let text = bounded::text(path)
        .with_context(|| format!("cannot read the password from {}", path.display()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!(
            "the first line of {} is empty; it should be the password",
            path.display()
        );
    }
    Ok(line.to_owned())
}
