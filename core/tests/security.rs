//! AUTH, ADAT, PBSZ, PROT, CCC, MIC, CONF and ENC: RFC 2228 §3 and RFC 4217.

mod support;

use ftproof_core::{Effect, Protection};
use support::{Client, transcript};

#[test]
fn without_protection_the_security_commands_are_out_of_order() {
    for start in [&[][..], &["USER open"], &["AUTH TLS", "CCC"]] {
        for (line, codes) in [
            ("ADAT eA==", "503"),
            ("PBSZ 0", "503"),
            ("PROT P", "503"),
            ("PROT S", "503"),
            ("MIC eA==", "503"),
            ("CONF eA==", "503"),
            ("ENC eA==", "503"),
            ("CCC", "533"),
        ] {
            assert_eq!(
                Client::after(start).codes(line),
                codes,
                "{line} after {start:?}"
            );
        }
    }
}

#[test]
fn pbsz_comes_before_prot() {
    transcript(&[
        ("AUTH TLS", "234"),
        ("PROT P", "503"),
        ("PBSZ 0", "200"),
        ("PROT P", "200"),
        ("PROT C", "200"),
        ("PROT S", "536"),
        ("PROT E", "536"),
        ("PROT X", "504"),
        ("PROT XX", "501"),
    ]);
    transcript(&[
        ("AUTH TLS", "234"),
        ("ADAT eA==", "503"),
        ("MIC eA==", "537"),
        ("CONF eA==", "537"),
        ("ENC eA==", "537"),
    ]);
}

#[test]
fn prot_c_takes_prot_p_back() {
    let mut client = Client::after(&[
        "AUTH TLS",
        "PBSZ 0",
        "PROT P",
        "PROT C",
        "USER open",
        "PASV",
    ]);
    assert_eq!(client.transfer("LIST").protection, Protection::Clear);
}

#[test]
fn auth_is_refused_under_protection_and_after_it() {
    transcript(&[
        ("AUTH KRB", "504"),
        ("AUTH TLS", "234"),
        ("AUTH TLS", "534"),
        ("AUTH KRB", "534"),
        ("CCC", "200"),
        ("AUTH TLS", "534"),
        ("REIN", "220"),
        ("AUTH TLS", "234"),
    ]);
}

#[test]
fn auth_starts_afresh() {
    transcript(&[
        ("USER ftptest", "331"),
        ("AUTH TLS", "234"),
        ("PASS secret", "503"),
    ]);
    transcript(&[
        ("USER open", "230"),
        ("EPSV ALL", "200"),
        ("EPSV", "229"),
        ("CWD dir", "250"),
        ("AUTH TLS", "234"),
        ("PWD", "530"),
        ("USER open", "230"),
        ("LIST", "503"),
        ("PASV", "227"),
        ("SIZE hello.txt", "213"),
    ]);
    let mut client = Client::after(&["HOST ftp.example"]);
    assert_eq!(client.answer("AUTH TLS").effect, Some(Effect::StartTls));
    client.session.tls_ready();
    assert_ne!(
        client.session,
        Client::after(&["AUTH TLS"]).session,
        "the host stays"
    );
}

#[test]
fn ccc_stops_tls_ends_pbsz_and_keeps_the_prot_level() {
    let mut client = Client::after(&["AUTH TLS", "PBSZ 0", "PROT P", "USER open"]);
    assert_eq!(client.answer("CCC").effect, Some(Effect::StopTls));
    assert_eq!(client.codes("PBSZ 0"), "503");
    assert_eq!(client.codes("PROT C"), "503");
    client.codes("PASV");
    assert_eq!(client.transfer("LIST").protection, Protection::Private);
}

#[test]
fn rein_over_tls_answers_first_and_then_stops_tls() {
    let mut client = Client::after(&["AUTH TLS", "PBSZ 0", "PROT P"]);
    let answer = client.answer("REIN");
    assert_eq!(
        (answer.replies.len(), answer.effect),
        (1, Some(Effect::StopTls))
    );
    assert_eq!(client.session, Client::new().session);
    assert_eq!(
        Client::after(&["AUTH TLS", "CCC"]).answer("REIN").effect,
        None
    );

    let mut client = Client::after(&["AUTH TLS", "USER open", "PASV", "LIST", "REIN"]);
    let answer = client.answer("END");
    assert_eq!(answer.replies.codes().collect::<Vec<_>>(), [226, 220]);
    assert_eq!(answer.effect, Some(Effect::StopTls));
}
