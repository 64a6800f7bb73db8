//! What is wrong about order at one line of a log, whose fault it is, and the shortest way on from there.

use ftproof_model::{Code, Input, Kind, Order, Security, State, requirement};
use serde::Serialize;

use super::cause::Trail;
use super::dialogue::Command;
use super::follow::Seen;
use crate::explain::advice::advice_on;
use crate::explain::rules::{Rules, source};
use crate::explain::sequence::{opens, shortest};
use crate::report::brief;

/// What is wrong at one line.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// The line of the command in the log, from 1; of a capture the number of the packet.
    pub line: usize,
    /// The session, where the log has several.
    pub session: String,
    /// The command as it was sent, without a password.
    pub command: String,
    /// The reply.
    pub reply: String,
    /// Whose fault it is.
    pub fault: Fault,
    /// The rule that decides.
    pub rule: &'static str,
    /// Where the rule comes from.
    pub source: String,
    /// What went wrong, in one sentence.
    pub because: String,
    /// What to do, in one sentence.
    pub remedy: String,
    /// The shortest legal sequence from this very state, as the lines to send.
    pub send: Vec<String>,
}

/// Who is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// The client sent a command out of order.
    Client,
    /// The server refused what is in order, or carried out what is not.
    Server,
}

/// Looks at replies, one by one.
pub(super) struct Finder<'r> {
    rules: &'r Rules,
    session: &'r str,
    pub found: Vec<Finding>,
}

/// What is being looked at.
struct At<'a> {
    trail: &'a Trail<'a>,
    input: Input,
    command: &'a Command,
    code: Code,
    text: &'a str,
}

impl<'r> Finder<'r> {
    pub(super) fn new(rules: &'r Rules, session: &'r str) -> Self {
        Finder {
            rules,
            session,
            found: Vec::new(),
        }
    }

    /// Looks at one reply: its code, its text and its line.
    pub(super) fn look(
        &mut self,
        trail: &Trail<'_>,
        input: Input,
        command: &Command,
        (code, text, _): (Code, &str, usize),
        seen: &Seen,
    ) {
        let at = At {
            trail,
            input,
            command,
            code,
            text,
        };
        let out = seen.out_of_order(&self.rules.machine, input);
        let is_refused = code >= 400 && code != 421 || matches!(code, 331 | 332) && !out.is_empty();
        let speaks_of_order = speaks_of_order(code, text);
        let all_out = out.len() == seen.states.len();
        let finding = if is_refused {
            let is_for_order =
                speaks_of_order || matches!(code, 331 | 332 | 425 | 530 | 533 | 534 | 550);
            match out.first() {
                Some(&state) if is_for_order && (all_out || speaks_of_order) => {
                    Some(self.skipped(&at, state))
                }
                None if speaks_of_order || code == 425 => self.in_order_refused(&at, seen),
                _ => None,
            }
        } else {
            seen.accepted()
                .map(|divergence| self.accepted(&at, divergence, seen))
        };
        self.found.extend(finding);
    }

    /// The client skipped a step.
    fn skipped(&self, at: &At<'_>, state: State) -> Finding {
        let row = self.rules.machine.rule(state, at.input);
        let rule = row.map_or("seq/refused", |row| row.requirement);
        let is_busy = rule == "seq/busy" || rule == "seq/auth" && at.command.early.is_some();
        let because = if is_busy {
            busy(at)
        } else {
            self.why(at, rule, state)
        };
        let refused = self.rules.machine.refused(state, at.input);
        let (remedy, send) = self.way_on(at, rule, refused, is_busy);
        let missing = advice_on(rule).map_or("it was out of order", |advice| advice.because);
        let because = format!(
            "{} was refused because {missing}; {because}",
            at.command.verb
        );
        self.finding(at, Fault::Client, rule, &because, &remedy, send)
    }

    fn why(&self, at: &At<'_>, rule: &str, state: State) -> String {
        let trail = at.trail;
        let why = match rule {
            "seq/transfer" => trail.no_set_up(at.command.line),
            "seq/rnto" => trail.no_rename(at.command.line),
            "seq/pass" if state.login == ftproof_model::Login::In => trail.login(),
            "seq/pass" => trail.no_user(),
            "login/required" => trail.no_login(),
            "seq/pbsz" | "seq/ccc" | "seq/protected" | "seq/adat" => trail.no_protection(),
            "seq/prot" if state.security == Security::Tls => trail.no_buffer_size(),
            "seq/prot" => trail.no_protection(),
            "seq/auth" => trail
                .accepted(|command| command.verb == "AUTH")
                .map_or("protection is in force".to_owned(), |auth| {
                    format!("{auth} was accepted")
                }),
            "seq/epsv-all" => trail
                .accepted(|command| command.verb == "EPSV" && !command.is_set_up())
                .map_or("EPSV ALL binds the session".to_owned(), |all| {
                    format!("{all} (EPSV ALL) binds the session")
                }),
            "seq/host" => trail.login(),
            _ => "no command before it asked for it".to_owned(),
        };
        if trail.is_whole() || !why.starts_with("no ") {
            why
        } else {
            format!("{why} in this log, which begins within the session")
        }
    }

    /// How to go on: a sentence, and the lines to send.
    fn way_on(&self, at: &At<'_>, rule: &str, from: State, is_busy: bool) -> (String, Vec<String>) {
        let general = || general_advice(rule);
        let is_in = from.login == ftproof_model::Login::In;
        let leave_out = matches!(
            rule,
            "seq/host" | "seq/ccc" | "seq/adat" | "seq/acct" | "seq/protected"
        ) || rule == "seq/auth" && !is_busy
            || rule == "seq/pass" && is_in
            || rule == "seq/epsv-all";
        if leave_out {
            return (general(), Vec::new());
        }
        let from = if is_busy {
            // The log shows that a transfer runs; whether its end came meanwhile does not matter.
            State {
                transfer: ftproof_model::Transfer::Running,
                ..from
            }
        } else {
            from
        };
        let Some(mut path) = shortest(&self.rules.machine, from, hoped(at.input)) else {
            return (general(), Vec::new());
        };
        let mut others = opens(&self.rules.machine, from, &path);
        // Who uses EPSV is not told to send PASV.
        let usual = if !at.trail.has_sent("PASV") && at.trail.has_sent("EPSV") {
            Input::Epsv
        } else {
            Input::Pasv
        };
        if others.contains(&usual) && path.first() == Some(&Input::Pasv) {
            path[0] = usual;
            others.retain(|&other| other != usual);
            others.insert(0, usual);
        }
        let lines = path.iter().map(|&input| self.line(at, input)).collect();
        (sentence(at, rule, &path, &others), lines)
    }

    /// A line to send, with the names of the log where it has them.
    fn line(&self, at: &At<'_>, input: Input) -> String {
        if input.is_event() {
            let transfer = at.command.early.as_ref();
            return transfer.map_or("(wait for the 226)".to_owned(), |(verb, line)| {
                format!("(wait for the completion reply of {verb} on line {line})")
            });
        }
        let own = (input == hoped(at.input)).then_some(at.command.argument.as_str());
        let own = own.filter(|_| !matches!(input.verb(), "PASS" | "ACCT"));
        let argument = own.or_else(|| {
            matches!(input.verb(), "USER" | "RNFR")
                .then(|| at.trail.argument(input.verb()))
                .flatten()
        });
        match argument {
            Some("") => input.verb().to_owned(),
            Some(argument) => brief(&format!("{} {argument}", input.verb())),
            None => input.line().unwrap_or_default().to_owned(),
        }
    }

    /// The server refused what is in order, or the client had set up the data connection too early.
    fn in_order_refused(&self, at: &At<'_>, seen: &Seen) -> Option<Finding> {
        let state = *seen.states.first()?;
        let row = self.rules.machine.rule(state, at.input)?;
        if row.order != Order::InOrder {
            return None;
        }
        if at.command.is_transfer()
            && let Some(early) = at.trail.early_set_up()
        {
            let because = format!(
                "{} was refused because no data connection was set up; {early}",
                at.command.verb
            );
            let none = State {
                data: ftproof_model::Data::None,
                ..self.rules.machine.refused(state, at.input)
            };
            let (remedy, send) = self.way_on(at, "seq/transfer", none, false);
            let remedy = format!(
                "wait for the completion reply of a transfer before you set up the next; here, {remedy}"
            );
            return Some(self.finding(at, Fault::Client, "seq/transfer", &because, &remedy, send));
        }
        // A few rows allow 503 though the command is in order (RFC 3659 §5.3, §7.2); others refuse with another code,
        // and say why in their text.
        let is_allowed = at.code == 503 && seen.is_allowed;
        if is_allowed || !speaks_of_order(at.code, at.text) {
            return None;
        }
        let (what, remedy) = self.in_between(at);
        let because = format!(
            "{} was refused with {} for its order, though it is in order here{what}; the server is wrong",
            at.command.verb, at.code
        );
        let from = self.rules.machine.refused(state, at.input);
        let mut send = Vec::new();
        if at.command.is_transfer() {
            let none = State {
                data: ftproof_model::Data::None,
                ..from
            };
            send = self.way_on(at, "seq/transfer", none, false).1;
        }
        Some(self.finding(at, Fault::Server, "seq/refused", &because, &remedy, send))
    }

    /// What prepared the way for a command, and what came in between.
    fn in_between(&self, at: &At<'_>) -> (String, String) {
        let verb = at.command.verb.as_str();
        let (found, did) = match verb {
            _ if at.command.is_transfer() => (at.trail.set_up(), "set up a data connection"),
            "RNTO" => (at.trail.behind("RNFR"), "was accepted"),
            "PASS" => (at.trail.behind("USER"), "asked for it"),
            _ => (None, ""),
        };
        let Some((before, between)) = found else {
            return (
                String::new(),
                "tell the server's author; ftproof check tells more".to_owned(),
            );
        };
        let first = before.split(' ').next().unwrap_or_default().to_owned();
        if between.is_empty() {
            let remedy = format!(
                "send {first} again, then {verb}; if it comes again, tell the server's author"
            );
            return (
                format!(": {before} {did}, and nothing came in between"),
                remedy,
            );
        }
        let noop = between.iter().all(|name| name.starts_with("NOOP "));
        let affects = if noop {
            " affects no command before it (RFC 959 §4.1.3)"
        } else {
            " does not end it"
        };
        let cost = between.join(", ");
        let remedy = format!(
            "send {first} right before {verb}, with nothing in between, until the server's author mends it"
        );
        (
            format!(
                ": {before} {did}, and {cost} in between{affects}, but cost the {first} on this server"
            ),
            remedy,
        )
    }

    /// The server carried out what is out of order.
    fn accepted(
        &self,
        at: &At<'_>,
        divergence: &ftproof_model::Divergence,
        seen: &Seen,
    ) -> Finding {
        let rule = divergence.requirement;
        let state = seen.states.first().copied().unwrap_or_default();
        let missing = advice_on(rule).map_or("it was out of order", |advice| advice.because);
        let why = if rule == "seq/busy" {
            busy(at)
        } else {
            self.why(at, rule, state)
        };
        let end = if divergence.kind == Kind::Adjacency {
            "this server took it all the same, and others do not"
        } else {
            "the server is wrong to carry it out"
        };
        let because = format!(
            "{} was answered {} although {missing}; {why}; {end}",
            at.command.verb, at.code
        );
        let (_, send) = self.way_on(at, rule, self.rules.machine.refused(state, at.input), false);
        let fault = if divergence.kind == Kind::Adjacency {
            Fault::Client
        } else {
            Fault::Server
        };
        let remedy = general_advice(rule);
        self.finding(at, fault, rule, &because, &remedy, send)
    }

    fn finding(
        &self,
        at: &At<'_>,
        fault: Fault,
        rule: &'static str,
        because: &str,
        remedy: &str,
        send: Vec<String>,
    ) -> Finding {
        let command = format!("{} {}", at.command.verb, at.command.argument);
        Finding {
            line: at.command.line,
            session: brief(self.session),
            command: brief(command.trim_end()),
            reply: brief(at.text),
            fault,
            rule,
            source: requirement(rule).map_or(String::new(), |rule| source(rule.source)),
            because: brief_sentence(because),
            remedy: brief_sentence(remedy),
            send,
        }
    }
}

/// The input that was meant: nobody sends a wrong password on purpose.
fn hoped(input: Input) -> Input {
    match input {
        Input::PassWrong => Input::PassRight,
        Input::AcctWrong => Input::AcctRight,
        other => other,
    }
}

/// What is to be done in general, to go on with in a sentence.
fn general_advice(rule: &str) -> String {
    let remedy = advice_on(rule).map_or("", |advice| advice.remedy);
    let mut letters = remedy.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    let rest = letters.as_str().trim_end_matches('.');
    first.into_iter().chain(rest.chars()).collect()
}

/// Verbs come from the log, so a sentence is escaped; it may be longer than what `brief` cuts.
fn brief_sentence(text: &str) -> String {
    crate::report::clean(text)
}

/// Whether a refusal says that the order is wrong.
fn speaks_of_order(code: Code, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let says = |words: &str| text.contains(words);
    code == 503
        || says("bad sequence")
        || says("out of sequence")
        || says("sequence of commands")
        || says("out of order")
        || says("pasv first")
        || says("rnfr first")
        || says("user first")
}

fn busy(at: &At<'_>) -> String {
    at.command.early.as_ref().map_or_else(
        || "its completion reply had not come".to_owned(),
        |(verb, line)| format!("the completion reply to {verb} on line {line} had not come"),
    )
}

/// What to send, as a sentence: `send PASV or EPSV again before RETR`.
fn sentence(at: &At<'_>, rule: &str, path: &[Input], others: &[Input]) -> String {
    let verb = at.command.verb.as_str();
    let [first, between @ .., _] = path else {
        return format!("send {verb} again: it is in order now");
    };
    if first.is_event() {
        let transfer = at.command.early.as_ref();
        let whose = transfer.map_or("the running transfer".to_owned(), |(verb, line)| {
            format!("{verb} on line {line}")
        });
        return format!("wait for the completion reply of {whose}, then send {verb}");
    }
    let is_usual = |input: &&Input| {
        *input == first
            || matches!(input, Input::Pasv | Input::Epsv)
            || input.verb() != "USER" && at.trail.has_sent(input.verb())
    };
    let mut names: Vec<&str> = Vec::new();
    for name in others.iter().filter(is_usual).map(|input| input.verb()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let again = if names.iter().any(|name| at.trail.has_sent(name)) {
        " again"
    } else {
        ""
    };
    let then: String = between
        .iter()
        .map(|input| format!(", then {}", input.verb()))
        .collect();
    let before = if rule == "seq/rnto" || rule == "seq/pass" {
        "right before"
    } else {
        "before"
    };
    format!("send {}{again}{then} {before} {verb}", names.join(" or "))
}
