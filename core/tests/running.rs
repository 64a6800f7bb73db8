//! A running transfer: what is refused, what is answered at once, what waits, and how it ends.

mod support;

use ftproof_core::{Effect, TransferOutcome};
use support::{Client, transcript, transcript_in};

const DISTURBING: [&str; 16] = [
    "PORT 127,0,0,1,4,1",
    "PASV",
    "EPRT |1|127.0.0.1|1025|",
    "EPRT |3|x|1|",
    "LPRT 4,4,127,0,0,1,2,4,1",
    "LPSV",
    "EPSV",
    "EPSV 3",
    "EPSV ALL",
    "RETR hello.txt",
    "STOR x",
    "STOU",
    "APPE x",
    "LIST",
    "NLST",
    "MLSD",
];

#[test]
fn a_running_transfer_refuses_what_would_disturb_it() {
    for line in DISTURBING {
        let mut client = Client::after(&["USER open", "PASV", "LIST"]);
        assert_eq!(client.codes(line), "503", "{line}");
    }
    transcript_in(&[
        ("PASV", "227"),
        ("LIST", "150"),
        ("AUTH TLS", "534"),
        ("CCC", "533"),
        ("LIST /missing", "503"),
    ]);
    transcript(&[
        ("AUTH TLS", "234"),
        ("USER open", "230"),
        ("PASV", "227"),
        ("LIST", "150"),
        ("CCC", "534"),
        ("AUTH TLS", "534"),
    ]);
}

#[test]
fn a_running_transfer_lets_the_rest_be_answered_at_once() {
    transcript_in(&[
        ("PASV", "227"),
        ("LIST", "150"),
        ("HELP", "214"),
        ("NOOP", "200"),
        ("STAT", "211"),
        ("STAT /missing", "211"),
        ("PWD", "257"),
        ("TYPE I", "200"),
        ("REST 1", "350"),
        ("RNFR hello.txt", "350"),
        ("END", "226"),
        ("RNTO new.txt", "250"),
    ]);
    transcript_in(&[
        ("PASV", "227"),
        ("LIST", "150"),
        ("USER ftptest", "331"),
        ("END", "226"),
        ("PASS secret", "230"),
    ]);
    transcript_in(&[
        ("PASV", "227"),
        ("LIST", "150"),
        ("USER ftptest", "331"),
        ("PASV", "530"),
    ]);
}

#[test]
fn quit_and_rein_wait_for_the_transfer() {
    let mut client = Client::after(&["USER open", "PASV", "LIST"]);
    assert_eq!(client.codes("QUIT"), "");
    assert!(!client.session.reads() && !client.session.is_closed());
    assert_eq!(client.codes("NOOP"), "", "lines wait");
    let answer = client.answer("END");
    assert_eq!(answer.replies.codes().collect::<Vec<_>>(), [226, 221]);
    assert_eq!(answer.effect, Some(Effect::Close));
    assert!(client.session.is_closed());

    let mut client = Client::after(&["USER open", "PASV", "LIST", "REIN"]);
    assert!(!client.session.reads());
    let answer = client
        .session
        .transfer_ended(TransferOutcome::Broken, &mut client.site);
    assert_eq!(answer.replies.codes().collect::<Vec<_>>(), [426, 220]);
    assert_eq!(client.session, Client::new().session);
}

#[test]
fn the_outcome_fixes_the_completion_reply() {
    for (outcome, code) in [
        (TransferOutcome::Completed, 226),
        (TransferOutcome::NotOpened, 425),
        (TransferOutcome::Broken, 426),
        (TransferOutcome::LocalError, 451),
        (TransferOutcome::NotProtected, 522),
    ] {
        let mut client = Client::after(&["USER open", "PASV", "LIST"]);
        let answer = client.session.transfer_ended(outcome, &mut client.site);
        assert_eq!(answer.replies.codes().collect::<Vec<_>>(), [code]);
        assert_eq!(client.codes("END"), "", "it ends once");
    }
}
