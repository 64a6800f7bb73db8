//! `ftproof graph`: its formats read back, its pictures with a report laid over them, and its errors.
//!
//! `FTPROOF_BLESS=1` rewrites the committed snapshots.

mod errors;
mod formats;
mod overlay;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs `ftproof graph` with these arguments.
fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ftproof"))
        .arg("graph")
        .args(arguments)
        .output()
        .expect("ftproof runs")
}

/// What it writes when all is well.
#[track_caller]
fn written(arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""));
    String::from_utf8(output.stdout).expect("it is UTF-8")
}

/// A file of this name with this text, in a folder of this test.
fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("graph");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let path = folder.join(name);
    fs::write(&path, text).expect("a file can be written");
    path.to_str().expect("the path is UTF-8").to_owned()
}

/// Compares with the committed file, of this path in the project.
#[track_caller]
fn assert_snapshot(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("FTPROOF_BLESS").is_some() {
        fs::write(&path, text).expect("the snapshot can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{name} differs: FTPROOF_BLESS=1 cargo test --test claims graph rewrites it"
    );
}
