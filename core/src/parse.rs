//! A line becomes a command, or the reason why it is none (RFC 959 §5.3).
//!
//! The verb ends at the first space; what follows is the argument with all its further spaces (RFC 2640 §3.1), and
//! nothing but spaces is no argument. Where the argument is no pathname or name, spaces before it only separate
//! (RFC 959 §5.3: "one or more spaces").

use crate::address::{eprt, lprt, port};
use crate::argument::{allo, auth, epsv, host, lang, mode, number, opts, prot, stru, type_code};
use crate::{Command, EpsvArgument, LINE_BYTES_MAX, Language, Line, Reply, Verb};

/// Why a line is not a command. Every variant has one reply, so the session never has to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParseError {
    /// Longer than [`LINE_BYTES_MAX`].
    TooLong {
        /// How long, in bytes, CRLF included.
        bytes: usize,
    },
    /// Nothing before the CRLF.
    Empty,
    /// No such verb.
    Unknown,
    /// A verb that is known and not implemented.
    NotImplemented {
        /// The verb.
        verb: Verb,
    },
    /// An implemented verb whose argument is missing, superfluous or ill-formed.
    BadArgument {
        /// The verb.
        verb: Verb,
    },
}

impl ParseError {
    /// 500, 502 or 501 (RFC 959 §4.2.1).
    #[must_use]
    pub fn reply(self) -> Reply {
        match self {
            Self::TooLong { .. } => Reply::new(500, "Line too long"),
            Self::Empty => Reply::new(500, "Empty line; HELP lists the commands"),
            Self::Unknown => Reply::new(500, "No such command; HELP lists them"),
            Self::NotImplemented { .. } => Reply::new(502, "Command not implemented"),
            Self::BadArgument { verb } => Reply::new(501, verb.syntax()),
        }
    }
}

/// Reads one command.
///
/// # Errors
/// Says why the line is none. Costs one pass over the line.
pub fn parse(line: Line<'_>) -> Result<Command, ParseError> {
    let line = match line {
        Line::Complete(line) if line.len() > LINE_BYTES_MAX - 2 => {
            return Err(ParseError::TooLong {
                bytes: line.len().saturating_add(2),
            });
        }
        Line::Complete(line) => line,
        Line::TooLong { bytes } => return Err(ParseError::TooLong { bytes }),
    };
    if line.is_empty() {
        return Err(ParseError::Empty);
    }
    let (verb, rest) =
        line.iter()
            .position(|&byte| byte == b' ')
            .map_or((line, [].as_slice()), |end| {
                let (verb, rest) = line.split_at(end);
                (verb, rest.strip_prefix(b" ").unwrap_or(rest))
            });
    let verb = Verb::find(verb).ok_or(ParseError::Unknown)?;
    let argument = if rest.iter().all(|&byte| byte == b' ') {
        None
    } else {
        Some(rest)
    };
    command(Argument { verb, argument })
}

#[rustfmt::skip]
fn command(argument: Argument<'_>) -> Result<Command, ParseError> {
    match argument.verb {
        Verb::User => argument.required().map(Command::User),
        Verb::Pass => Ok(Command::Pass(argument.optional().unwrap_or_default())),
        Verb::Acct => argument.required().map(Command::Acct),
        Verb::Cwd => argument.required().map(Command::Cwd),
        Verb::Cdup => argument.none(Command::Cdup),
        Verb::Smnt => argument.required().map(Command::Smnt),
        Verb::Rein => argument.none(Command::Rein),
        Verb::Quit => argument.none(Command::Quit),
        Verb::Port => argument.value(port).map(Command::Port),
        Verb::Pasv => argument.none(Command::Pasv),
        Verb::Eprt => argument.value(eprt).map(Command::Eprt),
        Verb::Epsv => argument.value_or(EpsvArgument::Control, epsv).map(Command::Epsv),
        Verb::Lprt => argument.value(lprt).map(Command::Lprt),
        Verb::Lpsv => argument.none(Command::Lpsv),
        Verb::Type => argument.value(type_code).map(Command::Type),
        Verb::Mode => argument.value(mode).map(Command::Mode),
        Verb::Stru => argument.value(stru).map(Command::Stru),
        Verb::Allo => argument.value(allo).map(|()| Command::Allo),
        Verb::Rest => argument.value(number).map(Command::Rest),
        Verb::Retr => argument.required().map(Command::Retr),
        Verb::Stor => argument.required().map(Command::Stor),
        Verb::Stou => argument.none(Command::Stou),
        Verb::Appe => argument.required().map(Command::Appe),
        Verb::List => Ok(Command::List(argument.optional())),
        Verb::Nlst => Ok(Command::Nlst(argument.optional())),
        Verb::Mlsd => Ok(Command::Mlsd(argument.optional())),
        Verb::Mlst => Ok(Command::Mlst(argument.optional())),
        Verb::Rnfr => argument.required().map(Command::Rnfr),
        Verb::Rnto => argument.required().map(Command::Rnto),
        Verb::Dele => argument.required().map(Command::Dele),
        Verb::Rmd => argument.required().map(Command::Rmd),
        Verb::Mkd => argument.required().map(Command::Mkd),
        Verb::Pwd => argument.none(Command::Pwd),
        Verb::Abor => argument.none(Command::Abor),
        Verb::Syst => argument.none(Command::Syst),
        Verb::Noop => argument.none(Command::Noop),
        Verb::Stat => Ok(Command::Stat(argument.optional())),
        Verb::Help => Ok(Command::Help(argument.optional())),
        Verb::Site => argument.required().map(Command::Site),
        Verb::Feat => argument.none(Command::Feat),
        Verb::Opts => argument.value(opts).map(Command::Opts),
        Verb::Lang => argument.value_or(Language::Default, lang).map(Command::Lang),
        Verb::Size => argument.required().map(Command::Size),
        Verb::Mdtm => argument.required().map(Command::Mdtm),
        Verb::Host => argument.value(host).map(Command::Host),
        Verb::Auth => argument.value(|name| Some(auth(name))).map(Command::Auth),
        Verb::Adat => argument.value(|_| Some(Command::Adat)),
        Verb::Pbsz => argument.value(number).map(Command::Pbsz),
        Verb::Prot => argument.value(prot).map(Command::Prot),
        Verb::Ccc => argument.none(Command::Ccc),
        Verb::Mic => argument.value(|_| Some(Command::Mic)),
        Verb::Conf => argument.value(|_| Some(Command::Conf)),
        Verb::Enc => argument.value(|_| Some(Command::Enc)),
        Verb::Mlfl | Verb::Mail | Verb::Msnd | Verb::Msom | Verb::Msam | Verb::Mrsq | Verb::Mrcp =>
            Err(ParseError::NotImplemented { verb: argument.verb }),
    }
}

/// What stood behind the verb.
#[derive(Clone, Copy)]
struct Argument<'a> {
    verb: Verb,
    argument: Option<&'a [u8]>,
}

impl<'a> Argument<'a> {
    fn bad(self) -> ParseError {
        ParseError::BadArgument { verb: self.verb }
    }

    fn none(self, command: Command) -> Result<Command, ParseError> {
        if self.argument.is_none() {
            Ok(command)
        } else {
            Err(self.bad())
        }
    }

    fn optional(self) -> Option<Vec<u8>> {
        self.argument.map(<[u8]>::to_vec)
    }

    fn required(self) -> Result<Vec<u8>, ParseError> {
        self.optional().ok_or(self.bad())
    }

    fn value<T>(self, read: impl FnOnce(&'a [u8]) -> Option<T>) -> Result<T, ParseError> {
        self.argument
            .map(<[u8]>::trim_ascii_start)
            .and_then(read)
            .ok_or(self.bad())
    }

    fn value_or<T>(
        self,
        default: T,
        read: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Result<T, ParseError> {
        if self.argument.is_none() {
            Ok(default)
        } else {
            self.value(read)
        }
    }
}
