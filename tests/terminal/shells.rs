//! The completions, read by the shells that they are for.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::runs::{run, scratch};

fn script(shell: &str) -> PathBuf {
    let file = scratch(&format!("completions-{shell}"), "script");
    fs::write(&file, run(&["completions", shell]).stdout).unwrap();
    file
}

/// `shell` finds no fault in the completions; these options make it only read.
pub fn reads(shell: &str, options: &[&str]) {
    let script = script(shell);
    let output = Command::new(shell)
        .args(options)
        .arg(script)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// PowerShell has no option to read only, so it is asked to parse.
pub fn power_shell_reads() {
    let parse = format!(
        "$wrong = $null; \
         [System.Management.Automation.Language.Parser]::ParseFile('{}', [ref]$null, [ref]$wrong) > $null; \
         exit $wrong.Count",
        script("powershell").display()
    );
    let options = ["-NoProfile", "-NonInteractive", "-Command"];
    let output = Command::new("pwsh")
        .args(options)
        .arg(parse)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}
