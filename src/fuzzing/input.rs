//! What a fuzzer or a property test sends: inputs of the alphabet, their verbs with any argument, and raw lines.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use arbitrary::{Arbitrary, Unstructured};
use ftproof_core::LINE_BYTES_MAX;
use ftproof_model::{Entry, Input, Transcript};

use crate::embedded::embedded_names;

/// How many inputs one run of the fuzz target takes. No state is more than some ten inputs away from connect.
pub const INPUTS_MAX: usize = 128;

const IAC: u8 = 255;

/// One step of a random session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyInput {
    /// An input of the model's alphabet; verbs count in any case.
    Known {
        /// The input.
        input: Input,
        /// Whether its verb is sent in lower case.
        lower_case: bool,
    },
    /// The verb of an input with another argument. What it leads to is open: any reply that the RFCs allow will do.
    Argued {
        /// The input whose verb it is.
        input: Input,
        /// The argument. Of its bytes CR, LF and `{` are left out, and a byte 255 is doubled.
        argument: Vec<u8>,
    },
    /// A whole line, treated like an argument.
    Raw(Vec<u8>),
}

/// The steps of a random session. As `Debug` it is a transcript.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Inputs(pub Vec<AnyInput>);

/// An input's line on the wire, in capitals and with its verb in lower case; empty for an event.
struct Wire {
    capitals: Vec<u8>,
    lower_case: Vec<u8>,
}

/// The wire form of each input, by its number.
fn wires() -> &'static [Wire] {
    static WIRES: OnceLock<Vec<Wire>> = OnceLock::new();
    let wire = |input: &Input| {
        let Some(template) = input.line() else {
            return Wire {
                capitals: Vec::new(),
                lower_case: Vec::new(),
            };
        };
        let line = embedded_names().fill(template.as_bytes());
        let mut capitals = line.expect("the embedded target has every name of the alphabet");
        capitals.extend_from_slice(b"\r\n");
        let mut lower_case = capitals.clone();
        lower_case[..input.verb().len()].make_ascii_lowercase();
        Wire {
            capitals,
            lower_case,
        }
    };
    WIRES.get_or_init(|| Input::ALL.iter().map(wire).collect())
}

/// The first input of each verb.
fn verbs() -> &'static [(&'static [u8], Input)] {
    static VERBS: OnceLock<Vec<(&'static [u8], Input)>> = OnceLock::new();
    VERBS.get_or_init(|| {
        let mut verbs: Vec<(&'static [u8], Input)> = Vec::new();
        for input in Input::ALL {
            let verb = input.verb().as_bytes();
            if !verb.is_empty() && verbs.iter().all(|(known, _)| *known != verb) {
                verbs.push((verb, *input));
            }
        }
        verbs
    })
}

impl AnyInput {
    /// The input that `line`, which has no CRLF, is on the embedded target; a raw line if it is none.
    pub fn of_line(line: &[u8]) -> Self {
        let is_line = |wire: &Wire| wire.capitals.strip_suffix(b"\r\n") == Some(line);
        match wires().iter().position(is_line) {
            Some(number) => AnyInput::Known {
                input: Input::ALL[number],
                lower_case: false,
            },
            None => AnyInput::Raw(line.to_vec()),
        }
    }

    /// Whether it is of the alphabet, so that the model knows the one reply to it.
    pub(super) fn is_known(&self) -> bool {
        matches!(self, AnyInput::Known { .. })
    }

    /// Replaces `wire` by the line as it is sent, CRLF included; by nothing for an event.
    pub(super) fn write_to(&self, wire: &mut Vec<u8>) {
        wire.clear();
        match self {
            AnyInput::Known {
                input,
                lower_case: false,
            } => wire.extend_from_slice(&wires()[*input as usize].capitals),
            AnyInput::Known {
                input,
                lower_case: true,
            } => wire.extend_from_slice(&wires()[*input as usize].lower_case),
            AnyInput::Argued { input, argument } => {
                wire.extend_from_slice(input.verb().as_bytes());
                wire.push(b' ');
                write_text(argument, wire);
            }
            AnyInput::Raw(line) => write_text(line, wire),
        }
    }

    /// The input that the model takes it for; `wire` is what [`AnyInput::write_to`] wrote.
    pub(super) fn input(&self, wire: &[u8]) -> Input {
        match self {
            AnyInput::Known { input, .. } => *input,
            AnyInput::Argued { .. } | AnyInput::Raw(_) => classify(wire),
        }
    }

    /// This step as a line of a transcript.
    pub fn entry(&self) -> Entry {
        if let AnyInput::Known {
            input,
            lower_case: false,
        } = self
        {
            return input.entry();
        }
        let mut wire = Vec::new();
        self.write_to(&mut wire);
        let line = wire.strip_suffix(b"\r\n");
        line.map_or_else(
            || self.input(&wire).entry(),
            |line| Entry::Send(line.to_vec()),
        )
    }

    /// Appends the bytes from which [`Arbitrary`] makes this step again. An argument is cut at 255 bytes.
    pub fn write_seed(&self, seed: &mut Vec<u8>) {
        let mut with_bytes = |head: &[u8], bytes: &[u8]| {
            let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
            seed.extend_from_slice(head);
            seed.push(length);
            seed.extend_from_slice(&bytes[..usize::from(length)]);
        };
        match self {
            AnyInput::Known {
                input,
                lower_case: false,
            } => seed.push(*input as u8),
            AnyInput::Known {
                input,
                lower_case: true,
            } => seed.extend_from_slice(&[LOWER_CASE, *input as u8]),
            AnyInput::Argued { input, argument } => with_bytes(&[ARGUED, *input as u8], argument),
            AnyInput::Raw(line) => with_bytes(&[RAW], line),
        }
    }
}

/// Appends a line of any bytes, and CRLF.
fn write_text(text: &[u8], wire: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            // A transcript would fill in `{user}`.
            b'\r' | b'\n' | b'{' => {}
            IAC => wire.extend_from_slice(&[IAC, IAC]),
            byte => wire.push(byte),
        }
    }
    wire.extend_from_slice(b"\r\n");
}

/// The first input with the verb of this line; EPSV ALL is another command than EPSV.
fn classify(wire: &[u8]) -> Input {
    let line = wire.strip_suffix(b"\r\n").unwrap_or(wire);
    if line.is_empty() {
        return Input::Empty;
    }
    if wire.len() > LINE_BYTES_MAX {
        return Input::Unknown;
    }
    let (verb, argument) = line.split_at(
        line.iter()
            .position(|&byte| byte == b' ')
            .unwrap_or(line.len()),
    );
    let of_verb = |(known, _): &&(&[u8], Input)| known.eq_ignore_ascii_case(verb);
    match verbs().iter().find(of_verb) {
        Some((_, Input::Epsv)) if argument.trim_ascii().eq_ignore_ascii_case(b"ALL") => {
            Input::EpsvAll
        }
        Some((_, input)) => *input,
        None => Input::Unknown,
    }
}

// A byte below 128 is an input of the alphabet; the two low bits of any other say what follows.
const LOWER_CASE: u8 = 0b1000_0000;
const ARGUED: u8 = 0b1000_0001;
const RAW: u8 = 0b1000_0011;
const _: () = assert!(Input::ALL.len() <= 128);

impl<'a> Arbitrary<'a> for AnyInput {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let numbered = |number: u8| Input::ALL[usize::from(number) % Input::ALL.len()];
        let rest = |bytes: &mut Unstructured<'a>| {
            let length = usize::from(u8::arbitrary(bytes)?).min(bytes.len());
            bytes.bytes(length).map(<[u8]>::to_vec)
        };
        let choice = u8::arbitrary(bytes)?;
        Ok(match choice & 0b1000_0011 {
            LOWER_CASE => AnyInput::Known {
                input: numbered(u8::arbitrary(bytes)?),
                lower_case: true,
            },
            RAW => AnyInput::Raw(rest(bytes)?),
            kind if kind > LOWER_CASE => AnyInput::Argued {
                input: numbered(u8::arbitrary(bytes)?),
                argument: rest(bytes)?,
            },
            _ => AnyInput::Known {
                input: numbered(choice),
                lower_case: false,
            },
        })
    }
}

impl<'a> Arbitrary<'a> for Inputs {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let mut inputs = Vec::with_capacity(bytes.len().min(INPUTS_MAX));
        while !bytes.is_empty() && inputs.len() < INPUTS_MAX {
            inputs.push(AnyInput::arbitrary(bytes)?);
        }
        Ok(Inputs(inputs))
    }
}

impl Deref for Inputs {
    type Target = [AnyInput];

    fn deref(&self) -> &[AnyInput] {
        &self.0
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.iter().map(AnyInput::entry).collect();
        write!(out, "\n{}", Transcript { entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &[u8]) -> Input {
        classify(&[line, b"\r\n"].concat())
    }

    #[test]
    fn a_line_is_taken_for_the_first_input_of_its_verb() {
        assert_eq!(of(b"rnto a b"), Input::Rnto);
        assert_eq!(of(b"HELP "), Input::Help);
        assert_eq!(of(b"EPSV  all"), Input::EpsvAll);
        assert_eq!(of(b"EPSV ALL x"), Input::Epsv);
        assert_eq!(of(b""), Input::Empty);
        assert_eq!(of(b" NOOP"), Input::Unknown);
        assert_eq!(
            of(&[b"NOOP ".as_slice(), &[b'a'; LINE_BYTES_MAX]].concat()),
            Input::Unknown
        );
    }
}
