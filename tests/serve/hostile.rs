//! Clients that harm: each is on its way while another session works, and leaves no file that is not whole.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::thread;
use std::time::Duration;

use ftproof::serve::{Limits, Settings};
use socket2::SockRef;

use super::client::Client;
use super::{Scratch, serve};

/// How often a seat is asked for that another session is about to leave.
const LOOKS_MAX: usize = 10_000;

/// A session that does what an honest client does.
#[track_caller]
fn works(address: SocketAddr) {
    let mut client = Client::logged_in(address, "ftptest");
    assert_eq!(client.download("RETR /hello.txt"), b"hello world\n");
    let list = String::from_utf8(client.download("LIST /")).unwrap();
    assert!(list.contains("big.bin"), "{list}");
    client.says("QUIT", "221");
    assert_eq!(client.rest(), "");
}

fn with(limits: Limits) -> SocketAddr {
    serve(Settings {
        limits,
        ..Settings::default()
    })
}

#[test]
fn one_who_floods_and_reads_nothing_is_cut_off() {
    let address = with(Limits {
        stall: Duration::from_millis(500),
        ..Limits::default()
    });
    let flood = Client::connect(address);
    let flooding = thread::spawn(move || {
        let mut stream = &flood.stream;
        let lines = b"HELP\r\n".repeat(1000);
        // Until the server has closed.
        while stream.write_all(&lines).is_ok() {}
    });
    works(address);
    flooding.join().unwrap();
    works(address);
}

#[test]
fn one_who_says_nothing_is_sent_away() {
    let address = with(Limits {
        idle: Duration::from_millis(300),
        ..Limits::default()
    });
    for beginning in ["", "US", "USER ftptest\r\nPAS"] {
        let mut client = Client::connect(address);
        client.stream.write_all(beginning.as_bytes()).unwrap();
        let all = client.rest();
        assert!(all.lines().last().unwrap().starts_with("421 "), "{all}");
    }
}

#[test]
fn one_who_drips_is_sent_away_too() {
    let address = with(Limits {
        idle: Duration::from_millis(300),
        ..Limits::default()
    });
    let mut client = Client::connect(address);
    let mut stream = client.stream.try_clone().unwrap();
    let dripping = thread::spawn(move || {
        while stream.write_all(b"N").is_ok() {
            thread::park_timeout(Duration::from_millis(20));
        }
    });
    assert_eq!(client.code(), "421");
    client.rest();
    let _ = client.stream.shutdown(Shutdown::Both);
    dripping.join().unwrap();
}

#[test]
fn a_hundred_megabytes_without_an_end_are_one_line() {
    let address = serve(Settings::default());
    let mut client = Client::logged_in(address, "ftptest");
    let chunk = [b'A'; 1 << 16];
    for _ in 0..(100 << 20) / chunk.len() {
        client.stream.write_all(&chunk).unwrap();
    }
    works(address);
    client.stream.write_all(b"\r\nNOOP\r\n").unwrap();
    assert_eq!((client.code(), client.code()), ("500".into(), "200".into()));
}

#[test]
fn data_connections_that_are_opened_and_left_harm_nobody() {
    let address = with(Limits {
        open_data: Duration::from_millis(300),
        stall: Duration::from_millis(300),
        ..Limits::default()
    });
    let mut left = Vec::new();
    let mut client = Client::logged_in(address, "ftptest");
    for _ in 0..100 {
        left.push(client.passive());
    }
    // Nobody connects.
    client.says("EPSV", "229");
    client.says("RETR /big.bin", "150");
    assert_eq!(client.code(), "425");
    // Nobody reads. What the buffers hold is less than the file.
    let small = client.passive();
    SockRef::from(&small).set_recv_buffer_size(4096).unwrap();
    client.upload("STOR /huge", &vec![7; 15 << 20]);
    left.push(client.passive());
    client.says("RETR /huge", "150");
    works(address);
    assert_eq!(client.code(), "426");
    // Nobody writes.
    left.push(client.passive());
    client.says("STOR /hello.txt", "150");
    assert_eq!(client.code(), "426");
    works(address);
}

/// How a client goes away in the middle of an upload.
#[derive(Debug, Clone, Copy)]
enum Exit {
    /// As a process that is killed: the control connection first, then the data connection.
    Killed,
    /// The control connection alone.
    Control,
    /// Both are reset.
    Reset,
    /// The data connection is reset.
    DataReset,
}

#[test]
fn who_vanishes_in_an_upload_leaves_what_was_there() {
    for exit in [Exit::Killed, Exit::Control, Exit::Reset, Exit::DataReset] {
        for line in ["STOR kept", "APPE kept", "STOR fresh", "STOU"] {
            let scratch = Scratch::new();
            fs::write(scratch.root().join("kept"), "as it was").unwrap();
            let address = serve(Settings {
                limits: Limits {
                    sessions_max: 1,
                    ..Limits::default()
                },
                ..scratch.settings()
            });
            let mut client = Client::logged_in(address, "anna");
            let mut data = client.passive();
            client.says(line, "150");
            data.write_all(&[b'x'; 100_000]).unwrap();
            let reset = Some(Duration::ZERO);
            match exit {
                Exit::Killed => {
                    drop(client);
                    drop(data);
                }
                Exit::Control => drop(client),
                Exit::Reset => {
                    SockRef::from(&client.stream).set_linger(reset).unwrap();
                    SockRef::from(&data).set_linger(reset).unwrap();
                    drop(data);
                    drop(client);
                }
                Exit::DataReset => {
                    SockRef::from(&data).set_linger(reset).unwrap();
                    drop(data);
                    assert_eq!(client.code(), "426");
                    client.says("QUIT", "221");
                }
            }
            // The only seat is free once nothing of that session goes on.
            let looks = (0..LOOKS_MAX).find(|_| {
                thread::park_timeout(Duration::from_millis(1));
                Client::without_greeting(address).code() == "220"
            });
            assert!(looks.is_some(), "{exit:?} {line}: the session does not end");
            let names: Vec<_> = fs::read_dir(scratch.root())
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            assert_eq!(names, ["kept"], "{exit:?} {line}");
            let kept = fs::read(scratch.root().join("kept")).unwrap();
            assert_eq!(kept, b"as it was", "{exit:?} {line}");
        }
    }
}

#[test]
fn an_aborted_upload_leaves_what_was_there() {
    let scratch = Scratch::new();
    fs::write(scratch.root().join("kept"), "as it was").unwrap();
    let address = serve(scratch.settings());
    let mut client = Client::logged_in(address, "anna");
    let mut data = client.passive();
    client.says("STOR kept", "150");
    data.write_all(b"half").unwrap();
    client.says("ABOR", "426");
    assert_eq!(client.code(), "226");
    let mut rest = Vec::new();
    let _ = data.read_to_end(&mut rest);
    assert_eq!(client.download("RETR kept"), b"as it was");
}

/// A downgraded end: without close_notify an upload in TLS may have been cut (RFC 8446 §6.1).
#[cfg(feature = "tls")]
#[test]
fn an_upload_in_tls_without_its_end_is_not_stored() {
    use super::tls::{TlsClient, tls_settings};
    let address = serve(tls_settings(false));
    for (is_ended, code) in [(true, "226"), (false, "426")] {
        let mut client = TlsClient::logged_in(address);
        client.says("PBSZ 0", "200");
        client.says("PROT P", "200");
        let mut data = client.passive();
        client.says("STOR /hello.txt", "150");
        data.write_all(b"changed").unwrap();
        data.flush().unwrap();
        if is_ended {
            data.conn.send_close_notify();
            data.flush().unwrap();
        }
        drop(data);
        assert_eq!(client.code(), code);
    }
}

/// RFC 4217 §10.2: under PROT P a data connection without TLS is answered 522, and the session goes on.
#[cfg(feature = "tls")]
#[test]
fn a_data_connection_in_clear_under_prot_p_is_refused() {
    use super::tls::{TlsClient, tls_settings};
    let mut client = TlsClient::logged_in(serve(tls_settings(false)));
    client.says("PBSZ 0", "200");
    client.says("PROT P", "200");
    let mut data = client.passive().sock;
    client.says("STOR /hello.txt", "150");
    data.write_all(b"in clear, and no hello of TLS").unwrap();
    assert_eq!(client.code(), "522");
    let mut data = client.passive();
    client.says("RETR /hello.txt", "150");
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"hello world\n");
    assert_eq!(client.code(), "226");
}
