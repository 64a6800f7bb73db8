//! Faults of state: a refused command changes it, something outlives REIN, a REST is lost or kept, bytes are missing.

use ftproof_core::{Action, Placement, TransferOutcome};
use ftproof_model::Kind::{Accepted, SideEffect, WrongData};

use super::fault::{Fault, instead, reply};
use crate::support::loopback::{Control, verb};

/// A refused command leaves the session as it was (RFC 959 §4.2).
pub const REFUSED: &[Fault] = &[
    Fault::new(
        "a CWD that fails logs out",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"CWD" && replies.starts_with(b"550") {
                control.log_out();
            }
            replies
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
    Fault::new(
        "RNFR of a missing file takes the passive port away",
        "",
        |control, line| {
            let replies = control.line(line);
            if verb(line) == b"RNFR" && replies.starts_with(b"550") {
                control.forget_port();
            }
            replies
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
    Fault::new(
        "a line that is no command takes the passive port away",
        "",
        |control, line| {
            let replies = control.line(line);
            if replies.starts_with(b"500") {
                control.forget_port();
            }
            replies
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
    Fault::new(
        "EPSV ALL is refused, and binds all the same",
        "EPSV",
        |control, line| match line {
            b"EPSV ALL" => instead(control.line(line), "200", "501 No such protocol"),
            _ => control.line(line),
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
    Fault::new(
        "RNFR of a missing file is refused, and RNTO works all the same",
        "",
        |control, line| {
            let was_refused = std::mem::take(&mut control.own.is_set);
            let replies = control.line(line);
            control.own.is_set = verb(line) == b"RNFR" && replies.starts_with(b"550");
            if verb(line) == b"RNTO" && was_refused {
                return instead(replies, "503", "250 Renamed");
            }
            replies
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
    // The password was right, so it is the refusal that is wrong of the two, and no bypass of the login.
    Fault::new(
        "PASS without USER is refused, and logs in all the same",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"PASS secret" && replies.starts_with(b"503") {
                control.log_in();
            }
            replies
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
    Fault::new(
        "REIN is refused, and logs out all the same",
        "",
        |control, line| match line {
            b"REIN" => {
                control.log_out();
                reply("502 Not here")
            }
            _ => control.line(line),
        },
        &[("state/refused-changes-nothing", SideEffect)],
    ),
];

/// After REIN everything is as after connect (RFC 959 §4.1.1).
pub const RESET: &[Fault] = &[
    Fault::new(
        "a login outlives REIN",
        "",
        |control, line| {
            let was_in = control.is_logged_in();
            let replies = control.line(line);
            if line == b"REIN" && replies.starts_with(b"220") && was_in {
                control.log_in();
            }
            replies
        },
        &[("state/reset", Accepted)],
    ),
    Fault::new(
        "USER before REIN is enough for PASS behind it",
        "",
        |control, line| {
            let replies = control.line(line);
            if line == b"REIN" && control.before.starts_with(b"USER ") {
                control.line(control.before);
            }
            replies
        },
        &[("state/reset", Accepted)],
    ),
    Fault::new(
        "RNFR before REIN is enough for RNTO behind it",
        "",
        |control, line| {
            let was_prepared = std::mem::take(&mut control.own.is_set);
            let is_prepared = control.would_answer(b"RNTO /nowhere/new", b"553");
            let replies = control.line(line);
            control.own.is_set = line == b"REIN" && is_prepared;
            if verb(line) == b"RNTO" && was_prepared {
                return instead(replies, "503", "250 Renamed");
            }
            replies
        },
        &[("state/reset", Accepted)],
    ),
];

/// What goes over the data connection (RFC 959 §4.2.1, RFC 3659 §5.3).
pub const BYTES: &[Fault] = &[
    Fault::new(
        "a REST is lost",
        "REST",
        |control, line| {
            let replies = control.line(line);
            if let Some(offset) = offset(control) {
                *offset = 0;
            }
            replies
        },
        &[("state/rest", WrongData)],
    ),
    Fault::new(
        "a REST is kept for a second RETR",
        "REST",
        |control, line| {
            let replies = control.line(line);
            let was_restarted = control.own.is_set;
            let Some(offset) = offset(control) else {
                return replies;
            };
            let is_restarted = *offset > 0;
            if was_restarted && !is_restarted {
                *offset = 6;
            }
            control.own.is_set = is_restarted;
            replies
        },
        &[("state/rest", WrongData)],
    ),
    Fault::new(
        "RETR ends with 226 in the middle of the file",
        "",
        |control, line| {
            let replies = control.line(line);
            let outgoing = control
                .transfer()
                .map(|transfer| transfer.clone())
                .filter(|_| verb(line) == b"RETR")
                .and_then(|transfer| transfer.outgoing(&*control.site));
            if let (Some(bytes), Some(transfer)) = (outgoing, control.transfer()) {
                transfer.action = Action::SendText(bytes[..bytes.len() / 2].to_vec());
            }
            replies
        },
        &[("reply/data", WrongData)],
    ),
    Fault::new(
        "RETR ends with 226 and sends nothing",
        "",
        |control, line| {
            let mut replies = control.line(line);
            if verb(line) == b"RETR" && replies.starts_with(b"150") {
                control.drop_effects();
                control.port.0 = None;
                replies.extend(control.end(TransferOutcome::Completed));
            }
            replies
        },
        &[("reply/data", WrongData)],
    ),
    Fault::new(
        "STOR ends with 226 and stores something else",
        "",
        |control, line| {
            let replies = control.line(line);
            if let Some(transfer) = control.transfer()
                && let Action::Store { placement, .. } = &mut transfer.action
            {
                *placement = Placement::At(3);
            }
            replies
        },
        &[("reply/data", WrongData)],
    ),
];

/// Where the RETR that was just answered begins.
fn offset<'a>(control: &'a mut Control<'_>) -> Option<&'a mut u64> {
    match &mut control.transfer()?.action {
        Action::SendFile { offset, .. } => Some(offset),
        Action::SendText(_) | Action::Store { .. } => None,
    }
}
