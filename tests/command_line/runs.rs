//! Runs of the command, and what every test of it asserts.
#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};

pub fn ftproof(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ftproof"));
    command
        .args(arguments)
        .env_remove("COLUMNS")
        .env_remove("FTPROOF_PASSWORD");
    command
}

pub fn run(arguments: &[&str]) -> Output {
    ftproof(arguments).output().expect("the command runs")
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the command writes UTF-8")
}

/// Exit 2, nothing on stdout, and one line on stderr that has all `words`.
#[track_caller]
pub fn assert_could_not_tell(output: &Output, words: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(text(&output.stdout), "");
    assert!(
        said.starts_with("ftproof: ") && said.ends_with('\n') && said.lines().count() == 1,
        "{said:?}"
    );
    for word in words {
        assert!(said.contains(word), "no '{word}' in {said}");
    }
}

/// A file of this test run, in a folder of its own.
pub fn scratch(folder: &str, file: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder.join(file)
}

pub fn url(login: &str, address: SocketAddr) -> String {
    format!("ftp://{login}@{address}")
}
