//! `ftproof serve`: the session behind real sockets.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use super::output::print;
use crate::serve::{Accounts, Limits, Server, Settings, TlsServer, raise_descriptor_limit};

pub(super) const EXAMPLES: &str = "\
Examples:
  ftproof serve                                         files in memory, user ftptest, password secret
  ftproof serve --self-signed 127.0.0.1:2121            the same with TLS behind AUTH
  ftproof serve --self-signed ftps://127.0.0.1:9990     TLS from the first byte on
  ftproof serve --root /srv/ftp --user anna:secret      a directory; anna may change files
  ftproof serve --root /srv/ftp                         a directory; anonymous may read

It says where it listens ('listening on ftp://127.0.0.1:2121') and serves until Ctrl-C.
Exit: 2 it cannot serve.";

/// Where it listens unless told otherwise.
const ADDRESS: &str = "ftp://127.0.0.1:2121";

#[derive(Args)]
pub(super) struct ServeArguments {
    /// Where to listen: [ftp://]HOST:PORT, or ftps:// for TLS from the first byte on. Port 0: one that is free.
    #[arg(default_value = ADDRESS, value_name = "ADDR")]
    address: String,
    /// Serve the files of this directory, and nothing outside it.
    #[arg(long, value_name = "DIR", conflicts_with = "memory")]
    root: Option<PathBuf>,
    /// Serve a few files in memory, which are gone with the server; so it is without --root.
    #[arg(long)]
    memory: bool,
    /// Who may log in, and change files; 'anonymous:' is who may only read. Without one: anonymous; with files in
    /// memory ftptest (password secret), acct (secret, then account billing), anonymous and open.
    #[arg(long, value_name = "NAME:PASSWORD")]
    user: Vec<String>,
    /// Nobody may change files.
    #[arg(long)]
    read_only: bool,
    /// Offer TLS with this certificate and its key, both as PEM files.
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"], conflicts_with = "self_signed")]
    tls: Vec<PathBuf>,
    /// Offer TLS with a certificate made for this run.
    #[arg(long)]
    self_signed: bool,
    /// Write each session to this file, as a transcript that replay plays again.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// So many sessions at once.
    #[arg(long, value_name = "N", default_value_t = Limits::default().sessions_max,
        value_parser = sessions)]
    max_sessions: usize,
    /// Listen on an address that others than this machine can reach.
    #[arg(long)]
    allow_remote: bool,
}

fn sessions(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("it is a number from 1 on".to_owned()),
    }
}

pub(super) fn run(arguments: &ServeArguments) -> anyhow::Result<ExitCode> {
    let (scheme, address) = address(&arguments.address)?;
    if !address.ip().is_loopback() && !arguments.allow_remote {
        bail!(
            "{address} is not a loopback address; add --allow-remote if others may reach this server"
        );
    }
    let settings = Settings {
        root: arguments.root.clone(),
        accounts: arguments.accounts()?,
        is_read_only: arguments.read_only,
        tls: arguments.tls(scheme == Scheme::Ftps)?,
        transcript: arguments.transcript.clone(),
        limits: Limits {
            sessions_max: arguments.max_sessions,
            ..Limits::default()
        },
    };
    raise_descriptor_limit();
    let server = Server::bind(address, settings)?;
    print(&format!(
        "listening on {}://{}\n",
        scheme.name(),
        server.address()
    ))?;
    server.run()
}

impl ServeArguments {
    fn accounts(&self) -> anyhow::Result<Accounts> {
        if self.user.is_empty() {
            return Ok(match self.root {
                Some(_) => Accounts::anonymous(),
                None => Accounts::fixture(),
            });
        }
        let mut accounts = Accounts::default();
        for user in &self.user {
            accounts.add(user).context("--user")?;
        }
        Ok(accounts)
    }

    #[cfg(feature = "tls")]
    fn tls(&self, is_implicit: bool) -> anyhow::Result<Option<TlsServer>> {
        match self.tls.as_slice() {
            [certificate, key] => Ok(Some(TlsServer::read(certificate, key, is_implicit)?)),
            _ if self.self_signed => Ok(Some(TlsServer::self_signed(is_implicit)?)),
            _ if is_implicit => {
                bail!("ftps:// needs a certificate: add --self-signed, or --tls CERT KEY")
            }
            _ => Ok(None),
        }
    }

    #[cfg(not(feature = "tls"))]
    fn tls(&self, is_implicit: bool) -> anyhow::Result<Option<TlsServer>> {
        if is_implicit || self.self_signed || !self.tls.is_empty() {
            bail!(
                "this ftproof was built without TLS; serve with ftp:// and without --tls and --self-signed"
            );
        }
        Ok(None)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Ftp,
    Ftps,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Scheme::Ftp => "ftp",
            Scheme::Ftps => "ftps",
        }
    }
}

/// `[ftp://|ftps://]HOST:PORT`.
fn address(text: &str) -> anyhow::Result<(Scheme, SocketAddr)> {
    let (scheme, place) = match text.split_once("://") {
        None => (Scheme::Ftp, text),
        Some(("ftp", place)) => (Scheme::Ftp, place),
        Some(("ftps", place)) => (Scheme::Ftps, place),
        Some(_) => {
            bail!("'{text}' is not an address; write ftp://127.0.0.1:2121, or ftps:// for TLS")
        }
    };
    let place = place.strip_suffix('/').unwrap_or(place);
    let found: Vec<SocketAddr> = place
        .to_socket_addrs()
        .with_context(|| {
            format!("'{text}' is not an address; write HOST:PORT, such as 127.0.0.1:2121")
        })?
        .collect();
    let loopback = found.iter().find(|address| address.ip().is_loopback());
    match loopback.or(found.first()) {
        Some(&address) => Ok((scheme, address)),
        None => bail!("'{text}' has no address; write HOST:PORT, such as 127.0.0.1:2121"),
    }
}
