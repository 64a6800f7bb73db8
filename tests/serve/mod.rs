//! `ftproof serve`: it conforms, it keeps to its limits, and no client harms another's session or files.
#![expect(
    clippy::unwrap_used,
    reason = "a script that cannot go on ends the test"
)]

#[cfg(feature = "tls")]
mod client;
#[cfg(feature = "tls")]
mod conformance;
mod directory;
mod hostile;
mod limits;
mod line;
#[cfg(feature = "tls")]
mod tls;
mod transcript;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process, thread};

use ftproof::serve::{Server, Settings};

/// Serves on a free port until the test ends.
fn serve(settings: Settings) -> SocketAddr {
    serve_on((Ipv4Addr::LOCALHOST, 0).into(), settings)
}

fn serve_on(address: SocketAddr, settings: Settings) -> SocketAddr {
    let server = Server::bind(address, settings).unwrap();
    let address = server.address();
    thread::spawn(move || server.run());
    address
}

/// A directory of a test's own, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("ftproof-serve-{}-{number}", process::id()));
        fs::create_dir_all(path.join("root")).unwrap();
        Scratch(path)
    }

    /// What is served.
    fn root(&self) -> PathBuf {
        self.0.join("root")
    }

    /// The settings that serve it, to `anna`, whose password is `secret`.
    fn settings(&self) -> Settings {
        let mut accounts = ftproof::serve::Accounts::anonymous();
        accounts.add("anna:secret").unwrap();
        Settings {
            root: Some(self.root()),
            accounts,
            ..Settings::default()
        }
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
