//! RNTO, REST, the data connection and EPSV ALL: what must come before what.

mod support;

use ftproof_core::{Action, DataConnection, Effect, Placement};
use support::{Client, transcript, transcript_in};

const TRANSFERS: [&str; 7] = [
    "RETR hello.txt",
    "STOR x",
    "STOU",
    "APPE x",
    "LIST",
    "NLST",
    "MLSD",
];
const SETUP: [(&str, &str); 8] = [
    ("PORT 127,0,0,1,4,1", "200"),
    ("PASV", "227"),
    ("EPRT |1|127.0.0.1|1025|", "200"),
    ("EPRT |2|::1|1025|", "200"),
    ("LPRT 4,4,127,0,0,1,2,4,1", "200"),
    ("LPSV", "228"),
    ("EPSV", "229"),
    ("EPSV 2", "229"),
];

#[test]
fn rnto_without_rnfr_gets_503() {
    transcript(&[("RNTO x", "503")]);
    transcript_in(&[
        ("RNTO x", "503"),
        ("RNFR missing", "550"),
        ("RNTO x", "503"),
    ]);
}

#[test]
fn rnto_straight_after_rnfr_renames() {
    transcript_in(&[
        ("RNFR hello.txt", "350"),
        ("RNTO new.txt", "250"),
        ("SIZE new.txt", "213"),
        ("RNTO again", "503"),
    ]);
    transcript_in(&[
        ("RNFR hello.txt", "350"),
        ("RNFR dir", "350"),
        ("RNTO moved", "250"),
        ("SIZE moved/inner.txt", "213"),
    ]);
    transcript_in(&[
        ("RNFR hello.txt", "350"),
        ("RNTO big.bin", "553"),
        ("RNTO x", "503"),
    ]);
}

#[test]
fn any_line_between_rnfr_and_rnto_ends_the_rename() {
    for between in [
        "HELP",
        "NOOP",
        "PWD",
        "",
        "XYZZY",
        "NOOP x",
        "MAIL",
        "REST 1",
        "RNFR missing",
        "RNTO",
        "PASS x",
        "ABOR",
    ] {
        let mut client = Client::logged_in();
        assert_eq!(client.codes("RNFR hello.txt"), "350");
        client.codes(between);
        assert_eq!(client.codes("RNTO x"), "503", "{between:?}");
    }
}

#[test]
fn a_transfer_without_a_data_connection_gets_503() {
    for line in TRANSFERS {
        let mut client = Client::logged_in();
        assert_eq!(client.codes(line), "503", "{line}");
        assert_eq!(client.session, Client::logged_in().session);
    }
    transcript_in(&[("RETR missing", "503"), ("MLSD hello.txt", "503")]);
}

#[test]
fn every_set_up_command_lets_every_transfer_begin() {
    for (setup, code) in SETUP {
        for line in TRANSFERS {
            let mut client = Client::logged_in();
            assert_eq!(client.codes(setup), code);
            assert_eq!(client.codes("NOOP"), "200");
            assert_eq!(client.codes(line), "150", "{line} after {setup}");
            assert_eq!(client.codes("END"), "226");
        }
    }
}

#[test]
fn passive_serves_one_transfer_and_active_stays() {
    for (setup, code) in SETUP {
        let mut client = Client::after(&["USER open", setup, "LIST", "END"]);
        let expected = if code == "200" { "150" } else { "503" };
        assert_eq!(client.codes("LIST"), expected, "{setup}");
    }
    transcript_in(&[
        ("PORT 127,0,0,1,4,1", "200"),
        ("PASV", "227"),
        ("LIST", "150"),
        ("END", "226"),
        ("LIST", "503"),
    ]);
}

#[test]
fn a_transfer_refused_before_150_uses_up_nothing() {
    transcript_in(&[
        ("PASV", "227"),
        ("RETR missing", "550"),
        ("RETR dir", "550"),
        ("STOR dir", "553"),
        ("STOR no/x", "553"),
        ("LIST missing", "450"),
        ("NLST missing", "450"),
        ("MLSD missing", "550"),
        ("MLSD hello.txt", "501"),
        ("RETR hello.txt", "150"),
    ]);
}

#[test]
fn abor_ends_passive_and_keeps_active() {
    transcript_in(&[
        ("ABOR", "226"),
        ("PASV", "227"),
        ("ABOR", "226"),
        ("LIST", "503"),
    ]);
    transcript_in(&[
        ("PORT 127,0,0,1,4,1", "200"),
        ("ABOR", "226"),
        ("LIST", "150"),
        ("ABOR", "426 226"),
        ("LIST", "150"),
    ]);
    let mut client = Client::after(&["USER open", "PASV", "LIST"]);
    assert_eq!(client.answer("ABOR").effect, Some(Effect::AbortData));
    assert_eq!(client.codes("END"), "", "the transfer has had its 426");
}

#[test]
fn epsv_all_leaves_only_epsv() {
    let mut client = Client::after(&["USER open", "PASV", "EPSV ALL"]);
    assert_eq!(client.codes("LIST"), "503");
    for line in [
        "PORT 127,0,0,1,4,1",
        "PASV",
        "EPRT |1|127.0.0.1|1025|",
        "EPRT |3|x|1|",
        "LPRT 4,4,127,0,0,1,2,4,1",
        "LPSV",
    ] {
        assert_eq!(client.codes(line), "503", "{line}");
    }
    assert_eq!(client.codes("EPSV ALL"), "200");
    assert_eq!(client.codes("EPSV 3"), "522");
    assert_eq!(client.codes("EPSV"), "229");
    assert_eq!(client.codes("USER open"), "230");
    assert_eq!(client.codes("PASV"), "503");
    assert_eq!(client.codes("REIN"), "220");
    assert_eq!(client.codes("USER open"), "230");
    assert_eq!(client.codes("PASV"), "227");
}

#[test]
fn what_is_not_supported_gets_its_reply_last() {
    transcript_in(&[
        ("EPRT |3|x|1|", "522"),
        ("EPSV 3", "522"),
        ("LPRT 9,2,1,1,1,7", "521"),
        ("TYPE E", "504"),
        ("TYPE A T", "504"),
        ("TYPE L 36", "504"),
        ("MODE B", "504"),
        ("STRU R", "504"),
        ("STRU P", "504"),
    ]);
    transcript_in(&[
        ("TYPE A N", "200"),
        ("TYPE I", "200"),
        ("TYPE L 8", "200"),
        ("MODE S", "200"),
        ("STRU F", "200"),
        ("SMNT x", "202"),
        ("ALLO 1 R 2", "202"),
        ("SITE x", "202"),
    ]);
}

#[test]
fn rest_counts_for_a_transfer_on_the_very_next_line_only() {
    let offset = |between: &[&str]| {
        let mut client = Client::after(&["USER open", "TYPE I", "PASV", "REST 6"]);
        between.iter().for_each(|line| drop(client.codes(line)));
        match client.transfer("RETR hello.txt").action {
            Action::SendFile { offset, .. } => offset,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(offset(&[]), 6);
    for between in ["NOOP", "HELP", "", "PASV", "RETR missing"] {
        assert_eq!(offset(&[between]), 0, "{between:?}");
    }
    assert_eq!(
        offset(&["RETR hello.txt", "END", "PASV"]),
        0,
        "never for a second transfer"
    );
}

#[test]
fn rest_applies_to_stor_and_appe_alike_and_not_to_stou() {
    let placement = |rest: &str, line: &str| match Client::after(&["USER open", "PASV", rest])
        .transfer(line)
        .action
    {
        Action::Store { placement, .. } => placement,
        other => panic!("{other:?}"),
    };
    assert_eq!(placement("REST 3", "STOR x"), Placement::At(3));
    assert_eq!(placement("REST 3", "APPE x"), Placement::At(3));
    assert_eq!(placement("REST 3", "STOU"), Placement::Replace);
    assert_eq!(placement("REST 0", "STOR x"), Placement::Replace);
    assert_eq!(placement("REST 0", "APPE x"), Placement::Append);
    transcript_in(&[
        ("PASV", "227"),
        ("REST 99", "350"),
        ("RETR hello.txt", "550"),
        ("REST 18446744073709551615", "350"),
        ("STOR x", "452"),
    ]);
}

#[test]
fn open_data_says_which_side_opens_the_connection() {
    let active = Client::after(&["USER open", "PORT 127,0,0,1,4,1"])
        .transfer("LIST")
        .connection;
    assert_eq!(
        active,
        DataConnection::Active("127.0.0.1:1025".parse().unwrap())
    );
    let passive = Client::after(&["USER open", "PORT 127,0,0,1,4,1", "EPSV"])
        .transfer("LIST")
        .connection;
    assert_eq!(passive, DataConnection::Passive);
}
