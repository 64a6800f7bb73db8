//! The command as it is run: exit codes, what goes to stdout and what to stderr, and what never goes anywhere.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::port;
use crate::runs::{assert_could_not_tell, ftproof, run, scratch, text, url};
use crate::support::fake::fake;
use crate::support::loopback::{honest, serve};

#[test]
fn verify_proves_and_counts() {
    let output = run(&["verify"]);
    assert_eq!(output.status.code(), Some(0));
    for words in [
        "593 states, 43360 edges",
        "hold on every edge and path, 0 fail",
        "equals the model on all",
    ] {
        assert!(
            text(&output.stdout).contains(words),
            "{}",
            text(&output.stdout)
        );
    }
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn graph_is_dot_and_the_same_every_time() {
    for view in ["overview", "full"] {
        let output = run(&["graph", "--view", view]);
        assert_eq!(output.status.code(), Some(0));
        let dot = text(&output.stdout);
        assert!(dot.contains("digraph ") && dot.ends_with("}\n"), "{dot}");
        assert_eq!(output.stdout, run(&["graph", "--view", view]).stdout);
    }
}

#[test]
fn graph_writes_a_whole_file_or_none() {
    let file = scratch("graph-command", "ftp.dot");
    assert_eq!(
        run(&["graph", "-o", file.to_str().unwrap()]).status.code(),
        Some(0)
    );
    assert_eq!(fs::read(&file).unwrap(), run(&["graph"]).stdout);
    // A directory cannot be replaced by a file.
    let folder = file.with_file_name("folder");
    fs::create_dir(&folder).unwrap();
    assert_could_not_tell(
        &run(&["graph", "-o", folder.to_str().unwrap()]),
        &["cannot write", "folder"],
    );
    let mut left: Vec<_> = fs::read_dir(file.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["folder", "ftp.dot"]);
}

#[test]
fn graph_names_a_folder_that_is_not_there() {
    let file = scratch("missing", "not-there").join("ftp.dot");
    assert_could_not_tell(
        &run(&["graph", "-o", file.to_str().unwrap()]),
        &["cannot write", "ftp.dot", "No such file or directory"],
    );
}

#[test]
fn our_own_session_passes_in_both_formats() {
    let (as_text, as_json) = (run(&["check"]), run(&["check", "--format", "json"]));
    assert_eq!(
        (as_text.status.code(), as_json.status.code()),
        (Some(0), Some(0))
    );
    let report: serde_json::Value = serde_json::from_slice(&as_json.stdout).unwrap();
    assert_eq!(report["schema_version"], 2);
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    assert_eq!(report["summary"]["rules"]["not_tested"], 0);
    let sentence = report["summary"]["sentence"].as_str().unwrap();
    let last = text(&as_text.stdout).lines().last().unwrap();
    let but_for_the_time = |sentence: &str| sentence.rsplit_once(" in ").unwrap().0.to_owned();
    assert_eq!(but_for_the_time(sentence), but_for_the_time(last));
}

#[test]
fn what_is_no_target_is_named() {
    for (target, words) in [
        (
            "127.0.0.1:21",
            "'127.0.0.1:…' is not a target; write ftp://user@host:port",
        ),
        (
            "http://127.0.0.1",
            "'http://127.0.0.1' is not a target; write ftp://user@host:port",
        ),
        (
            "ftp://",
            "'ftp://' is not a target; write ftp://user@host:port",
        ),
        (
            "ftp://127.0.0.1/dir",
            "is not a target; write ftp://user@host:port",
        ),
        (
            "ftp://127.0.0.1:99999",
            "the port of 'ftp://127.0.0.1:…' is not a number from 1 to 65535",
        ),
        (
            "ftp://127.0.0.1:0",
            "the port of 'ftp://127.0.0.1:…' is not a number from 1 to 65535",
        ),
        ("ftp://a..b", "cannot find the host 'a..b'"),
    ] {
        assert_could_not_tell(&run(&["check", target]), &[words]);
    }
}

#[test]
fn a_remote_address_needs_leave() {
    let words =
        "192.0.2.1:21 is not a loopback address; add --allow-remote if you may test that server";
    assert_could_not_tell(&run(&["check", "ftp://user@192.0.2.1"]), &[words]);
}

#[test]
fn a_closed_port_is_named() {
    let address = port::closed();
    let words = [
        &*format!("cannot connect to {address}: connection refused"),
        "is the server running",
    ];
    assert_could_not_tell(&run(&["check", &url("ftptest", address)]), &words);
}

#[test]
fn what_is_no_ftp_server_is_named() {
    let address = fake(|mut peer| {
        peer.say(b"SSH-2.0-\x1b[2J\r\n");
    });
    let words = [
        "'SSH-2.0-\\x1b[2J' is not an FTP reply; is this an FTP server?",
        "it speaks like an SSH server: 'SSH",
    ];
    assert_could_not_tell(&run(&["check", &url("ftptest", address)]), &words);
}

#[test]
fn a_password_file_that_cannot_be_used_is_named() {
    let (file, address) = (scratch("password", "empty"), port::closed());
    let url = url("ftptest", address);
    let check = |path: &PathBuf| run(&["check", &url, "--password-file", path.to_str().unwrap()]);
    fs::write(&file, "\nsecret\n").unwrap();
    assert_could_not_tell(
        &check(&file),
        &[
            "the first line of",
            "empty is empty; it should be the password",
        ],
    );
    let missing = file.with_file_name("missing");
    assert_could_not_tell(
        &check(&missing),
        &[
            "cannot read the password from",
            "missing: No such file or directory",
        ],
    );
    let binary = file.with_file_name("binary");
    fs::write(&binary, [0xff, 0xfe]).unwrap();
    assert_could_not_tell(
        &check(&binary),
        &["cannot read the password from", "binary"],
    );
}

#[test]
fn a_wrong_password_is_told_and_never_shown() {
    let address = serve(honest);
    let words = [
        "login as 'ftptest' failed: the server said '530",
        "FTPROOF_PASSWORD or --password-file",
    ];
    let in_url = run(&["check", &url("ftptest:hunter2", address)]);
    assert_could_not_tell(&in_url, &words);
    let in_environment = ftproof(&["check", &url("ftptest", address)])
        .env("FTPROOF_PASSWORD", "hunter2")
        .output()
        .unwrap();
    assert_could_not_tell(&in_environment, &words);
    let file = scratch("wrong", "password");
    fs::write(&file, "hunter2\n").unwrap();
    let in_file = run(&[
        "check",
        &url("ftptest", address),
        "--password-file",
        file.to_str().unwrap(),
    ]);
    assert_could_not_tell(&in_file, &words);
    for output in [in_url, in_environment, in_file] {
        assert!(
            !text(&output.stderr).contains("hunter2"),
            "{}",
            text(&output.stderr)
        );
    }
}

/// This server repeats every line that it refuses.
#[test]
fn a_password_that_the_server_repeats_is_not_shown() {
    let echo = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        peer.answer(|line| {
            Some(if line.starts_with("USER") {
                "331 ?\r\n".into()
            } else {
                format!("530 {line}?\r\n").into()
            })
        });
    });
    let output = run(&["check", &url("ftptest:hunter2", echo)]);
    assert_could_not_tell(&output, &["the server said '530 PASS {password}?'"]);
}

#[test]
fn a_report_shows_no_password() {
    let address = fake(|mut peer| peer.serve(|_| None));
    for format in ["text", "json", "junit", "markdown"] {
        let url = url("ftptest:secret", address);
        let output = run(&["check", &url, "--rule", "help/*", "--format", format]);
        assert!(
            text(&output.stdout).contains(&address.to_string()),
            "{}",
            text(&output.stderr)
        );
        assert!(
            !text(&output.stdout).contains("secret") && !text(&output.stderr).contains("secret")
        );
    }
}

#[test]
fn a_wrong_option_is_exit_2() {
    for arguments in [
        &["check", "--no-such-option"][..],
        &["no-such-command"],
        &["check", "--format", "xml"],
        &["check", "--fail-on", "bad"],
        &["check", "--profile", "lax"],
        &["check", "--timeout", "0"],
        &["check", "--jobs", "0"],
        &["check", "--jobs", "65"],
        &["check", "--jobs", "200000"],
        &["check", "--shard", "0/2"],
        &["check", "--shard", "3/2"],
        &["check", "--report", "xml=report.xml"],
        &["check", "--report", "junit"],
        &["check", "--report", "junit="],
        &["list", "--format", "markdown"],
        &["replay"],
        &[],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stdout), "");
        assert!(
            text(&output.stderr).contains("help") && !text(&output.stderr).contains("panicked")
        );
    }
    assert_eq!(run(&["--help"]).status.code(), Some(0));
    assert_eq!(run(&["--version"]).status.code(), Some(0));
}

#[test]
fn a_broken_pipe_ends_quietly() {
    for arguments in [
        &["graph", "--view", "full"][..],
        &["graph"],
        &["verify"],
        &["--help"],
    ] {
        let mut child = ftproof(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

/// Who stops reading is told by the exit code all the same.
#[test]
fn a_broken_pipe_does_not_hide_findings() {
    let address = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        // It closes at QUIT, so that nobody waits for more.
        peer.answer(|line| (line != "QUIT").then(|| b"200 ok\r\n".to_vec()));
    });
    let mut child = ftproof(&["check", &url("ftptest", address), "--rule", "help/*"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
