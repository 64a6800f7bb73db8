//! What a client may do: whom the data ports accept, where they connect to, how many sessions, how many passwords; and
//! what happens while a transfer runs.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};

use ftproof::serve::{Limits, Settings};
use socket2::{Domain, SockRef, Socket, Type};

use super::client::Client;
use super::{serve, serve_on};

#[test]
fn a_passive_port_accepts_the_client_and_nobody_else() {
    let address = serve(Settings::default());
    let mut client = Client::logged_in(address, "ftptest");
    let reply = client.says("EPSV", "229");
    let port: u16 = reply.split('|').nth(3).unwrap().parse().unwrap();
    let data = SocketAddr::new(address.ip(), port);
    // The whole of 127/8 is this machine.
    let intruder = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let other: SocketAddr = ([127, 0, 0, 2], 0).into();
    intruder.bind(&other.into()).unwrap();
    intruder.connect(&data.into()).unwrap();
    let mut own = TcpStream::connect(data).unwrap();
    client.says("RETR /hello.txt", "150");
    let mut bytes = Vec::new();
    own.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"hello world\n");
    assert_eq!(client.code(), "226");
    let mut stolen = Vec::new();
    let _ = TcpStream::from(intruder).read_to_end(&mut stolen);
    assert_eq!(stolen, b"");
}

fn downloads_actively(client: &mut Client, own: IpAddr) {
    let listener = TcpListener::bind((own, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let family = if own.is_ipv4() { 1 } else { 2 };
    client.says(&format!("EPRT |{family}|{own}|{port}|"), "200");
    client.says("RETR /hello.txt", "150");
    let (mut data, _) = listener.accept().unwrap();
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"hello world\n");
    assert_eq!(client.code(), "226");
}

#[test]
fn an_active_address_is_the_clients_own_and_no_port_of_the_system() {
    let address = serve(Settings::default());
    let mut client = Client::logged_in(address, "ftptest");
    for (line, code) in [
        ("PORT 127,0,0,2,8,73", "501"),
        ("EPRT |1|192.0.2.1|2121|", "501"),
        ("EPRT |2|::1|2121|", "501"),
        ("LPRT 4,4,127,0,0,2,2,8,73", "501"),
        ("PORT 127,0,0,1,3,255", "504"),
        ("EPRT |1|127.0.0.1|21|", "504"),
        // A refused one sets up nothing.
        ("LIST", "503"),
    ] {
        client.says(line, code);
    }
    downloads_actively(&mut client, address.ip());
}

#[test]
fn ipv6_has_passive_and_active_data_connections() {
    // A machine without IPv6 cannot show it.
    if let Err(error) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
        println!("skipped: there is no IPv6; to get it, give the loopback interface ::1");
        return;
    }
    let address = serve_on((Ipv6Addr::LOCALHOST, 0).into(), Settings::default());
    let mut client = Client::logged_in(address, "ftptest");
    assert_eq!(client.download("RETR /hello.txt"), b"hello world\n");
    client.says("PASV", "502");
    client.says("EPSV 1", "522");
    downloads_actively(&mut client, address.ip());
}

#[test]
fn there_are_no_more_sessions_than_seats() {
    let address = serve(Settings {
        limits: Limits {
            sessions_max: 2,
            ..Limits::default()
        },
        ..Settings::default()
    });
    let (mut first, _second) = (Client::connect(address), Client::connect(address));
    let mut third = Client::without_greeting(address);
    assert!(third.rest().starts_with("421 "));
    first.says("QUIT", "221");
    assert_eq!(first.rest(), "");
    drop(first);
    // The seat is left a moment after the connection is closed.
    let admitted = (0..10_000).any(|_| Client::without_greeting(address).code() == "220");
    assert!(admitted);
}

#[test]
fn only_so_many_passwords_are_tried() {
    let address = serve(Settings::default());
    let mut client = Client::connect(address);
    for _ in 0..4 {
        client.says("USER ftptest", "331");
        client.says("PASS wrong", "530");
    }
    client.says("USER nobody", "331");
    client.says("PASS wrong", "421");
    assert_eq!(client.rest(), "");
}

#[test]
fn without_a_certificate_auth_is_not_implemented() {
    let address = serve(Settings::default());
    let mut client = Client::connect(address);
    client.says("AUTH TLS", "502");
    assert!(!client.says("FEAT", "211").contains("AUTH"));
}

#[test]
fn who_may_not_change_files_does_not() {
    let read_only = Settings {
        is_read_only: true,
        ..Settings::default()
    };
    for (settings, user) in [(Settings::default(), "anonymous"), (read_only, "ftptest")] {
        let mut client = Client::logged_in(serve(settings), user);
        assert!(client.says("MLST /hello.txt", "250").contains("Perm=r;"));
        assert!(client.says("MLST /", "250").contains("Perm=el;"));
        client.says("EPSV", "229");
        for (line, code) in [
            ("STOR /new", "553"),
            ("APPE /hello.txt", "553"),
            ("STOU", "553"),
            ("DELE /hello.txt", "550"),
            ("MKD /new", "550"),
            ("RMD /dir", "550"),
            ("RNFR /hello.txt", "350"),
            ("RNTO /new", "553"),
        ] {
            client.says(line, code);
        }
        assert_eq!(client.download("RETR /hello.txt"), b"hello world\n");
    }
}

/// A transfer that goes on until the client reads: the file is larger than the buffers in between.
fn busy(client: &mut Client) -> TcpStream {
    assert_eq!(client.upload("STOR /huge", &vec![7; 15 << 20]), "226");
    let data = client.passive();
    client.says("RETR /huge", "150");
    data
}

#[test]
fn abor_comes_with_the_telnet_synch() {
    let mut client = Client::logged_in(serve(Settings::default()), "ftptest");
    let _data = busy(&mut client);
    // RFC 959 §4.1.3: IAC IP, then as urgent data IAC DM, then ABOR.
    client.stream.write_all(&[255, 244]).unwrap();
    let control = SockRef::from(&client.stream);
    control.send_out_of_band(&[255, 242]).unwrap();
    client.stream.write_all(b"ABOR\r\n").unwrap();
    assert_eq!((client.code(), client.code()), ("426".into(), "226".into()));
    client.says("NOOP", "200");
}

#[test]
fn lines_are_answered_while_a_transfer_runs() {
    let mut client = Client::logged_in(serve(Settings::default()), "ftptest");
    let mut data = busy(&mut client);
    client.says("STAT", "211");
    client.says("HELP", "214");
    client.says("EPSV", "503");
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 15 << 20);
    assert_eq!(client.code(), "226");
}

#[test]
fn quit_and_rein_wait_for_the_end_of_the_transfer() {
    for (line, code) in [("QUIT", "221"), ("REIN", "220")] {
        let mut client = Client::logged_in(serve(Settings::default()), "ftptest");
        let mut data = busy(&mut client);
        // What is sent behind it waits too.
        client.send(&format!("{line}\r\nNOOP"));
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 15 << 20);
        assert_eq!(client.code(), "226");
        assert_eq!(client.code(), code);
        assert_eq!(client.code(), if line == "REIN" { "200" } else { "" });
    }
}

#[test]
fn many_lines_at_once_are_answered_in_order() {
    let mut client = Client::logged_in(serve(Settings::default()), "ftptest");
    let lines = "NOOP\r\nPWD\r\nSYST\r\nSTAT /\r\n".repeat(2000);
    let mut stream = client.stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || stream.write_all(lines.as_bytes()));
    for _ in 0..2000 {
        for code in ["200", "257", "215", "213"] {
            assert_eq!(client.code(), code);
        }
    }
    writing.join().unwrap().unwrap();
}
