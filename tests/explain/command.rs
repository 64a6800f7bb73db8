//! The command as it is run: exit codes, hints, stdin, width, examples, completions, man pages.

use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

use crate::runs::{assert_could_not_tell, ftproof, run, scratch, text};

fn explain_stdin(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = ftproof(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    // Who needs no stdin may have closed it.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

const WRONG: &[u8] = b"> RNTO b\n< 503 No\n";
const RIGHT: &[u8] = b"> RNFR a\n< 350 Go\n> RNTO b\n< 250 Done\n";

#[test]
fn the_exit_code_says_whether_something_about_order_is_wrong() {
    for (arguments, input, code) in [
        (&["explain", "-"][..], WRONG, 1),
        (&["explain"], WRONG, 1),
        (&["explain", "-"], RIGHT, 0),
        (&["explain", "--form", "curl"], RIGHT, 0),
        (&["explain", "503"], b"", 0),
        (&["explain", "-"], b"Dear diary,\n", 2),
        (&["explain", "--form", "lftp", "-"], RIGHT, 2),
    ] {
        let output = explain_stdin(arguments, input);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {output:?}"
        );
        assert_eq!(output.stdout.is_empty(), code == 2);
    }
}

#[test]
fn a_file_is_told_from_a_subject() {
    let file = scratch("explain", "session.log");
    fs::write(&file, WRONG).unwrap();
    let output = run(&["explain", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    // A subject goes before a file of its name.
    let folder = file.parent().unwrap();
    fs::write(folder.join("503"), WRONG).unwrap();
    for (word, code) in [("503", 0), ("./503", 1)] {
        let output = ftproof(&["explain", word])
            .current_dir(folder)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{word}");
    }
    assert_could_not_tell(
        &run(&["explain", "not-there.log"]),
        &["cannot read not-there.log", "No such file"],
    );
    assert_could_not_tell(
        &run(&["explain", folder.to_str().unwrap()]),
        &["cannot read"],
    );
}

#[test]
fn what_is_misspelled_is_answered_with_what_is_near() {
    for (words, hints) in [
        (
            &["explain", "RNTP"][..],
            &[
                "'RNTP' is no reply code, verb, rule or finding",
                "the nearest are RNTO",
            ][..],
        ),
        (&["explain", "seq/rntp"], &["the nearest are seq/rnto"]),
        (
            &["explain", "seq/rnto:acepted"],
            &["no kind of finding is called 'acepted'", "accepted"],
        ),
        (
            &["explain", "999"],
            &["999 is no reply code", "RFC 959 §4.2"],
        ),
        (&["explain", "214", "5O3"], &["'5O3' is no reply code"]),
        (
            &["man", "chekc"],
            &["no command 'chekc'; the nearest are check"],
        ),
    ] {
        assert_could_not_tell(&run(words), hints);
    }
    let output = run(&["explain", "--form", "lfpt", "-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("the nearest are lftp"),
        "{output:?}"
    );
}

#[test]
fn both_formats_say_the_same() {
    let output = explain_stdin(&["explain", "--format", "json", "-"], WRONG);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let finding = &json["findings"][0];
    assert_eq!(
        (&finding["line"], &finding["rule"]),
        (&1.into(), &"seq/rnto".into())
    );
    assert_eq!(finding["fault"], "client");
    let page = run(&["explain", "214", "503", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&page.stdout).unwrap();
    assert_eq!(json[0]["about"], "difference");
}

#[test]
fn lines_fit_the_width_and_nothing_but_a_terminal_gets_colour() {
    for columns in ["50", "80"] {
        let output = ftproof(&["explain", "214", "503"])
            .env("COLUMNS", columns)
            .env("NO_COLOR", "")
            .output()
            .unwrap();
        let limit: usize = columns.parse().unwrap();
        let said = text(&output.stdout);
        assert!(
            said.lines().all(|line| line.chars().count() <= limit),
            "{said}"
        );
        assert!(!said.contains('\x1b'));
    }
}

/// Every command but `help` itself.
fn commands() -> Vec<String> {
    let output = run(&["--help"]);
    let help = text(&output.stdout);
    let (_, list) = help
        .split_once("Commands:\n")
        .expect("the help lists the commands");
    let (list, _) = list.split_once("\n\n").expect("something follows the list");
    let names = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.map(|line| line.trim().split(' ').next().unwrap_or_default().to_owned());
    names.filter(|name| name != "help").collect()
}

#[test]
fn the_help_of_every_command_has_examples() {
    let commands = commands();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let output = run(&[&command, "--help"]);
        let help = text(&output.stdout);
        assert!(help.contains("Examples:"), "{command}: {help}");
        assert!(
            help.contains(&format!("ftproof {command}")),
            "{command}: {help}"
        );
    }
}

#[test]
fn completions_of_every_shell_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        for command in commands() {
            assert!(
                text(&output.stdout).contains(&command),
                "{shell}: {command}"
            );
        }
    }
    let output = run(&["completions", "tcsh"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn every_command_has_a_man_page() {
    let folder = scratch("man", "pages");
    let output = run(&["man", "--out", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for command in commands() {
        let page = fs::read_to_string(folder.join(format!("ftproof-{command}.1"))).unwrap();
        assert_eq!(page, text(&run(&["man", &command]).stdout), "{command}");
        assert!(page.contains("Examples:"), "{command}");
    }
    assert_eq!(
        fs::read(folder.join("ftproof.1")).unwrap(),
        run(&["man"]).stdout
    );
}
