//! The command line of the server: what is wrong is said in one line, and it says where it listens.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use super::Scratch;
use super::client::Client;

fn ftproof(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ftproof"));
    command.arg("serve").args(arguments);
    command
}

/// A server that runs until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn bad_input_is_told_in_one_line() {
    let scratch = Scratch::new();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let path = |name: &str| scratch.path().join(name).display().to_string();
    let (missing, garbage) = (path("missing"), path("garbage"));
    fs::write(&garbage, "no certificate").unwrap();
    let mut cases = vec![
        (vec![taken.as_str()], "another program has this port"),
        (vec!["192.0.2.1:2121"], "not a loopback address"),
        (vec!["nonsense"], "is not an address"),
        (vec!["http://127.0.0.1:0"], "is not an address"),
        (vec!["--root", &missing, "127.0.0.1:0"], "No such file"),
        (vec!["--root", &garbage, "127.0.0.1:0"], "Not a directory"),
        (
            vec!["--transcript", "/missing/x", "127.0.0.1:0"],
            "No such file",
        ),
        (vec!["--user", "anna", "127.0.0.1:0"], "NAME:PASSWORD"),
        (vec!["--user", ":secret", "127.0.0.1:0"], "NAME:PASSWORD"),
    ];
    if cfg!(feature = "tls") {
        cases.extend([
            (
                vec!["--tls", &missing, &missing, "127.0.0.1:0"],
                "cannot read the certificate",
            ),
            (
                vec!["--tls", &garbage, &garbage, "127.0.0.1:0"],
                "cannot read the key",
            ),
            (vec!["ftps://127.0.0.1:0"], "needs a certificate"),
        ]);
    }
    for (arguments, expected) in cases {
        let output = ftproof(&arguments).output().unwrap();
        let (said, told) = (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert_eq!(
            (said.as_str(), told.lines().count()),
            ("", 1),
            "{arguments:?}: {told}"
        );
        assert!(
            !told.replace("anna:secret;", "").contains("secret"),
            "{told}"
        );
    }
}

#[test]
fn it_says_where_it_listens() {
    let child = ftproof(&[
        "127.0.0.1:0",
        "--user",
        "anna:secret",
        "--max-sessions",
        "1",
    ])
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut running = Running(child);
    let mut line = String::new();
    let stdout = running.0.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let place = line.trim_end().strip_prefix("listening on ftp://").unwrap();
    let mut client = Client::logged_in(place.parse().unwrap(), "anna");
    assert_eq!(client.download("RETR /hello.txt"), b"hello world\n");
    let mut second = Client::without_greeting(place.parse().unwrap());
    assert_eq!(second.code(), "421");
}
