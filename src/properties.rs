//! What must hold in any session with any server, as functions for an author's own tests: each sends a sequence of
//! inputs on a fresh connection, and says with a transcript where the property does not hold.
//!
//! They are the check's own judgement (the oracle, the walk), so a server that passes a check passes them. Beside
//! [`crate::check()`], which tries every input in every state, they are for sequences that one chooses oneself: those
//! of `strategies` (feature `proptest`), or of a bug that was fixed.
//!
//! ```
//! use ftproof::Input::{Noop, Rnfr, Rnto, UserOpen};
//! use ftproof::embedded::EmbeddedTarget;
//! use ftproof::properties::{Property, holds};
//!
//! let mut server = EmbeddedTarget::default();
//! assert_eq!(holds(&mut server, &[UserOpen, Rnfr, Noop, Rnto], Property::ALL), Ok(()));
//! ```

use ftproof_model::{Divergence, Input, Judgement, Kind, Profile, Security, State, Transcript};

use crate::content::Content;
use crate::target::{Target, Trouble, Wait};
use crate::verdict::expected_codes;
use crate::verify::machine;
use crate::walk::{Setting, Walk, transcript, transcript_to_quit};

/// A property of every session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// What is out of order is refused, and what is refused changes nothing (RFC 959 §5.4).
    OutOfOrderIsRefused,
    /// What is in order is not refused for its order.
    InOrderIsNotRefused,
    /// HELP gets a reply that its rules allow, in every state (RFC 1123 §4.1.2.13).
    HelpIsAnswered,
    /// What needs a login does not work without one.
    LoginIsRequired,
    /// One final reply to each line, in the form of a reply, with a code that the RFCs list (RFC 959 §4.2, §5.4).
    RepliesAreWellFormed,
}

impl Property {
    /// Every property.
    pub const ALL: &'static [Property] = &[
        Property::OutOfOrderIsRefused,
        Property::InOrderIsNotRefused,
        Property::HelpIsAnswered,
        Property::LoginIsRequired,
        Property::RepliesAreWellFormed,
    ];

    /// The property that a divergence breaks.
    fn of(divergence: &Divergence) -> Self {
        match divergence.kind {
            Kind::Help => Property::HelpIsAnswered,
            Kind::LoginBypass => Property::LoginIsRequired,
            Kind::Accepted
            | Kind::SideEffect
            | Kind::Adjacency
            | Kind::Isolation
            | Kind::Injected => Property::OutOfOrderIsRefused,
            Kind::Refused => Property::InOrderIsNotRefused,
            Kind::NotStrict if divergence.requirement.starts_with("help/") => {
                Property::HelpIsAnswered
            }
            Kind::NotStrict => Property::OutOfOrderIsRefused,
            Kind::Gone
            | Kind::OutOfStep
            | Kind::NoReply
            | Kind::Dropped
            | Kind::WrongData
            | Kind::Malformed
            | Kind::WrongCode => Property::RepliesAreWellFormed,
        }
    }
}

/// Sends `inputs` on a fresh session, as far as they are possible, and ends it with QUIT. The server is held to what
/// the RFCs allow; 500 and 502 are taken for "not implemented". An input with a name that stands for nothing on this
/// target is left out, and so is STOU, which would store into whatever directory it is in.
///
/// # Errors
/// Where one of `properties` does not hold: the transcript, and a line to paste. Or why it could not be found out.
pub fn holds(
    target: &mut dyn Target,
    inputs: &[Input],
    properties: &[Property],
) -> Result<(), String> {
    holds_to(target, inputs, properties, Profile::Rfc)
}

/// The same, with what the server is held to.
///
/// # Errors
/// As [`holds`].
pub fn holds_to(
    target: &mut dyn Target,
    inputs: &[Input],
    properties: &[Property],
    profile: Profile,
) -> Result<(), String> {
    match broken(target, inputs, profile) {
        Ok(Some((divergence, transcript))) if properties.contains(&Property::of(&divergence)) => {
            Err(message(&divergence, &transcript, inputs))
        }
        Ok(_) => Ok(()),
        Err(trouble) => Err(format!("it could not be found out: {trouble}")),
    }
}

/// The first divergence, and what shows it.
fn broken(
    target: &mut dyn Target,
    inputs: &[Input],
    profile: Profile,
) -> Result<Option<(Divergence, Transcript)>, Trouble> {
    let machine = machine();
    let security = if target.is_protected() {
        Security::Tls
    } else {
        Security::Clear
    };
    let setting = Setting {
        machine: &machine,
        profile,
        start: State {
            security,
            ..State::default()
        },
        holds_downloads: false,
    };
    let (names, is_fresh) = (target.names().clone(), target.starts_fresh());
    let mut walk = Walk::start(target, &names, setting, Content::default(), Wait::Full)?;
    for &input in inputs {
        let is_possible = walk
            .states()
            .iter()
            .any(|&state| machine.rule(state, input).is_some());
        if walk.is_over() {
            break;
        }
        if !is_possible || input == Input::Stou && !is_fresh {
            continue;
        }
        match walk.step(input) {
            Ok(Judgement::Diverges(divergence)) => {
                let told = transcript(walk.steps(), &expected_codes(&divergence));
                return Ok(Some((divergence, told)));
            }
            Ok(_) | Err(Trouble::NoName(_)) => {}
            // Nothing more can be told of this session, such as when a transfer cannot be ended.
            Err(Trouble::Unsupported(_)) => return Ok(None),
            Err(trouble) => return Err(trouble),
        }
    }
    if walk.is_over() && !walk.is_to_close() {
        return Ok(None);
    }
    // How a session ends cannot always be told, such as behind an ABOR: that proves nothing.
    let ended = walk.finish().ok().flatten();
    Ok(ended.map(|(divergence, note, steps)| {
        let told = transcript_to_quit(&steps, Some(&note));
        (divergence, told)
    }))
}

fn message(divergence: &Divergence, transcript: &Transcript, inputs: &[Input]) -> String {
    let Divergence {
        requirement, kind, ..
    } = divergence;
    format!(
        "{requirement}: {kind}\n\n{transcript}\n\
        to keep it as a test:\n  holds(&mut server, &{inputs:?}, Property::ALL)\n"
    )
}
