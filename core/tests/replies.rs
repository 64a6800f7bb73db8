//! Replies have the form of RFC 959 §4.2, whatever a file or a user is called.

mod support;

use ftproof_core::{Line, Reply};
use support::Client;

fn bytes(reply: &Reply) -> Vec<u8> {
    let mut out = Vec::new();
    reply.write_to(&mut out);
    out
}

#[test]
fn the_greeting_is_220() {
    assert_eq!(Client::new().session.greeting().code(), 220);
}

#[test]
fn one_line_is_code_space_text_crlf() {
    assert_eq!(bytes(&Reply::new(200, "Fine")), b"200 Fine\r\n");
}

#[test]
fn many_lines_are_bracketed_and_inner_lines_begin_with_one_space() {
    let reply = Reply::new(214, "First\n214 not the last\n\nLast");
    assert_eq!(
        bytes(&reply),
        b"214-First\r\n 214 not the last\r\n \r\n214 Last\r\n"
    );
}

#[test]
fn no_bare_cr_or_nul_is_sent_and_iac_is_doubled() {
    assert_eq!(bytes(&Reply::new(200, "a\rb\0c")), b"200 a?b?c\r\n");
    let mut client = Client::logged_in();
    client
        .session
        .line(Line::Complete(b"MKD a\xffb\"c"), &mut client.site);
    client
        .session
        .line(Line::Complete(b"CWD a\xffb\"c"), &mut client.site);
    let mut out = Vec::new();
    let answer = client
        .session
        .line(Line::Complete(b"PWD"), &mut client.site);
    answer
        .replies
        .iter()
        .for_each(|reply| reply.write_to(&mut out));
    assert_eq!(
        out,
        b"257 \"/a\xff\xffb\"\"c\" is the working directory\r\n"
    );
}

#[test]
fn a_code_outside_100_to_599_becomes_one_inside() {
    assert_eq!(Reply::new(0, "").code(), 100);
    assert_eq!(Reply::new(999, "").code(), 599);
}

#[test]
fn every_reply_in_a_long_session_is_well_formed() {
    let lines = [
        "HELP",
        "HELP RNTO",
        "HELP nothing",
        "FEAT",
        "USER x\ny",
        "PASS p",
        "USER ftptest",
        "PASS secret",
        "STAT",
        "STAT /",
        "STAT /hello.txt",
        "MLST",
        "MLST hello.txt",
        "OPTS MLST",
        "MLST hello.txt",
        "PWD",
        "MKD q\"q",
        "PASV",
        "EPSV",
        "LPSV",
        "NLST",
        "STAT",
        "ABOR",
        "SIZE big.bin",
        "MDTM hello.txt",
        "XYZ",
        "NOOP x",
        "MAIL",
        "REIN",
        "QUIT",
    ];
    let mut client = Client::new();
    for line in lines {
        let sent = client.bytes(line);
        assert!(sent.ends_with("\r\n"), "{line}: {sent:?}");
        assert!(
            !sent.replace("\r\n", "").contains(['\r', '\n', '\0']),
            "{line}: {sent:?}"
        );
        assert!(
            sent.starts_with(|first| matches!(first, '1'..='5')),
            "{line}: {sent:?}"
        );
        let code = &sent[..3];
        let last = sent.trim_end().rsplit("\r\n").next().unwrap();
        assert!(
            last.starts_with(&format!(
                "{}{}",
                if line == "ABOR" { "226" } else { code },
                " "
            )),
            "{line}: {sent:?}"
        );
    }
}

#[test]
fn feat_has_the_form_of_rfc_2389() {
    let mut client = Client::new();
    let feat = client.bytes("FEAT");
    assert!(feat.starts_with("211-Extensions\r\n AUTH TLS\r\n"));
    assert!(feat.contains("\r\n MLST Type*;Size*;Modify*;Perm*;Unique*;\r\n"));
    assert!(
        feat.contains("\r\n REST STREAM\r\n")
            && feat.contains("\r\n UTF8\r\n")
            && feat.contains("\r\n LANG EN*\r\n")
    );
    assert!(feat.ends_with("\r\n211 End\r\n"));
    assert_eq!(
        client.bytes("OPTS MLST size;frogs;"),
        "200 MLST OPTS Size;\r\n"
    );
    assert!(
        client
            .bytes("FEAT")
            .contains("\r\n MLST Type;Size*;Modify;Perm;Unique;\r\n")
    );
    assert_eq!(client.bytes("OPTS MLST"), "200 MLST OPTS\r\n");
}

#[test]
fn help_of_a_verb_says_its_syntax_what_it_needs_and_what_it_leads_to() {
    let help = Client::new().bytes("HELP rnto");
    assert_eq!(
        help,
        "214-Syntax: RNTO <SP> <pathname>\r\n Needs: RNFR answered 350 on the line before\r\n\
         214 Leads to: the new name\r\n"
    );
}

#[test]
fn passive_replies_say_where() {
    let mut client = Client::logged_in();
    assert!(client.bytes("PASV").contains("(127,0,0,1,195,101)"));
    assert!(client.bytes("EPSV").contains("(|||50021|)"));
    assert!(client.bytes("EPSV 2").contains("(|||50021|)"));
    assert!(client.bytes("LPSV").contains("(4,4,127,0,0,1,2,195,101)"));
    assert!(client.bytes("EPSV 3").contains("(1,2)"));
}
