//! USER, PASS, ACCT, HOST, REIN, QUIT and 530: who may do what, and after what.

mod support;

use support::{Client, transcript, transcript_in};

const NEEDS_LOGIN: [&str; 40] = [
    "CWD dir",
    "XCWD dir",
    "CDUP",
    "XCUP",
    "SMNT x",
    "PORT 127,0,0,1,4,1",
    "PASV",
    "EPRT |1|127.0.0.1|1025|",
    "EPRT |3|x|1|",
    "EPSV",
    "EPSV 3",
    "EPSV ALL",
    "LPRT 4,4,127,0,0,1,2,4,1",
    "LPSV",
    "TYPE A",
    "TYPE E",
    "MODE S",
    "MODE B",
    "STRU F",
    "ALLO 1",
    "REST 1",
    "RETR hello.txt",
    "STOR x",
    "STOU",
    "APPE x",
    "LIST",
    "NLST",
    "MLSD",
    "MLST",
    "RNFR hello.txt",
    "DELE x",
    "RMD x",
    "MKD x",
    "PWD",
    "XPWD",
    "STAT",
    "STAT x",
    "SITE x",
    "SIZE hello.txt",
    "MDTM hello.txt",
];

const NEEDS_NO_LOGIN: [(&str, &str); 9] = [
    ("HELP", "214"),
    ("HELP x", "214"),
    ("NOOP", "200"),
    ("SYST", "215"),
    ("FEAT", "211"),
    ("OPTS MLST", "200"),
    ("LANG en", "200"),
    ("LANG fr", "504"),
    ("ABOR", "226"),
];

#[test]
fn pass_without_user_gets_503() {
    transcript(&[("PASS secret", "503")]);
    transcript_in(&[("PASS secret", "503"), ("PWD", "257")]);
}

#[test]
fn pass_must_be_the_very_next_line_after_user() {
    for between in [
        "HELP", "NOOP", "XYZZY", "MAIL", "", "NOOP x", "PWD", "USER", "AUTH KRB", "STAT", "ACCT x",
        "RNTO x",
    ] {
        let mut client = Client::after(&["USER ftptest", between]);
        assert_eq!(client.codes("PASS secret"), "503", "{between:?}");
        assert_eq!(client.codes("PWD"), "530");
    }
}

#[test]
fn pass_after_a_failed_pass_gets_503() {
    transcript(&[
        ("USER ftptest", "331"),
        ("PASS wrong", "530"),
        ("PASS secret", "503"),
        ("PWD", "530"),
    ]);
}

#[test]
fn pass_without_an_argument_is_the_empty_password() {
    transcript(&[("USER ftptest", "331"), ("PASS", "530")]);
    transcript(&[("USER anonymous", "331"), ("PASS", "230"), ("PWD", "257")]);
}

#[test]
fn an_unknown_user_looks_like_a_known_one() {
    transcript(&[("USER nobody", "331"), ("PASS secret", "530")]);
}

#[test]
fn a_user_without_a_password_is_logged_in_by_user() {
    transcript(&[("USER open", "230"), ("PWD", "257"), ("PASS x", "503")]);
}

#[test]
fn acct_is_needed_when_pass_says_so() {
    transcript(&[
        ("USER acct", "331"),
        ("PASS secret", "332"),
        ("PWD", "530"),
        ("HELP", "214"),
        ("ACCT billing", "230"),
        ("PWD", "257"),
    ]);
    transcript(&[
        ("USER acct", "331"),
        ("PASS secret", "332"),
        ("ACCT wrong", "530"),
        ("ACCT billing", "503"),
    ]);
    transcript(&[("ACCT billing", "503")]);
    transcript(&[("USER acct", "331"), ("ACCT billing", "503")]);
    transcript_in(&[("ACCT billing", "202")]);
}

#[test]
fn user_flushes_the_old_login_and_keeps_the_parameters() {
    transcript_in(&[
        ("CWD dir", "250"),
        ("PASV", "227"),
        ("USER ftptest", "331"),
        ("PWD", "530"),
        ("USER ftptest", "331"),
        ("PASS secret", "230"),
        ("SIZE inner.txt", "213"),
        ("LIST", "150"),
    ]);
}

#[test]
fn what_needs_a_login_gets_530_without_one_and_changes_nothing() {
    for start in [
        &[][..],
        &["USER acct", "PASS secret"],
        &["HOST ftp.example"],
    ] {
        let fresh = Client::after(start);
        for line in NEEDS_LOGIN {
            let mut client = fresh.clone();
            assert_eq!(client.codes(line), "530", "{line} after {start:?}");
            assert_eq!(client.session, fresh.session, "{line}");
        }
    }
}

#[test]
fn what_needs_no_login_is_answered_in_every_state() {
    for start in [
        &[][..],
        &["USER x"],
        &["USER open"],
        &["USER open", "PASV", "LIST"],
        &["AUTH TLS"],
        &["USER acct", "PASS secret"],
    ] {
        for (line, codes) in NEEDS_NO_LOGIN {
            let mut client = Client::after(start);
            let codes = if line == "ABOR" && start.contains(&"LIST") {
                "426 226"
            } else {
                codes
            };
            assert_eq!(client.codes(line), codes, "{line} after {start:?}");
        }
    }
}

#[test]
fn syntax_comes_before_sequence_and_login() {
    for line in [
        "RNTO", "CWD", "PORT 1", "EPSV x", "TYPE X", "ADAT", "PBSZ x", "PROT", "CCC x", "MIC",
        "HOST", "RETR",
    ] {
        assert_eq!(Client::new().codes(line), "501", "{line}");
    }
    transcript(&[
        ("XYZZY", "500"),
        ("", "500"),
        ("MAIL x", "502"),
        ("MSND", "502"),
    ]);
}

#[test]
fn host_comes_before_the_login() {
    transcript(&[
        ("HOST ftp.example", "220"),
        ("HOST FTP.EXAMPLE", "220"),
        ("HOST other.example", "504"),
    ]);
    transcript_in(&[
        ("HOST ftp.example", "503"),
        ("HOST other.example", "503"),
        ("PWD", "257"),
    ]);
    transcript(&[
        ("USER ftptest", "331"),
        ("HOST ftp.example", "220"),
        ("PASS secret", "503"),
    ]);
    transcript(&[
        ("USER acct", "331"),
        ("PASS secret", "332"),
        ("HOST ftp.example", "220"),
        ("ACCT billing", "503"),
    ]);
}

#[test]
fn a_refused_host_is_as_if_it_had_not_been_sent() {
    transcript(&[
        ("USER ftptest", "331"),
        ("HOST other.example", "504"),
        ("PASS secret", "230"),
    ]);
    transcript(&[
        ("USER ftptest", "331"),
        ("HOST a:b", "501"),
        ("HOST", "501"),
        ("PASS secret", "230"),
    ]);
    transcript_in(&[
        ("RNFR hello.txt", "350"),
        ("HOST ftp.example", "503"),
        ("RNTO new.txt", "250"),
    ]);
}

#[test]
fn rein_makes_everything_as_after_connect() {
    let lines = [
        "HOST ftp.example",
        "USER ftptest",
        "PASS secret",
        "CWD dir",
        "TYPE I",
        "OPTS MLST",
        "EPSV ALL",
        "EPSV",
        "REST 1",
    ];
    let mut client = Client::after(&lines);
    assert_eq!(client.codes("REIN"), "220");
    assert_eq!(client.session, Client::new().session);
}

#[test]
fn quit_closes() {
    let mut client = Client::new();
    assert_eq!(client.codes("QUIT"), "221");
    assert!(client.session.is_closed() && !client.session.reads());
    assert_eq!(client.codes("NOOP"), "");
}

#[test]
fn one_session_does_not_satisfy_anothers_prerequisites() {
    let mut first = Client::after(&["USER ftptest"]);
    let mut second = Client::new();
    assert_eq!(second.codes("PASS secret"), "503");
    assert_eq!(first.codes("PASS secret"), "230");
    assert_eq!(second.codes("PWD"), "530");
}
