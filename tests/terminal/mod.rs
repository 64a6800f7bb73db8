//! What terminals, shells and readers of pages make of the command's output: lines that fit, colour, completions, man
//! pages, and the book.
//!
//! A program that is not there is skipped by name.
#![expect(clippy::unwrap_used, reason = "a run that cannot go on ends the test")]

mod pages;
mod screen;
mod shells;

use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

/// A program, how to get it, and what is shown with it.
struct Program {
    name: &'static str,
    get: &'static str,
    trials: &'static [(&'static str, fn())],
}

const PROGRAMS: [Program; 7] = [
    Program {
        name: "script",
        get: "apt-get install bsdutils",
        trials: &[
            ("no line is longer than the terminal", screen::lines_fit),
            (
                "no word is lost where a line is broken",
                screen::no_word_is_lost,
            ),
            ("errors fit the terminal", screen::errors_fit),
            (
                "codes are coloured unless NO_COLOR is set",
                screen::codes_are_coloured,
            ),
        ],
    },
    Program {
        name: "bash",
        get: "apt-get install bash",
        trials: &[("bash reads its completions", || {
            shells::reads("bash", &["-n"]);
        })],
    },
    Program {
        name: "zsh",
        get: "apt-get install zsh",
        trials: &[("zsh reads its completions", || {
            shells::reads("zsh", &["-n"]);
        })],
    },
    Program {
        name: "fish",
        get: "apt-get install fish",
        trials: &[("fish reads its completions", || {
            shells::reads("fish", &["--no-execute"]);
        })],
    },
    Program {
        name: "pwsh",
        get: "https://learn.microsoft.com/powershell",
        trials: &[(
            "PowerShell reads its completions",
            shells::power_shell_reads,
        )],
    },
    Program {
        name: "mandoc",
        get: "apt-get install mandoc",
        trials: &[("mandoc reads every man page", pages::man_pages_are_right)],
    },
    Program {
        name: "mdbook",
        get: "cargo install mdbook",
        trials: &[("mdbook builds the book", pages::the_book_is_built)],
    },
];

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for program in PROGRAMS {
        let is_there = is_there(program.name);
        if !is_there {
            eprintln!(
                "skipped: {}: not there; to get it: {}",
                program.name, program.get
            );
        }
        for &(name, run) in program.trials {
            let run = move || {
                run();
                Ok::<(), Failed>(())
            };
            trials.push(Trial::test(name, run).with_ignored_flag(!is_there));
        }
    }
    for (page, needs, lines) in pages::not_run() {
        eprintln!("skipped: {page}: {lines:?}: it needs {needs}; to run it: -- --ignored {page}");
        let run = move || {
            pages::are_run(&lines);
            Ok(())
        };
        trials.push(Trial::test(format!("{page} {needs}"), run).with_ignored_flag(true));
    }
    trials
}

/// Whether a program of this name can be started. BSD has another `script`, which takes other options.
fn is_there(program: &str) -> bool {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        program != "script" || String::from_utf8_lossy(&output.stdout).contains("util-linux")
    })
}
