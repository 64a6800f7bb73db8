//! A command with its typed arguments, and the classes of commands that a rule speaks of.

use std::net::SocketAddr;

use crate::{EpsvArgument, Language, Mechanism, ModeCode, Options, ProtCode, StruCode, TypeCode};

/// A command: the verb and a well-formed argument. Pathnames, names and passwords are bytes as they came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Command {
    /// USER: the user's name.
    User(Vec<u8>),
    /// PASS: the password; no argument is the empty password.
    Pass(Vec<u8>),
    /// ACCT: the account information.
    Acct(Vec<u8>),
    /// CWD, XCWD: a directory.
    Cwd(Vec<u8>),
    /// CDUP, XCUP.
    Cdup,
    /// SMNT: a pathname.
    Smnt(Vec<u8>),
    /// REIN.
    Rein,
    /// QUIT.
    Quit,
    /// PORT: where to connect.
    Port(SocketAddr),
    /// PASV.
    Pasv,
    /// EPRT: where to connect; `None` is a network protocol that is not supported.
    Eprt(Option<SocketAddr>),
    /// EPSV.
    Epsv(EpsvArgument),
    /// LPRT: where to connect; `None` is an address family that is not supported.
    Lprt(Option<SocketAddr>),
    /// LPSV.
    Lpsv,
    /// TYPE.
    Type(TypeCode),
    /// MODE.
    Mode(ModeCode),
    /// STRU.
    Stru(StruCode),
    /// ALLO: the sizes are not used.
    Allo,
    /// REST: an offset in bytes into what the transfer would send or take.
    Rest(u64),
    /// RETR: a file.
    Retr(Vec<u8>),
    /// STOR: a file.
    Stor(Vec<u8>),
    /// STOU.
    Stou,
    /// APPE: a file.
    Appe(Vec<u8>),
    /// LIST: a pathname, or the working directory.
    List(Option<Vec<u8>>),
    /// NLST: a pathname, or the working directory.
    Nlst(Option<Vec<u8>>),
    /// MLSD: a directory, or the working directory.
    Mlsd(Option<Vec<u8>>),
    /// MLST: a pathname, or the working directory.
    Mlst(Option<Vec<u8>>),
    /// RNFR: the old pathname.
    Rnfr(Vec<u8>),
    /// RNTO: the new pathname.
    Rnto(Vec<u8>),
    /// DELE: a file.
    Dele(Vec<u8>),
    /// RMD, XRMD: a directory.
    Rmd(Vec<u8>),
    /// MKD, XMKD: a directory.
    Mkd(Vec<u8>),
    /// PWD, XPWD.
    Pwd,
    /// ABOR.
    Abor,
    /// SYST.
    Syst,
    /// NOOP.
    Noop,
    /// STAT: a pathname, or the session.
    Stat(Option<Vec<u8>>),
    /// HELP: what about.
    Help(Option<Vec<u8>>),
    /// SITE: the site's own command.
    Site(Vec<u8>),
    /// FEAT.
    Feat,
    /// OPTS.
    Opts(Options),
    /// LANG.
    Lang(Language),
    /// SIZE: a file.
    Size(Vec<u8>),
    /// MDTM: a file.
    Mdtm(Vec<u8>),
    /// HOST: a hostname that follows RFC 7151 §3.1.
    Host(Vec<u8>),
    /// AUTH.
    Auth(Mechanism),
    /// ADAT: not looked at.
    Adat,
    /// PBSZ: the size in bytes.
    Pbsz(u32),
    /// PROT.
    Prot(ProtCode),
    /// CCC.
    Ccc,
    /// MIC: not looked at.
    Mic,
    /// CONF: not looked at.
    Conf,
    /// ENC: not looked at.
    Enc,
}

impl Command {
    /// Whether it is refused with 530 before login. A new command does not compile until it is sorted in here.
    #[must_use]
    #[rustfmt::skip]
    pub fn needs_login(&self) -> bool {
        use Command as C;
        match self {
            C::Cwd(_) | C::Cdup | C::Smnt(_) | C::Port(_) | C::Pasv | C::Eprt(_) | C::Epsv(_) | C::Lprt(_) | C::Lpsv
            | C::Type(_) | C::Mode(_) | C::Stru(_) | C::Allo | C::Rest(_) | C::Retr(_) | C::Stor(_) | C::Stou
            | C::Appe(_) | C::List(_) | C::Nlst(_) | C::Mlsd(_) | C::Mlst(_) | C::Rnfr(_) | C::Dele(_) | C::Rmd(_)
            | C::Mkd(_) | C::Pwd | C::Stat(_) | C::Site(_) | C::Size(_) | C::Mdtm(_) => true,
            C::User(_) | C::Pass(_) | C::Acct(_) | C::Rein | C::Quit | C::Rnto(_) | C::Abor | C::Syst | C::Noop
            | C::Help(_) | C::Feat | C::Opts(_) | C::Lang(_) | C::Host(_) | C::Auth(_) | C::Adat | C::Pbsz(_)
            | C::Prot(_) | C::Ccc | C::Mic | C::Conf | C::Enc => false,
        }
    }

    /// Whether it is refused while a transfer is running: the set-up and transfer commands, AUTH and CCC.
    #[must_use]
    pub fn waits_for_transfer(&self) -> bool {
        matches!(self, Command::Epsv(_) | Command::Auth(_) | Command::Ccc)
            || self.ends_with_epsv_all()
            || self.is_transfer()
    }

    /// Whether it sets up a data connection and EPSV ALL ends it (RFC 2428 §3).
    #[must_use]
    pub fn ends_with_epsv_all(&self) -> bool {
        use Command as C;
        matches!(
            self,
            C::Port(_) | C::Pasv | C::Eprt(_) | C::Lprt(_) | C::Lpsv
        )
    }

    /// Whether it moves bytes over a data connection.
    #[must_use]
    pub fn is_transfer(&self) -> bool {
        use Command as C;
        matches!(
            self,
            C::Retr(_) | C::Stor(_) | C::Stou | C::Appe(_) | C::List(_) | C::Nlst(_) | C::Mlsd(_)
        )
    }
}
