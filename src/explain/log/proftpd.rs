//! proftpd's logs: ExtendedLog (`127.0.0.1 UNKNOWN anna [time] "PASV" 227 -`), where each command stands with its final
//! reply; and the trace of the channels `command` and `response`.

use super::heard::{Heard, What};

/// A line of the ExtendedLog in its default form gives two things: the command, and the code.
pub(super) fn read_extended(line: &str) -> Option<[Heard<'_>; 2]> {
    let (front, rest) = line.split_once("] \"")?;
    let (command, rest) = rest.rsplit_once("\" ")?;
    let session = front.split(' ').next()?;
    let code = rest.split(' ').next()?;
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let heard = |what| Heard { session, what };
    is_code.then(|| {
        [
            heard(What::Sent(command.into())),
            heard(What::Reply(code.into())),
        ]
    })
}

/// A line of the trace. A command stands there once for each module that looks at it.
pub(super) fn read_trace(line: &str) -> Option<Heard<'_>> {
    let (front, rest) = line.split_once("] <")?;
    let (_, session) = front.rsplit_once('[')?;
    let (channel, text) = rest.split_once(">: ")?;
    let what = match channel.split(':').next()? {
        "response" if channel == "response:1" => What::Reply(text.into()),
        "command" => {
            let (phase, command) = text
                .strip_prefix("dispatching ")?
                .split_once(" command '")?;
            let (command, _) = command.rsplit_once("' to ")?;
            if phase != "CMD" && phase != "PRE_CMD" {
                return None;
            }
            What::Sent(command.into())
        }
        _ => return None,
    };
    Some(Heard { session, what })
}
