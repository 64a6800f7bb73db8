//! The copy of the sources that holds every mutant, and its build.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::schemata::{Mutant, rewrite};

/// The files of `core` that are broken: what decides, and what it calls.
const BROKEN: [&str; 10] = [
    "session.rs",
    "login.rs",
    "parameters.rs",
    "data.rs",
    "files.rs",
    "security.rs",
    "help.rs",
    "transfer.rs",
    "parse.rs",
    "command.rs",
];

/// What was built.
pub struct Built {
    /// The proof and the transcripts.
    pub runner: PathBuf,
    /// The tests of `core`, one program a file.
    pub tests_of_core: Vec<PathBuf>,
}

/// Writes the copy below this project's target folder, and builds it.
pub fn build() -> (Built, Vec<Mutant>) {
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    let mutants = write(&workspace);
    let runner = cargo(&workspace, &["build", "--bin", "mutant"]);
    let tests_of_core = cargo(
        &workspace,
        &["test", "--no-run", "--package", "ftproof-core"],
    );
    let runner = runner
        .into_iter()
        .next()
        .expect("cargo says where the runner is");
    assert!(!tests_of_core.is_empty(), "cargo says where the tests are");
    (
        Built {
            runner,
            tests_of_core,
        },
        mutants,
    )
}

/// Writes what has changed, so that cargo builds no more than that; what the copy should not have is deleted.
fn write(workspace: &Path) -> Vec<Mutant> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut mutants = Vec::new();
    let mut written = BTreeSet::new();
    let mut put = |path: &Path, text: &str| {
        let path = workspace.join(path);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::create_dir_all(path.parent().expect("it is in the workspace"))
                .expect("a folder can be made");
            fs::write(&path, text).expect("a file can be written");
        }
        written.insert(path);
    };
    let folders = ["core", "model", "src"];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| files_in(&project.join(folder)))
        .collect();
    files.sort_unstable();
    for file in files {
        let path = file.strip_prefix(project).expect("it is in the project");
        let text = fs::read_to_string(&file).expect("a source can be read");
        let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let is_of_core = path.parent() == Some(Path::new("core/src"));
        let text = match name {
            // Warnings of the copy are nobody's concern, even where they are made errors from outside.
            "lib.rs" if is_of_core => format!("#![allow(warnings)]\n{text}\nmod mutant;\n"),
            name if is_of_core && BROKEN.contains(&name) => rewrite(name, &text, &mut mutants),
            _ => text,
        };
        put(path, &text);
    }
    put(Path::new("core/src/mutant.rs"), include_str!("mutant.rs"));
    put(Path::new("src/bin/mutant.rs"), include_str!("runner.rs"));
    let lock = fs::read_to_string(project.join("Cargo.lock")).expect("the lock file is there");
    put(Path::new("Cargo.lock"), &lock);
    put(Path::new("Cargo.toml"), &manifest(project));
    let found = folders
        .iter()
        .flat_map(|folder| files_in(&workspace.join(folder)));
    for stale in found.filter(|path| !written.contains(path)) {
        fs::remove_file(stale).expect("a file of the copy can be deleted");
    }
    mutants
}

/// The project's manifest without the tests that it names, which are not copied. Of another version, so that cargo does
/// not take what it builds of the copy for the project's own.
fn manifest(project: &Path) -> String {
    let text = fs::read_to_string(project.join("Cargo.toml")).expect("the manifest is there");
    let own = format!("version = \"{}\"\n", env!("CARGO_PKG_VERSION"));
    let others = own.replace("\"\n", "+mutants\"\n");
    assert!(text.contains(&own), "the manifest has the version");
    let text = text.replacen(&own, &others, 1);
    let mut sections = vec![String::new()];
    for line in text.lines() {
        if line.starts_with('[') {
            sections.push(String::new());
        }
        let section = sections.last_mut().expect("there is one");
        section.push_str(line);
        section.push('\n');
    }
    sections.retain(|section| !section.starts_with("[["));
    sections.concat()
}

/// Every UTF-8 file below `folder`.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("a folder can be read").path();
        if path.is_dir() {
            files.extend(files_in(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// Builds something of the copy; gives the programs that cargo says it made. It is built as a release is, in this
/// project's target folder: what the two have in common is then compiled once.
fn cargo(workspace: &Path, arguments: &[&str]) -> Vec<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .args([
            "--release",
            "--offline",
            "--message-format=json-render-diagnostics",
        ])
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target.expect("it is in one"))
        .output()
        .expect("cargo can be run");
    // What it warns of, in code that nobody reads, is not shown.
    assert!(
        output.status.success(),
        "the copy in {} does not compile:\n{}",
        workspace.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let messages = String::from_utf8_lossy(&output.stdout);
    let programs = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    programs.collect()
}
