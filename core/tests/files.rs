//! Files, directories and what transfers carry.

mod support;

use ftproof_core::{ENTRIES_MAX, Line, MemorySite, Path};
use support::{Client, transcript_in};

#[test]
fn directories_are_walked_and_nothing_leaves_the_root() {
    let mut client = Client::logged_in();
    for (line, cwd) in [
        ("CWD dir", "/dir"),
        ("CDUP", "/"),
        ("CDUP", "/"),
        ("CWD ../../dir/./", "/dir"),
        ("CWD ..", "/"),
        ("CWD /dir//..//dir", "/dir"),
        ("CWD /", "/"),
    ] {
        assert!(
            matches!(client.codes(line).as_str(), "250" | "200"),
            "{line}"
        );
        assert!(
            client.bytes("PWD").starts_with(&format!("257 \"{cwd}\" ")),
            "{line}"
        );
    }
    transcript_in(&[
        ("CWD missing", "550"),
        ("CWD hello.txt", "550"),
        ("CDUP", "200"),
    ]);
}

#[test]
fn paths_are_normal_whatever_they_are_made_of() {
    let root = Path::root();
    for (pathname, expected) in [
        ("", "/"),
        ("..", "/"),
        ("a", "/a"),
        ("a/../../b", "/b"),
        ("//a//b/", "/a/b"),
        ("./.", "/"),
        ("...", "/..."),
    ] {
        assert_eq!(
            root.join(pathname.as_bytes()).as_bytes(),
            expected.as_bytes()
        );
    }
    let inner = root.join(b"a/b");
    assert_eq!(
        (inner.parent().as_bytes(), inner.name()),
        (b"/a".as_slice(), b"b".as_slice())
    );
    assert_eq!(
        (root.parent().as_bytes(), root.name()),
        (b"/".as_slice(), b"".as_slice())
    );
    assert_eq!(inner.join(b"/c").as_bytes(), b"/c");
    assert_eq!(inner.join(b"../c").as_bytes(), b"/a/c");
}

#[test]
fn directories_and_files_are_made_and_removed() {
    transcript_in(&[
        ("MKD new", "257"),
        ("MKD new", "550"),
        ("MKD hello.txt", "550"),
        ("MKD no/where", "550"),
        ("RMD dir", "550"),
        ("RMD hello.txt", "550"),
        ("RMD missing", "550"),
        ("RMD /", "550"),
        ("RMD new", "250"),
        ("DELE dir", "550"),
        ("DELE dir/inner.txt", "250"),
        ("DELE dir/inner.txt", "550"),
        ("RMD dir", "250"),
        ("CWD dir", "550"),
    ]);
    transcript_in(&[
        ("CWD dir", "250"),
        ("DELE inner.txt", "250"),
        ("RMD ../dir", "250"),
        ("LIST", "503"),
        ("CDUP", "200"),
    ]);
}

#[test]
fn a_directory_moves_with_what_is_in_it_but_not_into_itself() {
    transcript_in(&[
        ("MKD dir-x", "257"),
        ("RNFR dir", "350"),
        ("RNTO dir-x/y", "250"),
        ("SIZE dir-x/y/inner.txt", "213"),
        ("SIZE dir/inner.txt", "550"),
    ]);
    transcript_in(&[
        ("RNFR dir", "350"),
        ("RNTO dir/x", "553"),
        ("RNFR /", "350"),
        ("RNTO x", "553"),
        ("RNFR dir", "350"),
        ("RNTO dir", "250"),
    ]);
}

#[test]
fn without_room_mkd_gets_550_and_stor_452() {
    let mut client = Client::logged_in();
    let mut number = 0;
    while client.codes(&format!("MKD {number}")) == "257" {
        number += 1;
    }
    assert_eq!(number + 4, ENTRIES_MAX, "the fixture has 4 entries");
    assert_eq!(client.codes("MKD more"), "550");
    client.codes("PASV");
    assert_eq!(client.codes("STOR more"), "452");
}

#[test]
fn a_name_with_a_line_end_is_not_allowed() {
    let mut client = Client::logged_in();
    for name in [b"MKD a\nb".as_slice(), b"MKD a\rb", b"MKD a\0b"] {
        let answer = client.session.line(Line::Complete(name), &mut client.site);
        assert_eq!(answer.replies.codes().collect::<Vec<_>>(), [550]);
    }
}

#[test]
fn size_and_retr_agree_in_each_type() {
    let mut client = Client::logged_in();
    assert_eq!(client.bytes("SIZE hello.txt"), "213 13\r\n");
    assert_eq!(client.download("RETR hello.txt"), "hello world\r\n");
    client.codes("TYPE I");
    assert_eq!(client.bytes("SIZE hello.txt"), "213 12\r\n");
    assert_eq!(client.download("RETR hello.txt"), "hello world\n");
    assert_eq!(client.bytes("SIZE big.bin"), "213 1048576\r\n");
    transcript_in(&[
        ("SIZE dir", "550"),
        ("SIZE missing", "550"),
        ("MDTM dir", "550"),
        ("MDTM missing", "550"),
    ]);
}

#[test]
fn what_is_stored_can_be_retrieved() {
    let mut client = Client::after(&["USER open", "PORT 127,0,0,1,4,1"]);
    client.upload("STOR new.txt", b"one\r\ntwo\r\n");
    client.codes("TYPE I");
    assert_eq!(client.download("RETR new.txt"), "one\ntwo\n");
    client.codes("PORT 127,0,0,1,4,1");
    client.upload("APPE new.txt", b"three");
    client.upload("APPE other.txt", b"made");
    client.codes("REST 4");
    client.upload("STOR new.txt", b"TWO");
    assert_eq!(client.download("RETR new.txt"), "one\nTWO\nthree");
    assert_eq!(client.download("RETR other.txt"), "made");
    client.codes("PASV");
    client.codes("REST 8");
    assert_eq!(
        client
            .transfer("RETR new.txt")
            .outgoing(&client.site)
            .unwrap(),
        b"three"
    );
}

#[test]
fn stou_names_a_file_that_was_not_there() {
    let mut client = Client::after(&["USER open", "CWD dir", "PORT 127,0,0,1,4,1"]);
    assert_eq!(client.bytes("STOU"), "150 FILE: unique-1\r\n");
    client.codes("END");
    client.upload("STOU", b"x");
    assert_eq!(client.bytes("STOU"), "150 FILE: unique-2\r\n");
    client.codes("END");
    assert_eq!(client.codes("SIZE unique-1"), "213");
}

#[test]
fn lists_have_their_forms() {
    let mut client = Client::logged_in();
    assert_eq!(client.download("NLST"), "big.bin\r\ndir\r\nhello.txt\r\n");
    assert_eq!(client.download("NLST dir"), "inner.txt\r\n");
    let list = client.download("LIST");
    assert!(
        list.ends_with("-rw-r--r-- 1 ftp ftp           12 Jan 01  2026 hello.txt\r\n"),
        "{list}"
    );
    client.codes("OPTS MLST type;size;modify;");
    assert_eq!(
        client.download("MLSD dir"),
        "Type=file;Size=6;Modify=20260101000000; inner.txt\r\n"
    );
    assert_eq!(
        client.bytes("MLST hello.txt"),
        "250-Facts\r\n Type=file;Size=12;Modify=20260101000000; /hello.txt\r\n250 End\r\n"
    );
    client.codes("OPTS MLST");
    assert_eq!(client.bytes("MLST"), "250-Facts\r\n  /\r\n250 End\r\n");
    assert_eq!(client.bytes("MDTM hello.txt"), "213 20260101000000\r\n");
    transcript_in(&[
        ("MLST missing", "550"),
        ("STAT missing", "450"),
        ("STAT dir", "213"),
        ("STAT", "211"),
    ]);
}

#[test]
fn a_clone_of_the_site_is_independent() {
    let mut client = Client::logged_in();
    let before = client.site.clone();
    assert_eq!(client.site, MemorySite::fixture());
    client.codes("DELE hello.txt");
    assert_ne!(client.site, before);
    assert_eq!(before, MemorySite::fixture());
}
