//! The verbs that are recognised, and what HELP says about each (RFC 959 §5.3.1 and its extensions).

use std::fmt;

const NOTHING: &str = "nothing";
const LOGIN: &str = "a login (USER, PASS)";
const SETUP: &str = "a login, no running transfer, no EPSV ALL";
const DATA: &str = "a login, then PASV, EPSV, PORT or EPRT; no running transfer";
const SUPERFLUOUS: &str = "nothing: superfluous here (202)";
const MAIL: &str = "another server: mail is not implemented here (502)";

/// A verb. The mail verbs at the end are known and not implemented: 502.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[rustfmt::skip]
#[allow(missing_docs, reason = "each is the verb of its name; `help` documents it")]
pub enum Verb {
    User, Pass, Acct, Cwd, Cdup, Smnt, Rein, Quit,
    Port, Pasv, Eprt, Epsv, Lprt, Lpsv, Type, Mode, Stru,
    Allo, Rest, Retr, Stor, Stou, Appe, List, Nlst, Mlsd, Mlst,
    Rnfr, Rnto, Dele, Rmd, Mkd, Pwd, Abor, Syst, Noop, Stat, Help, Site,
    Feat, Opts, Lang, Size, Mdtm, Host,
    Auth, Adat, Pbsz, Prot, Ccc, Mic, Conf, Enc,
    Mlfl, Mail, Msnd, Msom, Msam, Mrsq, Mrcp,
}

impl Verb {
    /// Every verb, in the order of the enum.
    #[rustfmt::skip]
    pub const ALL: [Verb; 60] = [
        Verb::User, Verb::Pass, Verb::Acct, Verb::Cwd, Verb::Cdup, Verb::Smnt, Verb::Rein, Verb::Quit,
        Verb::Port, Verb::Pasv, Verb::Eprt, Verb::Epsv, Verb::Lprt, Verb::Lpsv,
        Verb::Type, Verb::Mode, Verb::Stru,
        Verb::Allo, Verb::Rest, Verb::Retr, Verb::Stor, Verb::Stou, Verb::Appe,
        Verb::List, Verb::Nlst, Verb::Mlsd, Verb::Mlst,
        Verb::Rnfr, Verb::Rnto, Verb::Dele, Verb::Rmd, Verb::Mkd, Verb::Pwd,
        Verb::Abor, Verb::Syst, Verb::Noop, Verb::Stat, Verb::Help, Verb::Site,
        Verb::Feat, Verb::Opts, Verb::Lang, Verb::Size, Verb::Mdtm, Verb::Host,
        Verb::Auth, Verb::Adat, Verb::Pbsz, Verb::Prot, Verb::Ccc, Verb::Mic, Verb::Conf, Verb::Enc,
        Verb::Mlfl, Verb::Mail, Verb::Msnd, Verb::Msom, Verb::Msam, Verb::Mrsq, Verb::Mrcp,
    ];

    /// The verb with this name, in any case (RFC 959 §5.3). XCWD, XCUP, XMKD, XRMD and XPWD are
    /// the verbs without the X.
    #[must_use]
    #[rustfmt::skip]
    pub fn find(name: &[u8]) -> Option<Self> {
        let mut upper = [0; 4];
        let upper = upper.get_mut(..name.len())?;
        upper.copy_from_slice(name);
        upper.make_ascii_uppercase();
        Some(match &*upper {
            b"USER" => Verb::User, b"PASS" => Verb::Pass, b"ACCT" => Verb::Acct,
            b"CWD" | b"XCWD" => Verb::Cwd, b"CDUP" | b"XCUP" => Verb::Cdup, b"SMNT" => Verb::Smnt,
            b"REIN" => Verb::Rein, b"QUIT" => Verb::Quit,
            b"PORT" => Verb::Port, b"PASV" => Verb::Pasv, b"EPRT" => Verb::Eprt, b"EPSV" => Verb::Epsv,
            b"LPRT" => Verb::Lprt, b"LPSV" => Verb::Lpsv,
            b"TYPE" => Verb::Type, b"MODE" => Verb::Mode, b"STRU" => Verb::Stru,
            b"ALLO" => Verb::Allo, b"REST" => Verb::Rest, b"RETR" => Verb::Retr, b"STOR" => Verb::Stor,
            b"STOU" => Verb::Stou, b"APPE" => Verb::Appe,
            b"LIST" => Verb::List, b"NLST" => Verb::Nlst, b"MLSD" => Verb::Mlsd, b"MLST" => Verb::Mlst,
            b"RNFR" => Verb::Rnfr, b"RNTO" => Verb::Rnto, b"DELE" => Verb::Dele,
            b"RMD" | b"XRMD" => Verb::Rmd, b"MKD" | b"XMKD" => Verb::Mkd, b"PWD" | b"XPWD" => Verb::Pwd,
            b"ABOR" => Verb::Abor, b"SYST" => Verb::Syst, b"NOOP" => Verb::Noop, b"STAT" => Verb::Stat,
            b"HELP" => Verb::Help, b"SITE" => Verb::Site,
            b"FEAT" => Verb::Feat, b"OPTS" => Verb::Opts, b"LANG" => Verb::Lang,
            b"SIZE" => Verb::Size, b"MDTM" => Verb::Mdtm, b"HOST" => Verb::Host,
            b"AUTH" => Verb::Auth, b"ADAT" => Verb::Adat, b"PBSZ" => Verb::Pbsz, b"PROT" => Verb::Prot,
            b"CCC" => Verb::Ccc, b"MIC" => Verb::Mic, b"CONF" => Verb::Conf, b"ENC" => Verb::Enc,
            b"MLFL" => Verb::Mlfl, b"MAIL" => Verb::Mail, b"MSND" => Verb::Msnd, b"MSOM" => Verb::Msom,
            b"MSAM" => Verb::Msam, b"MRSQ" => Verb::Mrsq, b"MRCP" => Verb::Mrcp,
            _ => return None,
        })
    }

    /// The verb in upper case.
    #[must_use]
    pub fn name(self) -> &'static str {
        let syntax = self.syntax();
        syntax.split(' ').next().unwrap_or(syntax)
    }

    /// The command in the form of RFC 959 §5.3.1, without its CRLF.
    #[must_use]
    pub fn syntax(self) -> &'static str {
        let [syntax, _needs, _leads] = self.help();
        syntax
    }

    /// The syntax, what the command needs before it, and what it leads to.
    #[must_use]
    #[rustfmt::skip]
    pub fn help(self) -> [&'static str; 3] {
        match self {
            Verb::User => ["USER <SP> <username>", NOTHING, "PASS on the very next line, or a login (230)"],
            Verb::Pass => ["PASS [<SP> <password>]", "USER answered 331 just before", "a login (230), or ACCT (332)"],
            Verb::Acct => ["ACCT <SP> <account-information>", "PASS answered 332, or a login", "a login"],
            Verb::Cwd => ["CWD <SP> <pathname>", LOGIN, "pathnames seen from there; XCWD is the same"],
            Verb::Cdup => ["CDUP", LOGIN, "the directory above, or the root; XCUP is the same"],
            Verb::Smnt => ["SMNT <SP> <pathname>", LOGIN, SUPERFLUOUS],
            Verb::Rein => ["REIN", "nothing; waits for a running transfer", "the state after connecting: send USER"],
            Verb::Quit => ["QUIT", "nothing; waits for a running transfer", "the end of the connection"],
            Verb::Port => ["PORT <SP> h1,h2,h3,h4,p1,p2", SETUP, "transfer commands; stays set"],
            Verb::Pasv => ["PASV", SETUP, "one transfer command"],
            Verb::Eprt => ["EPRT <SP> |<net-prt>|<net-addr>|<tcp-port>|", SETUP, "transfer commands; stays set"],
            Verb::Epsv => ["EPSV [<SP> 1 | 2 | ALL]", "a login, no running transfer", "one transfer; ALL: EPSV only"],
            Verb::Lprt => ["LPRT <SP> af,hal,h1,...,pal,p1,p2", SETUP, "transfer commands; stays set"],
            Verb::Lpsv => ["LPSV", SETUP, "one transfer command"],
            Verb::Type => ["TYPE <SP> A [<SP> N] | I | L <SP> 8", LOGIN, "transfers of that type"],
            Verb::Mode => ["MODE <SP> S", LOGIN, "transfers in that mode"],
            Verb::Stru => ["STRU <SP> F", LOGIN, "transfers in that structure"],
            Verb::Allo => ["ALLO <SP> <decimal-integer> [<SP> R <SP> <decimal-integer>]", LOGIN, SUPERFLUOUS],
            Verb::Rest => ["REST <SP> <decimal-integer>", LOGIN, "RETR, STOR or APPE on the very next line"],
            Verb::Retr => ["RETR <SP> <pathname>", DATA, "150, then 226 when all bytes are sent"],
            Verb::Stor => ["STOR <SP> <pathname>", DATA, "150, then 226 when all bytes are stored"],
            Verb::Stou => ["STOU", DATA, "150 with the name, then 226"],
            Verb::Appe => ["APPE <SP> <pathname>", DATA, "150, then 226 when all bytes are stored"],
            Verb::List => ["LIST [<SP> <pathname>]", DATA, "150, then 226 when the list is sent"],
            Verb::Nlst => ["NLST [<SP> <pathname>]", DATA, "150, then 226 when the names are sent"],
            Verb::Mlsd => ["MLSD [<SP> <pathname>]", DATA, "150, then 226 when the facts are sent"],
            Verb::Mlst => ["MLST [<SP> <pathname>]", LOGIN, "the facts, on the control connection"],
            Verb::Rnfr => ["RNFR <SP> <pathname>", LOGIN, "RNTO on the very next line"],
            Verb::Rnto => ["RNTO <SP> <pathname>", "RNFR answered 350 on the line before", "the new name"],
            Verb::Dele => ["DELE <SP> <pathname>", LOGIN, "the file being gone"],
            Verb::Rmd => ["RMD <SP> <pathname>", LOGIN, "the empty directory being gone; XRMD is the same"],
            Verb::Mkd => ["MKD <SP> <pathname>", LOGIN, "a new directory; XMKD is the same"],
            Verb::Pwd => ["PWD", LOGIN, "the name of the working directory; XPWD is the same"],
            Verb::Abor => ["ABOR", NOTHING, "the end of a running transfer (426, 226) and of PASV"],
            Verb::Syst => ["SYST", NOTHING, "the name of the system"],
            Verb::Noop => ["NOOP", NOTHING, "nothing; but it ends USER-PASS, RNFR-RNTO and REST"],
            Verb::Stat => ["STAT [<SP> <pathname>]", LOGIN, "the status, or a list on the control connection"],
            Verb::Help => ["HELP [<SP> <string>]", NOTHING, "the list of commands, or this"],
            Verb::Site => ["SITE <SP> <string>", LOGIN, SUPERFLUOUS],
            Verb::Feat => ["FEAT", NOTHING, "the list of extensions"],
            Verb::Opts => ["OPTS <SP> MLST [<SP> <factname>;...] | UTF8 [<SP> ON]", NOTHING, "MLST with these"],
            Verb::Lang => ["LANG [<SP> <lang-tag>]", NOTHING, "replies in that language; there is only EN"],
            Verb::Size => ["SIZE <SP> <pathname>", LOGIN, "the number of bytes that RETR would send in this TYPE"],
            Verb::Mdtm => ["MDTM <SP> <pathname>", LOGIN, "the time of the last change, in UTC"],
            Verb::Host => ["HOST <SP> <hostname>", "that nobody is logged in", "USER, for that virtual host"],
            Verb::Auth => ["AUTH <SP> TLS", "never protected, no running transfer", "TLS, then USER: a login is gone"],
            Verb::Adat => ["ADAT <SP> <base64data>", "AUTH answered 334, which none here is", NOTHING],
            Verb::Pbsz => ["PBSZ <SP> <decimal-integer>", "AUTH TLS answered 234", "PROT"],
            Verb::Prot => ["PROT <SP> C | P", "AUTH TLS, then PBSZ", "data connections in clear (C) or in TLS (P)"],
            Verb::Ccc => ["CCC", "AUTH TLS, no running transfer", "a control connection in clear; no PBSZ, no PROT"],
            Verb::Mic => ["MIC <SP> <base64data>", "a mechanism other than TLS", NOTHING],
            Verb::Conf => ["CONF <SP> <base64data>", "a mechanism other than TLS", NOTHING],
            Verb::Enc => ["ENC <SP> <base64data>", "a mechanism other than TLS", NOTHING],
            Verb::Mlfl => ["MLFL", MAIL, NOTHING],
            Verb::Mail => ["MAIL", MAIL, NOTHING],
            Verb::Msnd => ["MSND", MAIL, NOTHING],
            Verb::Msom => ["MSOM", MAIL, NOTHING],
            Verb::Msam => ["MSAM", MAIL, NOTHING],
            Verb::Mrsq => ["MRSQ", MAIL, NOTHING],
            Verb::Mrcp => ["MRCP", MAIL, NOTHING],
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Verb;

    #[test]
    fn every_verb_is_found_by_its_name_in_any_case() {
        for verb in Verb::ALL {
            assert_eq!(Verb::find(verb.name().as_bytes()), Some(verb));
            assert_eq!(
                Verb::find(verb.name().to_lowercase().as_bytes()),
                Some(verb)
            );
        }
    }

    #[test]
    fn what_is_no_verb_is_not_found() {
        for name in ["", "XYZ", "USERS", "CWD\0", "X\u{e9}", "PAS"] {
            assert_eq!(Verb::find(name.as_bytes()), None, "{name:?}");
        }
    }
}
