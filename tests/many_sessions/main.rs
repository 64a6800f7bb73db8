//! A thousand sessions at once: each logs in, lists, loads in both directions and quits, and nothing is lost.
//!
//! The server is a process of its own, as it is used, so that its memory can be told from the clients'.
#![expect(
    clippy::unwrap_used,
    reason = "a script that cannot go on ends the test"
)]

#[path = "../serve/client.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod client;
mod process;

use std::thread;

use client::Client;
use process::Process;

const SESSIONS: usize = 1_000;
/// The client's threads need little.
const STACK_BYTES: usize = 128 * 1024;

#[test]
fn a_thousand_sessions_at_once_lose_nothing() {
    ftproof::serve::raise_descriptor_limit();
    let server = Process::start(&["--max-sessions", &SESSIONS.to_string()]);
    // All are in before the first goes on.
    let clients: Vec<Client> = (0..SESSIONS)
        .map(|_| Client::logged_in(server.address, "ftptest"))
        .collect();
    assert_eq!(Client::without_greeting(server.address).code(), "421");
    let threads: Vec<_> = clients
        .into_iter()
        .enumerate()
        .map(|(number, client)| {
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn(move || transfers(client, number)).unwrap()
        })
        .collect();
    let mut clients: Vec<Client> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    // One of them sees what all have left.
    let names = String::from_utf8(clients[0].download("NLST /")).unwrap();
    let own = names.lines().filter(|name| name.starts_with("own-"));
    assert_eq!(own.count(), SESSIONS);
    for client in &mut clients {
        client.says("QUIT", "221");
        assert_eq!(client.rest(), "");
    }
    println!(
        "{SESSIONS} sessions at once: {SESSIONS} logins, {SESSIONS} lists, {} transfers, {SESSIONS} farewells",
        3 * SESSIONS
    );
}

/// What one session does between login and QUIT.
fn transfers(mut client: Client, number: usize) -> Client {
    assert_eq!(client.download("NLST /dir"), b"inner.txt\r\n");
    let file = client.download("RETR /big.bin");
    assert_eq!(file.len(), 1 << 20);
    let is_right = |(at, &byte): (usize, &u8)| at % 256 == usize::from(byte);
    assert!(file.iter().enumerate().all(is_right));
    let (name, own) = (
        format!("/own-{number}"),
        format!("{number:04} ").repeat(2000),
    );
    assert_eq!(
        client.upload(&format!("STOR {name}"), own.as_bytes()),
        "226"
    );
    assert_eq!(client.download(&format!("RETR {name}")), own.as_bytes());
    client
}

#[test]
fn an_idle_session_costs_little() {
    ftproof::serve::raise_descriptor_limit();
    let server = Process::start(&["--max-sessions", &(SESSIONS + 1).to_string()]);
    // The first brings in what all of them share.
    let _first = Client::logged_in(server.address, "ftptest");
    let before = server.resident_bytes();
    let clients: Vec<_> = (0..SESSIONS)
        .map(|_| Client::logged_in(server.address, "ftptest"))
        .collect();
    let each = server.resident_bytes().saturating_sub(before) / clients.len() as u64;
    println!(
        "{each} bytes of memory for each idle session, of {} ",
        clients.len()
    );
    assert!(
        each > 0 && each < 64 * 1024,
        "{each} bytes for each session"
    );
}
