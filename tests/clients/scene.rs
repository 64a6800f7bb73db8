//! What a client finds and what it must leave: a served directory, and one of its own.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process, thread};

use ftproof::serve::{Accounts, Server, Settings};
use libtest_mimic::Failed;

/// Only a client that hangs takes longer, in seconds.
const FAR_BEYOND: &str = "120";

/// How a client is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Passive data connections.
    Clear,
    /// Active data connections.
    Active,
    /// The same over IPv6.
    V6,
    /// TLS behind AUTH, with PROT P.
    Explicit,
    /// TLS from the first byte on.
    Implicit,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Mode::Clear => "passive",
            Mode::Active => "active",
            Mode::V6 => "over IPv6",
            Mode::Explicit => "in TLS behind AUTH",
            Mode::Implicit => "in TLS from the first byte on",
        }
    }

    /// Why it cannot be tried here.
    pub fn absence(self) -> Option<&'static str> {
        match self {
            Mode::V6 if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() => {
                Some("there is no IPv6")
            }
            Mode::Explicit | Mode::Implicit if cfg!(not(feature = "tls")) => Some("built without"),
            _ => None,
        }
    }
}

pub fn is_there(program: &str) -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

/// A server with a directory, and a directory for its client.
pub struct Scene {
    scratch: PathBuf,
    pub mode: Mode,
    pub address: SocketAddr,
    /// Bytes that no conversion leaves as they are.
    pub bytes: Vec<u8>,
}

impl Scene {
    /// The server has `big.bin` and `half.bin`, its first half; so has the client, with `part.bin` for the half.
    pub fn new(mode: Mode) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let scratch = env::temp_dir().join(format!("ftproof-clients-{}-{number}", process::id()));
        let bytes: Vec<u8> = b"\r\n\n\r\0\xff\xff\xf4 text\n"
            .iter()
            .chain(&(0..=255).collect::<Vec<u8>>())
            .copied()
            .cycle()
            .take(300_000)
            .collect();
        for folder in ["root", "local", "home"] {
            fs::create_dir_all(scratch.join(folder)).unwrap();
        }
        let half = &bytes[..bytes.len() / 2];
        for (name, bytes) in [
            ("root/big.bin", &bytes[..]),
            ("root/half.bin", half),
            ("local/new.bin", &bytes),
            ("local/half.bin", &bytes),
            ("local/part.bin", half),
        ] {
            fs::write(scratch.join(name), bytes).unwrap();
        }
        let server = Server::bind(Self::ip(mode), settings(mode, scratch.join("root"))).unwrap();
        let address = server.address();
        thread::spawn(move || server.run());
        Scene {
            scratch,
            mode,
            address,
            bytes,
        }
    }

    fn ip(mode: Mode) -> SocketAddr {
        let ip = match mode {
            Mode::V6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
            Mode::Clear | Mode::Active | Mode::Explicit | Mode::Implicit => {
                IpAddr::V4(Ipv4Addr::LOCALHOST)
            }
        };
        SocketAddr::new(ip, 0)
    }

    pub fn local(&self, name: &str) -> String {
        self.scratch.join("local").join(name).display().to_string()
    }

    fn served(&self, name: &str) -> PathBuf {
        self.scratch.join("root").join(name)
    }

    /// Runs the client in its own directory; gives what it wrote.
    pub fn run<S: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = S>,
        input: &str,
    ) -> Result<String, Failed> {
        let script = self.scratch.join("input");
        fs::write(&script, input).unwrap();
        let output = Command::new("timeout")
            .args([FAR_BEYOND, program])
            .args(arguments)
            .current_dir(self.scratch.join("local"))
            .env("HOME", self.scratch.join("home"))
            .env("LC_ALL", "C")
            .env_remove("http_proxy")
            .env_remove("ftp_proxy")
            .stdin(fs::File::open(&script).unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        if output.status.success() {
            Ok(text)
        } else {
            Err(format!("{program}: {}: {text}", output.status).into())
        }
    }

    /// The client has these bytes.
    pub fn came(&self, name: &str, told: &str) -> Result<(), Failed> {
        self.same(Path::new(&self.local(name)), told)
    }

    /// The server has these bytes.
    pub fn stored(&self, name: &str, told: &str) -> Result<(), Failed> {
        self.same(&self.served(name), told)
    }

    fn same(&self, path: &Path, told: &str) -> Result<(), Failed> {
        match fs::read(path) {
            Ok(bytes) if bytes == self.bytes => Ok(()),
            Ok(bytes) => Err(format!("{}: {} bytes: {told}", path.display(), bytes.len()).into()),
            Err(error) => Err(format!("{}: {error}: {told}", path.display()).into()),
        }
    }

    /// Whether the server has something of this name is this.
    pub fn has(&self, name: &str, expected: bool, told: &str) -> Result<(), Failed> {
        if self.served(name).exists() == expected {
            Ok(())
        } else {
            Err(format!("{name} is there: {}: {told}", !expected).into())
        }
    }

    /// All that a client who can do everything leaves: `new.bin` was stored and renamed to `kept.bin`, `half.bin` is
    /// whole, `made` is gone again, `gone.bin` was stored and deleted, `made/stays` was made below.
    pub fn all_is_done(&self, told: &str) -> Result<(), Failed> {
        self.came("big.bin", told)?;
        self.came("part.bin", told)?;
        self.stored("kept.bin", told)?;
        self.stored("half.bin", told)?;
        for (name, expected) in [
            ("new.bin", false),
            ("gone.bin", false),
            ("gone", false),
            ("made", true),
        ] {
            self.has(name, expected, told)?;
        }
        Ok(())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.scratch);
    }
}

fn settings(mode: Mode, root: PathBuf) -> Settings {
    let mut accounts = Accounts::default();
    accounts.add("anna:secret").unwrap();
    Settings {
        root: Some(root),
        accounts,
        tls: tls(mode),
        ..Settings::default()
    }
}

#[cfg(feature = "tls")]
fn tls(mode: Mode) -> Option<ftproof::serve::TlsServer> {
    let is_implicit = match mode {
        Mode::Clear | Mode::Active | Mode::V6 => return None,
        Mode::Explicit => false,
        Mode::Implicit => true,
    };
    Some(ftproof::serve::TlsServer::self_signed(is_implicit).unwrap())
}

#[cfg(not(feature = "tls"))]
fn tls(_: Mode) -> Option<ftproof::serve::TlsServer> {
    None
}
