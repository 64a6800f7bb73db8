//! A fault: what is wrong with a server, how it is planted, and what a check has to say of it.

use ftproof::Profile;
use ftproof::options::JOBS;
use ftproof_model::Kind;

use crate::support::loopback::{Ending, Server, Serving};

/// What every server of the table knows; each knows besides what its fault is about. The fewer, the fewer states.
const BASIC: &str = "USER PASS REIN QUIT PASV RETR STOR LIST NLST ABOR RNFR RNTO CWD PWD MKD RMD DELE TYPE STAT SYST \
    NOOP HELP";

/// A single fault.
pub struct Fault {
    /// What is wrong.
    pub name: &'static str,
    /// The server that has it.
    pub server: Server,
    /// What the server is held to.
    pub profile: Profile,
    /// How many sessions are under test at once.
    pub jobs: usize,
    /// What a check finds: rules and kinds, and no others.
    pub verdicts: &'static [(&'static str, Kind)],
}

impl Fault {
    /// A server that knows the verbs `has` beyond the basic ones, and answers lines as `line` does.
    pub const fn new(
        name: &'static str,
        has: &'static str,
        line: Serving,
        verdicts: &'static [(&'static str, Kind)],
    ) -> Self {
        Fault {
            name,
            server: Server {
                line,
                verbs: [BASIC, has],
                ..Server::HONEST
            },
            profile: Profile::Rfc,
            jobs: JOBS,
            verdicts,
        }
    }

    /// The same, but the end of a transfer is answered as `end` does.
    pub const fn ending(mut self, end: Ending) -> Self {
        self.server.end = end;
        self
    }

    /// The same, held to the strict replies.
    pub const fn strictly(mut self) -> Self {
        self.profile = Profile::Strict;
        self
    }

    /// The same, with one session under test at a time.
    pub const fn alone(mut self) -> Self {
        self.jobs = 1;
        self
    }

    /// Whether the server knows `verb`.
    pub fn knows(&self, verb: &str) -> bool {
        let mut words = self.server.verbs.iter().flat_map(|list| list.split(' '));
        words.any(|word| word == verb)
    }
}

/// `replies`, but in place of one that begins with `code` this other.
pub fn instead(replies: Vec<u8>, code: &str, other: &str) -> Vec<u8> {
    if replies.starts_with(code.as_bytes()) {
        reply(other)
    } else {
        replies
    }
}

/// The bytes of a reply.
pub fn reply(text: &str) -> Vec<u8> {
    format!("{text}\r\n").into_bytes()
}
