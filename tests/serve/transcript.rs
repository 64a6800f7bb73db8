//! The transcript of a server: without a password, what replay plays again, and what explain reads.

use std::fs;

use ftproof::Names;
use ftproof::explain::Rules;
use ftproof::explain::log::explain;
use ftproof::replay::replay;
use ftproof::serve::Settings;
use ftproof::tcp::{DEADLINE, TcpTarget};
use ftproof_model::Transcript;

use super::client::Client;
use super::{Scratch, serve};

#[test]
fn sessions_are_written_as_a_transcript_that_can_be_played_again_and_explained() {
    let scratch = Scratch::new();
    let file = scratch.path().join("sessions.txt");
    let address = serve(Settings {
        transcript: Some(file.clone()),
        ..Settings::default()
    });
    let mut client = Client::connect(address);
    client.says("USER ftptest", "331");
    client.says("PASS pa55word", "530");
    client.says("pass secret", "503");
    client.says(" PASS secret", "500");
    client.says("USER ftptest", "331");
    client.says("PASS secret", "230");
    let mut other = Client::logged_in(address, "ftptest");
    assert_eq!(client.upload("STOR /new", b"a \\ b\r\n"), "226");
    assert_eq!(client.download("RETR /new"), b"a \\ b\r\n");
    other.says("PWD", "257");
    client.says("RNTO /x", "503");
    client.says("QUIT", "221");
    assert_eq!(client.rest(), "");
    other.says("QUIT", "221");
    assert_eq!(other.rest(), "");

    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains("secret") && !text.contains("pa55"), "{text}");
    assert!(text.contains("> PASS {wrong_password}\n< 530\n"), "{text}");
    assert!(
        text.contains("@data send a \\\\ b\\x0d\\x0a\n@data close\n< 226\n"),
        "{text}"
    );
    let explanation = explain(&Rules::default(), text.as_bytes(), None).unwrap();
    let found = explanation.findings.iter().map(|finding| finding.rule);
    assert_eq!(explanation.sessions, 2, "{text}");
    assert_eq!(found.collect::<Vec<_>>(), ["seq/pass", "seq/rnto"]);
    let transcript = Transcript::parse(&text).unwrap();
    let mut names = Names::default();
    names.set("password", "secret");
    names.set("wrong_password", "wrong");
    let again = serve(Settings::default());
    let mut target = TcpTarget::new(again, names, DEADLINE);
    assert_eq!(replay(&mut target, &transcript).unwrap(), None, "{text}");
}
