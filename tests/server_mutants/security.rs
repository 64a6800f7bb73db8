//! Faults of protection: AUTH, PBSZ, PROT, CCC and what must not outlive or enter TLS (RFC 2228 §3, RFC 4217).

use ftproof_model::Kind::{Accepted, Dropped, Help, Injected, WrongCode};

use super::fault::{Fault, instead, reply};
use crate::support::loopback::{Control, verb};

/// Out of order, in clear and in TLS.
pub const SECURITY: &[Fault] = &[
    Fault::new(
        "ADAT without AUTH is accepted",
        "ADAT",
        |control, line| accepted(control, line, b"ADAT", "235 Done"),
        &[("seq/adat", Accepted)],
    ),
    Fault::new(
        "PBSZ in clear is accepted",
        "PBSZ",
        |control, line| accepted(control, line, b"PBSZ", "200 PBSZ=0"),
        &[("seq/pbsz", Accepted)],
    ),
    Fault::new(
        "PROT C in clear is accepted",
        "PROT",
        |control, line| match line {
            b"PROT C" => accepted(control, line, b"PROT", "200 Clear"),
            _ => control.line(line),
        },
        &[("seq/prot", Accepted)],
    ),
    Fault::new(
        "PROT needs no PBSZ",
        "AUTH PBSZ PROT",
        |control, line| {
            if verb(line) == b"PROT" && control.is_in_tls() {
                control.line(b"PBSZ 0");
            }
            control.line(line)
        },
        &[("seq/prot", Accepted)],
    ),
    Fault::new(
        "MIC in clear is accepted",
        "MIC",
        |control, line| accepted(control, line, b"MIC", "200 Noted"),
        &[("seq/protected", Accepted)],
    ),
    Fault::new(
        "MIC in clear is refused with 550",
        "MIC",
        |control, line| accepted(control, line, b"MIC", "550 No"),
        &[("seq/protected", WrongCode)],
    ),
    Fault::new(
        "CCC in clear is accepted",
        "CCC",
        |control, line| instead(control.line(line), "533", "200 In clear"),
        &[("seq/ccc", Accepted)],
    ),
    Fault::new(
        "PBSZ behind CCC is accepted",
        "AUTH PBSZ CCC",
        |control, line| {
            let replies = control.line(line);
            control.own.is_set &= line != b"REIN" || !replies.starts_with(b"220");
            control.own.is_set |= line == b"CCC" && replies.starts_with(b"200");
            if line == b"PBSZ 0" && control.own.is_set {
                return instead(replies, "503", "200 PBSZ=0");
            }
            replies
        },
        &[("seq/pbsz", Accepted)],
    ),
    // RFC 2228 §3: what is not wanted is refused with a 5yz; a 4yz invites to try it again.
    Fault::new(
        "a second AUTH is refused with 450",
        "AUTH",
        |control, line| {
            let is_second = control.is_in_tls();
            let replies = control.line(line);
            if line == b"AUTH TLS" && is_second {
                return instead(replies, "534", "450 Later");
            }
            replies
        },
        &[("seq/auth", WrongCode)],
    ),
    Fault::new(
        "a second AUTH closes the connection",
        "AUTH",
        |control, line| {
            if line == b"AUTH TLS" && control.is_in_tls() {
                control.hang_up();
                return Vec::new();
            }
            control.line(line)
        },
        &[("seq/auth", Dropped)],
    ),
    Fault::new(
        "a login outlives AUTH",
        "AUTH",
        |control, line| {
            let was_in = control.is_logged_in();
            let replies = control.line(line);
            if line == b"AUTH TLS" && replies.starts_with(b"234") && was_in {
                control.log_in();
            }
            replies
        },
        &[("seq/auth-reset", Accepted)],
    ),
    Fault::new(
        "USER before AUTH is enough for PASS behind it",
        "AUTH",
        |control, line| {
            let replies = control.line(line);
            if line == b"AUTH TLS"
                && replies.starts_with(b"234")
                && control.before.starts_with(b"USER ")
            {
                control.line(control.before);
            }
            replies
        },
        &[("seq/auth-reset", Accepted)],
    ),
    Fault::new(
        "what was sent in clear behind AUTH is carried out in TLS",
        "AUTH",
        |control, line| {
            control.keep_clear();
            control.line(line)
        },
        &[("tls/inject", Injected)],
    ),
    Fault::new(
        "HELP is refused in TLS",
        "AUTH",
        |control, line| {
            if line == b"HELP" && control.is_in_tls() && control.is_logged_in() {
                control.line(b"NOOP");
                return reply("502 No help here");
            }
            control.line(line)
        },
        &[("help/in-state", Help)],
    ),
];

/// `answer` in place of 503 to this verb.
fn accepted(control: &mut Control<'_>, line: &[u8], of: &[u8], answer: &str) -> Vec<u8> {
    let replies = control.line(line);
    if verb(line) == of {
        instead(replies, "503", answer)
    } else {
        replies
    }
}
