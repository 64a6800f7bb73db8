//! Logs of every form, most of them made with the real client or server (tests/logs/make): the mistake that each is
//! named after is explained, a clean one says that nothing is wrong, and no password is shown.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ftproof::explain::Rules;
use ftproof::explain::log::{Explanation, Fault, Form, NotUnderstood, explain};
use ftproof_model::{Machine, Order, RULES, State};
use proptest::prelude::*;

/// What is wrong in a log: the command, whose fault, the rule, and words of the explanation.
type Mistake = (&'static str, Fault, &'static str, &'static [&'static str]);

const AFTER_LIST: &[&str] = &[
    "no data connection was set up",
    "was used up by LIST on ",
    "before RETR",
];
const NO_RNFR: &[&str] = &["no RNFR came before it", "send RNFR right before RNTO"];
const SECOND_RNTO: &[&str] = &[
    "RNFR on line ",
    "was used up by RNTO on line ",
    "send RNFR again right before RNTO",
];
const NO_SET_UP: &[&str] = &[
    "no PASV, EPSV, PORT or EPRT came before it",
    "send PASV or EPSV before RETR",
];
const SERVER: &[&str] = &[
    "though it is in order here",
    "nothing came in between; the server is wrong",
];

/// Every log but the clean ones.
#[rustfmt::skip]
const MISTAKES: &[(&str, &[Mistake])] = &[
    ("curl/rnto_without_rnfr.log", &[("RNTO b", Fault::Client, "seq/rnto", NO_RNFR)]),
    ("curl/retr_without_pasv.log", &[("RETR hello.txt", Fault::Client, "seq/transfer", NO_SET_UP)]),
    ("lftp/stor_after_list.log", &[("STOR x", Fault::Client, "seq/transfer",
        &["PASV on line ", "was used up by LIST on line ", "send PASV or EPSV again before STOR"])]),
    ("lftp/rnto_without_rnfr.log", &[("RNTO b", Fault::Client, "seq/rnto", NO_RNFR)]),
    ("lftp/rnto_behind_pwd.log", &[("RNTO b", Fault::Client, "seq/rnto",
        &["was answered 250 although", "was ended by PWD on line ", "took it all the same, and others do not"])]),
    ("wget/server_refuses_retr.log", &[("RETR hello.txt", Fault::Server, "seq/refused", SERVER)]),
    ("wget/server_refuses_pass.log", &[("PASS", Fault::Server, "seq/refused", SERVER)]),
    ("tnftp/retr_after_list.log", &[("RETR hello.txt", Fault::Client, "seq/transfer", AFTER_LIST)]),
    ("tnftp/second_rnto.log", &[("RNTO c", Fault::Client, "seq/rnto", SECOND_RNTO)]),
    ("ncftp/rnto_without_rnfr.log", &[("RNTO b", Fault::Client, "seq/rnto", NO_RNFR)]),
    ("ncftp/retr_without_pasv.log", &[("RETR hello.txt", Fault::Client, "seq/transfer", NO_SET_UP)]),
    ("ftplib/stor_after_list.log", &[("STOR x", Fault::Client, "seq/transfer",
        &["was used up by LIST on line ", "send PASV or EPSV again before STOR"])]),
    ("ftplib/second_rnto.log", &[("RNTO c", Fault::Client, "seq/rnto", SECOND_RNTO)]),
    ("filezilla/server_refuses_list.log", &[("LIST", Fault::Server, "seq/refused", SERVER)]),
    ("filezilla/server_refuses_pass.log", &[("PASS", Fault::Server, "seq/refused", SERVER)]),
    ("winscp/rnto_behind_type.log", &[("RNTO b.txt", Fault::Client, "seq/rnto",
        &["RNFR on line ", "was ended by TYPE on line ", "send RNFR again right before RNTO"])]),
    ("winscp/retr_after_list.log", &[("RETR a.txt", Fault::Client, "seq/transfer", AFTER_LIST)]),
    ("vsftpd/retr_after_list.log", &[("RETR hello.txt", Fault::Client, "seq/transfer", AFTER_LIST)]),
    ("vsftpd/prot_before_auth.log", &[
        ("PROT P", Fault::Client, "seq/prot", &["no AUTH came before it", "send AUTH, then PBSZ before PROT"]),
        ("RNTO c", Fault::Client, "seq/rnto", SECOND_RNTO)]),
    ("vsftpd/rnto_behind_a_login.log", &[("RNTO b", Fault::Client, "seq/rnto",
        &["was answered 250 although", "was ended by REIN on line "])]),
    ("proftpd/retr_after_list.log", &[("RETR hello.txt", Fault::Client, "seq/transfer", AFTER_LIST)]),
    ("proftpd/pass_without_user.log", &[
        ("PASS", Fault::Client, "seq/pass", &["no USER came before it in this log, which begins within the session"]),
        ("RNTO c", Fault::Client, "seq/rnto", SECOND_RNTO)]),
    ("proftpd-trace/retr_after_list.log", &[("RETR hello.txt", Fault::Client, "seq/transfer", AFTER_LIST)]),
    ("proftpd-trace/pass_without_user.log", &[
        ("PASS", Fault::Client, "seq/pass", &["no USER came before it; send USER right before PASS"]),
        ("RNTO c", Fault::Client, "seq/rnto", SECOND_RNTO)]),
    ("pyftpdlib/pasv_before_login.log", &[
        ("PASV", Fault::Client, "login/required", 
            &["no USER and PASS came before it", "send USER, then PASS before PASV"]),
        ("RNTO b", Fault::Client, "seq/rnto", NO_RNFR)]),
    ("pyftpdlib/reconnect_before_rnto.log", &[("RNTO b", Fault::Client, "seq/rnto",
        &["RNFR on line ", "was on another connection", "right before RNTO"])]),
    ("pcap/retr_after_list.pcap", &[("RETR hello.txt", Fault::Client, "seq/transfer",
        &["PASV on packet ", "was used up by LIST on packet "])]),
    ("pcap/two_sessions_among_others.pcapng", &[("RNTO b", Fault::Client, "seq/rnto",
        &["was ended by PWD on packet ", "took it all the same, and others do not"])]),
    ("pcap/rnto_without_rnfr.pcapng", &[("RNTO b", Fault::Client, "seq/rnto", NO_RNFR)]),
    ("transcript/retr_after_list.log", &[("RETR hello.txt", Fault::Client, "seq/transfer", AFTER_LIST)]),
    ("transcript/reconnect_before_rnto.log", &[("RNTO b", Fault::Client, "seq/rnto",
        &["RNFR on line ", "was on another connection", "right before RNTO"])]),
    ("transcript/pasv_behind_epsv_all.log", &[("PASV", Fault::Server, "seq/epsv-all",
        &["EPSV on line 14 (EPSV ALL) binds the session", "the server is wrong to carry it out"])]),
];

fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);
    &RULES
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs")
}

fn explained(name: &str) -> Explanation {
    let bytes = fs::read(folder().join(name)).expect("the log is there");
    explain(rules(), &bytes, None).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_mistake_that_a_log_is_named_after_is_explained() {
    for (name, mistakes) in MISTAKES {
        let explanation = explained(name);
        let text = explanation.text(100);
        let found = &explanation.findings;
        assert_eq!(found.len(), mistakes.len(), "{name}:\n{text}");
        for (finding, (command, fault, rule, words)) in found.iter().zip(*mistakes) {
            assert_eq!(
                (finding.command.as_str(), finding.fault, finding.rule),
                (*command, *fault, *rule),
                "{name}:\n{text}"
            );
            let said = format!("{}; {}", finding.because, finding.remedy);
            for word in *words {
                assert!(said.contains(word), "{name}: no '{word}' in: {said}");
            }
        }
    }
}

#[test]
fn a_clean_log_of_every_form_has_nothing_wrong() {
    for (form, _) in Form::all().filter(|&(form, _)| form != Form::Plain) {
        let extension = if form == Form::Pcap { "pcap" } else { "log" };
        let name = format!("{form}/clean.{extension}");
        let explanation = explained(&name);
        assert_eq!(explanation.form, form.to_string(), "{name}");
        assert!(
            !explanation.is_wrong(),
            "{name}:\n{}",
            explanation.text(100)
        );
        assert!(explanation.replies >= 4, "{name}");
        assert!(
            explanation.notes.is_empty(),
            "{name}: {:?}",
            explanation.notes
        );
        assert!(
            explanation
                .text(100)
                .ends_with("nothing about order is wrong\n")
        );
    }
}

/// Nothing lies in the folder that no test reads, and each form has two logs with a mistake.
#[test]
fn every_log_is_tested_and_told_to_be_of_its_folders_form() {
    let mut left: BTreeSet<String> = BTreeSet::new();
    for form in fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if !form.is_dir() || form.ends_with("issues") {
            continue;
        }
        for log in fs::read_dir(&form)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let name = log
                .strip_prefix(folder())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let form = form.file_name().unwrap().to_str().unwrap();
            assert_eq!(explained(&name).form, form, "{name}");
            left.insert(name);
        }
    }
    for (name, _) in MISTAKES {
        assert!(left.remove(*name), "{name}");
    }
    for (form, _) in Form::all().filter(|&(form, _)| form != Form::Plain) {
        let front = format!("{form}/");
        let count = MISTAKES
            .iter()
            .filter(|(name, _)| name.starts_with(&front))
            .count();
        assert!(count >= 2, "{form}");
    }
    assert!(left.iter().all(|name| name.contains("/clean.")), "{left:?}");
}

/// What is to be sent is legal from where the session is: the strict machine carries out each line of it.
#[test]
fn what_is_to_be_sent_is_carried_out() {
    let machine = Machine::new(RULES);
    let logged_in = State {
        login: ftproof_model::Login::In,
        ..State::default()
    };
    let mut played = 0;
    for (name, _) in MISTAKES {
        for finding in explained(name).findings {
            let start = match finding.send.first().map(String::as_str) {
                Some(line) if line.starts_with("USER") || line.starts_with("AUTH") => {
                    State::default()
                }
                Some(_) => logged_in,
                None => continue,
            };
            let mut state = start;
            for line in &finding.send {
                let verb = line.split(' ').next().unwrap();
                let step = ftproof_model::Input::ALL
                    .iter()
                    .filter(|input| input.verb() == verb)
                    .filter_map(|&input| machine.strict(state, input))
                    .find(|step| {
                        step.rule.order == Order::InOrder
                            && step.replies.iter().all(|&code| code < 400)
                    });
                state = step.unwrap_or_else(|| panic!("{name}: {line}")).next;
            }
            played += 1;
        }
    }
    assert!(played > 20, "{played}");
}

#[test]
fn no_password_is_shown() {
    let logs = [
        "> USER anna\n< 331 Password\n> PASS pass-word\n< 503 No\n> LIST\n< 530 Log in\n",
        "220 Hi\nUSER anna\n331 Password\nPASS pass-word\n503 Bad sequence\nACCT pass-word\n503 No\n",
        "Command: USER anna\nResponse: 331 ok\nCommand: PASS pass-word\nResponse: 230 in\n\
         Command: RNTO b\nResponse: 503 no\n",
        "220 Hi\nPASS pass-word\n503 pass-word came before USER\n",
    ];
    for log in logs {
        let explanation = explain(rules(), log.as_bytes(), None).unwrap();
        assert!(explanation.is_wrong(), "{log}");
        let json = serde_json::to_string(&explanation).unwrap();
        for said in [explanation.text(100), json] {
            assert!(!said.contains("pass-word"), "{said}");
        }
    }
    // Where nothing is understood, the line that is shown may be the one with the password.
    let error = explain(rules(), b"sent: PASS pass-word\n", None).unwrap_err();
    assert!(!error.to_string().contains("pass-word"), "{error}");
}

#[test]
fn what_is_not_understood_is_told_with_the_way_on() {
    let said = |bytes: &[u8], form| explain(rules(), bytes, form).unwrap_err().to_string();
    for (bytes, form, words) in [
        (
            &b"Dear diary,\ntoday I sent a PASV.\n"[..],
            None,
            &["line 1 is 'Dear diary,'", "--form", "curl"][..],
        ),
        (b" \n", None, &["it is empty"]),
        (b"\xff\xfe", None, &["it is empty"]),
        (
            b"> PASV\n< 227 Here\n\0\0\n",
            None,
            &["line 3 holds bytes that are no text", "looks like curl"],
        ),
        (
            b"> PASV\n< 227 Here\n",
            Some(Form::Lftp),
            &[
                "read as lftp: 0 commands",
                "---> PASV, <--- 227",
                "more like curl",
            ],
        ),
        (
            b"> PASV\nwhat\n",
            Some(Form::Transcript),
            &["read as transcript: line 2: a line starts with"],
        ),
        (b"\xd4\xc3\xb2\xa1 cut", None, &["read as pcap"]),
        (
            b"PASV",
            Some(Form::Pcap),
            &["read as pcap: it does not begin like a capture"],
        ),
    ] {
        let said = said(bytes, form);
        for word in words {
            assert!(said.contains(word), "no '{word}' in: {said}");
        }
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let error = explain(
        &Rules::default(),
        &vec![b'x'; ftproof::explain::log::LOG_BYTES_MAX + 1],
        None,
    );
    assert_eq!(error.unwrap_err(), NotUnderstood::TooLong);
}

#[test]
fn a_log_that_is_cut_off_says_where() {
    let whole = fs::read_to_string(folder().join("curl/clean.log")).unwrap();
    let place = whole.find("< 226").unwrap();
    let explanation = explain(rules(), &whole.as_bytes()[..place], None).unwrap();
    assert!(!explanation.is_wrong());
    assert!(
        explanation.notes[0]
            .starts_with("the log ends before the completion reply to RETR on line "),
        "{:?}",
        explanation.notes
    );
    let capture = fs::read(folder().join("pcap/clean.pcap")).unwrap();
    let explanation = explain(rules(), &capture[..capture.len() - 10], None).unwrap();
    assert!(
        explanation
            .notes
            .iter()
            .any(|note| note.starts_with("the capture is cut off or damaged behind packet ")),
        "{:?}",
        explanation.notes
    );
}

#[test]
fn a_refusal_for_another_reason_is_no_mistake_of_order() {
    for log in [
        // A wrong password, a missing file, a data connection that does not come about, a command that is not there.
        "220 Hi\nUSER anna\n331 Password\nPASS\n530 Login incorrect\n",
        "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nPASV\n227 Here\nRETR a\n550 No such file\n",
        "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nPASV\n227 Here\nRETR a\n425 Cannot open data connection\n",
        "220 Hi\nFEAT\n530 Please login\nUSER anna\n331 Password\nPASS\n230 In\nREIN\n502 No\n",
        // What is open stays open: whether a refused RETR uses up the PASV, no RFC says.
        "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nPASV\n227 Here\nRETR a\n550 No\nRETR b\n425 Cannot open\n",
        // Implicit TLS: PBSZ without an AUTH.
        "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nPBSZ 0\n200 Ok\nPROT P\n200 Ok\n",
        // The line with the password is left out.
        "220 Hi\nUSER anna\n331 Password\n230 In\nCWD a\n250 Done\n",
        // 503 where the RFC allows it, though the command is in order.
        "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nMLST a\n503 No\nREST 5\n350 Go\nPWD\n503 No\n",
        // Another kind of sequence.
        "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nCWD a\n550 Illegal escape sequence\n",
        // NOOP affects no command before it.
        "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nRNFR a\n350 Go\nNOOP\n200 Ok\nRNTO b\n250 Done\n",
    ] {
        let explanation = explain(rules(), log.as_bytes(), None).unwrap();
        assert!(!explanation.is_wrong(), "{}", explanation.text(100));
    }
}

#[test]
fn what_is_wrong_for_the_login_or_a_running_transfer_is_told() {
    for (log, words) in [
        (
            "220 Hi\nUSER anna\n331 Password\nPASS\n530 Login incorrect\nLIST\n530 Log in first\n",
            &["LIST was refused because nobody was logged in; PASS on line 4 was refused with 530"]
                [..],
        ),
        (
            "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nUSER anna\n331 Password\nLIST\n530 Log in\n",
            &[
                "USER on line 6 was answered 331, and no PASS came right behind it",
                "send USER again, then PASS, then PASV before LIST",
            ],
        ),
        (
            "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nPASV\n227 Here\nSTOR a\n150 Go\nPASV\n503 Busy\n226 Done\n",
            &[
                "PASV was refused because a transfer was still running",
                "the completion reply to STOR on line 8 had not come",
                "wait for the completion reply of STOR on line 8, then send PASV",
            ],
        ),
        (
            "220 Hi\nAUTH TLS\n234 Go\nUSER anna\n331 Password\nPASS\n230 In\nPROT P\n503 PBSZ first\n",
            &[
                "no PBSZ came behind AUTH on line 2",
                "send PBSZ before PROT",
            ],
        ),
        (
            "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nEPSV ALL\n200 Ok\nPASV\n503 No\n",
            &[
                "EPSV on line 6 (EPSV ALL) binds the session",
                "use EPSV for every transfer",
            ],
        ),
        (
            "220 Hi\nUSER anna\n331 Password\nSYST\n215 UNIX\nPASS\n503 USER first\n",
            &[
                "USER on line 2 was ended by SYST on line 4",
                "right before PASS",
            ],
        ),
        (
            "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\nPASV\n425 No port\nRETR a\n503 No\n",
            &["PASV on line 6 was refused with 425"],
        ),
    ] {
        let explanation = explain(rules(), log.as_bytes(), None).unwrap();
        let text = explanation.text(100);
        assert_eq!(explanation.findings.len(), 1, "{text}");
        let finding = &explanation.findings[0];
        let said = format!("{}; {}", finding.because, finding.remedy);
        for word in words {
            assert!(said.contains(word), "no '{word}' in: {said}");
        }
    }
}

/// A server that is wrong twice is told of twice; and what is longer than can be followed says so.
#[test]
fn each_mistake_counts_and_what_is_left_out_is_said() {
    let login = "220 Hi\nUSER anna\n331 Password\nPASS\n230 In\n";
    let log = format!("{login}RNTO a\n250 Done\nPWD\n257 /\nRNTO b\n250 Done\n");
    let explanation = explain(rules(), log.as_bytes(), None).unwrap();
    assert_eq!(explanation.findings.len(), 2, "{}", explanation.text(100));
    let log = format!("{login}{}", "NOOP\n200 Ok\n".repeat(200_000));
    let explanation = explain(rules(), log.as_bytes(), None).unwrap();
    assert!(!explanation.is_wrong());
    assert!(
        explanation.notes[0].contains("only the first 200000"),
        "{:?}",
        explanation.notes
    );
}

#[test]
fn control_characters_of_a_log_never_reach_the_terminal() {
    let log = "> RNTO \x1b[2Jb\u{202e}\n< 503 \x1b]0;owned\x07\n";
    let explanation = explain(rules(), log.as_bytes(), None).unwrap();
    let text = explanation.text(100);
    assert!(explanation.is_wrong());
    assert!(
        !text
            .chars()
            .any(|letter| letter.is_control() && letter != '\n' || letter == '\u{202e}'),
        "{text:?}"
    );
}

/// Pieces of logs, so that random ones get past the first line.
const PIECES: [&str; 24] = [
    "> ",
    "< ",
    "---> ",
    "<--- ",
    "*cmd* '",
    "*resp* '",
    "Command: ",
    "Response: ",
    "Cmd: ",
    "[pid 1] ",
    "USER a",
    "PASS",
    "PASV",
    "RNTO b",
    "RETR c",
    "220 ",
    "227-",
    "503 ",
    "150 ",
    "226 ",
    "'",
    "\"",
    "\n",
    "\r\n",
];

proptest! {
    /// Whatever the bytes are, they are explained or refused, and what is said is safe to print.
    #[test]
    fn any_bytes_are_explained_or_refused(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..200),
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut bytes: Vec<u8> = pieces.iter().flat_map(|&piece| PIECES[piece].bytes()).collect();
        bytes.extend(noise);
        for form in [None, Some(Form::Curl), Some(Form::Ftplib), Some(Form::Pcap), Some(Form::Plain)] {
            let said = match explain(rules(), &bytes, form) {
                Ok(explanation) => explanation.text(60),
                Err(error) => error.to_string(),
            };
            prop_assert!(!said.chars().any(|letter| letter.is_control() && letter != '\n'), "{said:?}");
        }
    }

    /// A damaged capture is read as far as it goes.
    #[test]
    fn a_damaged_capture_is_no_trouble(place in 24_usize..2_000, byte in any::<u8>()) {
        let mut capture = fs::read(folder().join("pcap/retr_after_list.pcap")).unwrap();
        let place = place.min(capture.len() - 1);
        capture[place] = byte;
        let _ = explain(rules(), &capture, None);
    }
}
