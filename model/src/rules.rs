//! The rules of the order of FTP commands, as one table (RFC 959 §5.4, §6, and the RFC of each extension).
//!
//! A row applies when its input comes and all its `when` facts hold; the first row that applies decides, so a row need
//! not repeat what the rows above it leave over. Rows stand in the order in which a session looks at a line: syntax,
//! what needs no login, login, a running transfer, EPSV ALL, data connection, and then the command itself.

use crate::class::*;
use crate::fact::*;
use crate::{Code, Input, Input::*, Source, rfc};

/// What kind of row this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// The command is in order.
    InOrder,
    /// The command needs an earlier one of the same session that has not succeeded.
    OutOfOrder,
    /// The command needs a login, and nobody is logged in.
    NotLoggedIn,
    /// The line is refused for its form alone.
    Syntax,
    /// An event of the data connection, not a line.
    Event,
}

/// Replies, and what is true behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The codes, in order.
    pub replies: &'static [Code],
    /// What is then true; facts that are not named stay, but for what every line takes by coming.
    pub then: &'static [Fact],
}

/// What a server may answer to one input in the states of one kind, and what is true afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name, for people; no two rows share one.
    pub name: &'static str,
    /// The inputs that it is about.
    pub on: On,
    /// The facts that must hold before the input.
    pub when: &'static [Fact],
    /// What kind of row this is.
    pub order: Order,
    /// The stable name of the requirement that a server breaks when it does something else here.
    pub requirement: &'static str,
    /// The one outcome that the strict machine has.
    pub strict: Outcome,
    /// What else the RFCs allow, plain refusals from the verb's reply list left out.
    pub also: &'static [Outcome],
    /// Where the strict outcome comes from.
    pub source: Source,
}

impl Rule {
    /// The strict outcome, then the others that the row names.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        let others = self.also.iter().filter(|also| **also != self.strict);
        [&self.strict].into_iter().chain(others)
    }
}

type Kind = (Order, &'static str);

const IN_ORDER: Kind = (Order::InOrder, "seq/refused");
const NO_LOGIN: Kind = (Order::NotLoggedIn, "login/required");
const SYNTAX: Kind = (Order::Syntax, "reply/one");
const EVENT: Kind = (Order::Event, "reply/one");

const fn help(requirement: &'static str) -> Kind {
    (Order::InOrder, requirement)
}

const fn out(requirement: &'static str) -> Kind {
    (Order::OutOfOrder, requirement)
}

const fn to(replies: &'static [Code], then: &'static [Fact]) -> Outcome {
    Outcome { replies, then }
}

const fn row(
    (order, requirement): Kind,
    name: &'static str,
    on: On,
    when: &'static [Fact],
    strict: Outcome,
    also: &'static [Outcome],
    source: Source,
) -> Rule {
    Rule {
        name,
        on,
        when,
        order,
        requirement,
        strict,
        also,
        source,
    }
}

const fn one(input: Input) -> On {
    On::One(input)
}

const fn any(class: Class) -> On {
    On::Any(class)
}

// Reasons of this project's own.
const NOT_LISTED: Source =
    Source::Ours("530 says what is wrong, though the list of the verb does not have it");
const NO_SET_UP: Source =
    Source::Ours("the default data port of RFC 959 §5.2 is not used, so a set-up is a step");
const FORBIDDEN: Source =
    Source::Ours("RFC 2428 §3 demands a refusal and gives no code; 503 says why");
const ONE_AT_A_TIME: Source =
    Source::Ours("RFC 959 §4.2 has a server queue what it cannot do yet; 503 says so at once");
const NO_FIXED_CODE: Source = Source::Ours("RFC 2428 §3 gives EPSV ALL no code of its own");
const CCC_ENDED_IT: Source =
    Source::Ours("RFC 4217 §5 accepts no PBSZ or PROT behind CCC and gives no code; 503 says why");
const EMPTY_LINE: Source = Source::Ours("no RFC says what an empty line is; it is no command");

// Bulk facts. EPSV ALL lasts for the session (RFC 2428 §4), so REIN and AUTH may leave it on.
const FRESH: &[Fact] = &[Fact::AsAfterConnect];
const FRESH_BUT_EPSV_ALL: &[Fact] = &[Fact::AsAfterConnect, Fact::EpsvAllStays];
const SECURED: &[Fact] = &[TLS, LOGGED_OUT, NO_DATA, NO_EPSV_ALL, NO_PBSZ];
const SECURED_BUT_EPSV_ALL: &[Fact] = &[TLS, LOGGED_OUT, NO_DATA, NO_PBSZ];
const STARTED: &[Fact] = &[RUNNING, Fact::PassiveUsedUp];
const SERVED: &[Fact] = &[Fact::PassiveUsedUp];
const ABORTED: &[Fact] = &[IDLE, Fact::PassiveUsedUp];
const REFUSED: &[Fact] = &[];

// What else the RFCs allow, where several rows share it. A transfer may complete without a preliminary reply (RFC 959
// §6), or wait for an ACCT (§4.1.1).
const TRANSFER: &[Outcome] = &[
    to(&[125], STARTED),
    to(&[150], STARTED),
    to(&[226], SERVED),
    to(&[250], SERVED),
    to(&[332], &[]),
    to(&[332], SERVED),
];
const HELPFUL: &[Outcome] = &[to(&[211], &[])];
const SECURED_TOO: &[Outcome] = &[to(&[234], SECURED), to(&[234], SECURED_BUT_EPSV_ALL)];
/// An ACCT that the site has no use for: no RFC says that it needs a login, and it gives none.
const SUPERFLUOUS: &[Outcome] = &[to(&[202], &[]), to(&[230], &[])];
const FINE: &[Outcome] = &[to(&[200], &[])];
const NOTHING_ELSE: &[Outcome] = &[];

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    // kind, name, on, when, strict, also, source

    // Syntax comes before sequence.
    row(SYNTAX, "wrong number of arguments", any(ILL_FORMED), &[], to(&[501], REFUSED), NOTHING_ELSE, rfc(959, "4.2.1")),
    row(SYNTAX, "verb not implemented", one(NotImplemented), &[], to(&[502], REFUSED), &[to(&[500], REFUSED)], rfc(959, "4.2.1")),
    row(SYNTAX, "no such verb", one(Unknown), &[], to(&[500], REFUSED), &[to(&[502], REFUSED)], rfc(959, "4.2.1")),
    row(SYNTAX, "empty line", one(Empty), &[], to(&[500], REFUSED), NOTHING_ELSE, EMPTY_LINE),

    // HELP is answered in every state.
    row(help("help/before-login"), "HELP before login", one(Help), &[Fact::NotLoggedIn], to(&[214], &[]), HELPFUL, rfc(959, "4.1.3")),
    row(help("help/in-state"), "HELP", one(Help), &[LOGGED_IN], to(&[214], &[]), HELPFUL, rfc(959, "4.1.3")),
    row(help("help/arg"), "HELP with a verb", one(HelpVerb), &[], to(&[214], &[]),
        &[to(&[211], &[]), to(&[501], REFUSED)], rfc(959, "4.1.3")),
    row(help("help/unknown-arg"), "HELP with an unknown verb", one(HelpUnknown), &[], to(&[214], &[]),
        &[to(&[211], &[]), to(&[500], REFUSED), to(&[501], REFUSED), to(&[502], REFUSED), to(&[504], REFUSED)], rfc(959, "4.1.3")),

    // Out of order, login or not.
    row(out("seq/pass"), "PASS without USER", any(PASS), &[LOGGED_OUT], to(&[503], REFUSED), NOTHING_ELSE, rfc(959, "5.4")),
    row(out("seq/pass"), "PASS while logged in", any(PASS), &[LOGGED_IN], to(&[503], REFUSED),
        &[to(&[202], &[]), to(&[230], &[]), to(&[232], &[]), to(&[332], &[NEED_ACCT])], rfc(959, "5.4")),
    row(out("seq/pass"), "PASS while ACCT is awaited", any(PASS), &[NEED_ACCT], to(&[503], REFUSED), NOTHING_ELSE, rfc(959, "5.4")),
    row(out("seq/acct"), "ACCT before login", any(ACCT), &[LOGGED_OUT], to(&[503], REFUSED), SUPERFLUOUS, rfc(959, "5.4")),
    row(out("seq/acct"), "ACCT in place of PASS", any(ACCT), &[Fact::AwaitsPass], to(&[503], REFUSED), SUPERFLUOUS, rfc(959, "5.4")),
    row(out("seq/rnto"), "RNTO without RNFR", any(RNTO), &[NOTHING], to(&[503], REFUSED), NOTHING_ELSE, rfc(959, "5.4")),
    row(out("seq/rnto"), "RNTO behind REST", any(RNTO), &[RESTART], to(&[503], REFUSED), NOTHING_ELSE, rfc(959, "5.4")),
    row(out("seq/host"), "HOST while logged in", any(HOST), &[LOGGED_IN], to(&[503], REFUSED), NOTHING_ELSE, rfc(7151, "3")),
    row(out("seq/adat"), "ADAT without AUTH 334", one(Adat), &[], to(&[503], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(out("seq/pbsz"), "PBSZ without AUTH", one(Pbsz), &[CLEAR], to(&[503], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(out("seq/pbsz"), "PBSZ behind CCC", one(Pbsz), &[CLEARED], to(&[503], REFUSED), NOTHING_ELSE, CCC_ENDED_IT),
    row(out("seq/prot"), "PROT without AUTH", any(PROT), &[CLEAR], to(&[503], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(out("seq/prot"), "PROT behind CCC", any(PROT), &[CLEARED], to(&[503], REFUSED), NOTHING_ELSE, CCC_ENDED_IT),
    row(out("seq/prot"), "PROT without PBSZ", any(PROT), &[TLS, NO_PBSZ], to(&[503], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(out("seq/ccc"), "CCC without AUTH", one(Ccc), &[CLEAR], to(&[533], REFUSED), NOTHING_ELSE, rfc(4217, "5")),
    row(out("seq/ccc"), "CCC twice", one(Ccc), &[CLEARED], to(&[533], REFUSED), NOTHING_ELSE, rfc(4217, "5")),
    row(out("seq/protected"), "MIC, CONF, ENC without AUTH", any(PROTECTED), &[CLEAR], to(&[503], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(out("seq/protected"), "MIC, CONF, ENC behind CCC", any(PROTECTED), &[CLEARED], to(&[503], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(out("seq/auth"), "AUTH TLS twice", one(AuthTls), &[TLS], to(&[534], REFUSED), SECURED_TOO, rfc(2228, "3")),
    row(out("seq/auth"), "AUTH TLS behind CCC", one(AuthTls), &[CLEARED], to(&[534], REFUSED), SECURED_TOO, rfc(2228, "3")),
    row(out("seq/auth"), "AUTH KRB within TLS", one(AuthUnknown), &[TLS], to(&[534], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(out("seq/auth"), "AUTH KRB behind CCC", one(AuthUnknown), &[CLEARED], to(&[534], REFUSED), NOTHING_ELSE, rfc(2228, "3")),

    // What needs a login.
    row(NO_LOGIN, "before login", any(NEEDS_LOGIN), &[Fact::NotLoggedIn], to(&[530], REFUSED), NOTHING_ELSE, rfc(959, "5.4")),
    row(NO_LOGIN, "MLSD, MLST before login", any(NEEDS_LOGIN_MLSX), &[Fact::NotLoggedIn], to(&[530], REFUSED), NOTHING_ELSE, rfc(3659, "7.2.1")),
    row(NO_LOGIN, "before login, 530 not listed", any(NEEDS_LOGIN_UNLISTED), &[Fact::NotLoggedIn], to(&[530], REFUSED), NOTHING_ELSE, NOT_LISTED),

    // While a transfer runs. A server may also do at once what does not touch it.
    row(out("seq/auth"), "AUTH TLS while a transfer runs", one(AuthTls), &[RUNNING], to(&[534], REFUSED), SECURED_TOO, rfc(2228, "3")),
    row(out("seq/auth"), "AUTH KRB while a transfer runs", one(AuthUnknown), &[RUNNING], to(&[534], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(out("seq/busy"), "CCC while a transfer runs", one(Ccc), &[RUNNING], to(&[534], REFUSED), &[to(&[200], &[CLEARED, NO_PBSZ])], rfc(4217, "5")),
    row(out("seq/busy"), "PORT, EPRT, LPRT while a transfer runs", any(ACTIVE_SET_UP), &[RUNNING, NO_EPSV_ALL], to(&[503], REFUSED),
        &[to(&[200], &[ACTIVE])], ONE_AT_A_TIME),
    row(out("seq/busy"), "PASV while a transfer runs", one(Pasv), &[RUNNING, NO_EPSV_ALL], to(&[503], REFUSED), &[to(&[227], &[PASSIVE])], ONE_AT_A_TIME),
    row(out("seq/busy"), "LPSV while a transfer runs", one(Lpsv), &[RUNNING, NO_EPSV_ALL], to(&[503], REFUSED), &[to(&[228], &[PASSIVE])], ONE_AT_A_TIME),
    row(out("seq/busy"), "EPSV while a transfer runs", one(Epsv), &[RUNNING], to(&[503], REFUSED), &[to(&[229], &[PASSIVE])], ONE_AT_A_TIME),
    row(out("seq/busy"), "EPSV ALL while a transfer runs", one(EpsvAll), &[RUNNING], to(&[503], REFUSED),
        &[to(&[200], &[EPSV_ALL]), to(&[202], &[EPSV_ALL]), to(&[220], &[EPSV_ALL]), to(&[229], &[EPSV_ALL, PASSIVE])], ONE_AT_A_TIME),
    row(out("seq/busy"), "set-up or transfer while a transfer runs", any(BUSY), &[RUNNING], to(&[503], REFUSED), NOTHING_ELSE, ONE_AT_A_TIME),

    // What needs a step before it.
    row(out("seq/epsv-all"), "set-up behind EPSV ALL", any(NOT_EPSV), &[EPSV_ALL], to(&[503], REFUSED), &[to(&[502], REFUSED)], FORBIDDEN),
    row(out("seq/transfer"), "transfer without a set-up", any(TRANSFERS), &[NO_DATA], to(&[503], REFUSED),
        &[to(&[125], &[RUNNING]), to(&[150], &[RUNNING]), to(&[332], &[])], NO_SET_UP),

    // Login.
    row(IN_ORDER, "USER", one(UserPassword), &[], to(&[331], &[NEED_PASS]),
        &[to(&[230], &[LOGGED_IN]), to(&[232], &[LOGGED_IN]), to(&[332], &[NEED_ACCT]), to(&[336], &[NEED_PASS])], rfc(959, "5.4")),
    row(IN_ORDER, "USER who needs an account", one(UserAccount), &[], to(&[331], &[NEED_PASS_AND_ACCT]),
        &[to(&[230], &[LOGGED_IN]), to(&[232], &[LOGGED_IN]), to(&[332], &[NEED_ACCT]), to(&[336], &[NEED_PASS_AND_ACCT])], rfc(959, "5.4")),
    row(IN_ORDER, "USER who needs no password", one(UserOpen), &[], to(&[230], &[LOGGED_IN]),
        &[to(&[331], &[NEED_PASS]), to(&[232], &[LOGGED_IN]), to(&[332], &[NEED_ACCT]), to(&[336], &[NEED_PASS])], rfc(959, "5.4")),
    row(IN_ORDER, "PASS", one(PassRight), &[NEED_PASS], to(&[230], &[LOGGED_IN]),
        &[to(&[202], &[LOGGED_IN]), to(&[232], &[LOGGED_IN]), to(&[332], &[NEED_ACCT])], rfc(959, "4.1.1")),
    row(IN_ORDER, "PASS of a user who needs an account", one(PassRight), &[NEED_PASS_AND_ACCT], to(&[332], &[NEED_ACCT]),
        &[to(&[202], &[LOGGED_IN]), to(&[230], &[LOGGED_IN]), to(&[232], &[LOGGED_IN])], rfc(959, "4.1.1")),
    row(IN_ORDER, "wrong PASS", one(PassWrong), &[Fact::AwaitsPass], to(&[530], &[LOGGED_OUT]),
        &[to(&[202], &[LOGGED_IN]), to(&[230], &[LOGGED_IN]), to(&[232], &[LOGGED_IN]), to(&[332], &[NEED_ACCT])], rfc(959, "5.4")),
    row(IN_ORDER, "ACCT", one(AcctRight), &[NEED_ACCT], to(&[230], &[LOGGED_IN]),
        &[to(&[202], &[LOGGED_IN]), to(&[530], &[LOGGED_OUT])], rfc(959, "4.1.1")),
    row(IN_ORDER, "wrong ACCT", one(AcctWrong), &[NEED_ACCT], to(&[530], &[LOGGED_OUT]),
        &[to(&[202], &[LOGGED_IN]), to(&[230], &[LOGGED_IN])], rfc(959, "5.4")),
    row(IN_ORDER, "ACCT while logged in", any(ACCT), &[LOGGED_IN], to(&[202], &[]),
        &[to(&[230], &[]), to(&[503], REFUSED)], rfc(959, "5.4")),
    row(IN_ORDER, "HOST", one(Host), &[], to(&[220], &[NAMED, LOGGED_OUT]), &[to(&[220], &[NAMED])], rfc(7151, "3.2")),
    row(IN_ORDER, "HOST unknown", one(HostUnknown), &[], to(&[504], REFUSED),
        &[to(&[220], &[NAMED, LOGGED_OUT]), to(&[220], &[NAMED])], rfc(7151, "3.2")),
    row(IN_ORDER, "REIN while a transfer runs", one(Rein), &[RUNNING], to(&[], &[REIN_WAITS]), REIN_AT_ONCE, rfc(959, "4.1.1")),
    row(IN_ORDER, "REIN", one(Rein), &[], to(&[220], FRESH), &[to(&[220], FRESH_BUT_EPSV_ALL)], rfc(959, "5.4")),
    row(IN_ORDER, "QUIT while a transfer runs", one(Quit), &[RUNNING], to(&[], &[QUIT_WAITS]), QUIT_AT_ONCE, rfc(959, "4.1.1")),
    row(IN_ORDER, "QUIT", one(Quit), &[], to(&[221], &[Fact::Closed]), NOTHING_ELSE, rfc(959, "5.4")),

    // Security.
    row(IN_ORDER, "AUTH TLS", one(AuthTls), &[], to(&[234], SECURED), &[to(&[234], SECURED_BUT_EPSV_ALL)], rfc(4217, "4.2")),
    row(IN_ORDER, "AUTH KRB", one(AuthUnknown), &[], to(&[504], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(IN_ORDER, "PBSZ", one(Pbsz), &[], to(&[200], &[PBSZ]), NOTHING_ELSE, rfc(2228, "3")),
    row(IN_ORDER, "PROT", any(PROT_KNOWN), &[], to(&[200], &[]), NOTHING_ELSE, rfc(4217, "9")),
    row(IN_ORDER, "PROT not supported", one(ProtUnsupported), &[], to(&[536], REFUSED), FINE, rfc(2228, "3")),
    row(IN_ORDER, "PROT unknown", one(ProtUnknown), &[], to(&[504], REFUSED), NOTHING_ELSE, rfc(2228, "3")),
    row(IN_ORDER, "CCC", one(Ccc), &[], to(&[200], &[CLEARED, NO_PBSZ]), NOTHING_ELSE, rfc(2228, "3")),
    row(IN_ORDER, "MIC, CONF, ENC within TLS", any(PROTECTED), &[], to(&[537], REFUSED), &[to(&[503], REFUSED)], rfc(2228, "3")),

    // Set-up.
    row(IN_ORDER, "PORT", one(Port), &[], to(&[200], &[ACTIVE]), NOTHING_ELSE, rfc(959, "5.4")),
    row(IN_ORDER, "EPRT", one(Eprt), &[], to(&[200], &[ACTIVE]), NOTHING_ELSE, rfc(2428, "2")),
    row(IN_ORDER, "LPRT", one(Lprt), &[], to(&[200], &[ACTIVE]), NOTHING_ELSE, rfc(1639, "4")),
    row(IN_ORDER, "EPRT not supported", one(EprtUnsupported), &[], to(&[522], REFUSED), &[to(&[200], &[ACTIVE])], rfc(2428, "2")),
    row(IN_ORDER, "PASV", one(Pasv), &[], to(&[227], &[PASSIVE]), NOTHING_ELSE, rfc(959, "5.4")),
    row(IN_ORDER, "LPSV", one(Lpsv), &[], to(&[228], &[PASSIVE]), NOTHING_ELSE, rfc(1639, "4")),
    row(IN_ORDER, "EPSV", one(Epsv), &[], to(&[229], &[PASSIVE]), NOTHING_ELSE, rfc(2428, "3")),
    row(IN_ORDER, "EPSV not supported", one(EpsvUnsupported), &[], to(&[522], REFUSED), &[to(&[229], &[PASSIVE])], rfc(2428, "3")),
    row(IN_ORDER, "EPSV ALL", one(EpsvAll), &[], to(&[200], &[EPSV_ALL, NO_DATA]),
        &[to(&[200], &[EPSV_ALL]), to(&[202], &[EPSV_ALL, NO_DATA]), to(&[202], &[EPSV_ALL]), to(&[220], &[EPSV_ALL, NO_DATA]),
          to(&[220], &[EPSV_ALL]), to(&[229], &[EPSV_ALL, PASSIVE])], NO_FIXED_CODE),

    // Transfers: the completion reply comes with the event that ends the data.
    row(IN_ORDER, "transfer", any(STARTS), &[], to(&[150], STARTED), TRANSFER, rfc(959, "5.4")),
    row(IN_ORDER, "RETR of a missing file", one(RetrMissing), &[], to(&[550], REFUSED), TRANSFER_REFUSED, rfc(959, "5.4")),
    row(IN_ORDER, "MLSD", one(Mlsd), &[], to(&[150], STARTED), MLSD, rfc(3659, "7.2")),
    row(IN_ORDER, "MLSD of no directory", one(MlsdFile), &[], to(&[501], REFUSED), MLSD_REFUSED, rfc(3659, "7.2.1")),
    row(IN_ORDER, "ABOR while a transfer runs", one(Abor), &[RUNNING], to(&[426, 226], ABORTED), ABOR_ENDS, rfc(959, "4.1.3")),
    row(IN_ORDER, "ABOR", one(Abor), &[], to(&[226], SERVED), &[to(&[225], SERVED), to(&[225], &[]), to(&[226], &[])], rfc(959, "4.1.3")),

    // Files.
    row(IN_ORDER, "RNFR", one(Rnfr), &[], to(&[350], &[RENAME]), NOTHING_ELSE, rfc(959, "5.4")),
    row(IN_ORDER, "RNFR of a missing file", one(RnfrMissing), &[], to(&[550], REFUSED), &[to(&[350], &[RENAME])], rfc(959, "5.4")),
    row(IN_ORDER, "RNTO", one(Rnto), &[RENAME], to(&[250], &[]), NOTHING_ELSE, rfc(959, "5.4")),
    row(IN_ORDER, "RNTO to an impossible name", one(RntoImpossible), &[RENAME], to(&[553], REFUSED), &[to(&[250], &[])], rfc(959, "5.4")),
    row(IN_ORDER, "REST", one(Rest), &[], to(&[350], &[RESTART]), NOTHING_ELSE, rfc(3659, "5.3")),
    row(IN_ORDER, "CWD, RMD, DELE", any(CHANGES), &[], to(&[250], &[]), NOTHING_ELSE, rfc(959, "5.4")),
    row(IN_ORDER, "CWD, RMD, DELE of what is missing", any(CHANGES_MISSING), &[], to(&[550], REFUSED), &[to(&[250], &[])], rfc(959, "5.4")),
    row(IN_ORDER, "CDUP", any(CDUP), &[], to(&[200], &[]), &[to(&[250], &[])], rfc(959, "5.4")),
    row(IN_ORDER, "PWD, MKD", any(NAMES), &[], to(&[257], &[]), NOTHING_ELSE, rfc(959, "5.4")),
    row(IN_ORDER, "MKD of what is there", one(MkdExists), &[], to(&[550], REFUSED), &[to(&[257], &[])], rfc(959, "5.4")),
    row(IN_ORDER, "SIZE", one(Size), &[], to(&[213], &[]), NOTHING_ELSE, rfc(3659, "4.1")),
    row(IN_ORDER, "SIZE of a missing file", one(SizeMissing), &[], to(&[550], REFUSED), &[to(&[213], &[])], rfc(3659, "4.2")),
    row(IN_ORDER, "MDTM", one(Mdtm), &[], to(&[213], &[]), NOTHING_ELSE, rfc(3659, "3.1")),
    row(IN_ORDER, "MDTM of a missing file", one(MdtmMissing), &[], to(&[550], REFUSED), &[to(&[213], &[])], rfc(3659, "3.2")),
    row(IN_ORDER, "MLST", one(Mlst), &[], to(&[250], &[]), &[to(&[503], REFUSED)], rfc(3659, "7.2")),
    row(IN_ORDER, "MLST of a missing file", one(MlstMissing), &[], to(&[550], REFUSED), &[to(&[250], &[]), to(&[503], REFUSED)], rfc(3659, "7.2.1")),
    row(IN_ORDER, "STAT of a file while a transfer runs", one(StatPath), &[RUNNING], to(&[211], &[]),
        &[to(&[212], &[]), to(&[213], &[])], rfc(959, "4.1.3")),
    row(IN_ORDER, "STAT of a file", one(StatPath), &[], to(&[213], &[]), &[to(&[211], &[]), to(&[212], &[])], rfc(959, "5.4")),

    // Parameters and information.
    row(IN_ORDER, "TYPE, MODE, STRU", any(PARAMETERS), &[], to(&[200], &[]), NOTHING_ELSE, rfc(959, "5.4")),
    row(IN_ORDER, "TYPE, MODE, STRU not supported", any(PARAMETERS_UNSUPPORTED), &[], to(&[504], REFUSED), FINE, rfc(959, "5.4")),
    row(IN_ORDER, "ALLO", one(Allo), &[], to(&[202], &[]), FINE, rfc(959, "5.4")),
    row(IN_ORDER, "SMNT", one(Smnt), &[], to(&[202], &[]), &[to(&[250], &[])], rfc(959, "5.4")),
    row(IN_ORDER, "SITE", one(Site), &[], to(&[202], &[]), &[to(&[200], &[]), to(&[211], &[]), to(&[214], &[])], rfc(959, "5.4")),
    row(IN_ORDER, "STAT", one(Stat), &[], to(&[211], &[]), &[to(&[212], &[]), to(&[213], &[])], rfc(959, "5.4")),
    row(IN_ORDER, "SYST", one(Syst), &[], to(&[215], &[]), NOTHING_ELSE, rfc(959, "5.4")),
    // RFC 959 §4.1.3: NOOP does not affect previously entered commands, so it may leave what other lines take.
    row(IN_ORDER, "NOOP", one(Noop), &[], to(&[200], &[]), &[to(&[200], &[Fact::TakenStays])], rfc(959, "5.4")),
    row(IN_ORDER, "FEAT", one(Feat), &[], to(&[211], &[]), NOTHING_ELSE, rfc(2389, "3.2")),
    row(IN_ORDER, "OPTS", one(Opts), &[], to(&[200], &[]), NOTHING_ELSE, rfc(2389, "4")),
    row(IN_ORDER, "OPTS unknown", one(OptsUnknown), &[], to(&[501], REFUSED), FINE, rfc(2389, "4")),
    row(IN_ORDER, "LANG", one(Lang), &[], to(&[200], &[]), NOTHING_ELSE, rfc(2640, "4.2")),
    row(IN_ORDER, "LANG unknown", one(LangUnknown), &[], to(&[504], REFUSED), FINE, rfc(2640, "4.2")),

    // The end of a transfer. A transfer may fail for reasons that the client does not see; one without a data
    // connection cannot succeed.
    row(EVENT, "data done", one(DataDone), &[READING], to(&[226], &[IDLE]), ENDS, rfc(959, "5.4")),
    row(EVENT, "data refused", one(DataRefused), &[READING], to(&[425], &[IDLE]), FAILS, rfc(959, "4.2.1")),
    row(EVENT, "data broken", one(DataBroken), &[READING], to(&[426], &[IDLE]), ENDS, rfc(959, "4.2.1")),
    row(EVENT, "data failed", one(DataFailed), &[READING], to(&[451], &[IDLE]), FAILS, rfc(959, "4.2.1")),
    row(EVENT, "data done, then QUIT", one(DataDone), &[QUIT_WAITS], to(&[226, 221], &[Fact::Closed]), ENDS_QUIT, rfc(959, "4.1.1")),
    row(EVENT, "data refused, then QUIT", one(DataRefused), &[QUIT_WAITS], to(&[425, 221], &[Fact::Closed]), FAILS_QUIT, rfc(959, "4.1.1")),
    row(EVENT, "data broken, then QUIT", one(DataBroken), &[QUIT_WAITS], to(&[426, 221], &[Fact::Closed]), ENDS_QUIT, rfc(959, "4.1.1")),
    row(EVENT, "data failed, then QUIT", one(DataFailed), &[QUIT_WAITS], to(&[451, 221], &[Fact::Closed]), FAILS_QUIT, rfc(959, "4.1.1")),
    row(EVENT, "data done, then REIN", one(DataDone), &[REIN_WAITS], to(&[226, 220], FRESH), ENDS_REIN, rfc(959, "4.1.1")),
    row(EVENT, "data refused, then REIN", one(DataRefused), &[REIN_WAITS], to(&[425, 220], FRESH), FAILS_REIN, rfc(959, "4.1.1")),
    row(EVENT, "data broken, then REIN", one(DataBroken), &[REIN_WAITS], to(&[426, 220], FRESH), ENDS_REIN, rfc(959, "4.1.1")),
    row(EVENT, "data failed, then REIN", one(DataFailed), &[REIN_WAITS], to(&[451, 220], FRESH), FAILS_REIN, rfc(959, "4.1.1")),
];

// A transfer that is refused before its preliminary reply may use up a passive set-up; the strict one does not.
const TRANSFER_REFUSED: &[Outcome] = &joined::<7>(&[TRANSFER, &[to(&[550], SERVED)]]);
const MLSD: &[Outcome] = &joined::<7>(&[TRANSFER, &[to(&[503], REFUSED)]]);
const MLSD_REFUSED: &[Outcome] =
    &joined::<8>(&[TRANSFER, &[to(&[501], SERVED), to(&[503], REFUSED)]]);

/// The completion replies of a transfer: two of success, then every failure that RFC 959 §5.4, RFC 2228 §8.2 or
/// RFC 4217 §10.2 lists for a transfer command, and those of RFC 1123 §4.1.3.4 to one behind a REST.
const COMPLETIONS: [Code; 17] = [
    226, 250, 425, 426, 450, 451, 452, 521, 522, 534, 535, 550, 551, 552, 553, 554, 555,
];
const AND_221: &[[Code; 2]; 17] = &followed_by(221);
const AND_220: &[[Code; 2]; 17] = &followed_by(220);
const AND_225: &[[Code; 2]; 17] = &followed_by(225);
const AND_226: &[[Code; 2]; 17] = &followed_by(226);

const ENDS: &[Outcome] = &each(COMPLETIONS.as_chunks::<1>().0, &[IDLE]);
const ENDS_QUIT: &[Outcome] = &each(AND_221, &[Fact::Closed]);
const FRESH_ENDS: &[Outcome] = &each(AND_220, FRESH);
const FRESH_ENDS_BUT_EPSV_ALL: &[Outcome] = &each(AND_220, FRESH_BUT_EPSV_ALL);
const ENDS_REIN: &[Outcome] = &joined::<34>(&[FRESH_ENDS, FRESH_ENDS_BUT_EPSV_ALL]);

const FAILS: &[Outcome] = ENDS.split_at(2).1;
const FAILS_QUIT: &[Outcome] = ENDS_QUIT.split_at(2).1;
const FAILS_REIN: &[Outcome] = &joined::<30>(&[
    FRESH_ENDS.split_at(2).1,
    FRESH_ENDS_BUT_EPSV_ALL.split_at(2).1,
]);

// What QUIT, REIN and ABOR may do to a running transfer, when a server does not wait for its end.
const QUIT_AT_ONCE: &[Outcome] = &joined::<18>(&[&[to(&[221], &[Fact::Closed])], ENDS_QUIT]);
const REIN_AT_ONCE: &[Outcome] = &joined::<36>(&[
    &[
        to(&[220], &[Fact::AsAfterConnect, RUNNING]),
        to(&[220], &[Fact::AsAfterConnect, RUNNING, Fact::EpsvAllStays]),
    ],
    ENDS_REIN,
]);
const ABOR_ENDS: &[Outcome] = &joined::<36>(&[
    &[to(&[225], ABORTED), to(&[226], ABORTED)],
    &each(AND_225, ABORTED),
    &each(AND_226, ABORTED),
]);

const fn followed_by(last: Code) -> [[Code; 2]; COMPLETIONS.len()] {
    let mut pairs = [[0, last]; COMPLETIONS.len()];
    let mut index = 0;
    while index < pairs.len() {
        pairs[index][0] = COMPLETIONS[index];
        index += 1;
    }
    pairs
}

const fn each<const K: usize>(
    replies: &'static [[Code; K]],
    then: &'static [Fact],
) -> [Outcome; COMPLETIONS.len()] {
    let mut outcomes = [to(&[], then); COMPLETIONS.len()];
    let mut index = 0;
    while index < outcomes.len() {
        outcomes[index].replies = &replies[index];
        index += 1;
    }
    outcomes
}

const fn joined<const N: usize>(parts: &[&[Outcome]]) -> [Outcome; N] {
    let mut outcomes = [to(&[], &[]); N];
    let (mut filled, mut part) = (0, 0);
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            outcomes[filled] = parts[part][index];
            (filled, index) = (filled + 1, index + 1);
        }
        part += 1;
    }
    assert!(filled == N, "every outcome has its place");
    outcomes
}
