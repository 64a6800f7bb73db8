//! A real server, started on a free port of this machine by `start`, until it is dropped.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ftproof::Names;

use crate::port;

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Why a server cannot be run here, and how to get it.
pub fn absence(name: &str) -> Option<&'static str> {
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
pub struct Running {
    /// The process from which all of the server's descend.
    pub child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Running {
    /// Starts it, and waits until it greets. Its port is kept until then: a server of a test beside this one, listening
    /// there first, would be taken for it.
    pub fn start(name: &str) -> io::Result<Self> {
        let (_kept, address) = port::free();
        let child = Command::new(root().join("tests/servers/start"))
            .args([name, &address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let mut running = Running { child, address };
        // Another process opens the port, so there is nothing to wait on but the port itself.
        const LOOKS_MAX: usize = 1_000;
        for _ in 0..LOOKS_MAX {
            if let Some(status) = running.child.try_wait()? {
                return Err(io::Error::other(format!("{name} ended at once: {status}")));
            }
            if greets(address) {
                return Ok(running);
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Err(io::Error::other(format!("{name} does not listen")))
    }
}

/// Whether an FTP server is there.
fn greets(address: SocketAddr) -> bool {
    let mut code = [0; 3];
    let greeted = TcpStream::connect(address).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.read_exact(&mut code)
    });
    greeted.is_ok() && code == *b"220"
}

impl Drop for Running {
    fn drop(&mut self) {
        // Killing the start script ends the server with all its children.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The login that every one of them has.
pub fn names() -> Names {
    let mut names = Names::default();
    for (name, value) in [
        ("user", "ftptest"),
        ("password", "secret"),
        ("wrong_password", "not-the-password"),
        ("wrong_account", "not-the-account"),
    ] {
        names.set(name, value);
    }
    names
}
