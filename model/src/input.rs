//! The alphabet: every input of the model, as the line that a client types or as an event of the data connection.
//!
//! An input fixes what the outside would decide (`PassRight`, `PassWrong`; `Retr`, `RetrMissing`), so that the strict
//! reply to it is a function of the state. Inputs stand in the order in which breadth-first search tries them: STOR
//! before RETR, because a client can hold a STOR open.

use crate::transcript::{DataAction, Entry};

/// One input of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// `USER {user}`: a user who needs a password.
    UserPassword,
    /// `USER {account_user}`: a user who needs a password and an account.
    UserAccount,
    /// `USER {open_user}`: a user who needs no password.
    UserOpen,
    /// `PASS {password}`: the right password.
    PassRight,
    /// `PASS {wrong_password}`: a wrong password.
    PassWrong,
    /// `ACCT {account}`: the right account.
    AcctRight,
    /// `ACCT {wrong_account}`: a wrong account.
    AcctWrong,
    /// `PASV`: ask the server to listen.
    Pasv,
    /// `EPSV`: ask the server to listen, extended form.
    Epsv,
    /// `EPSV 3`: a network protocol that no server has.
    EpsvUnsupported,
    /// `EPSV ALL`: promise to use EPSV only.
    EpsvAll,
    /// `LPSV`: ask the server to listen, long form.
    Lpsv,
    /// `PORT {port}`: tell the server where to connect.
    Port,
    /// `EPRT {eprt}`: tell the server where to connect, extended form.
    Eprt,
    /// `EPRT |3|127.0.0.1|2121|`: a network protocol that no server has.
    EprtUnsupported,
    /// `LPRT {lprt}`: tell the server where to connect, long form.
    Lprt,
    /// `STOR {new}`: store a file.
    Stor,
    /// `STOU`: store a file under a name of the server's choice.
    Stou,
    /// `APPE {new}`: append to a file.
    Appe,
    /// `RETR {file}`: retrieve a file that is there.
    Retr,
    /// `RETR {missing}`: retrieve a file that is not there.
    RetrMissing,
    /// `LIST`: list the working directory.
    List,
    /// `NLST`: list names of the working directory.
    Nlst,
    /// `MLSD`: list the working directory for machines.
    Mlsd,
    /// `MLSD {file}`: list what is no directory.
    MlsdFile,
    /// `RNFR {file}`: rename a file that is there.
    Rnfr,
    /// `RNFR {missing}`: rename a file that is not there.
    RnfrMissing,
    /// `RNTO {renamed}`: to a name that is free.
    Rnto,
    /// `RNTO {impossible}`: to a name in a directory that is not there.
    RntoImpossible,
    /// `REST 6`: start the next transfer at byte 6.
    Rest,
    /// `CWD {dir}`: change to a directory that is there.
    Cwd,
    /// `CWD {missing}`: change to a directory that is not there.
    CwdMissing,
    /// `XCWD {dir}`: CWD's older name.
    Xcwd,
    /// `CDUP`: change to the parent directory.
    Cdup,
    /// `XCUP`: CDUP's older name.
    Xcup,
    /// `PWD`: print the working directory.
    Pwd,
    /// `XPWD`: PWD's older name.
    Xpwd,
    /// `MKD {new_dir}`: make a directory.
    Mkd,
    /// `MKD {dir}`: make a directory that is there.
    MkdExists,
    /// `XMKD {new_dir}`: MKD's older name.
    Xmkd,
    /// `RMD {empty_dir}`: remove an empty directory.
    Rmd,
    /// `RMD {missing}`: remove a directory that is not there.
    RmdMissing,
    /// `XRMD {empty_dir}`: RMD's older name.
    Xrmd,
    /// `DELE {file}`: delete a file that is there.
    Dele,
    /// `DELE {missing}`: delete a file that is not there.
    DeleMissing,
    /// `SIZE {file}`: the size of a file that is there.
    Size,
    /// `SIZE {missing}`: the size of a file that is not there.
    SizeMissing,
    /// `MDTM {file}`: the time of a file that is there.
    Mdtm,
    /// `MDTM {missing}`: the time of a file that is not there.
    MdtmMissing,
    /// `MLST {file}`: the facts of a file that is there.
    Mlst,
    /// `MLST {missing}`: the facts of a file that is not there.
    MlstMissing,
    /// `TYPE I`: image type.
    Type,
    /// `TYPE E`: a type that is not supported.
    TypeUnsupported,
    /// `MODE S`: stream mode.
    Mode,
    /// `MODE C`: a mode that is not supported.
    ModeUnsupported,
    /// `STRU F`: file structure.
    Stru,
    /// `STRU P`: a structure that is not supported.
    StruUnsupported,
    /// `ALLO 12`: allocate storage.
    Allo,
    /// `SMNT {dir}`: mount a structure.
    Smnt,
    /// `SITE HELP`: site parameters.
    Site,
    /// `STAT`: status of the session.
    Stat,
    /// `STAT {file}`: status of a file.
    StatPath,
    /// `SYST`: the kind of system.
    Syst,
    /// `NOOP`: nothing.
    Noop,
    /// `HELP`: help.
    Help,
    /// `HELP RNTO`: help on a known verb.
    HelpVerb,
    /// `HELP XYZZY`: help on an unknown verb.
    HelpUnknown,
    /// `FEAT`: the list of extensions.
    Feat,
    /// `OPTS UTF8 ON`: an option that is known.
    Opts,
    /// `OPTS XYZZY`: an option that is not known.
    OptsUnknown,
    /// `LANG EN`: a language that is known.
    Lang,
    /// `LANG XX`: a language that is not known.
    LangUnknown,
    /// `HOST {host}`: a virtual host that is there.
    Host,
    /// `HOST unknown.invalid`: a virtual host that is not there.
    HostUnknown,
    /// `AUTH TLS`: start TLS.
    AuthTls,
    /// `AUTH KRB`: a mechanism that is not known.
    AuthUnknown,
    /// `ADAT AAAA`: security data.
    Adat,
    /// `PBSZ 0`: protection buffer size.
    Pbsz,
    /// `PROT P`: data connections protected.
    ProtPrivate,
    /// `PROT C`: data connections in clear.
    ProtClear,
    /// `PROT S`: a level that TLS does not have.
    ProtUnsupported,
    /// `PROT X`: no level at all.
    ProtUnknown,
    /// `CCC`: clear the control connection.
    Ccc,
    /// `MIC AAAA`: an integrity-protected command.
    Mic,
    /// `CONF AAAA`: a confidential command.
    Conf,
    /// `ENC AAAA`: a private command.
    Enc,
    /// `ABOR`: abort the transfer.
    Abor,
    /// `REIN`: start afresh.
    Rein,
    /// `QUIT`: end the session.
    Quit,
    /// `RNTO`: a verb without the argument that it needs.
    NoArgument,
    /// `PWD surplus`: a verb with an argument that it does not take.
    SurplusArgument,
    /// `MAIL`: a verb of RFC 765 that nobody implements.
    NotImplemented,
    /// `XYZZY`: no verb at all.
    Unknown,
    /// An empty line.
    Empty,
    /// Event: the data connection was closed in good order.
    DataDone,
    /// Event: the data connection could not be opened.
    DataRefused,
    /// Event: the data connection broke.
    DataBroken,
    /// Event: local trouble ended the transfer.
    DataFailed,
}

impl Input {
    /// Every input, lines first, then events.
    #[rustfmt::skip]
    pub const ALL: &'static [Input] = &[
        Input::UserPassword,
        Input::UserAccount,
        Input::UserOpen,
        Input::PassRight,
        Input::PassWrong,
        Input::AcctRight,
        Input::AcctWrong,
        Input::Pasv,
        Input::Epsv,
        Input::EpsvUnsupported,
        Input::EpsvAll,
        Input::Lpsv,
        Input::Port,
        Input::Eprt,
        Input::EprtUnsupported,
        Input::Lprt,
        Input::Stor,
        Input::Stou,
        Input::Appe,
        Input::Retr,
        Input::RetrMissing,
        Input::List,
        Input::Nlst,
        Input::Mlsd,
        Input::MlsdFile,
        Input::Rnfr,
        Input::RnfrMissing,
        Input::Rnto,
        Input::RntoImpossible,
        Input::Rest,
        Input::Cwd,
        Input::CwdMissing,
        Input::Xcwd,
        Input::Cdup,
        Input::Xcup,
        Input::Pwd,
        Input::Xpwd,
        Input::Mkd,
        Input::MkdExists,
        Input::Xmkd,
        Input::Rmd,
        Input::RmdMissing,
        Input::Xrmd,
        Input::Dele,
        Input::DeleMissing,
        Input::Size,
        Input::SizeMissing,
        Input::Mdtm,
        Input::MdtmMissing,
        Input::Mlst,
        Input::MlstMissing,
        Input::Type,
        Input::TypeUnsupported,
        Input::Mode,
        Input::ModeUnsupported,
        Input::Stru,
        Input::StruUnsupported,
        Input::Allo,
        Input::Smnt,
        Input::Site,
        Input::Stat,
        Input::StatPath,
        Input::Syst,
        Input::Noop,
        Input::Help,
        Input::HelpVerb,
        Input::HelpUnknown,
        Input::Feat,
        Input::Opts,
        Input::OptsUnknown,
        Input::Lang,
        Input::LangUnknown,
        Input::Host,
        Input::HostUnknown,
        Input::AuthTls,
        Input::AuthUnknown,
        Input::Adat,
        Input::Pbsz,
        Input::ProtPrivate,
        Input::ProtClear,
        Input::ProtUnsupported,
        Input::ProtUnknown,
        Input::Ccc,
        Input::Mic,
        Input::Conf,
        Input::Enc,
        Input::Abor,
        Input::Rein,
        Input::Quit,
        Input::NoArgument,
        Input::SurplusArgument,
        Input::NotImplemented,
        Input::Unknown,
        Input::Empty,
        Input::DataDone,
        Input::DataRefused,
        Input::DataBroken,
        Input::DataFailed,
    ];

    /// The verb, in capitals; empty for the empty line and for an event.
    pub fn verb(self) -> &'static str {
        self.line()
            .and_then(|line| line.split(' ').next())
            .unwrap_or("")
    }

    /// The line without CRLF; what stands in braces is filled in for the target. `None` for an event.
    #[rustfmt::skip]
    pub const fn line(self) -> Option<&'static str> {
        Some(match self {
            Input::UserPassword => "USER {user}",
            Input::UserAccount => "USER {account_user}",
            Input::UserOpen => "USER {open_user}",
            Input::PassRight => "PASS {password}",
            Input::PassWrong => "PASS {wrong_password}",
            Input::AcctRight => "ACCT {account}",
            Input::AcctWrong => "ACCT {wrong_account}",
            Input::Pasv => "PASV",
            Input::Epsv => "EPSV",
            Input::EpsvUnsupported => "EPSV 3",
            Input::EpsvAll => "EPSV ALL",
            Input::Lpsv => "LPSV",
            Input::Port => "PORT {port}",
            Input::Eprt => "EPRT {eprt}",
            Input::EprtUnsupported => "EPRT |3|127.0.0.1|2121|",
            Input::Lprt => "LPRT {lprt}",
            Input::Stor => "STOR {new}",
            Input::Stou => "STOU",
            Input::Appe => "APPE {new}",
            Input::Retr => "RETR {file}",
            Input::RetrMissing => "RETR {missing}",
            Input::List => "LIST",
            Input::Nlst => "NLST",
            Input::Mlsd => "MLSD",
            Input::MlsdFile => "MLSD {file}",
            Input::Rnfr => "RNFR {file}",
            Input::RnfrMissing => "RNFR {missing}",
            Input::Rnto => "RNTO {renamed}",
            Input::RntoImpossible => "RNTO {impossible}",
            Input::Rest => "REST 6",
            Input::Cwd => "CWD {dir}",
            Input::CwdMissing => "CWD {missing}",
            Input::Xcwd => "XCWD {dir}",
            Input::Cdup => "CDUP",
            Input::Xcup => "XCUP",
            Input::Pwd => "PWD",
            Input::Xpwd => "XPWD",
            Input::Mkd => "MKD {new_dir}",
            Input::MkdExists => "MKD {dir}",
            Input::Xmkd => "XMKD {new_dir}",
            Input::Rmd => "RMD {empty_dir}",
            Input::RmdMissing => "RMD {missing}",
            Input::Xrmd => "XRMD {empty_dir}",
            Input::Dele => "DELE {file}",
            Input::DeleMissing => "DELE {missing}",
            Input::Size => "SIZE {file}",
            Input::SizeMissing => "SIZE {missing}",
            Input::Mdtm => "MDTM {file}",
            Input::MdtmMissing => "MDTM {missing}",
            Input::Mlst => "MLST {file}",
            Input::MlstMissing => "MLST {missing}",
            Input::Type => "TYPE I",
            Input::TypeUnsupported => "TYPE E",
            Input::Mode => "MODE S",
            Input::ModeUnsupported => "MODE C",
            Input::Stru => "STRU F",
            Input::StruUnsupported => "STRU P",
            Input::Allo => "ALLO 12",
            Input::Smnt => "SMNT {dir}",
            Input::Site => "SITE HELP",
            Input::Stat => "STAT",
            Input::StatPath => "STAT {file}",
            Input::Syst => "SYST",
            Input::Noop => "NOOP",
            Input::Help => "HELP",
            Input::HelpVerb => "HELP RNTO",
            Input::HelpUnknown => "HELP XYZZY",
            Input::Feat => "FEAT",
            Input::Opts => "OPTS UTF8 ON",
            Input::OptsUnknown => "OPTS XYZZY",
            Input::Lang => "LANG EN",
            Input::LangUnknown => "LANG XX",
            Input::Host => "HOST {host}",
            Input::HostUnknown => "HOST unknown.invalid",
            Input::AuthTls => "AUTH TLS",
            Input::AuthUnknown => "AUTH KRB",
            Input::Adat => "ADAT AAAA",
            Input::Pbsz => "PBSZ 0",
            Input::ProtPrivate => "PROT P",
            Input::ProtClear => "PROT C",
            Input::ProtUnsupported => "PROT S",
            Input::ProtUnknown => "PROT X",
            Input::Ccc => "CCC",
            Input::Mic => "MIC AAAA",
            Input::Conf => "CONF AAAA",
            Input::Enc => "ENC AAAA",
            Input::Abor => "ABOR",
            Input::Rein => "REIN",
            Input::Quit => "QUIT",
            Input::NoArgument => "RNTO",
            Input::SurplusArgument => "PWD surplus",
            Input::NotImplemented => "MAIL",
            Input::Unknown => "XYZZY",
            Input::Empty => "",
            Input::DataDone | Input::DataRefused | Input::DataBroken | Input::DataFailed => return None,
        })
    }

    /// This input as an entry of a transcript.
    pub fn entry(self) -> Entry {
        match (self, self.line()) {
            (_, Some(line)) => Entry::Send(line.into()),
            (Input::DataRefused, None) => Entry::Data(DataAction::Refuse),
            (Input::DataBroken, None) => Entry::Data(DataAction::Break),
            (Input::DataFailed, None) => Entry::Data(DataAction::Fail),
            (_, None) => Entry::Data(DataAction::Close),
        }
    }

    /// Whether this is an event of the data connection and not a line.
    pub fn is_event(self) -> bool {
        matches!(
            self,
            Input::DataDone | Input::DataRefused | Input::DataBroken | Input::DataFailed
        )
    }

    /// Whether this starts a transfer (RFC 959 §4.1.3).
    pub fn is_transfer(self) -> bool {
        matches!(
            self.verb(),
            "RETR" | "STOR" | "STOU" | "APPE" | "LIST" | "NLST" | "MLSD"
        )
    }

    /// Whether the client is the sender of the transfer that this starts.
    pub fn is_upload(self) -> bool {
        matches!(self.verb(), "STOR" | "STOU" | "APPE")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_what_has_no_line() {
        for input in Input::ALL {
            assert_eq!(input.is_event(), input.line().is_none(), "{input:?}");
        }
    }

    #[test]
    fn all_lists_every_input_in_order() {
        for (index, input) in Input::ALL.iter().enumerate() {
            assert_eq!(*input as usize, index);
        }
        assert_eq!(Input::ALL.len(), Input::DataFailed as usize + 1);
    }
}
