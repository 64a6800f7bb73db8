//! What each reply code says, in the words of the RFC that defines it (RFC 959 §4.2.2, RFC 1123
//! §4.1.3.4, RFC 2228 §5.1).

use crate::{Code, Source, rfc};

/// A reply code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyCode {
    /// The code.
    pub code: Code,
    /// What it says, word for word.
    pub text: &'static str,
    /// The section that says so.
    pub source: Source,
    /// What a client does about it, in words of our own.
    pub remedy: &'static str,
}

const fn code(code: Code, text: &'static str, source: Source, remedy: &'static str) -> ReplyCode {
    ReplyCode {
        code,
        text,
        source,
        remedy,
    }
}

const RFC_959: Source = rfc(959, "4.2.2");
const RFC_1123: Source = rfc(1123, "4.1.3.4");
const RFC_2228: Source = rfc(2228, "5.1");

/// Every code of RFC 959 and its extensions, in ascending order.
#[rustfmt::skip]
pub const REPLY_CODES: &[ReplyCode] = &[
    code(110, "Restart marker reply.", RFC_959, "Nothing: the transfer goes on, and this marks a place to restart it from."),
    code(120, "Service ready in nnn minutes.", RFC_959, "Wait for the 220 that follows."),
    code(125, "Data connection already open; transfer starting.", RFC_959, "Wait for the completion reply before you send the next command."),
    code(150, "File status okay; about to open data connection.", RFC_959, "Open the data connection, move the bytes, and wait for the completion reply before you send the next command."),
    code(200, "Command okay.", RFC_959, "Nothing: go on."),
    code(202, "Command not implemented, superfluous at this site.", RFC_959, "Nothing: go on as if it had been carried out."),
    code(211, "System status, or system help reply.", RFC_959, "Nothing: read it."),
    code(212, "Directory status.", RFC_959, "Nothing: read it."),
    code(213, "File status.", RFC_959, "Nothing: read it."),
    code(214, "Help message.", RFC_959, "Nothing: read it. A program need not, since the text is for people."),
    code(215, "NAME system type.", RFC_959, "Nothing: read it."),
    code(220, "Service ready for new user.", RFC_959, "Send USER."),
    code(221, "Service closing control connection.", RFC_959, "Close the connection too; a new session needs a new one."),
    code(225, "Data connection open; no transfer in progress.", RFC_959, "Nothing: there was nothing to abort."),
    code(226, "Closing data connection.", RFC_959, "Nothing: the transfer is complete. Set up a data connection anew for the next one."),
    code(227, "Entering Passive Mode (h1,h2,h3,h4,p1,p2).", RFC_959, "Connect there, and send one transfer command."),
    code(228, "Entering Long Passive Mode", rfc(1639, "4"), "Connect there, and send one transfer command."),
    code(229, "Entering Extended Passive Mode", rfc(2428, "3"), "Connect to that port, and send one transfer command."),
    code(230, "User logged in, proceed.", RFC_959, "Nothing: go on."),
    code(232, "User logged in, authorized by security data exchange.", RFC_2228, "Nothing: go on; no password is wanted."),
    code(234, "Security data exchange complete.", RFC_2228, "Start the TLS handshake; then log in, with USER and PASS anew."),
    code(235, "[ADAT=base64data]", RFC_2228, "Nothing: the security exchange is complete; go on under protection."),
    code(250, "Requested file action okay, completed.", RFC_959, "Nothing: go on."),
    code(257, "\"PATHNAME\" created.", RFC_959, "Nothing: the name is between the quotation marks."),
    code(331, "User name okay, need password.", RFC_959, "Send PASS as the very next command."),
    code(332, "Need account for login.", RFC_959, "Send ACCT."),
    code(334, "[ADAT=base64data]", RFC_2228, "Send ADAT with the data that the mechanism calls for."),
    code(335, "[ADAT=base64data]", RFC_2228, "Send another ADAT."),
    code(336, "Username okay, need password.", RFC_2228, "Send PASS with the answer to the challenge, as the very next command."),
    code(350, "Requested file action pending further information.", RFC_959, "Send the command that completes the sequence as the very next one: RNTO behind RNFR, the transfer behind REST."),
    code(421, "Service not available, closing control connection.", RFC_959, "Connect again later; everything that the session had set up is gone."),
    code(425, "Can't open data connection.", RFC_959, "Set up the data connection again with PASV or EPSV and repeat the transfer. If it comes again, a firewall or an address that cannot be reached is in the way."),
    code(426, "Connection closed; transfer aborted.", RFC_959, "Set up a data connection again and repeat the transfer, from where it stopped with REST if the server has it."),
    code(431, "Need some unavailable resource to process security.", RFC_2228, "Try again later, or without this protection."),
    code(450, "Requested file action not taken.", RFC_959, "Try again later: the file is in use."),
    code(451, "Requested action aborted: local error in processing.", RFC_959, "Try again later; what went wrong is in the server's log."),
    code(452, "Requested action not taken.", RFC_959, "Free some space on the server, or try again later."),
    code(500, "Syntax error, command unrecognized.", RFC_959, "Look at how the command is spelled; the server may not know it: FEAT and HELP say what it knows."),
    code(501, "Syntax error in parameters or arguments.", RFC_959, "Look at the argument: it is missing, superfluous or ill-formed."),
    code(502, "Command not implemented.", RFC_959, "Do without the command, or use another that does the same."),
    code(503, "Bad sequence of commands.", RFC_959, "Send first the step that was skipped, then the command again. The same command alone is refused again."),
    code(504, "Command not implemented for that parameter.", RFC_959, "Use another value of the parameter."),
    code(521, "data connection cannot be opened with this PROT setting", rfc(4217, "10.2"), "Send PROT with the level that the server asks for, set up the data connection again and repeat the transfer."),
    code(522, "Extended Port Failure - unknown network protocol", rfc(2428, "2"), "Use a network protocol that the reply names between the brackets; RFC 4217 §10.2 gives the same code to a data connection whose TLS the server does not accept."),
    code(530, "Not logged in.", RFC_959, "Send USER, and PASS right behind it; to PASS itself: the name or the password is wrong."),
    code(532, "Need account for storing files.", RFC_959, "Send ACCT, then the command again."),
    code(533, "Command protection level denied for policy reasons.", RFC_2228, "Send the command under another protection, or do without it."),
    code(534, "Request denied for policy reasons.", RFC_2228, "Ask for another mechanism or level, or leave it out: it may be in force already."),
    code(535, "Failed security check (hash, sequence, etc).", RFC_2228, "Start the security exchange again with AUTH."),
    code(536, "Requested PROT level not supported by mechanism.", RFC_2228, "Ask for a level that the mechanism has; TLS has C and P."),
    code(537, "Command protection level not supported by security mechanism.", RFC_2228, "Send the command as it is: the mechanism protects the whole connection."),
    code(550, "Requested action not taken.", RFC_959, "Look at the name and at the permissions: the file is not there, or you may not have it."),
    code(551, "Requested action aborted: page type unknown.", RFC_959, "Use file structure: STRU F."),
    code(552, "Requested file action aborted.", RFC_959, "Free some space: the quota is used up."),
    code(553, "Requested action not taken.", RFC_959, "Use another name."),
    code(554, "Requested action not taken: invalid REST parameter.", RFC_1123, "Send REST with a place that the file has, or the transfer without it."),
    code(555, "Requested action not taken: type or stru mismatch.", RFC_1123, "Set TYPE and STRU as they were when the file was stored."),
    code(631, "indicates an integrity protected reply", rfc(2228, "5.2"), "Decode it, verify it, and go by the reply inside."),
    code(632, "indicates a confidentiality and integrity protected reply", rfc(2228, "5.2"), "Decode it, verify it, and go by the reply inside."),
    code(633, "indicates a confidentiality protected reply", rfc(2228, "5.2"), "Decode it, and go by the reply inside."),
];

/// What is known of `code`.
pub fn reply_code(code: Code) -> Option<&'static ReplyCode> {
    REPLY_CODES.iter().find(|known| known.code == code)
}

/// What a digit of a reply code says (RFC 959 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digit {
    /// How the RFC writes it, such as `5yz` or `x0z`.
    pub form: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it says, word for word.
    pub sentence: &'static str,
}

const fn digit(form: &'static str, name: &'static str, sentence: &'static str) -> Digit {
    Digit {
        form,
        name,
        sentence,
    }
}

/// What the first digit says: whether the command succeeded, failed, or is not complete.
#[rustfmt::skip]
pub const FIRST_DIGITS: [Digit; 5] = [
    digit("1yz", "Positive Preliminary reply",
        "The requested action is being initiated; expect another reply before proceeding with a new command."),
    digit("2yz", "Positive Completion reply",
        "The requested action has been successfully completed. A new request may be initiated."),
    digit("3yz", "Positive Intermediate reply",
        "The command has been accepted, but the requested action is being held in abeyance, pending receipt of further \
         information."),
    digit("4yz", "Transient Negative Completion reply",
        "The command was not accepted and the requested action did not take place, but the error condition is temporary \
         and the action may be requested again."),
    digit("5yz", "Permanent Negative Completion reply",
        "The command was not accepted and the requested action did not take place. The User-process is discouraged from \
         repeating the exact request (in the same sequence)."),
];

/// What the first digit says of a reply under protection (RFC 2228 §5.2).
pub const PROTECTED_REPLY: Digit = digit(
    "6yz",
    "Protected reply",
    "A protected reply may only be sent if a security data exchange has succeeded.",
);

/// What the second digit says: what the reply is about.
#[rustfmt::skip]
pub const SECOND_DIGITS: [Digit; 6] = [
    digit("x0z", "Syntax",
        "These replies refer to syntax errors, syntactically correct commands that don't fit any functional category, \
         unimplemented or superfluous commands."),
    digit("x1z", "Information", "These are replies to requests for information, such as status or help."),
    digit("x2z", "Connections", "Replies referring to the control and data connections."),
    digit("x3z", "Authentication and accounting", "Replies for the login process and accounting procedures."),
    digit("x4z", "Unspecified as yet", "Unspecified as yet."),
    digit("x5z", "File system",
        "These replies indicate the status of the Server file system vis-a-vis the requested transfer or other file \
         system action."),
];

/// What the first and the second digit of `code` say, as far as RFC 959 §4.2 and RFC 2228 §5.2 say it.
pub fn digits(code: Code) -> (Option<&'static Digit>, Option<&'static Digit>) {
    let first = (usize::from(code) / 100).checked_sub(1);
    let first = match first {
        Some(5) => Some(&PROTECTED_REPLY),
        first => first.and_then(|first| FIRST_DIGITS.get(first)),
    };
    (first, SECOND_DIGITS.get(usize::from(code) / 10 % 10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{REPLY_LISTS, RULES};

    #[test]
    fn the_codes_ascend_and_every_code_of_the_rules_is_there() {
        assert!(
            REPLY_CODES
                .windows(2)
                .all(|pair| pair[0].code < pair[1].code)
        );
        let in_rules = RULES
            .iter()
            .flat_map(|rule| rule.outcomes())
            .flat_map(|outcome| outcome.replies);
        let in_lists = REPLY_LISTS.iter().flat_map(|list| list.codes);
        for &code in in_rules.chain(in_lists) {
            assert!(reply_code(code).is_some(), "{code}");
        }
    }

    #[test]
    fn digits_are_those_of_the_code() {
        let forms = |code| {
            let (first, second) = digits(code);
            (
                first.map(|digit| digit.form),
                second.map(|digit| digit.form),
            )
        };
        assert_eq!(forms(503), (Some("5yz"), Some("x0z")));
        assert_eq!(forms(226), (Some("2yz"), Some("x2z")));
        assert_eq!(forms(631), (Some("6yz"), Some("x3z")));
        assert_eq!(forms(799), (None, None));
        assert_eq!(forms(99), (None, None));
    }
}
