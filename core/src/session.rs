//! One control connection: what is true of it, and the one decision that answers each command (RFC 959 §4.1, §5.4).

use std::mem;
use std::net::SocketAddr;

use crate::facts::Facts;
use crate::site::Name;
use crate::{
    Answer, Command, Effect, Line, ParseError, Path, Protection, Reply, Representation, Site,
    TransferOutcome, Verb,
};
use crate::{data, files, help, login, parameters, parse, security};

/// An FTP session, as the server sees it. No socket, clock or global; cheap to clone and to hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Session {
    pub(crate) login: Login,
    pub(crate) pending: Pending,
    pub(crate) data: DataPort,
    pub(crate) setup: Setup,
    pub(crate) activity: Activity,
    pub(crate) security: Security,
    pub(crate) host: Option<Name>,
    pub(crate) cwd: Path,
    pub(crate) representation: Representation,
    pub(crate) protection: Protection,
    pub(crate) facts: Facts,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Login {
    Out,
    NeedAcct { user: Name },
    In { user: Name },
}

/// What only the very next line may use: PASS, RNTO, or RETR, STOR and APPE (RFC 959 §4.1.1, §4.1.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) enum Pending {
    #[default]
    Nothing,
    Password {
        user: Name,
    },
    Rename {
        from: Path,
    },
    Restart {
        offset: u64,
    },
}

/// The data connection that is set up. Passive serves one transfer; an active address stays (RFC 959 §4.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum DataPort {
    None,
    Passive,
    Active(SocketAddr),
}

/// Which commands may set up a data connection (RFC 2428 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Setup {
    Any,
    OnlyEpsv,
}

/// What is going on, and what waits for its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Activity {
    Idle,
    Transfer(After),
    Closed,
}

/// Which command waits for the end of the transfer (RFC 959 §4.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum After {
    Nothing,
    Quit,
    Rein,
}

/// The protection of the control connection (RFC 4217 §4, §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Security {
    Clear,
    Tls(Buffer),
    Cleared,
}

/// Whether PBSZ was accepted under this protection (RFC 2228 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Buffer {
    Unset,
    Set,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// The session just after connecting.
    #[must_use]
    pub fn new() -> Self {
        Self {
            login: Login::Out,
            pending: Pending::Nothing,
            data: DataPort::None,
            setup: Setup::Any,
            activity: Activity::Idle,
            security: Security::Clear,
            host: None,
            cwd: Path::root(),
            representation: Representation::default(),
            protection: Protection::default(),
            facts: Facts::ALL,
        }
    }

    /// The same inside TLS from the first byte on: what port 990 has, and no RFC.
    #[must_use]
    pub fn within_tls() -> Self {
        Self {
            security: Security::Tls(Buffer::Unset),
            ..Self::new()
        }
    }

    /// 220: what the server says first (RFC 959 §5.4).
    #[must_use]
    pub fn greeting(&self) -> Reply {
        Reply::new(220, "ftproof ready; send USER")
    }

    /// Answers one line: parses it, then [`Session::handle`].
    pub fn line(&mut self, line: Line<'_>, site: &mut dyn Site) -> Answer {
        self.handle(parse(line), site)
    }

    /// Answers one command; `site` stands for files, passwords and the passive listener.
    ///
    /// Never fails: every command must generate at least one reply (RFC 959 §4.2), QUIT and REIN during a transfer
    /// after its end. While [`Session::reads`] is false, nothing is answered and nothing changes.
    pub fn handle(&mut self, command: Result<Command, ParseError>, site: &mut dyn Site) -> Answer {
        if !self.reads() {
            return Answer::nothing();
        }
        // RFC 959 §4.1.1, §4.1.3: what must follow immediately is over with any line, whatever it is.
        let pending = mem::take(&mut self.pending);
        let command = match command {
            Ok(command) => command,
            // RFC 7151 §3.3: a refused HOST is as if it had not been sent.
            Err(error @ ParseError::BadArgument { verb: Verb::Host }) => {
                self.pending = pending;
                return error.reply().into();
            }
            Err(error) => return error.reply().into(),
        };
        self.decide(command, pending, site)
    }

    /// The one decision: every command, in the order in which the reasons to refuse it count.
    #[rustfmt::skip]
    fn decide(&mut self, command: Command, pending: Pending, site: &mut dyn Site) -> Answer {
        let running = matches!(self.activity, Activity::Transfer(_));
        match command {
            // What needs no login, with its own order.
            Command::Help(topic) => help::help(topic.as_deref()),
            Command::Noop => Answer::of(200, "Nothing done"),
            Command::Syst => Answer::of(215, "UNIX Type: L8"),
            Command::Feat => help::features(self, site),
            Command::Opts(options) => files::set_options(self, options),
            Command::Lang(language) => login::language(language),
            Command::User(user) => login::user(self, &user, site),
            Command::Pass(password) => login::password(self, pending, &password, site),
            Command::Acct(account) => login::account(self, &account, site),
            Command::Host(host) => login::host(self, &host, pending, site),
            Command::Rein => self.end(After::Rein, site),
            Command::Quit => self.end(After::Quit, site),
            Command::Abor => data::abort(self, site),
            Command::Rnto(to) => files::rename_to(self, pending, &to, site),
            Command::Auth(mechanism) => security::auth(self, mechanism, site),
            Command::Adat => Answer::of(503, "Send an AUTH that is answered 334 first; TLS is not"),
            Command::Pbsz(_) => security::buffer_size(self),
            Command::Prot(level) => security::protection(self, level),
            Command::Ccc => security::clear(self),
            Command::Mic | Command::Conf | Command::Enc => security::protected(self),

            // Out of order, in this order of precedence.
            command if command.needs_login() && !self.is_logged_in() => Answer::of(530, "Log in with USER and PASS"),
            command if running && command.waits_for_transfer() => Answer::of(503, "Wait for the transfer's reply"),
            command if self.setup == Setup::OnlyEpsv && command.ends_with_epsv_all() => parameters::epsv_only(),
            command if self.data == DataPort::None && command.is_transfer() => data::no_connection(),

            // Logged in, and in order.
            Command::Cwd(path) => files::change_directory(self, &path, site),
            Command::Cdup => files::change_up(self, site),
            Command::Pwd => files::working_directory(self),
            Command::Smnt(_) | Command::Allo | Command::Site(_) => Answer::of(202, "Superfluous at this site"),
            Command::Port(address) => parameters::active(self, address, site),
            Command::Eprt(address) => parameters::extended_active(self, address, site),
            Command::Lprt(address) => parameters::long_active(self, address, site),
            Command::Pasv => parameters::passive(self, site),
            Command::Epsv(argument) => parameters::extended_passive(self, argument, site),
            Command::Lpsv => parameters::long_passive(self, site),
            Command::Type(code) => parameters::set_type(self, code),
            Command::Mode(code) => parameters::set_mode(code),
            Command::Stru(code) => parameters::set_structure(code),
            Command::Rest(offset) => data::restart(self, offset),
            Command::Retr(path) => data::retrieve(self, &path, &pending, site),
            Command::Stor(path) => data::store(self, &path, &pending, site),
            Command::Appe(path) => data::append(self, &path, &pending, site),
            Command::Stou => data::store_unique(self, site),
            Command::List(path) => data::list(self, path.as_deref(), site),
            Command::Nlst(path) => data::name_list(self, path.as_deref(), site),
            Command::Mlsd(path) => data::fact_list(self, path.as_deref(), site),
            Command::Mlst(path) => files::facts(self, path.as_deref(), site),
            Command::Stat(path) => files::status(self, path.as_deref(), site),
            Command::Size(path) => files::size(self, &path, site),
            Command::Mdtm(path) => files::modified(self, &path, site),
            Command::Rnfr(path) => files::rename_from(self, &path, site),
            Command::Dele(path) => files::delete(self, &path, site),
            Command::Rmd(path) => files::remove_directory(self, &path, site),
            Command::Mkd(path) => files::make_directory(self, &path, site),
        }
    }

    /// The end of the running transfer: its completion reply, then what waited for it. Nothing, if none is running.
    ///
    /// An event, not a line: what must follow immediately still may.
    pub fn transfer_ended(&mut self, outcome: TransferOutcome, site: &mut dyn Site) -> Answer {
        let Activity::Transfer(after) = self.activity else {
            return Answer::nothing();
        };
        self.activity = Activity::Idle;
        let completion = data::completion(outcome);
        match after {
            After::Nothing => completion.into(),
            After::Quit | After::Rein => self.end(after, site).after(completion),
        }
    }

    /// The server must end the session: 421 with this text, at any time (RFC 959 §5.4). A running transfer is over.
    pub fn shut_down(&mut self, text: &'static str, site: &mut dyn Site) -> Answer {
        self.close(421, text, site)
    }

    /// Who is logged in.
    #[must_use]
    pub fn user(&self) -> Option<&[u8]> {
        match &self.login {
            Login::In { user } => Some(user),
            Login::Out | Login::NeedAcct { .. } => None,
        }
    }

    /// The TLS handshake behind [`Effect::StartTls`] is done.
    ///
    /// The session counts as protected from its 234 on, so this changes nothing; if the handshake fails, the transport
    /// closes the connection.
    pub fn tls_ready(&mut self) {}

    /// Whether the transport may read a line. False while QUIT or REIN wait for a running transfer, and when closed.
    #[must_use]
    pub fn reads(&self) -> bool {
        matches!(
            self.activity,
            Activity::Idle | Activity::Transfer(After::Nothing)
        )
    }

    /// Whether the session is over: 221 or 421 was answered.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.activity == Activity::Closed
    }

    pub(crate) fn is_logged_in(&self) -> bool {
        matches!(self.login, Login::In { .. })
    }

    /// QUIT and REIN: at once, or after the running transfer (RFC 959 §4.1.1).
    fn end(&mut self, end: After, site: &mut dyn Site) -> Answer {
        match (self.activity, end) {
            (Activity::Transfer(_), after) => {
                self.activity = Activity::Transfer(after);
                Answer::nothing()
            }
            (Activity::Idle | Activity::Closed, After::Quit | After::Nothing) => {
                self.close(221, "Goodbye", site)
            }
            (Activity::Idle | Activity::Closed, After::Rein) => {
                parameters::forget(self, site);
                // RFC 4217 §13: the reply goes out in TLS, then TLS ends.
                let stop = matches!(self.security, Security::Tls(_)).then_some(Effect::StopTls);
                *self = Self::new();
                Answer {
                    effect: stop,
                    ..Answer::of(220, "Ready for a new user")
                }
            }
        }
    }

    /// Ends the session with this reply.
    pub(crate) fn close(&mut self, code: u16, text: &'static str, site: &mut dyn Site) -> Answer {
        parameters::forget(self, site);
        self.activity = Activity::Closed;
        Answer::of(code, text).then(Effect::Close)
    }
}
