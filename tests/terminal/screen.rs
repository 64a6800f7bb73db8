//! The command at a terminal of a given width, which `script` of util-linux lends it.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::runs::{ftproof, text};
use crate::support::loopback::{Control, honest, serve, verb};

/// A server that renames without an RNFR, for a report that has findings.
fn hasty(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    let replies = control.line(line);
    if verb(line) == b"RNTO" && replies.starts_with(b"503") {
        return b"250 Renamed\r\n".to_vec();
    }
    replies
}

/// What shows something to people: every command but those that write what programs read.
static RESULTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let root = env!("CARGO_MANIFEST_DIR");
    let (right, wrong) = (serve(honest), serve(hasty));
    [
        "verify".to_owned(),
        "list".to_owned(),
        "check --rule 'help/*'".to_owned(),
        format!("check ftp://ftptest:secret@{wrong} --rule seq/rnto"),
        "fuzz --runs 20 --seed 1".to_owned(),
        format!("doctor ftp://ftptest:secret@{right}"),
        format!("replay '{root}/tests/transcripts/rnto_first_gets_503.ftp'"),
        "explain 503".to_owned(),
        "explain 214 503".to_owned(),
        "explain USER seq/busy".to_owned(),
        format!("explain '{root}/tests/logs/lftp/stor_after_list.log'"),
    ]
    .into()
});

/// What the command writes to a terminal of this width, with its lines on stderr if they are wanted.
fn at_terminal(arguments: &str, columns: usize, no_color: &str, stderr: &str) -> String {
    let ftproof = env!("CARGO_BIN_EXE_ftproof");
    let line = format!("stty rows 24 cols {columns}; '{ftproof}' {arguments} {stderr}");
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("NO_COLOR", no_color)
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(!shown.trim().is_empty(), "{line}");
    shown.replace("\r\n", "\n")
}

/// Every line fits, unless it is one long word, or one to be typed again or compared: these can be copied so.
#[track_caller]
fn assert_fits(what: &str, shown: &str, columns: usize) {
    for line in shown.lines() {
        let text = line.trim();
        let is_whole = !text.contains(' ')
            || ["again ", "> ", "< ", "# came: "]
                .iter()
                .any(|head| text.starts_with(head));
        assert!(
            line.chars().count() <= columns || is_whole,
            "{what} in {columns} columns: {line}\n{shown}"
        );
    }
}

pub fn lines_fit() {
    for result in RESULTS.iter() {
        for columns in [50, 80] {
            let shown = at_terminal(result, columns, "1", "2>/dev/null");
            assert_fits(result, &shown, columns);
        }
    }
    let help = ftproof(&["--help"]).output().unwrap();
    let (_, commands) = text(&help.stdout).split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    for command in commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        let help = format!("{command} --help");
        assert_fits(&help, &at_terminal(&help, 80, "1", ""), 80);
    }
}

/// The words in the order of a page without a terminal, where they have one order: tables have columns.
pub fn no_word_is_lost() {
    for result in ["verify", "list", "explain 503"] {
        let shown = at_terminal(result, 50, "1", "");
        let arguments: Vec<&str> = result.split(' ').collect();
        let plain = ftproof(&arguments).output().unwrap().stdout;
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&shown), words(text(&plain)), "{result}");
    }
}

pub fn errors_fit() {
    for (wrong, hint) in [
        ("explain RNTP", "the nearest are RNTO"),
        ("explain --form lfpt -", "the nearest are lftp"),
        ("check --rule seq/rntp", "seq/rnto"),
        ("graph --around RNTP", "the nearest are RNTO"),
        ("chekc", "'check'"),
        ("explain /dev/null", "it is empty"),
    ] {
        let shown = at_terminal(wrong, 50, "1", "");
        assert_fits(wrong, &shown, 50);
        let whole = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(whole.contains(hint), "{wrong}: {shown}");
    }
}

pub fn codes_are_coloured() {
    let wrong = serve(hasty);
    let check = format!("check ftp://ftptest:secret@{wrong} --rule seq/rnto");
    for (result, codes) in [
        (
            check.as_str(),
            &["\x1b[31m503\x1b[0m", "\x1b[32m250\x1b[0m"][..],
        ),
        (
            "explain 214 421",
            &["\x1b[32m214\x1b[0m", "\x1b[33m421\x1b[0m"],
        ),
        ("verify", &["\x1b[31m503\x1b[0m"]),
        ("list", &["\x1b[31m503\x1b[0m"]),
    ] {
        let shown = at_terminal(result, 80, "", "2>/dev/null");
        for code in codes {
            assert!(shown.contains(code), "{result}: {shown}");
        }
        assert!(
            !at_terminal(result, 80, "1", "2>/dev/null").contains('\x1b'),
            "{result}"
        );
        // Where another program reads the result, stderr may be a terminal all the same.
        assert!(
            !at_terminal(result, 80, "", "2>/dev/null | cat").contains('\x1b'),
            "{result}"
        );
    }
}
