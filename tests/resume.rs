//! An interrupted check goes on from its journal and ends with the report of one that was never interrupted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ftproof::check::check;
use ftproof::embedded::EmbeddedTarget;
use ftproof::report::Report;
use ftproof::tcp::TcpTarget;
use ftproof::{Names, Options, Session, Target, Trouble};

use crate::runs::{assert_could_not_tell, run, scratch};
use crate::support::loopback::{Control, modest, names, serve, verb};

/// Far longer than any reply takes here.
const DEADLINE: Duration = Duration::from_secs(5);

/// Has no order of RNFR and RNTO and no HELP before login, and repeats the password in a reply of its own.
fn faulty(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    if verb(line) == b"HELP" && !control.is_logged_in() {
        return b"502 No help here\r\n".to_vec();
    }
    let replies = modest(control, line);
    match (verb(line), replies.starts_with(b"503")) {
        (b"RNTO", true) => b"250 Renamed\r\n".to_vec(),
        (b"PASS", true) => [b"550 No ", line, b"\r\n"].concat(),
        _ => replies,
    }
}

/// A target that counts the connections to it.
struct Counted<T>(T, Arc<AtomicUsize>);

impl<T: Target + Clone + Send + 'static> Target for Counted<T> {
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.connect()
    }

    fn name(&self) -> String {
        self.0.name()
    }

    fn url(&self) -> Option<String> {
        self.0.url()
    }

    fn names(&self) -> &Names {
        self.0.names()
    }

    fn starts_fresh(&self) -> bool {
        self.0.starts_fresh()
    }

    fn another(&self) -> Option<Box<dyn Target + Send>> {
        Some(Box::new(Counted(self.0.clone(), Arc::clone(&self.1))))
    }
}

/// Checks `target`, up to `tests` tests; gives the report, and how many connections and tests there were.
fn checked(
    target: &(impl Target + Clone + Send + 'static),
    journal: Option<&Path>,
    tests: usize,
) -> (Report, usize, usize) {
    let (connections, made) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::clone(&made));
    let stopping = Arc::clone(&stop);
    let options = Options {
        resume: journal.map(Path::to_owned),
        stop,
        progress: Arc::new(move |done, _| {
            count.fetch_max(done, Ordering::Relaxed);
            stopping.fetch_or(done >= tests, Ordering::Relaxed);
        }),
        ..Options::default()
    };
    let mut target = Counted(target.clone(), Arc::clone(&connections));
    let report = check(&mut target, &options).expect("it is there and sound");
    let connections = connections.load(Ordering::Relaxed);
    (report, connections, made.load(Ordering::Relaxed))
}

/// All that a report tells but for how long it took.
fn told(report: &Report) -> String {
    let report = Report {
        seconds: 0.0,
        ..report.clone()
    };
    format!("{report:#?}")
}

/// The same but for what a server behind sockets makes a matter of chance: how the replies of two lines during a
/// transfer crossed, and so how many there were to judge, and why some were left out.
fn told_of_a_server(report: &Report) -> String {
    let mut report = report.clone();
    (report.commands_sent, report.connections) = (0, 0);
    for rule in &mut report.rules {
        rule.reason = None;
        if rule.id == "reply/format" {
            rule.tests = 0;
        }
    }
    told(&report)
}

/// Interrupts the check of `target` twice, then lets it end: what is told of it is what is told of a check that was
/// never interrupted, and not all is done again.
fn ends_with_the_same_report(
    target: &(impl Target + Clone + Send + 'static),
    folder: &str,
    told: fn(&Report) -> String,
) {
    let journal = scratch(folder, "journal");
    let (whole, connections, tests) = checked(target, None, usize::MAX);
    let (first, ..) = checked(target, Some(&journal), tests / 3);
    let (second, ..) = checked(target, Some(&journal), tests * 2 / 3);
    let lines = fs::read_to_string(&journal).expect("it is there and sound");
    let (last, behind, resumed) = checked(target, Some(&journal), usize::MAX);

    assert!(first.interrupted && second.interrupted);
    assert!(!lines.contains("secret") && !lines.contains("not-the-password"));
    assert!(lines.lines().count() > 10, "{lines}");
    assert_eq!(told(&last), told(&whole));
    assert_eq!(resumed, tests);
    // A tour that was cut short is made again.
    assert!(behind < connections * 9 / 10, "{behind} of {connections}");
    assert!(
        !journal.exists(),
        "the journal of a run that ended is removed"
    );
}

#[test]
fn a_check_of_our_own_session_goes_on_where_it_was_interrupted() {
    ends_with_the_same_report(&EmbeddedTarget::default(), "resume-embedded", told);
}

#[test]
fn a_check_of_a_faulty_server_goes_on_where_it_was_interrupted() {
    let target = TcpTarget::new(serve(faulty), names(), DEADLINE);
    let (report, ..) = checked(&target, None, usize::MAX);
    let found = report.findings.iter().map(|finding| finding.id.as_str());
    let expected = [
        "seq/rnto:accepted",
        "help/before-login:help:502",
        "seq/pass:wrong-code:550",
        "seq/pass:adjacency",
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    ends_with_the_same_report(&target, "resume-faulty", told_of_a_server);
}

/// The journal of a check of our own session that was interrupted early.
fn interrupted(folder: &str) -> PathBuf {
    let journal = scratch(folder, "journal");
    let (report, ..) = checked(&EmbeddedTarget::default(), Some(&journal), 600);
    assert!(report.interrupted);
    journal
}

fn path(journal: &Path) -> &str {
    journal.to_str().expect("it is there and sound")
}

#[test]
fn half_a_line_at_the_end_is_dropped() {
    let journal = interrupted("resume-half");
    let text = fs::read_to_string(&journal).unwrap();
    let whole = text.lines().count();
    fs::write(&journal, &text[..text.len() - 10]).unwrap();
    checked(&EmbeddedTarget::default(), Some(&journal), 700);
    let mended = fs::read_to_string(&journal).unwrap();
    let kept: Vec<&str> = text.lines().take(whole - 1).collect();
    assert!(mended.starts_with(&kept.join("\n")));
    assert!(mended.ends_with("}\n") && mended.lines().all(|line| line.ends_with(['}', ']'])));
    assert!(mended.lines().count() >= whole, "{mended}");
}

#[test]
fn a_journal_of_another_run_is_named_and_left_alone() {
    let journal = interrupted("resume-other");
    let text = fs::read_to_string(&journal).unwrap();
    let other = path(&journal);
    let wrong = |arguments: &[&str], words: &[&str]| {
        let output = run(&[&["check", "--resume", other], arguments].concat());
        assert_could_not_tell(&output, &[&[other, ":1:", "another run"], words].concat());
        assert_eq!(fs::read_to_string(&journal).unwrap(), text);
    };
    wrong(
        &["--shard", "2/3"],
        &["shard is '1/1', and here it is '2/3'"],
    );
    wrong(
        &["--rule", "seq/*"],
        &["rules is '', and here it is 'seq/*'"],
    );
    wrong(&["--skip", "seq/*"], &["skipped rules is ''"]);
    wrong(&["--profile", "strict"], &["profile is 'rfc'"]);
    let url = crate::runs::url("ftptest:secret", serve(modest));
    wrong(
        &[&url],
        &["target is 'the embedded session'", "ftp://ftptest@"],
    );
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    let journal = interrupted("resume-garbage");
    let text = fs::read_to_string(&journal).unwrap();
    let (heading, tours) = text.split_once('\n').unwrap();
    let wrong = |text: &str, words: &[&str]| {
        fs::write(&journal, text).unwrap();
        let output = run(&["check", "--resume", path(&journal)]);
        assert_could_not_tell(&output, &[&[path(&journal), "--resume"], words].concat());
        assert_eq!(fs::read_to_string(&journal).unwrap(), text);
    };
    let tour = tours.lines().next().unwrap();
    wrong("a shopping list\nbread\n", &[":1:", "no journal"]);
    wrong("[]\n", &[":1:", "no journal"]);
    wrong(heading, &[":1:", "no journal"]);
    wrong(
        &format!("{heading}\n{tour}\nbread\n{tour}\n"),
        &[":3:", "no tour"],
    );
    let stranger = tour.replacen("\"subject\":\"", "\"subject\":\"un", 1);
    wrong(&format!("{heading}\n{stranger}\n"), &[":2:", "no tour"]);
    let older = heading.replace("ftproof ", "ftproof 0.0.");
    wrong(&format!("{older}\n"), &["version is 'ftproof 0.0."]);
}

#[test]
fn a_journal_that_cannot_be_is_told_before_the_work() {
    let folder = scratch("resume-nowhere", "journal");
    let there = folder.parent().unwrap();
    let output = run(&["check", "--resume", path(there)]);
    assert_could_not_tell(&output, &["cannot write", path(there), "folder"]);
    let output = run(&["check", "--resume", path(&there.join("not/there"))]);
    assert_could_not_tell(&output, &["cannot write", "not/there"]);
    if cfg!(unix) {
        let output = run(&["check", "--resume", "/dev/zero"]);
        assert_could_not_tell(&output, &["/dev/zero", "no file"]);
    }
}

#[test]
fn an_empty_file_is_a_new_journal() {
    let journal = scratch("resume-empty", "journal");
    fs::write(&journal, "").unwrap();
    let (report, ..) = checked(&EmbeddedTarget::default(), Some(&journal), 600);
    assert!(report.interrupted);
    assert!(fs::read_to_string(&journal).unwrap().lines().count() > 1);
}

#[cfg(unix)]
mod by_ctrl_c {
    use std::process::{Command, Output, Stdio};

    use serde_json::Value;

    use super::*;
    use crate::runs::{ftproof, text, url};

    /// What was found, and what became of each rule.
    fn told(output: &Output) -> Vec<Value> {
        let mut report: Value =
            serde_json::from_str(text(&output.stdout)).expect("it is there and sound");
        let rules = report["rules"]
            .as_array_mut()
            .expect("it is there and sound");
        let mut told: Vec<Value> = rules
            .iter_mut()
            .map(|rule| Value::Array(vec![rule["id"].take(), rule["outcome"].take()]))
            .collect();
        told.push(report["findings"].take());
        told
    }

    /// How many lines the journal has, once there are more than a few.
    fn lines(journal: &Path) -> usize {
        const LOOKS_MAX: usize = 10_000;
        for _ in 0..LOOKS_MAX {
            let count = fs::read_to_string(journal).map_or(0, |text| text.lines().count());
            if count > 5 {
                return count;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        panic!("nothing comes into the journal");
    }

    #[test]
    fn the_command_goes_on_where_ctrl_c_ended_it() {
        let journal = scratch("resume-ctrl-c", "journal");
        let url = url("ftptest:secret", serve(faulty));
        let plain = ["check", &url, "--format", "json"];
        let whole = run(&plain);
        assert_eq!(whole.status.code(), Some(1));

        let resuming = [&plain[..], &["--resume", path(&journal)]].concat();
        let mut interrupted = ftproof(&resuming);
        let interrupted = interrupted.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = interrupted.spawn().unwrap();
        let count = lines(&journal);
        let process = child.id().to_string();
        let killed = Command::new("kill").args(["-INT", &process]).status();
        assert!(killed.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
        assert!(fs::read_to_string(&journal).unwrap().lines().count() >= count);

        let resumed = run(&resuming);
        assert_eq!(resumed.status.code(), Some(1));
        assert_eq!(told(&resumed), told(&whole));
        assert!(!journal.exists());
    }
}
