//! Four real servers, checked on loopback: each has the findings that `tests/known/` lists, and no other.
//!
//! `tests/servers/get` brings them. One that is not there is skipped by name; with `FTPROOF_SERVERS=required` it fails.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ftproof::check::check;
use ftproof::report;
use ftproof::tcp::{DEADLINE, TcpTarget};
use ftproof::{Names, Options};
use libtest_mimic::{Arguments, Failed, Trial};

const SERVERS: [&str; 4] = ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"];

fn main() {
    let arguments = Arguments::from_args();
    let is_required = std::env::var("FTPROOF_SERVERS").is_ok_and(|value| value == "required");
    let trials = SERVERS.map(|name| match absence(name) {
        Some(reason) if !is_required => {
            eprintln!("skipped: {name}: {reason}");
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
        _ => Trial::test(name, move || has_just_its_known_findings(name)),
    });
    libtest_mimic::run(&arguments, trials.into()).exit();
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Why a server cannot be run here, and how to get it.
fn absence(name: &str) -> Option<&'static str> {
    if !root().join("target/servers").join(name).exists() {
        return Some("not there; to get it, run tests/servers/get");
    }
    let namespaces = Command::new("unshare")
        .args(["--mount", "--pid", "true"])
        .stderr(Stdio::null())
        .status();
    if name != "pyftpdlib" && !namespaces.is_ok_and(|status| status.success()) {
        return Some("needs root, for namespaces of its own");
    }
    None
}

/// A server that runs until it is dropped.
struct Running {
    child: Child,
    address: SocketAddr,
}

impl Running {
    fn start(name: &str) -> Result<Self, Failed> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new(root().join("tests/servers/start"))
            .args([name, &address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let mut running = Running { child, address };
        // Another process opens the port, so there is nothing to wait on but the port itself.
        const LOOKS_MAX: usize = 1_000;
        for _ in 0..LOOKS_MAX {
            if TcpStream::connect(address).is_ok() {
                return Ok(running);
            }
            if let Some(status) = running.child.try_wait()? {
                return Err(format!("{name} ended at once: {status}").into());
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Err(format!("{name} does not listen").into())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Killing the start script ends the server with all its children.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn has_just_its_known_findings(name: &str) -> Result<(), Failed> {
    let server = Running::start(name)?;
    let mut names = Names::default();
    for (name, value) in [
        ("user", "ftptest"),
        ("password", "secret"),
        ("wrong_password", "not-the-password"),
        ("wrong_account", "not-the-account"),
    ] {
        names.set(name, value);
    }
    let mut target = TcpTarget::new(server.address, names, DEADLINE);
    let report = check(&mut target, &Options::default())?;
    println!("{}", report.summary());
    let found: BTreeSet<String> = report
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.rule, finding.kind))
        .collect();
    let known = Known::read(&root().join("tests/known").join(format!("{name}.txt")))?;
    let missing: Vec<_> = known.always.difference(&found).collect();
    let new: Vec<_> = found
        .iter()
        .filter(|found| !known.always.contains(*found) && !known.sometimes.contains(*found))
        .collect();
    if missing.is_empty() && new.is_empty() {
        return Ok(());
    }
    Err(format!(
        "no longer found: {missing:?}; not listed: {new:?}\n{}",
        report::text(&report)
    )
    .into())
}

/// What a server is known to do: lines of `always RULE KIND` and, where its timing decides, `sometimes RULE KIND`.
#[derive(Default)]
struct Known {
    always: BTreeSet<String>,
    sometimes: BTreeSet<String>,
}

impl Known {
    fn read(path: &PathBuf) -> Result<Self, Failed> {
        let mut known = Known::default();
        for line in fs::read_to_string(path)?
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            match line.split_once(' ') {
                Some(("always", finding)) => known.always.insert(finding.to_owned()),
                Some(("sometimes", finding)) => known.sometimes.insert(finding.to_owned()),
                _ => {
                    return Err(format!(
                        "{}: '{line}' is not 'always|sometimes RULE KIND'",
                        path.display()
                    )
                    .into());
                }
            };
        }
        Ok(known)
    }
}
