//! A directory that is served: nothing outside it is reached, and its files are whole.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::client::Client;
use super::{Scratch, serve};

/// A root with a secret beside it, and links to that.
fn with_links() -> Scratch {
    let scratch = Scratch::new();
    let (root, outside) = (scratch.root(), scratch.path().join("outside"));
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    fs::write(root.join("open"), "open").unwrap();
    fs::create_dir(root.join("within")).unwrap();
    fs::write(root.join("within/file"), "within").unwrap();
    symlink(&outside, root.join("absolute")).unwrap();
    symlink("../outside", root.join("relative")).unwrap();
    symlink("../outside/secret", root.join("file")).unwrap();
    symlink("within", root.join("inner")).unwrap();
    symlink("/proc/self/root", root.join("proc")).unwrap();
    scratch
}

#[test]
fn no_path_leaves_the_root() {
    let scratch = with_links();
    let address = serve(scratch.settings());
    let mut client = Client::logged_in(address, "anna");
    for path in [
        "../outside/secret",
        "/../outside/secret",
        "within/../../outside/secret",
        "absolute/secret",
        "relative/secret",
        "file",
        "proc/etc/passwd",
        "inner/../../outside/secret",
        "open\0",
        "within\0/file",
    ] {
        client.says("EPSV", "229");
        client.says(&format!("RETR {path}"), "550");
        client.says(&format!("SIZE {path}"), "550");
        client.says(&format!("MLST {path}"), "550");
        client.says(&format!("DELE {path}\0"), "550");
        client.says(&format!("STOR {path}"), "553");
    }
    for path in [
        "absolute",
        "relative",
        "proc",
        "absolute/new",
        "relative/new",
    ] {
        client.says(&format!("CWD {path}"), "550");
        client.says(&format!("MKD {path}"), "550");
        client.says(&format!("LIST {path}"), "450");
        client.says("RNFR open", "350");
        client.says(&format!("RNTO {path}"), "553");
    }
    client.says("CWD ..", "250");
    assert!(client.says("PWD", "257").contains("\"/\""));
    // A link that stays beneath the root is what it leads to; others are not shown.
    assert_eq!(client.download("RETR inner/file"), b"within");
    let names = String::from_utf8(client.download("NLST")).unwrap();
    assert_eq!(names, "inner\r\nopen\r\nwithin\r\n");
    let secret = fs::read(scratch.path().join("outside/secret")).unwrap();
    assert_eq!(secret, b"secret");
    assert_eq!(
        fs::read_dir(scratch.path().join("outside"))
            .unwrap()
            .count(),
        1
    );
}

/// Between check and use: a directory that becomes a link to the outside and back again, all the time.
#[test]
fn no_race_leads_out_of_the_root() {
    let scratch = with_links();
    let root = scratch.root();
    fs::write(root.join("within/secret"), "open").unwrap();
    symlink("../outside", root.join("link")).unwrap();
    let address = serve(scratch.settings());
    let is_over = AtomicBool::new(false);
    let mut seen = [0; 2];
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                fs::rename(root.join("within"), root.join("aside")).unwrap();
                fs::rename(root.join("link"), root.join("within")).unwrap();
                fs::rename(root.join("within"), root.join("link")).unwrap();
                fs::rename(root.join("aside"), root.join("within")).unwrap();
            }
        });
        let mut client = Client::logged_in(address, "anna");
        for _ in 0..1000 {
            let mut data = client.passive();
            client.send("RETR within/secret");
            match client.code().as_str() {
                "150" => {
                    let mut bytes = Vec::new();
                    std::io::Read::read_to_end(&mut data, &mut bytes).unwrap();
                    match client.code().as_str() {
                        "226" => assert_eq!(bytes, b"open"),
                        code => assert_eq!((code, bytes.as_slice()), ("451", &b""[..])),
                    }
                    seen[0] += 1;
                }
                code => {
                    assert_eq!(code, "550");
                    seen[1] += 1;
                }
            }
            drop(data);
            let mut data = client.passive();
            client.send("STOR within/secret");
            if client.code() == "150" {
                std::io::Write::write_all(&mut data, b"open").unwrap();
                drop(data);
                let code = client.code();
                assert!(["226", "451"].contains(&code.as_str()), "{code}");
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let outside = fs::read(scratch.path().join("outside/secret")).unwrap();
    assert_eq!(outside, b"secret");
    println!(
        "{} times the file was there, {} times the link",
        seen[0], seen[1]
    );
}

#[test]
fn transfers_go_on_where_they_are_told() {
    let scratch = Scratch::new();
    let address = serve(scratch.settings());
    let mut client = Client::logged_in(address, "anna");
    let stored = || fs::read(scratch.root().join("file")).unwrap();
    assert_eq!(client.upload("STOR file", b"abcdef"), "226");
    assert_eq!(client.upload("APPE file", b"gh"), "226");
    assert_eq!(stored(), b"abcdefgh");
    // RFC 3659 §5.3: REST stands just before its command.
    let mut data = client.passive();
    client.says("REST 2", "350");
    client.says("STOR file", "150");
    std::io::Write::write_all(&mut data, b"XY").unwrap();
    drop(data);
    assert_eq!(client.code(), "226");
    assert_eq!(stored(), b"abXYefgh");
    let mut data = client.passive();
    client.says("REST 6", "350");
    client.says("RETR file", "150");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut data, &mut bytes).unwrap();
    assert_eq!(
        (client.code(), bytes.as_slice()),
        ("226".to_owned(), &b"gh"[..])
    );
    client.says("EPSV", "229");
    client.says("REST 9", "350");
    client.says("RETR file", "550");
    // In the ASCII type offsets count what is sent.
    client.says("TYPE A", "200");
    assert_eq!(client.upload("STOR file", b"a\r\nb\r\n"), "226");
    assert_eq!(stored(), b"a\nb\n");
    client.says("SIZE file", "213 6");
    let mut data = client.passive();
    client.says("REST 3", "350");
    client.says("STOR file", "150");
    std::io::Write::write_all(&mut data, b"c").unwrap();
    drop(data);
    assert_eq!(client.code(), "226");
    assert_eq!(stored(), b"a\nc\n");
    assert_eq!(client.download("RETR file"), b"a\r\nc\r\n");
}

#[test]
fn names_are_given_once() {
    let scratch = Scratch::new();
    let root = scratch.root();
    let address = serve(scratch.settings());
    let mut client = Client::logged_in(address, "anna");
    let mut names = Vec::new();
    for text in ["one", "two"] {
        let mut data = client.passive();
        let reply = client.says("STOU", "150 FILE: ");
        std::io::Write::write_all(&mut data, text.as_bytes()).unwrap();
        drop(data);
        assert_eq!(client.code(), "226");
        let name = reply.trim_end().split("FILE: ").nth(1).unwrap().to_owned();
        assert_eq!(fs::read(root.join(&name)).unwrap(), text.as_bytes());
        names.push(name);
    }
    client.says(&format!("RNFR {}", names[0]), "350");
    client.says(&format!("RNTO {}", names[1]), "553");
    client.says("RNFR .", "350");
    client.says("RNTO new", "553");
    client.says("MKD dir", "257");
    client.says("MKD dir", "550");
    client.says(&format!("RNFR {}", names[0]), "350");
    client.says("RNTO dir/moved", "250");
    client.says("RMD dir", "550");
    client.says("DELE dir", "550");
    client.says("DELE dir/moved", "250");
    client.says("RMD dir", "250");
    client.says("RMD /", "550");
    client.says("MKD a\rb", "550");
    assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
}

#[test]
fn what_is_no_file_and_no_directory_is_not_there() {
    let scratch = Scratch::new();
    let root = scratch.root();
    let made = std::process::Command::new("mkfifo")
        .arg(root.join("pipe"))
        .status();
    assert!(made.unwrap().success());
    let address = serve(scratch.settings());
    let mut client = Client::logged_in(address, "anna");
    client.says("EPSV", "229");
    client.says("RETR pipe", "550");
    client.says("STOR pipe", "553");
    assert_eq!(client.download("NLST"), b"");
}

#[test]
fn a_directory_with_too_much_in_it_is_not_listed() {
    let scratch = Scratch::new();
    let crowded = scratch.root().join("crowded");
    fs::create_dir(&crowded).unwrap();
    for number in 0..=20_000 {
        fs::File::create(crowded.join(number.to_string())).unwrap();
    }
    let address = serve(scratch.settings());
    let mut client = Client::logged_in(address, "anna");
    client.says("EPSV", "229");
    client.says("LIST crowded", "450");
    client.says("NLST crowded", "450");
    client.says("MLSD crowded", "550");
    client.says("STAT crowded", "450");
    fs::remove_file(crowded.join("0")).unwrap();
    let names = client.download("NLST crowded");
    assert_eq!(names.split(|&byte| byte == b'\n').count(), 20_001);
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let file = scratch.root().join("file");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let mut client = Client::logged_in(serve(scratch.settings()), "anna");
    assert_eq!(client.upload("STOR file", b"new"), "226");
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o640
    );
}
