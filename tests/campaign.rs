//! A campaign finds the bugs of a server from nothing, says the same for the same seed, and lives with a bad corpus and
//! with a server that goes away.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[allow(dead_code, reason = "the example's own main is not called")]
#[path = "../examples/toy_server.rs"]
mod toy_server;

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use ftproof::campaign::{Campaign, Outcome, fuzz};
use ftproof::embedded::EmbeddedTarget;
use ftproof::{DataEnd, Kind, Names, Profile, Reply, Session, Shard, Target, Trouble, Wait};
use ftproof_model::Transcript;

fn made(target: &mut dyn Target, campaign: &Campaign) -> Outcome {
    fuzz(target, campaign).unwrap()
}

/// A folder that is empty and of this test alone.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("campaign-{name}"));
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn transcripts(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names = entries.map(|name| name.into_string().unwrap());
    names.filter(|name| name.ends_with(".ftp")).collect()
}

#[test]
fn the_bugs_of_the_toy_server_are_found_from_nothing() {
    let campaign = Campaign {
        runs: Some(400),
        ..Campaign::default()
    };
    let outcome = made(&mut toy_server::toy(), &campaign);
    let found: BTreeSet<(&str, Kind)> = outcome
        .report
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.kind))
        .collect();
    let expected = BTreeSet::from([
        ("help/before-login", Kind::Help),
        ("login/flush", Kind::Accepted),
        ("seq/rnto", Kind::Accepted),
    ]);
    assert_eq!(
        found,
        expected,
        "{}",
        ftproof::report::text(&outcome.report)
    );
}

#[test]
fn our_own_session_has_no_finding_to_the_letter() {
    let campaign = Campaign {
        runs: Some(1_000),
        jobs: 2,
        profile: Profile::Strict,
        ..Campaign::default()
    };
    let outcome = made(&mut EmbeddedTarget::default(), &campaign);
    let report = ftproof::report::text(&outcome.report);
    assert!(
        outcome.report.findings.is_empty() && outcome.report.flaky.is_empty(),
        "{report}"
    );
    assert_eq!(outcome.progress.runs, 1_000);
    assert!(outcome.progress.edges > 1_000, "{:?}", outcome.progress);
}

/// A target whose lines are written down, and that takes so many connections.
struct Watched {
    inner: EmbeddedTarget,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
    connections: usize,
}

impl Watched {
    fn new(connections: usize) -> Self {
        Watched {
            inner: EmbeddedTarget::default(),
            sent: Arc::default(),
            connections,
        }
    }
}

struct WatchedSession {
    inner: Box<dyn Session>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Target for Watched {
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble> {
        let left = self.connections.checked_sub(1);
        self.connections = left.ok_or_else(|| Trouble::NoConnection {
            address: "nowhere".to_owned(),
            reason: "connection refused".to_owned(),
        })?;
        Ok(Box::new(WatchedSession {
            inner: self.inner.connect()?,
            sent: Arc::clone(&self.sent),
        }))
    }

    fn name(&self) -> String {
        "watched".to_owned()
    }

    fn names(&self) -> &Names {
        self.inner.names()
    }

    fn starts_fresh(&self) -> bool {
        true
    }
}

impl Session for WatchedSession {
    fn greeting(&self) -> &Reply {
        self.inner.greeting()
    }

    fn send(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble> {
        self.sent.lock().unwrap().push(line.to_vec());
        self.inner.send(line)
    }

    fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.sent.lock().unwrap().push(bytes.to_vec());
        self.inner.send_bytes(bytes)
    }

    fn next_reply(&mut self, wait: Wait) -> Result<Option<Reply>, Trouble> {
        self.inner.next_reply(wait)
    }

    fn listen(&mut self) -> Result<SocketAddr, Trouble> {
        self.inner.listen()
    }

    fn open_data(&mut self) -> Result<bool, Trouble> {
        self.inner.open_data()
    }

    fn send_data(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.inner.send_data(bytes)
    }

    fn end_transfer(&mut self, how: DataEnd) -> Result<Vec<u8>, Trouble> {
        self.inner.end_transfer(how)
    }

    fn start_tls(&mut self) -> Result<(), Trouble> {
        self.inner.start_tls()
    }
}

/// The lines that a campaign sends.
fn lines(campaign: &Campaign) -> Vec<Vec<u8>> {
    let mut target = Watched::new(usize::MAX);
    made(&mut target, campaign);
    let sent = target.sent.lock().unwrap();
    sent.clone()
}

fn of_seed(seed: u64) -> Campaign {
    Campaign {
        runs: Some(40),
        seed,
        ..Campaign::default()
    }
}

#[test]
fn the_same_seed_sends_the_same_bytes_and_another_shard_others() {
    let sent = lines(&of_seed(7));
    assert!(sent.len() > 300, "{}", sent.len());
    let is_segment = |bytes: &&Vec<u8>| bytes.ends_with(b"\r\n");
    assert!(sent.iter().any(|bytes| is_segment(&bytes)));
    assert_eq!(sent, lines(&of_seed(7)));
    assert_ne!(sent, lines(&of_seed(8)));
    let other = Campaign {
        shard: Shard { index: 1, count: 2 },
        ..of_seed(7)
    };
    assert_ne!(sent, lines(&other));
}

#[test]
fn a_corpus_grows_is_read_again_and_names_what_it_skips() {
    let folder = scratch("corpus");
    let campaign = Campaign {
        corpus: Some(folder.clone()),
        ..of_seed(1)
    };
    let first = made(&mut EmbeddedTarget::default(), &campaign)
        .corpus
        .unwrap();
    let files = transcripts(&folder);
    assert_eq!((first.len(), first.added()), (0, files.len()));
    assert!(files.len() > 5);
    for file in &files {
        Transcript::parse(&fs::read_to_string(folder.join(file)).unwrap()).unwrap();
    }
    fs::write(folder.join("bad.ftp"), "> NOOP\nnonsense\n").unwrap();
    fs::write(folder.join("third.ftp"), "> NOOP\n@session C\n> NOOP\n").unwrap();
    fs::write(folder.join("binary.ftp"), b"\xff\xfe\0").unwrap();
    let one_run = Campaign {
        runs: Some(1),
        ..campaign
    };
    let second = made(&mut EmbeddedTarget::default(), &one_run);
    let second = second.corpus.unwrap();
    assert_eq!(second.len(), files.len());
    assert_eq!(second.skipped.len(), 3, "{:?}", second.skipped);
    assert!(
        second.skipped[0].contains("bad.ftp: line 2: "),
        "{:?}",
        second.skipped
    );
    // What is played from the corpus is not added again; the one run behind it may be.
    assert!(second.added() <= 1);
}

#[test]
fn what_was_made_is_not_made_again_on_resuming() {
    let folder = scratch("resume");
    let campaign = |resume| Campaign {
        corpus: Some(folder.clone()),
        resume,
        ..of_seed(3)
    };
    let first = lines(&campaign(false));
    for file in transcripts(&folder) {
        fs::remove_file(folder.join(file)).unwrap();
    }
    assert_ne!(first, lines(&campaign(true)));
    let other = Campaign {
        seed: 4,
        ..campaign(true)
    };
    let refused = fuzz(&mut EmbeddedTarget::default(), &other)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("--seed 3 --jobs 1"), "{refused}");
}

#[test]
fn a_corpus_that_cannot_be_written_ends_the_campaign_with_what_was_found() {
    let folder = scratch("gone-corpus");
    let removed = folder.clone();
    let campaign = Campaign {
        runs: Some(400),
        corpus: Some(folder),
        progress: Arc::new(move |progress| {
            if progress.runs == 100 {
                fs::remove_dir_all(&removed).unwrap();
            }
        }),
        ..Campaign::default()
    };
    let outcome = made(&mut toy_server::toy(), &campaign);
    let reason = outcome.ended_by.unwrap();
    assert!(
        reason.starts_with("cannot write ") && reason.contains("campaign-gone-corpus"),
        "{reason}"
    );
    assert!(outcome.progress.runs < 400, "{:?}", outcome.progress);
    assert!(!outcome.report.findings.is_empty());
}

#[test]
fn a_corpus_that_is_a_file_is_an_error_at_once() {
    let file = scratch("file");
    fs::write(&file, "x").unwrap();
    let campaign = Campaign {
        corpus: Some(file),
        ..of_seed(1)
    };
    let trouble = fuzz(&mut EmbeddedTarget::default(), &campaign)
        .unwrap_err()
        .to_string();
    assert!(trouble.starts_with("cannot make the folder "), "{trouble}");
}

#[test]
fn a_server_that_takes_no_more_connections_is_told_of_once() {
    let outcome = made(&mut Watched::new(30), &of_seed(1));
    let kinds: Vec<Kind> = outcome
        .report
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect();
    assert_eq!(
        kinds,
        [Kind::Gone],
        "{}",
        ftproof::report::text(&outcome.report)
    );
    assert!(outcome.ended_by.unwrap().contains("connection refused"));
}

fn ftproof(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ftproof"))
        .arg("fuzz")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_command_tells_its_seed_and_what_it_sent() {
    let (code, out, err) = ftproof(&["--runs", "30", "--seed", "5", "--jobs", "2"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("the embedded session: 0 findings"), "{out}");
    assert!(err.contains("seed 5: 30 runs of "), "{err}");
}

#[test]
fn a_command_that_cannot_be_meant_ends_with_2_and_a_reason() {
    for (arguments, reason) in [
        (&["--resume"][..], "--corpus"),
        (&["--runs", "0"], "--runs"),
        (&["--shard", "3/2"], "I/N"),
        (
            &["--corpus", "Cargo.toml", "--runs", "1"],
            "cannot make the folder Cargo.toml",
        ),
    ] {
        let (code, _, err) = ftproof(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {err}");
        assert!(err.contains(reason), "{arguments:?}: {err}");
    }
}
