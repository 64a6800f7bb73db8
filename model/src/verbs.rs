//! What each verb is called, and the section that defines it (RFC 959 §4.1, §5.3, and the RFC of each extension).

use crate::{Source, rfc};

/// A verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb {
    /// The verb, in capitals.
    pub verb: &'static str,
    /// Its name, as the RFC has it but for capitals.
    pub name: &'static str,
    /// What it asks for, in words of our own.
    pub asks: &'static str,
    /// The section that defines it.
    pub source: Source,
}

const fn verb(verb: &'static str, name: &'static str, asks: &'static str, source: Source) -> Verb {
    Verb {
        verb,
        name,
        asks,
        source,
    }
}

const ACCESS: Source = rfc(959, "4.1.1");
const PARAMETER: Source = rfc(959, "4.1.2");
const SERVICE: Source = rfc(959, "4.1.3");

/// Every verb of the alphabet.
#[rustfmt::skip]
pub const VERBS: &[Verb] = &[
    verb("USER", "user name", "names the user who logs in", ACCESS),
    verb("PASS", "password", "gives the password of the user just named", ACCESS),
    verb("ACCT", "account", "gives the account that the server asked for", ACCESS),
    verb("CWD", "change working directory", "changes the directory", ACCESS),
    verb("CDUP", "change to parent directory", "changes to the directory above", ACCESS),
    verb("SMNT", "structure mount", "mounts another file system", ACCESS),
    verb("REIN", "reinitialize", "starts the session afresh", ACCESS),
    verb("QUIT", "logout", "ends the session", ACCESS),
    verb("PORT", "data port", "says where the server is to connect for the next transfer", PARAMETER),
    verb("PASV", "passive", "asks the server to listen for the next transfer", PARAMETER),
    verb("TYPE", "representation type", "sets how data is represented", PARAMETER),
    verb("STRU", "file structure", "sets the structure of files", PARAMETER),
    verb("MODE", "transfer mode", "sets how data is transferred", PARAMETER),
    verb("RETR", "retrieve", "fetches a file", SERVICE),
    verb("STOR", "store", "stores a file", SERVICE),
    verb("STOU", "store unique", "stores a file under a name of the server's choice", SERVICE),
    verb("APPE", "append", "appends to a file", SERVICE),
    verb("ALLO", "allocate", "reserves space for a file", SERVICE),
    verb("REST", "restart", "says where in the file the transfer right behind it starts", SERVICE),
    verb("RNFR", "rename from", "names the file to be renamed", SERVICE),
    verb("RNTO", "rename to", "gives the new name of the file that the RNFR right before it named", SERVICE),
    verb("ABOR", "abort", "ends the running transfer", SERVICE),
    verb("DELE", "delete", "deletes a file", SERVICE),
    verb("RMD", "remove directory", "removes a directory", SERVICE),
    verb("MKD", "make directory", "makes a directory", SERVICE),
    verb("PWD", "print working directory", "tells the directory", SERVICE),
    verb("LIST", "list", "lists a directory, for people", SERVICE),
    verb("NLST", "name list", "lists the names in a directory", SERVICE),
    verb("SITE", "site parameters", "does what only this server has", SERVICE),
    verb("SYST", "system", "tells the kind of system", SERVICE),
    verb("STAT", "status", "tells how the session, or a file, stands", SERVICE),
    verb("HELP", "help", "tells what the server knows", SERVICE),
    verb("NOOP", "noop", "does nothing", SERVICE),
    verb("XCWD", "change working directory", "is the older name of CWD", ACCESS),
    verb("XCUP", "change to parent directory", "is the older name of CDUP", ACCESS),
    verb("XMKD", "make directory", "is the older name of MKD", SERVICE),
    verb("XRMD", "remove directory", "is the older name of RMD", SERVICE),
    verb("XPWD", "print working directory", "is the older name of PWD", SERVICE),
    verb("LPRT", "long port", "says where the server is to connect, with a long address", rfc(1639, "4")),
    verb("LPSV", "long passive", "asks the server to listen, and to answer with a long address", rfc(1639, "4")),
    verb("AUTH", "authentication/security mechanism", "starts the protection of the session", rfc(2228, "3")),
    verb("ADAT", "authentication/security data", "carries the data of the security mechanism", rfc(2228, "3")),
    verb("PBSZ", "protection buffer size", "sets the size of protected blocks", rfc(2228, "3")),
    verb("PROT", "data channel protection level", "sets whether data connections are protected", rfc(2228, "3")),
    verb("CCC", "clear command channel", "ends the protection of the control connection", rfc(2228, "3")),
    verb("MIC", "integrity protected command", "carries a command whose integrity is protected", rfc(2228, "3")),
    verb("CONF", "confidentiality protected command", "carries a command that is kept confidential", rfc(2228, "3")),
    verb("ENC", "privacy protected command", "carries a command that is private", rfc(2228, "3")),
    verb("FEAT", "feature", "lists the extensions that the server has", rfc(2389, "3")),
    verb("OPTS", "options", "sets how another command behaves", rfc(2389, "4")),
    verb("EPRT", "extended port", "says where the server is to connect, IPv6 too", rfc(2428, "2")),
    verb("EPSV", "extended passive", "asks the server to listen, IPv6 too", rfc(2428, "3")),
    verb("LANG", "language", "sets the language of replies", rfc(2640, "4.1")),
    verb("MDTM", "modification time", "tells when a file was changed", rfc(3659, "3")),
    verb("SIZE", "size of file", "tells how many bytes a file has", rfc(3659, "4")),
    verb("MLST", "machine processing", "tells the facts of one file, for programs", rfc(3659, "7")),
    verb("MLSD", "machine processing", "lists a directory, for programs", rfc(3659, "7")),
    verb("HOST", "host", "names the virtual host", rfc(7151, "3")),
];

/// What is known of `verb`, given in capitals.
pub fn verb_named(verb: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|known| known.verb == verb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, ORDER_RULES};

    #[test]
    fn every_verb_of_the_alphabet_has_a_name_and_is_listed_once() {
        let probes = ["", "MAIL", "XYZZY"];
        for input in Input::ALL {
            assert!(
                probes.contains(&input.verb()) || verb_named(input.verb()).is_some(),
                "{input:?}"
            );
        }
        for (index, verb) in VERBS.iter().enumerate() {
            assert!(Input::ALL.iter().any(|input| input.verb() == verb.verb));
            assert_eq!(
                VERBS.iter().position(|other| other.verb == verb.verb),
                Some(index)
            );
        }
        for verb in ORDER_RULES.iter().flat_map(|rule| rule.verbs) {
            assert!(verb_named(verb).is_some(), "{verb}");
        }
    }
}
