//! The verbs that are recognised, and what HELP says about each (RFC 959 §5.3.1 and its extensions).

use std::fmt;

/// A verb. The mail verbs at the end are known and not implemented: 502.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[rustfmt::skip]
#[allow(missing_docs, reason = "each is the verb of its name; `description` documents it")]
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
        first(self.syntax(), ' ')
    }

    /// The command in the form of RFC 959 §5.3.1, without its CRLF.
    #[must_use]
    pub fn syntax(self) -> &'static str {
        first(self.description(), '\n')
    }

    /// The syntax, what the command needs before it, and what it leads to: three lines.
    #[must_use]
    #[rustfmt::skip]
    pub fn description(self) -> &'static str {
        match self {
            Verb::User => "USER <SP> <username>\nNeeds nothing before it.\nLeads to PASS, which must be the very next line (331), or straight to a login (230).",
            Verb::Pass => "PASS [<SP> <password>]\nNeeds USER answered 331 on the line just before it.\nLeads to a login (230) or to ACCT (332); after 530 begin again with USER.",
            Verb::Acct => "ACCT <SP> <account-information>\nNeeds PASS answered 332, or a login.\nLeads to a login (230); superfluous when logged in (202).",
            Verb::Cwd => "CWD <SP> <pathname>\nNeeds a login. XCWD is the same.\nLeads to relative pathnames being seen from there.",
            Verb::Cdup => "CDUP\nNeeds a login. XCUP is the same.\nLeads to the directory above; at the root it stays there.",
            Verb::Smnt => "SMNT <SP> <pathname>\nNeeds a login.\nLeads nowhere: superfluous at this site (202).",
            Verb::Rein => "REIN\nNeeds nothing before it; waits for a running transfer.\nLeads to the state just after connecting: send USER.",
            Verb::Quit => "QUIT\nNeeds nothing before it; waits for a running transfer.\nLeads to the end of the connection.",
            Verb::Port => "PORT <SP> h1,h2,h3,h4,p1,p2\nNeeds a login, no running transfer and no EPSV ALL.\nLeads to a transfer command; stays set until a passive command.",
            Verb::Pasv => "PASV\nNeeds a login, no running transfer and no EPSV ALL.\nLeads to one transfer command.",
            Verb::Eprt => "EPRT <SP> |<net-prt>|<net-addr>|<tcp-port>|\nNeeds a login, no running transfer and no EPSV ALL.\nLeads to a transfer command; stays set until a passive command.",
            Verb::Epsv => "EPSV [<SP> 1 | 2 | ALL]\nNeeds a login and no running transfer.\nLeads to one transfer command; after EPSV ALL only EPSV sets up a data connection.",
            Verb::Lprt => "LPRT <SP> af,hal,h1,...,pal,p1,p2\nNeeds a login, no running transfer and no EPSV ALL.\nLeads to a transfer command; stays set until a passive command.",
            Verb::Lpsv => "LPSV\nNeeds a login, no running transfer and no EPSV ALL.\nLeads to one transfer command.",
            Verb::Type => "TYPE <SP> A [<SP> N] | I | L <SP> 8\nNeeds a login.\nLeads to transfers of that type.",
            Verb::Mode => "MODE <SP> S\nNeeds a login.\nLeads to transfers in stream mode.",
            Verb::Stru => "STRU <SP> F\nNeeds a login.\nLeads to transfers in file structure.",
            Verb::Allo => "ALLO <SP> <decimal-integer> [<SP> R <SP> <decimal-integer>]\nNeeds a login.\nLeads nowhere: superfluous at this site (202).",
            Verb::Rest => "REST <SP> <decimal-integer>\nNeeds a login.\nLeads to RETR, STOR or APPE, which must be the very next line.",
            Verb::Retr => "RETR <SP> <pathname>\nNeeds a login, a data connection set up (PASV, EPSV, PORT ...) and no running transfer.\nLeads to 150, then 226 when all bytes are sent.",
            Verb::Stor => "STOR <SP> <pathname>\nNeeds a login, a data connection set up (PASV, EPSV, PORT ...) and no running transfer.\nLeads to 150, then 226 when all bytes are stored.",
            Verb::Stou => "STOU\nNeeds a login, a data connection set up (PASV, EPSV, PORT ...) and no running transfer.\nLeads to 150 with the name, then 226 when all bytes are stored.",
            Verb::Appe => "APPE <SP> <pathname>\nNeeds a login, a data connection set up (PASV, EPSV, PORT ...) and no running transfer.\nLeads to 150, then 226 when all bytes are stored.",
            Verb::List => "LIST [<SP> <pathname>]\nNeeds a login, a data connection set up (PASV, EPSV, PORT ...) and no running transfer.\nLeads to 150, then 226 when the list is sent.",
            Verb::Nlst => "NLST [<SP> <pathname>]\nNeeds a login, a data connection set up (PASV, EPSV, PORT ...) and no running transfer.\nLeads to 150, then 226 when the list is sent.",
            Verb::Mlsd => "MLSD [<SP> <pathname>]\nNeeds a login, a data connection set up (PASV, EPSV, PORT ...) and no running transfer.\nLeads to 150, then 226 when the list is sent.",
            Verb::Mlst => "MLST [<SP> <pathname>]\nNeeds a login.\nLeads to the facts, on the control connection.",
            Verb::Rnfr => "RNFR <SP> <pathname>\nNeeds a login.\nLeads to RNTO, which must be the very next line.",
            Verb::Rnto => "RNTO <SP> <pathname>\nNeeds RNFR answered 350 on the line just before it.\nLeads to the file having its new name.",
            Verb::Dele => "DELE <SP> <pathname>\nNeeds a login.\nLeads to the file being gone.",
            Verb::Rmd => "RMD <SP> <pathname>\nNeeds a login; the directory must be empty. XRMD is the same.\nLeads to the directory being gone.",
            Verb::Mkd => "MKD <SP> <pathname>\nNeeds a login. XMKD is the same.\nLeads to a new directory.",
            Verb::Pwd => "PWD\nNeeds a login. XPWD is the same.\nLeads to the name of the working directory.",
            Verb::Abor => "ABOR\nNeeds nothing before it.\nLeads to the end of a running transfer (426, then 226) and of what PASV set up.",
            Verb::Syst => "SYST\nNeeds nothing before it.\nLeads to the name of the system.",
            Verb::Noop => "NOOP\nNeeds nothing before it.\nLeads nowhere; but it ends what must follow at once (USER-PASS, RNFR-RNTO, REST).",
            Verb::Stat => "STAT [<SP> <pathname>]\nNeeds a login.\nLeads to the status, or to a list on the control connection.",
            Verb::Help => "HELP [<SP> <string>]\nNeeds nothing before it.\nLeads to the list of commands, or to one command's syntax.",
            Verb::Site => "SITE <SP> <string>\nNeeds a login.\nLeads nowhere: there are no site parameters here (202).",
            Verb::Feat => "FEAT\nNeeds nothing before it.\nLeads to the list of extensions.",
            Verb::Opts => "OPTS <SP> MLST [<SP> <factname>;...] | UTF8 [<SP> ON]\nNeeds nothing before it.\nLeads to MLST and MLSD showing those facts.",
            Verb::Lang => "LANG [<SP> <lang-tag>]\nNeeds nothing before it.\nLeads to replies in that language; there is only EN.",
            Verb::Size => "SIZE <SP> <pathname>\nNeeds a login.\nLeads to the bytes that RETR would send in the current TYPE.",
            Verb::Mdtm => "MDTM <SP> <pathname>\nNeeds a login.\nLeads to the time of the last change, in UTC.",
            Verb::Host => "HOST <SP> <hostname>\nNeeds that nobody is logged in.\nLeads to USER, for that virtual host.",
            Verb::Auth => "AUTH <SP> TLS\nNeeds that the connection was never protected, and no running transfer.\nLeads to TLS, and to USER: a login is gone.",
            Verb::Adat => "ADAT <SP> <base64data>\nNeeds AUTH answered 334, which no mechanism here gives.\nLeads nowhere.",
            Verb::Pbsz => "PBSZ <SP> <decimal-integer>\nNeeds TLS (AUTH TLS).\nLeads to PROT.",
            Verb::Prot => "PROT <SP> C | P\nNeeds TLS (AUTH TLS), then PBSZ answered 200.\nLeads to data connections in clear (C) or in TLS (P).",
            Verb::Ccc => "CCC\nNeeds TLS (AUTH TLS) and no running transfer.\nLeads to a control connection in clear; PBSZ and PROT are over.",
            Verb::Mic => "MIC <SP> <base64data>\nNeeds a mechanism other than TLS.\nLeads nowhere.",
            Verb::Conf => "CONF <SP> <base64data>\nNeeds a mechanism other than TLS.\nLeads nowhere.",
            Verb::Enc => "ENC <SP> <base64data>\nNeeds a mechanism other than TLS.\nLeads nowhere.",
            Verb::Mlfl => "MLFL\nKnown, but not implemented (502).\nMail has its own protocol.",
            Verb::Mail => "MAIL\nKnown, but not implemented (502).\nMail has its own protocol.",
            Verb::Msnd => "MSND\nKnown, but not implemented (502).\nMail has its own protocol.",
            Verb::Msom => "MSOM\nKnown, but not implemented (502).\nMail has its own protocol.",
            Verb::Msam => "MSAM\nKnown, but not implemented (502).\nMail has its own protocol.",
            Verb::Mrsq => "MRSQ\nKnown, but not implemented (502).\nMail has its own protocol.",
            Verb::Mrcp => "MRCP\nKnown, but not implemented (502).\nMail has its own protocol.",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

fn first(text: &'static str, separator: char) -> &'static str {
    text.split(separator).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::Verb;

    #[test]
    fn every_verb_is_found_by_its_name_in_any_case() {
        for verb in Verb::ALL {
            assert_eq!(Verb::find(verb.name().as_bytes()), Some(verb));
            assert_eq!(Verb::find(verb.name().to_lowercase().as_bytes()), Some(verb));
        }
    }

    #[test]
    fn what_is_no_verb_is_not_found() {
        for name in ["", "XYZ", "USERS", "CWD\0", "X\u{e9}", "PAS"] {
            assert_eq!(Verb::find(name.as_bytes()), None, "{name:?}");
        }
    }
}
