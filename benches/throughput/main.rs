//! How fast `ftproof serve` moves bytes, and what an idle session holds in memory, beside vsftpd and pyftpdlib, in one
//! run on loopback.
//!
//! `cargo bench --bench throughput`. Each server takes one file and gives it back, to one client and to several at
//! once, in turn, a few times; the fastest of each counts: what else the machine does at that time only makes it slower.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

#[path = "../../tests/serve/client.rs"]
#[allow(dead_code, reason = "a client that can more")]
mod client;
mod memory;
#[path = "../../tests/support/port.rs"]
mod port;
#[path = "../../tests/many_sessions/process.rs"]
#[allow(dead_code, reason = "its memory is measured with that of the others")]
mod process;
#[path = "../../tests/servers/running.rs"]
#[allow(dead_code, reason = "each user takes its part")]
mod running;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::Instant;
use std::{env, fs, thread};

use client::Client;
use process::Process;
use running::{Running, absence};

const FILE_BYTES: usize = 256 << 20;
const ROUNDS: usize = 3;
const AT_ONCE: usize = 8;
/// So many that what the allocators have at hand is soon used up.
const IDLE_SESSIONS: usize = 500;

/// A server that runs.
struct Contender {
    name: &'static str,
    address: SocketAddr,
    process: u32,
}

/// The fastest so far, in MB/s.
#[derive(Default)]
struct Fastest {
    upload: f64,
    download: f64,
    at_once: f64,
}

fn main() {
    // `cargo test` runs this too, and only wants to know whether it builds.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let root = env::temp_dir().join(format!("ftproof-throughput-{}", std::process::id()));
    fs::create_dir_all(&root).unwrap();
    let ours = Process::start(&["--root", root.to_str().unwrap(), "--user", "ftptest:secret"]);
    let mut servers = vec![Contender {
        name: "ftproof serve",
        address: ours.address,
        process: ours.child.id(),
    }];
    let mut others = Vec::new();
    for name in ["vsftpd", "pyftpdlib"] {
        match absence(name) {
            Some(reason) => println!("skipped: {name}: {reason}"),
            None => {
                let running = Running::start(name).unwrap();
                servers.push(Contender {
                    name,
                    address: running.address,
                    process: running.child.id(),
                });
                others.push(running);
            }
        }
    }
    println!("memory of an idle session, one of {IDLE_SESSIONS}");
    for server in &servers {
        let name = server.name;
        println!("{name:<14} {:6} kB", idle_session(server) / 1000);
    }
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(FILE_BYTES).collect();
    let mut fastest: Vec<Fastest> = servers.iter().map(|_| Fastest::default()).collect();
    for _ in 0..ROUNDS {
        for (Contender { address, .. }, fastest) in servers.iter().zip(&mut fastest) {
            fastest.upload = fastest.upload.max(upload(*address, &bytes));
            fastest.download = fastest.download.max(download(*address, &bytes));
            fastest.at_once = fastest.at_once.max(at_once(*address));
        }
    }
    println!("{FILE_BYTES} bytes, MB/s, fastest of {ROUNDS}; at once: {AT_ONCE} downloads");
    for (Contender { name, .. }, fastest) in servers.iter().zip(&fastest) {
        let Fastest {
            upload,
            download,
            at_once,
        } = fastest;
        println!(
            "{name:<14} upload {upload:6.0}   download {download:6.0}   at once {at_once:6.0}"
        );
    }
    drop(ours);
    let _ = fs::remove_dir_all(&root);
}

/// What one more session holds that has logged in and waits, in bytes.
fn idle_session(server: &Contender) -> u64 {
    // The first brings in what all of them share.
    let _first = Client::logged_in(server.address, "ftptest");
    let before = memory::of_tree(server.process);
    let clients: Vec<Client> = (0..IDLE_SESSIONS)
        .map(|_| Client::logged_in(server.address, "ftptest"))
        .collect();
    memory::of_tree(server.process).saturating_sub(before) / clients.len() as u64
}

fn megabytes_per_second(bytes: usize, since: Instant) -> f64 {
    bytes as f64 / 1e6 / since.elapsed().as_secs_f64()
}

fn upload(address: SocketAddr, bytes: &[u8]) -> f64 {
    let mut client = Client::logged_in(address, "ftptest");
    let mut data = client.passive();
    let since = Instant::now();
    client.send("STOR big");
    data.write_all(bytes).unwrap();
    drop(data);
    let first = client.code();
    assert!(["125", "150"].contains(&first.as_str()), "{first}");
    assert_eq!(client.code(), "226");
    megabytes_per_second(bytes.len(), since)
}

/// Reads the file; gives how many bytes came, and whether they were `expected`, if that is known.
fn fetch(address: SocketAddr, expected: Option<&[u8]>) -> usize {
    let mut client = Client::logged_in(address, "ftptest");
    let mut data = client.passive();
    client.send("RETR big");
    let first = client.code();
    assert!(["125", "150"].contains(&first.as_str()), "{first}");
    let (mut chunk, mut count) = (vec![0; 256 * 1024], 0);
    loop {
        let read = data.read(&mut chunk).unwrap();
        if read == 0 {
            break;
        }
        if let Some(expected) = expected {
            assert!(chunk[..read] == expected[count..count + read]);
        }
        count += read;
    }
    drop(data);
    assert_eq!(client.code(), "226");
    count
}

fn download(address: SocketAddr, bytes: &[u8]) -> f64 {
    let since = Instant::now();
    assert_eq!(fetch(address, Some(bytes)), bytes.len());
    megabytes_per_second(bytes.len(), since)
}

fn at_once(address: SocketAddr) -> f64 {
    let since = Instant::now();
    let threads: Vec<_> = (0..AT_ONCE)
        .map(|_| thread::spawn(move || fetch(address, None)))
        .collect();
    let count: usize = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    assert_eq!(count, AT_ONCE * FILE_BYTES);
    megabytes_per_second(count, since)
}
