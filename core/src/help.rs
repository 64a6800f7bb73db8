//! HELP, always 214 (RFC 959 §4.1.3), and FEAT (RFC 2389 §3).

use crate::session::Session;
use crate::{Answer, Reply, Site, Verb};

/// Every verb that is recognised. A test compares it with the verbs that there are.
const COMMANDS: &str = "\
These commands are recognised; HELP and a command tells more.
USER PASS ACCT CWD  CDUP SMNT REIN QUIT XCWD XCUP
PORT PASV EPRT EPSV LPRT LPSV TYPE MODE STRU
ALLO REST RETR STOR STOU APPE LIST NLST MLSD MLST
RNFR RNTO DELE RMD  MKD  PWD  XRMD XMKD XPWD
ABOR SYST NOOP STAT HELP SITE
FEAT OPTS LANG SIZE MDTM HOST
AUTH ADAT PBSZ PROT CCC  MIC  CONF ENC
Not implemented: MLFL MAIL MSND MSOM MSAM MRSQ MRCP
End";

/// What is beyond RFC 959; the facts of MLST follow it.
#[rustfmt::skip]
const FEATURES: [&str; 16] = [
    "AUTH TLS", "CCC", "EPRT", "EPSV", "HOST", "LANG EN*", "LPRT", "LPSV", "MDTM", "MLST ", "PBSZ", "PROT",
    "REST STREAM", "SIZE", "TVFS", "UTF8",
];
/// What of it there is with TLS only.
const OF_TLS: [&str; 4] = ["AUTH TLS", "CCC", "PBSZ", "PROT"];

/// HELP: the list; with a verb (in any case) its syntax, what it needs before it and what it leads to. Only the first
/// word of the argument counts.
pub(crate) fn help(topic: Option<&[u8]>) -> Answer {
    let word = topic.map(|topic| {
        topic
            .trim_ascii()
            .split(|&byte| byte == b' ')
            .next()
            .unwrap_or_default()
    });
    match word.map(Verb::find) {
        None => Answer::of(214, COMMANDS),
        Some(Some(verb)) => {
            let [syntax, needs, leads] = verb.help();
            let text = [
                b"Syntax: ",
                syntax.as_bytes(),
                b"\nNeeds: ",
                needs.as_bytes(),
                b"\nLeads to: ",
                leads.as_bytes(),
            ];
            Reply::owned(214, text.concat()).into()
        }
        Some(None) => Answer::of(214, "There is no such command; HELP lists them"),
    }
}

/// FEAT: one line for each extension, the facts that are shown marked with an asterisk (RFC 3659 §7.8).
pub(crate) fn features(session: &Session, site: &dyn Site) -> Answer {
    let mut text = b"Extensions".to_vec();
    for feature in FEATURES {
        if OF_TLS.contains(&feature) && !site.has_tls() {
            continue;
        }
        text.push(b'\n');
        text.extend(feature.as_bytes());
        if feature == "MLST " {
            session.facts.write_feature(&mut text);
        }
    }
    text.extend(b"\nEnd");
    Reply::owned(211, text).into()
}

#[cfg(test)]
mod tests {
    use super::COMMANDS;
    use crate::Verb;

    #[test]
    fn help_lists_every_verb() {
        for verb in Verb::ALL {
            assert!(
                COMMANDS.split_whitespace().any(|word| word == verb.name()),
                "{verb}"
            );
        }
    }

    #[test]
    fn help_lists_nothing_that_is_not_recognised() {
        let verbs = COMMANDS.lines().skip(1).flat_map(str::split_whitespace);
        for word in verbs.filter(|word| {
            word.len() <= 4 && word.chars().all(|letter| letter.is_ascii_uppercase())
        }) {
            assert!(Verb::find(word.as_bytes()).is_some(), "{word}");
        }
    }
}
