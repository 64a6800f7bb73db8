//! What the RFCs allow beyond the table: general codes, other codes of the same first digit, and what no RFC forbids.
//!
//! RFC 959 §4.2 and §4.2.1, RFC 1123 §4.1.2.11, RFC 2228 §3, RFC 3659 §5.3, RFC 7151 §3.3.

use crate::order::prelude;
use crate::{
    Code, Data, Input, Login, Machine, Order, Pending, Rule, Security, State, Step, Transfer,
};

/// How far replies that the table does not have are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Latitude {
    /// They are.
    Allowed,
    /// Only if the server implements the verb in no state.
    UnlessImplemented,
}

/// Whether the table's silence on `came`, the replies to `input` in `state`, is made up for by a general rule. Gives each
/// state that may be behind them; none, where nothing is known any more.
pub(crate) fn beyond_the_table(
    machine: &Machine<'_>,
    state: State,
    input: Input,
    rule: &Rule,
    came: &[Code],
    add: &mut dyn FnMut(State),
) -> Option<Latitude> {
    // RFC 959 §4.2.1: 421 may be a reply to any command.
    if came.last() == Some(&421) {
        add(State::CLOSED);
        return Some(Latitude::Allowed);
    }
    if input.is_event() {
        return None;
    }
    // RFC 3659 §5.3: what a misplaced REST leads to is undefined. Whether the line took effect is open, unless it was
    // refused.
    if state.pending == Pending::Restart && !input.is_transfer() {
        if came.first().is_none_or(|&code| refuses(input, code)) {
            refuse(machine, state, input, add);
        }
        return Some(Latitude::Allowed);
    }
    // RFC 3659 §5.3: only RETR and STOR have to complete a restart.
    let has_to_restart = matches!(input, Input::Retr | Input::Stor);
    if state.pending == Pending::Restart
        && !has_to_restart
        && came.first().is_some_and(|&code| refuses(input, code))
    {
        refuse(machine, state, input, add);
        return Some(Latitude::Allowed);
    }
    let Some(&code) = came.first() else {
        // An empty line is no command, so no reply is as good as one.
        return (input == Input::Empty).then(|| {
            refuse(machine, state, input, add);
            Latitude::Allowed
        });
    };
    // RFC 959 §4.2.1: 202 is "superfluous at this site". Nothing took effect.
    if code == 202 && matches!(input.verb(), "PASS" | "ACCT") && rule.order == Order::OutOfOrder {
        refuse(machine, state, input, add);
        return Some(Latitude::Allowed);
    }
    if refuses(input, code) {
        let latitude = if is_general_refusal(&state, input, rule, code) {
            Latitude::Allowed
        } else if matches!(code, 500 | 502) {
            Latitude::UnlessImplemented
        } else {
            return None;
        };
        refuse(machine, state, input, add);
        return Some(latitude);
    }
    if accepts(machine, state, input, rule, came, add) {
        return Some(Latitude::Allowed);
    }
    None
}

/// Whether `code` turns `input` down: 4yz, 5yz, and the request for a login in place of what was asked for.
pub(crate) fn refuses(input: Input, code: Code) -> bool {
    let asks_for_login = matches!(code, 331 | 332 | 336);
    code >= 400 || asks_for_login && !matches!(input.verb(), "USER" | "PASS" | "ACCT")
}

/// The states behind a refusal. A server may close its listening port with the transfer that it refuses.
fn refuse(machine: &Machine<'_>, state: State, input: Input, add: &mut dyn FnMut(State)) {
    let next = machine.refused(state, input);
    add(next);
    if input.is_transfer() && next.data == Data::Passive {
        add(State {
            data: Data::None,
            ..next
        });
    }
}

/// A line that a server need not count as one: a NOOP that it refuses, an empty line. Then what it would have ended
/// stays. And a HOST that it does not know is a line like any other (RFC 7151 §3.3 is about a server that does).
pub(crate) fn as_no_line(state: State, input: Input, came: &[Code], add: &mut dyn FnMut(State)) {
    let is_refused = came.iter().all(|&code| code >= 400 && code != 421);
    if matches!(input, Input::Noop | Input::Empty) && is_refused {
        add(state);
    }
    if input.verb() == "HOST" && matches!(came, [331 | 332 | 336 | 500 | 502 | 530]) {
        add(prelude(&state, input));
    }
}

/// Successes that the table does not have.
fn accepts(
    machine: &Machine<'_>,
    state: State,
    input: Input,
    rule: &Rule,
    came: &[Code],
    add: &mut dyn FnMut(State),
) -> bool {
    let mut allowed = false;
    let mut follow = |from: State, back: &dyn Fn(State) -> State| {
        machine.allowed(from, input, |step| {
            if is_like(&step, came) {
                allowed = true;
                add(back(step.next));
            }
        });
    };
    match rule.order {
        // RFC 2228 §3: the mechanism may want data, or be one that we do not know. What follows is its affair.
        _ if matches!(
            (input, came),
            (Input::AuthTls | Input::AuthUnknown, [334]) | (Input::AuthUnknown, [234])
        ) =>
        {
            allowed = true;
        }
        Order::Syntax => {
            allowed = true;
            add(machine.refused(state, input));
        }
        // No RFC says that these need a login.
        Order::NotLoggedIn if is_free_before_login(input) => {
            let login = machine.refused(state, input).login;
            follow(
                State {
                    login: Login::In,
                    ..state
                },
                &|next| State { login, ..next },
            );
        }
        // What does not touch the running transfer may be done at once (RFC 959 §4.2).
        Order::OutOfOrder if rule.requirement == "seq/busy" && !input.is_transfer() => {
            let idle = State {
                transfer: Transfer::Idle,
                ..state
            };
            follow(idle, &|next| State {
                transfer: Transfer::Running,
                ..next
            });
        }
        Order::InOrder if input.verb() != "HELP" => follow(state, &|next| next),
        Order::InOrder | Order::OutOfOrder | Order::NotLoggedIn | Order::Event => {}
    }
    allowed
}

/// Whether `came` are the replies of `step` but for the last two digits, which a server may choose (RFC 1123 §4.1.2.11).
fn is_like(step: &Step<'_>, came: &[Code]) -> bool {
    let mut pairs = step.replies.iter().zip(came);
    step.replies.len() == came.len() && pairs.all(|(ours, theirs)| ours / 100 == theirs / 100)
}

/// The refusals that RFC 959 §4.2 and RFC 1123 §4.1.2.11 leave open beside a verb's own list.
fn is_general_refusal(state: &State, input: Input, rule: &Rule, code: Code) -> bool {
    let out = state.login != Login::In;
    let verb = input.verb();
    match rule.order {
        // An in-order command may fail for its own reasons, but not for its order.
        // RFC 7151 §4: HOST should precede the security handshake.
        Order::InOrder => {
            verb != "HELP" && (code != 503 || verb == "HOST" && state.security != Security::Clear)
        }
        // Whether it is willing is the server's own affair (RFC 2228 §3).
        Order::OutOfOrder if verb == "AUTH" => code >= 500,
        // RFC 959 §5.2 has a default data port, so it is in order there, and may fail for its own reasons.
        Order::OutOfOrder if rule.requirement == "seq/transfer" => true,
        Order::OutOfOrder | Order::NotLoggedIn => {
            code == 530 && out && !matches!(verb, "USER" | "QUIT" | "HELP")
                || matches!(
                    (code, input),
                    (
                        504,
                        Input::TypeUnsupported
                            | Input::ModeUnsupported
                            | Input::StruUnsupported
                            | Input::AuthUnknown
                            | Input::HostUnknown
                            | Input::LangUnknown
                            | Input::ProtUnknown
                    ) | (
                        501,
                        Input::TypeUnsupported
                            | Input::ModeUnsupported
                            | Input::StruUnsupported
                            | Input::AuthUnknown
                            | Input::HostUnknown
                            | Input::ProtUnknown
                            | Input::EprtUnsupported
                            | Input::EpsvUnsupported
                            | Input::MlsdFile
                    ) | (522, Input::EpsvUnsupported | Input::EprtUnsupported)
                        | (536, Input::ProtUnsupported)
                )
        }
        // What a server makes of a malformed line is not a matter of order.
        Order::Syntax => true,
        Order::Event => false,
    }
}

/// What a server may carry out before login, because no RFC says that it needs one.
pub(crate) fn is_free_before_login(input: Input) -> bool {
    matches!(
        input.verb(),
        "TYPE"
            | "MODE"
            | "STRU"
            | "PORT"
            | "PASV"
            | "EPRT"
            | "EPSV"
            | "LPRT"
            | "LPSV"
            | "ALLO"
            | "REST"
            | "SITE"
    ) || input == Input::Stat
}
