//! What is required of a server, each requirement under a stable name, with its strength and the RFC's own sentence.

use std::fmt;

use crate::Source::Ours;
use crate::{Source, rfc};

/// How strongly something is required. RFC 959 is older than RFC 2119, so the words are this project's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strength {
    /// The RFC says *must*, *shall* or the like.
    Must,
    /// The RFC says *should*, or that something is usual.
    Should,
    /// The code is, or is not, in the RFC's list of replies to the command.
    List,
    /// This project asks for it where the RFCs leave a server free.
    Ours,
}

use Strength::{List, Must, Should};

impl fmt::Display for Strength {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Must => "must",
            Should => "should",
            List => "list",
            Self::Ours => "ours",
        })
    }
}

/// Something that is required of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Its stable name.
    pub id: &'static str,
    /// What is required, in one plain sentence.
    pub claim: &'static str,
    /// How strongly.
    pub strength: Strength,
    /// Where it comes from.
    pub source: Source,
    /// The sentence of that section, word for word; `None` where no RFC says it.
    pub sentence: Option<&'static str>,
}

/// Every requirement, in the order of a report.
#[rustfmt::skip]
pub const REQUIREMENTS: &[Requirement] = &[
    // Out of order.
    rule("seq/pass", "PASS is refused unless the command just before was a USER answered 331", Must, rfc(959, "4.1.1"),
        "This command must be immediately preceded by the user name command, and, for some sites, completes the user's \
         identification for access control."),
    rule("seq/acct", "ACCT before login is refused unless a 332 waits for it", List, rfc(959, "5.4"), STRICTLY_ADHERED_TO),
    rule("seq/rnto", "RNTO is refused unless the command just before was an RNFR answered 350", Must, rfc(959, "4.1.3"),
        "This command specifies the new pathname of the file specified in the immediately preceding \"rename from\" command."),
    ours("seq/transfer", "A transfer command is refused while no data connection is set up",
        "the default data port of RFC 959 §5.2 is left aside, so a set-up is a step that can be skipped"),
    rule("seq/epsv-all", "Every set-up command but EPSV is refused once EPSV ALL was accepted", Must, rfc(2428, "3"),
        "Upon receipt of an EPSV ALL command, the server MUST reject all data connection setup commands other than EPSV \
         (i.e., EPRT, PORT, PASV, et al.)."),
    rule("seq/host", "HOST is refused with 503 while a user is logged in", Must, rfc(7151, "3"),
        "Server-FTP processes MUST treat a situation in which the HOST command is issued after the user has been \
         authenticated as an erroneous sequence of commands and return a 503 reply."),
    rule("seq/adat", "ADAT is refused unless an AUTH answered 334 waits for it", Should, rfc(2228, "3"),
        "If the server has not yet received an AUTH command, or if a prior security data exchange completed, but the \
         security state has not been reset with an AUTH command, it should respond with reply code 503."),
    rule("seq/pbsz", "PBSZ is refused while no protection is in force", Must, rfc(4217, "9"),
        "Specifically, the PROT command MUST be preceded by a PBSZ command, and a PBSZ command MUST be preceded by a \
         successful security data exchange (the TLS negotiation in this case)."),
    rule("seq/prot", "PROT is refused unless a PBSZ was accepted under the protection in force", Must, rfc(4217, "9"),
        "Specifically, the PROT command MUST be preceded by a PBSZ command, and a PBSZ command MUST be preceded by a \
         successful security data exchange (the TLS negotiation in this case)."),
    rule("seq/protected", "MIC, CONF and ENC are refused while no protection is in force", Should, rfc(2228, "3"),
        "If the server has not completed a security data exchange with the client, it should respond with a 503 reply \
         code."),
    rule("seq/ccc", "CCC is refused with 533 while no protection is in force", Should, rfc(4217, "5"),
        "Otherwise, if the control connection is not protected with TLS, then a 533 reply should be sent."),
    rule("seq/auth", "AUTH is refused with 534 once it was accepted, and while a transfer runs", Should, rfc(2228, "3"),
        "If the server is not willing to accept the named security mechanism, it should respond with reply code 534."),
    rule("seq/auth-reset", "AUTH answered 234 ends what USER and PASS have reached", Must, rfc(4217, "4.2"),
        "[RFC-2228] states that the user must reauthorize (that is, reissue some or all of the USER, PASS, and ACCT \
         commands) following an AUTH command."),
    ours("seq/busy", "A set-up or transfer command is refused, or waits, while a transfer runs",
        "RFC 959 §4.2 has a server queue what it cannot do yet; 503 says so at once"),

    // In order.
    rule("seq/refused", "A command that is in order is not refused for its order", List, rfc(959, "5.4"), STRICTLY_ADHERED_TO),

    // HELP.
    cited("help/always", "HELP is implemented", Must, rfc(1123, "4.1.2.13")),
    rule("help/before-login", "HELP is answered before login", Should, rfc(959, "4.1.3"),
        "It is suggested that HELP be allowed before entering a USER command."),
    rule("help/in-state", "HELP is answered in every state", Must, rfc(959, "4.1.3"),
        "This command shall cause the server to send helpful information regarding its implementation status over the \
         control connection to the user."),
    rule("help/arg", "HELP with a verb is answered 214 or 211", List, rfc(959, "4.1.3"), "The reply is type 211 or 214."),
    rule("help/unknown-arg", "HELP with an unknown verb gets a listed reply", List, rfc(959, "5.4"), STRICTLY_ADHERED_TO),

    // Login.
    rule("login/required", "What touches files needs a login", Must, rfc(959, "4.1.1"),
        "The user identification is that which is required by the server for access to its file system."),
    rule("login/flush", "USER answered 331 ends the old login", Must, rfc(959, "4.1.1"),
        "This has the effect of flushing any user, password, and account information already supplied and beginning the \
         login sequence again."),

    // State.
    rule("state/refused-changes-nothing", "A refused command leaves the session as it was", Must, rfc(959, "4.2"),
        "The command was not accepted and the requested action did not take place."),
    rule("state/reset", "After REIN everything is as after connect", Must, rfc(959, "4.1.1"),
        "This is identical to the state in which a user finds himself immediately after the control connection is opened."),
    rule("state/rest", "A REST answered 350 counts for a RETR right behind it, and never for a second transfer", Must, rfc(3659, "5.3"),
        "The REST command must be the last command issued before the data transfer command that is to cause a restarted, \
         rather than a complete, file transfer."),
    ours("tls/inject", "What was sent in clear behind AUTH TLS is thrown away",
        "no FTP RFC says so; carried out, it would count as sent under protection"),

    // Isolation.
    ours("isolation/login", "USER in one session and PASS in another are no login", ONE_CONNECTION),
    ours("isolation/rename", "RNFR in one session does not prepare RNTO in another", ONE_CONNECTION),
    ours("isolation/data", "A data connection of one session neither serves nor disturbs another", ONE_CONNECTION),
    ours("isolation/epsv-all", "EPSV ALL in one session does not bind another", ONE_CONNECTION),

    // Replies.
    rule("reply/one", "Every command gets exactly one final reply, and at most one preliminary", Must, rfc(959, "4.2"),
        "Every command must generate at least one reply, although there may be more than one; in the latter case, the \
         multiple replies must be easily distinguished."),
    rule("reply/format", "A reply is a code, a space or a hyphen, and text", Must, rfc(959, "4.2"),
        "A reply is defined to contain the 3-digit code, followed by Space <SP>, followed by one line of text (where some \
         maximum line length has been specified), and terminated by the Telnet end-of-line code."),
    rule("reply/data", "226 means that the bytes went over", List, rfc(959, "4.2.1"),
        "Requested file action successful (for example, file transfer or file abort)."),
];

const STRICTLY_ADHERED_TO: &str = "These must be strictly adhered to; a server may substitute text in the replies, but \
    the meaning and action implied by the code numbers and by the specific command reply sequence cannot be altered.";
const ONE_CONNECTION: &str = "a session is one control connection";

const fn rule(
    id: &'static str,
    claim: &'static str,
    strength: Strength,
    source: Source,
    sentence: &'static str,
) -> Requirement {
    Requirement {
        id,
        claim,
        strength,
        source,
        sentence: Some(sentence),
    }
}

const fn cited(
    id: &'static str,
    claim: &'static str,
    strength: Strength,
    source: Source,
) -> Requirement {
    Requirement {
        id,
        claim,
        strength,
        source,
        sentence: None,
    }
}

const fn ours(id: &'static str, claim: &'static str, why: &'static str) -> Requirement {
    Requirement {
        id,
        claim,
        strength: Strength::Ours,
        source: Ours(why),
        sentence: None,
    }
}

/// The requirement with this name.
pub fn requirement(id: &str) -> Option<&'static Requirement> {
    REQUIREMENTS.iter().find(|requirement| requirement.id == id)
}
