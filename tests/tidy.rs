//! What a machine can check of the style: sizes, first lines, one citation form, and who depends on whom.

use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 120;

/// Every Rust file of the project, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["core", "model", "src", "tests", "fuzz/fuzz_targets"]
        .map(|folder| root.join(folder))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 40, "the sources were not found");
    found
}

/// Runs `check` on every file; it gives what is wrong, if anything.
fn each(check: impl Fn(&Path, &str) -> Vec<String>) {
    let wrong: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| {
            check(path, text)
                .into_iter()
                .map(|what| format!("{}: {what}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    each(|_, text| {
        let first = text.lines().next().unwrap_or_default();
        let says = first.starts_with("//! ") && first.len() > 20;
        if says {
            Vec::new()
        } else {
            vec![format!("the first line does not say what it is: {first}")]
        }
    });
}

#[test]
fn files_and_lines_are_short() {
    each(|path, text| {
        let mut wrong = Vec::new();
        if text.lines().count() > FILE_LINES_MAX {
            wrong.push(format!("{} lines", text.lines().count()));
        }
        // The tables are as wide as their rows.
        let is_table = path.components().any(|part| part.as_os_str() == "model");
        for (index, line) in text.lines().enumerate() {
            if !is_table && line.chars().count() > COLUMNS_MAX {
                wrong.push(format!(
                    "line {} is longer than {COLUMNS_MAX} characters",
                    index + 1
                ));
            }
        }
        wrong
    });
}

#[test]
fn functions_fit_on_a_screen() {
    each(|_, text| long_functions(text, FUNCTION_LINES_MAX));
}

/// Functions of more than `limit` lines: from a line with `fn` to the closing brace of the same indentation.
fn long_functions(text: &str, limit: usize) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    let mut is_table = false;
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let is_function = code.starts_with("fn ")
            || code.contains("pub fn ")
            || code.starts_with("pub(crate) fn ")
            || code.starts_with("pub const fn ");
        if is_function && !is_table {
            let end = lines[start..]
                .iter()
                .position(|line| *line == format!("{indent}}}"));
            if end.is_some_and(|length| length > limit) {
                long.push(format!("line {}: {code}", start + 1));
            }
        }
        is_table = code == "#[rustfmt::skip]";
    }
    long
}

#[test]
fn nothing_is_left_behind() {
    let banned = [
        "dbg!(",
        "FIXME",
        "XXX",
        "todo!(",
        "unimplemented!(",
        "thread::sleep",
        "#[ignore",
    ];
    each(|path, text| {
        if path.ends_with("tests/tidy.rs") {
            return Vec::new();
        }
        banned
            .iter()
            .filter(|word| text.contains(*word))
            .map(|word| format!("has {word}"))
            .collect()
    });
}

#[test]
fn citations_have_one_form() {
    each(|path, text| {
        if path.ends_with("tests/tidy.rs") {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        // A quoted sentence is the RFC's own, and names sections in its own way.
        for (index, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with('"') && !line.contains("Some(\""))
        {
            for form in [
                "RFC959",
                "RFC-",
                "rfc959",
                "section 4.",
                "sec. 4",
                "Section 4.",
            ] {
                if line.contains(form) {
                    wrong.push(format!("line {}: cite as in 'RFC 959 §4.1.3'", index + 1));
                }
            }
        }
        wrong
    });
}

#[test]
fn the_checks_see_what_they_look_for() {
    let long = format!(
        "fn long() {{\n{}}}\n",
        "    work();\n".repeat(FUNCTION_LINES_MAX + 1)
    );
    assert_eq!(long_functions(&long, FUNCTION_LINES_MAX).len(), 1);
    assert!(long_functions("fn short() {\n}\n", FUNCTION_LINES_MAX).is_empty());
}

/// Model and session are written apart, and meet only as bytes. Neither does I/O.
#[test]
fn model_and_core_know_nothing_of_each_other_or_of_the_world() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = |folder: &str| {
        fs::read_to_string(root.join(folder).join("Cargo.toml")).expect("a manifest is text")
    };
    assert!(
        !manifest("core").contains("dependencies]"),
        "core depends on nothing"
    );
    assert!(
        !manifest("model").contains("ftproof-core"),
        "model does not depend on core"
    );
    for (path, text) in sources() {
        let is_pure = ["core/src", "model/src"]
            .iter()
            .any(|folder| path.starts_with(root.join(folder)));
        for word in [
            "std::fs",
            "std::io",
            "TcpStream",
            "TcpListener",
            "std::time",
            "std::env",
            "std::thread",
            "std::process",
        ] {
            assert!(
                !(is_pure && text.contains(word)),
                "{} has {word}",
                path.display()
            );
        }
        assert!(
            !(path.starts_with(root.join("model")) && text.contains("ftproof_core")),
            "{}",
            path.display()
        );
        assert!(
            !(path.starts_with(root.join("core")) && text.contains("ftproof_model")),
            "{}",
            path.display()
        );
    }
}

/// Cargo does not look for tests by itself here (`autotests = false`), so that one which nothing names is not run.
#[test]
fn every_file_of_tests_is_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("the file is there");
    let (manifest, claims, trials) = (
        read("Cargo.toml"),
        read("tests/claims.rs"),
        read("tests/trials.rs"),
    );
    let mut forgotten = Vec::new();
    for (path, text) in sources() {
        let Ok(file) = path.strip_prefix(root.join("tests")) else {
            continue;
        };
        let name = match file.iter().count() {
            1 => file.file_stem(),
            2 if file.ends_with("mod.rs") || file.ends_with("main.rs") => file.iter().next(),
            _ => None,
        };
        let Some(name) = name.and_then(|name| name.to_str()) else {
            continue;
        };
        let is_module = |program: &str| program.lines().any(|line| line == format!("mod {name};"));
        let has_target = manifest.contains(&format!("[[test]]\nname = \"{name}\"\n"));
        let are_trials = text.contains("pub fn trials()");
        let is_run = has_target
            || are_trials && is_module(&trials) && trials.contains(&format!("{name}::trials),"))
            || !are_trials && is_module(&claims);
        if !is_run {
            forgotten.push(path);
        }
    }
    assert!(
        forgotten.is_empty(),
        "neither in tests/claims.rs or tests/trials.rs nor in Cargo.toml: {forgotten:?}"
    );
}
