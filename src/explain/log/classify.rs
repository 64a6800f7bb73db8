//! A line as it was sent, as an input of the model.

use ftproof_model::{Code, Input, verb_named};

use super::dialogue::Command;

/// The input that `command`, answered with `code`, stands for. What the outside decided (was the password right?), the
/// code tells; a verb that the model does not know is one that changes nothing of the order.
pub(super) fn input_of(command: &Command, code: Code) -> Input {
    let verb = command.verb.as_str();
    let argument = command.argument.to_ascii_uppercase();
    match (verb, argument.as_str()) {
        ("", "") => Input::Empty,
        ("USER", _) if matches!(code, 230 | 232) => Input::UserOpen,
        ("USER", _) => Input::UserPassword,
        ("PASS", _) if code >= 400 => Input::PassWrong,
        ("PASS", _) => Input::PassRight,
        ("ACCT", _) if code >= 400 => Input::AcctWrong,
        ("ACCT", _) => Input::AcctRight,
        ("EPSV", "ALL") => Input::EpsvAll,
        ("STAT", path) if !path.is_empty() => Input::StatPath,
        ("HELP", "") => Input::Help,
        ("HELP", topic) if verb_named(topic).is_some() => Input::HelpVerb,
        ("HELP", _) => Input::HelpUnknown,
        ("AUTH", "TLS" | "TLS-C" | "SSL") => Input::AuthTls,
        ("AUTH", _) => Input::AuthUnknown,
        ("HOST", _) if code == 504 => Input::HostUnknown,
        ("PROT", "C") => Input::ProtClear,
        ("PROT", "S" | "E") => Input::ProtUnsupported,
        ("RNTO" | "RNFR" | "RETR" | "STOR" | "APPE" | "CWD", "") if code == 501 => {
            Input::NoArgument
        }
        // The first input of a verb is the one that goes well.
        _ => Input::ALL
            .iter()
            .copied()
            .find(|input| input.verb() == verb && input.line() != Some("RNTO"))
            .filter(|_| verb != "MAIL")
            .unwrap_or(Input::Unknown),
    }
}

/// The input that the completion reply of a transfer stands for.
pub(super) fn end_of(code: Code) -> Input {
    match code {
        425 => Input::DataRefused,
        _ if code < 400 => Input::DataDone,
        _ => Input::DataBroken,
    }
}
