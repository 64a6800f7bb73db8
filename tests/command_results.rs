//! What `ftproof check` and `ftproof replay` leave behind: files, exit codes, and one line where they cannot tell.

#[path = "command_line/unhelpful.rs"]
mod unhelpful;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use crate::port;
use crate::runs::{assert_could_not_tell, ftproof, run, scratch, text, url};
use crate::support::fake::fake;
#[cfg(feature = "tls")]
use crate::support::loopback::Server;
use unhelpful::{unhelpful, unhelpful_telling};

/// `check` of such a server, with more arguments.
fn check(address: SocketAddr, arguments: &[&str]) -> Output {
    let url = url("ftptest:secret", address);
    run(&[&["check", &url, "--rule", "help/*"], arguments].concat())
}

#[test]
fn a_report_goes_to_files_too_and_findings_to_transcripts_that_are_replayed() {
    let (json, address) = (scratch("reports", "report.json"), unhelpful());
    let place = |name: &str| json.with_file_name(name).to_str().unwrap().to_owned();
    let reports = [
        format!("json={}", place("report.json")),
        format!("junit={}", place("report.xml")),
        format!("markdown={}", place("report.md")),
    ];
    let (out, known) = (place("findings"), place("known.toml"));
    let output = check(
        address,
        &[
            "--report",
            &reports[0],
            "--report",
            &reports[1],
            "--report",
            &reports[2],
            "--out",
            &out,
            "--write-known",
            &known,
        ],
    );
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let sentence = report["summary"]["sentence"].as_str().unwrap();
    assert_eq!(text(&output.stdout).lines().last(), Some(sentence));
    for name in ["report.xml", "report.md"] {
        assert!(
            fs::read_to_string(place(name))
                .unwrap()
                .contains(sentence.split(": ").next().unwrap()),
            "{name}"
        );
    }
    let count = report["findings"].as_array().unwrap().len();
    let files = fs::read_dir(&out).unwrap().count();
    assert!(
        count > 0 && files == count,
        "{files} files, {count} findings"
    );

    let replayed = run(&["replay", &out, &url("ftptest:secret", address)]);
    assert_eq!(
        replayed.status.code(),
        Some(1),
        "{}",
        text(&replayed.stdout)
    );
    let lines: Vec<&str> = text(&replayed.stdout).lines().collect();
    assert_eq!(lines.len(), count + 1);
    assert!(lines.iter().any(|line| line.starts_with("still       ")));

    // What was drafted accepts it all.
    let again = check(
        address,
        &["--known", &known, "--fail-on", "low", "--format", "json"],
    );
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["findings"].as_array().unwrap().len(), 0);
    assert_eq!(again["known"].as_array().unwrap().len(), count);
}

/// HELP answered with 200 is of medium severity.
#[test]
fn fail_on_says_from_which_severity_on() {
    let address = unhelpful();
    for (severity, code) in [("low", 1), ("medium", 1), ("high", 0), ("never", 0)] {
        let output = check(address, &["--fail-on", severity]);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{severity}: {}",
            text(&output.stdout)
        );
    }
}

/// Nothing is sent before the places of the results are seen.
#[test]
fn what_cannot_be_written_or_read_is_named_at_once() {
    let file = scratch("places", "file");
    fs::write(&file, "[[known]]\n").unwrap();
    let file = file.to_str().unwrap();
    let below = format!("{file}/below");
    let report = format!("junit={below}");
    for (arguments, words) in [
        (
            ["--report", &report],
            ["cannot write", "below: there is no such folder"],
        ),
        (
            ["--write-known", "not/there"],
            ["cannot write not/there", "No such file"],
        ),
        (["--out", &below], ["cannot make the folder", "below"]),
        (
            ["--known", "not-there.toml"],
            ["cannot read not-there.toml", "No such file"],
        ),
        (
            ["--known", file],
            [
                "file:1: missing field `finding`",
                "[[known]] with finding = ",
            ],
        ),
        (
            ["--rule", "seq/rntp"],
            ["no rule matches 'seq/rntp'", "seq/rnto"],
        ),
        (["--skip", "*"], ["no rule is left", "--skip"]),
        (
            ["--password-file", file],
            ["--user, --password-file and --ca need a target", "ftp://"],
        ),
        (
            ["--ca", file],
            ["--user, --password-file and --ca need a target", "ftp://"],
        ),
    ] {
        assert_could_not_tell(&run(&["check", arguments[0], arguments[1]]), &words);
    }
}

/// A folder may take no file though it is one.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_keeps_nothing_else_from_being_written() {
    let json = scratch("unwritable", "report.json");
    let place = |name: &str| json.with_file_name(name).to_str().unwrap().to_owned();
    let (report, out, known) = (
        format!("json={}", place("report.json")),
        place("findings"),
        place("known.toml"),
    );
    let unwritable = ["--report", "junit=/proc/report.xml", "--fail-on", "never"];
    let written = ["--report", &report, "--out", &out, "--write-known", &known];
    let output = check(unhelpful(), &[&unwritable[..], &written].concat());
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.starts_with("ftproof: cannot write /proc/report.xml: "),
        "{said}"
    );
    let report: serde_json::Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let count = report["findings"].as_array().unwrap().len();
    assert!(count > 0 && fs::read_dir(&out).unwrap().count() == count);
    assert!(fs::read_to_string(&known).unwrap().contains("[[known]]"));
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_no_file() {
    let words = "cannot read";
    let why = "it is larger than 16 MiB";
    let endless = "/dev/zero";
    assert_could_not_tell(&run(&["check", "--known", endless]), &[words, why]);
    assert_could_not_tell(&run(&["replay", endless]), &[words, why]);
    let target = "ftp://ftptest@127.0.0.1:1";
    for option in ["--password-file", "--ca"] {
        if option == "--password-file" || cfg!(feature = "tls") {
            let output = run(&["check", target, option, endless]);
            assert_could_not_tell(&output, &[words, why]);
        }
    }
    let resume = ["check", "--resume", endless, "--rule", "help/arg"];
    assert_could_not_tell(&run(&resume), &["the journal", "it is no file"]);
}

#[test]
fn trouble_is_an_error_in_junit_too() {
    let address = port::closed();
    let file = scratch("trouble", "report.xml");
    let report = format!("junit={}", file.to_str().unwrap());
    assert_could_not_tell(
        &check(address, &["--report", &report]),
        &["connection refused"],
    );
    let xml = fs::read_to_string(&file).unwrap();
    assert!(
        xml.contains("errors=\"1\"") && xml.contains("connection refused"),
        "{xml}"
    );
}

#[test]
fn another_protocol_is_named() {
    for (greeting, answer, words) in [
        (
            "220 mail.example ESMTP\r\n",
            "502 5.5.2 what?\r\n",
            "it speaks like a mail server (SMTP): '220 mail",
        ),
        (
            "200 NNTP ready\r\n",
            "",
            "it speaks like a news server (NNTP): '200 NNTP",
        ),
        (
            "",
            "HTTP/1.0 400 Bad Request\r\n",
            "it speaks like a web server (HTTP): 'HTTP/1.0 400",
        ),
        (
            "+OK POP3\r\n",
            "",
            "it speaks like a mail server (POP3): '+OK",
        ),
        (
            "* OK IMAP4\r\n",
            "",
            "it speaks like a mail server (IMAP): '* OK",
        ),
    ] {
        let address = fake(move |mut peer| {
            peer.say(greeting.as_bytes());
            peer.answer(|_| Some(answer.into()));
        });
        let url = url("ftptest", address);
        assert_could_not_tell(&run(&["check", &url, "--timeout", "1"]), &[words]);
    }
}

#[test]
fn a_server_that_wants_tls_before_a_login_is_told_of_with_what_to_write() {
    for (reply, is_about_tls) in [
        ("530 Non-anonymous sessions must use encryption.\r\n", true),
        ("550 SSL/TLS required on the control channel\r\n", true),
        ("534 Policy\r\n", true),
        ("530 Login incorrect.\r\n", false),
    ] {
        let address = fake(move |mut peer| {
            peer.say(b"220 ready\r\n");
            peer.answer(|_| Some(reply.into()));
        });
        let output = run(&["check", &url("ftptest:secret", address)]);
        assert_could_not_tell(&output, &[reply.trim_end()]);
        let said = text(&output.stderr);
        let suggested = said.contains("try ftpes:// instead of ftp://");
        assert_eq!(suggested, is_about_tls, "{said}");
    }
}

/// A finding of the strict profile is found again by the command that stands with it, and by no other.
#[test]
fn the_command_that_finds_it_again_does() {
    let address = fake(|mut peer| {
        peer.serve_asking(|line, _| line.starts_with("HELP").then(|| b"211 none\r\n".into()));
    });
    let login = url("ftptest", address);
    let found = |arguments: &[&str]| -> Vec<(String, String)> {
        let output = ftproof(arguments)
            .args(["--format", "json"])
            .env("FTPROOF_PASSWORD", "secret")
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let own = |found: &serde_json::Value, name: &str| found[name].as_str().unwrap().to_owned();
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .map(|found| (own(found, "id"), own(found, "reproduce")))
            .collect()
    };
    let strictly = found(&["check", &login, "--rule", "help/*", "--profile", "strict"]);
    assert!(!strictly.is_empty());
    assert_eq!(found(&["check", &login, "--rule", "help/*"]), []);
    let (id, again) = &strictly[0];
    let words: Vec<&str> = again.split(' ').skip(1).collect();
    assert!(
        found(&words).iter().any(|(found, _)| found == id),
        "{again}"
    );
}

/// What is only tried in clear may still be there.
#[cfg(feature = "tls")]
#[test]
fn nothing_is_stale_for_what_was_not_tried_inside_tls() {
    let server = Server {
        verbs: ["USER PASS QUIT AUTH PBSZ PROT PWD", "NOOP HELP"],
        ..Server::HONEST
    };
    let address = server.serve();
    let known = scratch("stale", "known.toml");
    let entry = "[[known]]\nfinding = \"help/before-login:help:500\"\nreason = \"x\"\n";
    fs::write(&known, entry).unwrap();
    for (scheme, count) in [("ftp", 1), ("ftpes", 0)] {
        let url = format!("{scheme}://ftptest:secret@{address}");
        let known = known.to_str().unwrap();
        let selected = ["check", &url, "--rule", "help/*", "--format", "json"];
        let output = run(&[&selected[..], &["--known", known]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["stale"].as_array().unwrap().len(), count, "{scheme}");
    }
}

#[test]
fn replay_says_fixed_and_exits_by_the_worst() {
    let folder = scratch("replay", "a.ftp").parent().unwrap().to_owned();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let path = folder.to_str().unwrap();
    assert_could_not_tell(
        &run(&["replay", path]),
        &["there is no transcript (*.ftp) in"],
    );
    assert_could_not_tell(
        &run(&["replay", "not-there"]),
        &["cannot read not-there: No such file"],
    );
    write("a.ftp", "> HELP\n< 214\n");
    write("notes.txt", "this is none\n");
    let output = run(&["replay", path]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stdout),
        "fixed       a.ftp\n1 transcript: 1 fixed, 0 still, 0 not tested\n"
    );
    write("b.ftp", "> NOOP\n< 500\n> HELP\n< 214\n");
    let output = run(&["replay", path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("\nnot tested  b.ftp: line 2: expected 500; came: 200 "));
    write("c.ftp", "> HELP\n< 500\n");
    let output = run(&["replay", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("\nstill       c.ftp: line 2: expected 500; came: 214"));
    assert!(text(&output.stdout).ends_with("\n3 transcripts: 1 fixed, 1 still, 1 not tested\n"));
    write("d.ftp", "> HELP\n< two\n");
    assert_could_not_tell(
        &run(&["replay", path]),
        &["d.ftp:2: '<' takes reply codes or classes"],
    );
}

/// Cut behind any of its lines, a finding's file would look like one that is fixed: what is left of it does come as
/// expected.
#[test]
fn replay_does_not_take_a_half_written_file_for_a_fixed_finding() {
    let file = scratch("half", "half.ftp");
    let whole = "# HELP is answered in every state\n# id: help/in-state:help:500\n\n> NOOP\n< 200\n> HELP\n< 500\n\
        # came: 214\n# end\n";
    let replayed = |text: &str| {
        fs::write(&file, text).unwrap();
        run(&["replay", file.to_str().unwrap()])
    };
    assert_eq!(replayed(whole).status.code(), Some(1));
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for count in 2..lines.len() {
        let place = format!("half.ftp:{count}: the file ends here, without its last line '# end'");
        assert_could_not_tell(&replayed(&lines[..count].concat()), &[&place, "--out"]);
    }
    // Up to there it has no name yet, and sends nothing.
    assert_eq!(replayed(lines[0]).status.code(), Some(2));
}

/// The report so far is written, and says that it is one.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_the_report_so_far() {
    const SESSIONS: usize = 30;
    let (count, (far_enough, came)) = (AtomicUsize::new(0), channel());
    let address = unhelpful_telling(move || {
        if count.fetch_add(1, Ordering::SeqCst) == SESSIONS {
            far_enough.send(()).unwrap();
        }
    });
    let child = ftproof(&["check", &url("ftptest:secret", address)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    came.recv().unwrap();
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    let last = text(&output.stdout).lines().last().unwrap();
    assert!(last.contains(": interrupted, so far "), "{last}");
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let process = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &process]).status();
    assert!(killed.expect("kill runs").success());
}

/// Before anything is known of the server there is nothing to wait for.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_wait_for_a_greeting() {
    let (is_there, came) = channel();
    let is_there = Mutex::new(is_there);
    let address = fake(move |mut peer| {
        is_there.lock().unwrap().send(()).unwrap();
        peer.wait_for_the_end();
    });
    let child = ftproof(&["check", &url("ftptest", address), "--timeout", "600"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    came.recv().unwrap();
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = text(&output.stderr);
    assert!(
        said.ends_with("interrupted before the server had let us in\n"),
        "{said}"
    );
}

/// The second Ctrl-C ends what the first cannot stop: here the wait for the reply to a password.
#[cfg(unix)]
#[test]
fn ctrl_c_twice_ends_at_once() {
    let (is_there, came) = channel();
    let is_there = Mutex::new(is_there);
    let logins = AtomicUsize::new(0);
    let address = fake(move |mut peer| {
        peer.serve_asking(|line, _| {
            if !line.starts_with("PASS") || logins.fetch_add(1, Ordering::SeqCst) == 0 {
                return None;
            }
            is_there.lock().unwrap().send(()).unwrap();
            Some(Vec::new())
        });
    });
    let mut child = ftproof(&["check", &url("ftptest:secret", address), "--timeout", "600"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    came.recv().unwrap();
    interrupt(&child);
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "");
    assert!(
        said.next()
            .unwrap()
            .unwrap()
            .starts_with("ftproof: stopping; Ctrl-C again ends at once")
    );
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
