//! What a check has to work with on a server: who lets us in, what is implemented, what works, and how long it takes.
//!
//! Nothing is judged here. It is what a check learns before its first test, told to a person, with what it will not be
//! able to test and why.

mod examine;
mod outlook;
mod probe;
mod text;

use ftproof_model::Code;
use serde::Serialize;

pub use examine::examine;

/// The version of the JSON form. It grows when a field is taken away or changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// What was seen. Server text in it is escaped.
#[derive(Debug, Clone, Serialize)]
pub struct Diagnosis {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The target, without a password.
    pub target: String,
    /// Whether sessions are inside TLS from their start on.
    pub is_protected: bool,
    /// The first line of its greeting.
    pub greeting: String,
    /// The first line of its reply to SYST, if that is 215.
    pub system: Option<String>,
    /// The extensions that its reply to FEAT lists (RFC 2389 §3.2).
    pub features: Vec<String>,
    /// Whether a directory and files of our own can be made.
    pub files: Ability,
    /// AUTH TLS, and the handshake behind it.
    pub tls: Ability,
    /// A transfer over a data connection inside TLS.
    pub tls_transfer: Ability,
    /// A transfer behind each command that sets up a data connection.
    pub set_up: Vec<SetUp>,
    /// What became of each verb, in the order of the alphabet.
    pub verbs: Vec<Verb>,
    /// How long it takes.
    pub times: Times,
    /// What a check cannot test here.
    pub untestable: Vec<Untestable>,
    /// About what a check will take.
    pub check: Estimate,
    /// What of ours could not be removed, and why.
    pub left: Option<String>,
}

/// Whether something works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "kebab-case")]
pub enum Ability {
    /// It was tried, and does.
    Works,
    /// The server refuses it, with this reply.
    Refused(String),
    /// The server agrees, but it does not work, and why.
    Fails(String),
    /// Why it was not tried.
    NotTried(String),
}

impl Ability {
    /// Whether it works.
    pub fn works(&self) -> bool {
        *self == Ability::Works
    }
}

/// A command that sets up a data connection.
#[derive(Debug, Clone, Serialize)]
pub struct SetUp {
    /// PASV, EPSV, PORT or EPRT.
    pub verb: &'static str,
    /// What became of a transfer behind it.
    #[serde(flatten)]
    pub transfer: Ability,
}

/// A verb as the server knows it.
#[derive(Debug, Clone, Serialize)]
pub struct Verb {
    /// The verb.
    pub verb: &'static str,
    /// Whether it is implemented: 500 and 502 say that it is not. `None`: it could not be told.
    pub implemented: Option<bool>,
    /// Whether it was refused before login for the want of one. `None`: it was not tried there.
    pub needs_login: Option<bool>,
    /// The reply to it before login.
    pub before_login: Option<Code>,
    /// The reply to it while logged in.
    pub logged_in: Option<Code>,
    /// The reply to it inside TLS, where that may be another.
    pub in_tls: Option<Code>,
}

/// How long the server takes, in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Times {
    /// To connect, up to the greeting: the median.
    pub connect_ms: f64,
    /// From USER to the end of the login: the median.
    pub login_ms: f64,
    /// To a wrong password; `None` where none was tried.
    pub failed_login_ms: Option<f64>,
    /// The median of the replies while logged in.
    pub reply_ms: f64,
    /// The slowest of them.
    pub slowest_reply_ms: f64,
    /// The verb that got it.
    pub slowest_verb: &'static str,
}

/// Something that cannot be tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untestable {
    /// The rules, or the part of them.
    pub what: String,
    /// Why.
    pub why: String,
}

/// About what a check will take.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Estimate {
    /// How many states of the rules can be reached here.
    pub states: usize,
    /// How many lines will be sent.
    pub commands: usize,
    /// On how many connections.
    pub connections: usize,
    /// For how long.
    pub seconds: f64,
}

impl Diagnosis {
    /// For people, at most 80 columns wide.
    pub fn text(&self, columns: usize) -> String {
        text::text(self, columns)
    }

    /// For programs.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("every key is a string");
        text.push('\n');
        text
    }
}
