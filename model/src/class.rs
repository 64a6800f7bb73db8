//! What a row of the table is about: one input, or a named class of inputs.

use crate::Input;
use crate::Input::*;

/// One input, or a class of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// This input.
    One(Input),
    /// Each input of this class.
    Any(Class),
}

impl On {
    /// Whether `input` is meant.
    pub fn covers(self, input: Input) -> bool {
        match self {
            On::One(one) => one == input,
            On::Any(class) => class.contains(input),
        }
    }
}

/// A class of inputs that the rules treat alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Its name, for people.
    pub name: &'static str,
    /// Its inputs.
    pub inputs: &'static [Input],
}

impl Class {
    /// Whether `input` is in the class.
    pub fn contains(self, input: Input) -> bool {
        self.inputs.contains(&input)
    }
}

const fn class(name: &'static str, inputs: &'static [Input]) -> Class {
    Class { name, inputs }
}

pub(crate) const PASS: Class = class("PASS", &[PassRight, PassWrong]);
pub(crate) const ACCT: Class = class("ACCT", &[AcctRight, AcctWrong]);
pub(crate) const RNTO: Class = class("RNTO", &[Rnto, RntoImpossible]);
pub(crate) const HOST: Class = class("HOST", &[Host, HostUnknown]);
pub(crate) const PROT: Class = class(
    "PROT",
    &[ProtPrivate, ProtClear, ProtUnsupported, ProtUnknown],
);
pub(crate) const PROT_KNOWN: Class = class("PROT C or P", &[ProtPrivate, ProtClear]);
pub(crate) const PROTECTED: Class = class("MIC, CONF, ENC", &[Mic, Conf, Enc]);
pub(crate) const CHANGES: Class =
    class("CWD, XCWD, RMD, XRMD, DELE", &[Cwd, Xcwd, Rmd, Xrmd, Dele]);
pub(crate) const CHANGES_MISSING: Class = class(
    "CWD, RMD, DELE of what is missing",
    &[CwdMissing, RmdMissing, DeleMissing],
);
pub(crate) const NAMES: Class = class("PWD, XPWD, MKD, XMKD", &[Pwd, Xpwd, Mkd, Xmkd]);
pub(crate) const CDUP: Class = class("CDUP, XCUP", &[Cdup, Xcup]);
pub(crate) const PARAMETERS: Class = class("TYPE, MODE, STRU", &[Type, Mode, Stru]);
pub(crate) const PARAMETERS_UNSUPPORTED: Class = class(
    "TYPE, MODE, STRU with an unsupported value",
    &[TypeUnsupported, ModeUnsupported, StruUnsupported],
);

/// Lines that are refused for their form alone, those of a known verb.
pub(crate) const ILL_FORMED: Class = class(
    "a wrong number of arguments",
    &[NoArgument, SurplusArgument],
);

/// Commands that need a login and have 530 in their list in RFC 959 §5.4.
#[rustfmt::skip]
pub(crate) const NEEDS_LOGIN: Class = class("commands with 530 in their list", &[
    Cwd, CwdMissing, Xcwd, Cdup, Xcup, Smnt, Port, Pasv, Type, TypeUnsupported, Mode, ModeUnsupported, Stru,
    StruUnsupported, Allo, Rest, Retr, RetrMissing, Stor, Stou, Appe, List, Nlst, Rnfr, RnfrMissing, Dele, DeleMissing,
    Rmd, RmdMissing, Xrmd, Mkd, MkdExists, Xmkd, Stat, StatPath, Site,
]);
/// Commands that need a login and have 530 in their list in RFC 3659 §7.2.1.
pub(crate) const NEEDS_LOGIN_MLSX: Class =
    class("MLSD, MLST", &[Mlsd, MlsdFile, Mlst, MlstMissing]);
/// Commands that need a login, though no list says so.
#[rustfmt::skip]
pub(crate) const NEEDS_LOGIN_UNLISTED: Class = class("commands without 530 in their list", &[
    Eprt, EprtUnsupported, Epsv, EpsvUnsupported, EpsvAll, Lprt, Lpsv, Pwd, Xpwd, Size, SizeMissing, Mdtm, MdtmMissing,
]);

/// Commands that tell the server where to connect.
pub(crate) const ACTIVE_SET_UP: Class = class("PORT, EPRT, LPRT", &[Port, Eprt, Lprt]);
/// Data connection set-up commands other than EPSV (RFC 2428 §3).
pub(crate) const NOT_EPSV: Class = class(
    "set-up commands but EPSV",
    &[Port, Pasv, Eprt, EprtUnsupported, Lprt, Lpsv],
);
/// Commands that start a transfer.
pub(crate) const TRANSFERS: Class = class(
    "transfer commands",
    &[
        Stor,
        Stou,
        Appe,
        Retr,
        RetrMissing,
        List,
        Nlst,
        Mlsd,
        MlsdFile,
    ],
);
/// Transfer commands that can start here, but MLSD, whose list is its own.
pub(crate) const STARTS: Class = class(
    "transfer commands of RFC 959",
    &[Stor, Stou, Appe, Retr, List, Nlst],
);
/// Transfer commands that a REST is for (RFC 3659 §5.3).
pub(crate) const RESTARTABLE: Class = class("RETR, STOR, APPE", &[Retr, RetrMissing, Stor, Appe]);
/// Set-up and transfer commands that wait for the end of a running transfer.
#[rustfmt::skip]
pub(crate) const BUSY: Class = class("set-up and transfer commands", &[
    Port, Pasv, Eprt, EprtUnsupported, Epsv, EpsvUnsupported, EpsvAll, Lprt, Lpsv, Stor, Stou, Appe, Retr, RetrMissing,
    List, Nlst, Mlsd, MlsdFile,
]);
