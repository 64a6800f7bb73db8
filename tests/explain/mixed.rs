//! Logs that hold more than one session of one form: several sessions, several forms, other traffic, another encoding.

use std::fs;
use std::path::Path;

use ftproof::explain::Rules;
use ftproof::explain::log::{Explanation, explain};

fn log(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    fs::read(folder.join(name)).expect("the log is there")
}

fn explained(bytes: &[u8]) -> Explanation {
    explain(&Rules::default(), bytes, None).expect("the log is understood")
}

#[test]
fn a_capture_is_searched_for_ftp() {
    let explanation = explained(&log("pcap/two_sessions_among_others.pcapng"));
    let told = &explanation.told_by;
    assert!(
        told.starts_with("2 FTP sessions in ") && told.ends_with(" of 4 TCP connections"),
        "{told}"
    );
    assert_eq!(explanation.sessions, 2);
    assert!(
        explanation.text(100).contains("session 127.0.0.1:"),
        "{}",
        explanation.text(100)
    );
}

#[test]
fn sessions_of_one_log_are_counted_and_each_is_followed() {
    let names = [
        "lftp/stor_after_list.log",
        "lftp/clean.log",
        "lftp/rnto_without_rnfr.log",
    ];
    let explanation = explained(&names.map(log).concat());
    let rules: Vec<&str> = explanation
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(rules, ["seq/transfer", "seq/rnto"]);
    assert_eq!(explanation.sessions, 3);
    assert!(explanation.notes.is_empty(), "{:?}", explanation.notes);
}

#[test]
fn a_part_in_another_form_is_told_of() {
    let names = ["curl/retr_without_pasv.log", "lftp/stor_after_list.log"];
    let explanation = explained(&names.map(log).concat());
    assert_eq!(explanation.form, "lftp");
    let note = &explanation.notes[0];
    assert!(
        note.contains("from line 3 on, look like curl") && note.contains("--form curl"),
        "{note}"
    );
    for form in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs")).unwrap() {
        let form = form.unwrap().path();
        if !form.is_dir() {
            continue;
        }
        for file in fs::read_dir(form).unwrap() {
            let file = file.unwrap().path();
            let explanation = explained(&fs::read(&file).unwrap());
            let is_alone = explanation
                .notes
                .iter()
                .all(|note| !note.contains("look like"));
            assert!(is_alone, "{}: {:?}", file.display(), explanation.notes);
        }
    }
}

/// FileZilla transfers on connections of their own, and numbers them: what one prepared is not another's.
#[test]
fn connections_of_filezilla_are_told_apart() {
    let first = "2026-01-31 12:00:00 30869 1 ";
    let second = "2026-01-31 12:00:00 30869 2 ";
    let mut text = String::new();
    for (front, line) in [
        (first, "Response: 220 Hi"),
        (second, "Response: 220 Hi"),
        (first, "Command: USER anna"),
        (second, "Command: USER anna"),
        (second, "Response: 331 Password"),
        (first, "Response: 331 Password"),
        (first, "Command: PASS ****"),
        (second, "Command: PASS ****"),
        (first, "Response: 230 In"),
        (second, "Response: 230 In"),
        (first, "Command: PASV"),
        (second, "Command: RETR a"),
        (second, "Response: 503 PASV first"),
        (first, "Response: 227 Here"),
        (first, "Command: LIST"),
        (first, "Response: 150 Go"),
        (first, "Response: 226 Done"),
    ] {
        text.push_str(&format!("{front}{line}\n"));
    }
    let explanation = explained(text.as_bytes());
    assert_eq!(explanation.sessions, 2);
    assert_eq!(explanation.findings.len(), 1, "{}", explanation.text(100));
    let finding = &explanation.findings[0];
    assert_eq!((finding.line, finding.session.as_str()), (12, "30869 2"));
    // Without the numbers nobody can tell, and nobody is accused of a PASV that came.
    assert!(
        finding.because.contains("no data connection was set up"),
        "{}",
        finding.because
    );
}

#[test]
fn a_log_in_utf_16_is_read() {
    let text = String::from_utf8(log("curl/rnto_without_rnfr.log")).unwrap();
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let explanation = explained(&bytes);
    assert_eq!(explanation.form, "curl");
    assert_eq!(explanation.findings.len(), 1);
}
