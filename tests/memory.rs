//! What a server sends without an end takes a bounded amount of memory: the command is run and its peak is read.

use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::FAR_BEYOND;
use crate::support::fake::{Login, fake};
use crate::support::small::{Session, small};

const KIB_PER_MIB: u64 = 1024;
/// How much more than against an honest server a run may take for replies: they are read up to 64 KiB each.
const REPLIES_MIB_MAX: u64 = 8;
/// The same for data: at most 16 MiB for each of four sessions, and the buffers between.
const DATA_MIB_MAX: u64 = 96;

/// A run of the command against a server, and the most memory that it took, in KiB.
fn run(address: SocketAddr) -> (Output, u64) {
    let child = Command::new(env!("CARGO_BIN_EXE_ftproof"))
        .args(["check", &format!("ftp://ftptest@{address}")])
        .env("FTPROOF_PASSWORD", "secret")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let status = format!("/proc/{}/status", child.id());
    let (since, waiter) = (
        Instant::now(),
        thread::spawn(move || child.wait_with_output()),
    );
    let mut peak = 0;
    while !waiter.is_finished() {
        // It is gone when the run is over; the peak only grows, so the last reading counts.
        let now = fs::read_to_string(&status).unwrap_or_default();
        peak = peak.max(peak_kib(&now).unwrap_or(0));
        assert!(since.elapsed() < FAR_BEYOND, "it has no end");
        thread::park_timeout(Duration::from_millis(2));
    }
    let output = waiter.join().expect("the wait ends");
    (output.expect("the output is read"), peak)
}

/// The peak of the memory that a process holds, as Linux tells it.
fn peak_kib(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn honest() -> SocketAddr {
    small(|session| {
        session.verbs = &["PWD"];
        |_, _| None
    })
}

/// Its run ends with one of these codes, prints nothing raw and takes at most so much more than an honest one.
#[track_caller]
fn assert_bounded(hostile: SocketAddr, mib_max: u64, codes: &[i32]) {
    let (_, usual) = run(honest());
    let (output, peak) = run(hostile);
    assert!(usual > 0, "the peak cannot be read here");
    for said in [&output.stdout, &output.stderr] {
        let text = String::from_utf8(said.clone()).expect("the report is text");
        let raw = text.chars().find(|&it| it.is_control() && it != '\n');
        assert_eq!(raw, None, "{text:?}");
    }
    let code = output.status.code().expect("it ends by itself");
    assert!(codes.contains(&code), "{code}: {output:?}");
    assert!(
        peak < usual + mib_max * KIB_PER_MIB,
        "{peak} KiB, and {usual} KiB against an honest server"
    );
}

/// A server that says this without an end where a line asks for STAT, so that it is found out after the login.
fn endless_stat(begin: &'static [u8], piece: &'static [u8]) -> SocketAddr {
    small(move |session| {
        session.verbs = &["PWD", "STAT"];
        move |session: &mut Session, line: &str| {
            if session.login != Login::In || line != "STAT" {
                return None;
            }
            session.say(begin);
            while session.say(piece) {}
            Some(String::new())
        }
    })
}

#[test]
fn an_endless_banner() {
    let line = fake(|mut peer| while peer.say(&[b'2'; 65_536]) {});
    assert_bounded(line, REPLIES_MIB_MAX, &[2]);
    let lines = fake(|mut peer| {
        peer.say(b"220-ready\r\n");
        while peer.say(&b"\x1b[2J and ready\r\n".repeat(1_000)) {}
    });
    assert_bounded(lines, REPLIES_MIB_MAX, &[2]);
    let delays = fake(|mut peer| while peer.say(&b"120 soon\r\n".repeat(1_000)) {});
    assert_bounded(delays, REPLIES_MIB_MAX, &[2]);
}

#[test]
fn an_endless_line() {
    assert_bounded(
        endless_stat(b"211 ", &[b'x'; 65_536]),
        REPLIES_MIB_MAX,
        &[0, 1],
    );
    assert_bounded(endless_stat(b"", &[0; 65_536]), REPLIES_MIB_MAX, &[0, 1]);
}

#[test]
fn an_endless_reply_of_many_lines() {
    let address = endless_stat(b"211-Status:\r\n", b"\x1b]0;more\x07 and more\r\n");
    assert_bounded(address, REPLIES_MIB_MAX, &[0, 1]);
}

#[test]
fn replies_without_an_end() {
    let address = endless_stat(b"", b"211 all is well\r\n");
    assert_bounded(address, REPLIES_MIB_MAX, &[0, 1]);
}

#[test]
fn data_without_an_end() {
    let address = small(|session| {
        session.verbs = &["PWD", "PASV", "NLST"];
        session.pours = true;
        |_, _| None
    });
    assert_bounded(address, DATA_MIB_MAX, &[0, 1]);
}
