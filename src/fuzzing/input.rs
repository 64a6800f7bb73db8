//! What a fuzzer or a property test sends: inputs of the alphabet, their verbs with any argument, and raw lines.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use arbitrary::{Arbitrary, Unstructured};
use ftproof_core::LINE_BYTES_MAX;
use ftproof_model::{Entry, Input, Transcript};

use crate::embedded::embedded_names;
use crate::target::Names;

/// How many inputs one run of the fuzz target takes. No state is more than some ten inputs away from connect.
pub const INPUTS_MAX: usize = 128;

const IAC: u8 = 255;
const TELNET_NOP: u8 = 241;

/// One step of a random session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyInput {
    /// An input of the model's alphabet, in a spelling that means the same.
    Known {
        /// The input.
        input: Input,
        /// How its verb is sent.
        spelling: Spelling,
    },
    /// The verb of an input with another argument. What it leads to is open: any reply that the RFCs allow will do.
    Argued {
        /// The input whose verb it is.
        input: Input,
        /// The argument. Of its bytes CR, LF and `{` are left out, and a byte 255 is doubled.
        argument: Cow<'static, [u8]>,
    },
    /// A whole line, treated like an argument.
    Raw(Cow<'static, [u8]>),
    /// What follows is sent in the other of two sessions.
    Switch,
    /// The line that follows is sent in one segment with the line before.
    Join,
}

/// How a verb is sent: it counts in any case (RFC 959 §5.3), and Telnet sequences in it do not count (RFC 854).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spelling {
    /// In capitals.
    #[default]
    Capitals,
    /// In lower case.
    LowerCase,
    /// The first letter small, the next a capital, and so on.
    MixedCase,
    /// With a Telnet NOP behind the first letter.
    Telnet,
}

impl Spelling {
    const ALL: [Spelling; 4] = [
        Spelling::Capitals,
        Spelling::LowerCase,
        Spelling::MixedCase,
        Spelling::Telnet,
    ];

    /// Every spelling but the usual one.
    pub const OTHERS: &'static [Spelling] =
        &[Spelling::LowerCase, Spelling::MixedCase, Spelling::Telnet];

    /// `line`, which begins with a verb of `length` letters, in this spelling.
    fn spell(self, line: &[u8], length: usize) -> Vec<u8> {
        let mut spelled = line.to_vec();
        match self {
            Spelling::Capitals => {}
            Spelling::LowerCase => spelled[..length].make_ascii_lowercase(),
            Spelling::MixedCase => {
                let letters = spelled[..length].iter_mut().step_by(2);
                letters.for_each(|letter| letter.make_ascii_lowercase());
            }
            Spelling::Telnet => {
                let at = length.min(1);
                spelled.splice(at..at, [IAC, TELNET_NOP]);
            }
        }
        spelled
    }
}

/// The steps of a random session. As `Debug` it is a transcript.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Inputs(pub Vec<AnyInput>);

/// An input's line on the wire in each spelling; empty for an event.
type Wire = [Vec<u8>; Spelling::ALL.len()];

/// The wire form of each input, by its number.
fn wires() -> &'static [Wire] {
    static WIRES: OnceLock<Vec<Wire>> = OnceLock::new();
    let wire = |input: &Input| {
        let Some(template) = input.line() else {
            return Wire::default();
        };
        let line = embedded_names().fill(template.as_bytes());
        let mut line = line.expect("the embedded target has every name of the alphabet");
        line.extend_from_slice(b"\r\n");
        Spelling::ALL.map(|spelling| spelling.spell(&line, input.verb().len()))
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

/// Verbs that do no harm whatever their argument.
const HARMLESS: &[&str] = &[
    "NOOP", "HELP", "SYST", "FEAT", "OPTS", "LANG", "TYPE", "MODE", "STRU", "ALLO", "PWD", "XPWD",
    "CWD", "XCWD", "CDUP", "REST", "SIZE", "MDTM", "MLST", "ABOR", "PBSZ", "PROT", "ADAT", "EPSV",
    "PASV", "LPSV",
];

impl AnyInput {
    /// An input of the alphabet, as it is usually sent.
    pub fn known(input: Input) -> Self {
        AnyInput::Known {
            input,
            spelling: Spelling::Capitals,
        }
    }

    /// The input that `line`, which has no CRLF, is on the embedded target; a raw line if it is none.
    pub fn of_line(line: &[u8]) -> Self {
        let is_line = |wire: &Wire| wire[0].strip_suffix(b"\r\n") == Some(line);
        match wires().iter().position(is_line) {
            Some(number) => AnyInput::known(Input::ALL[number]),
            None => AnyInput::Raw(Cow::Owned(line.to_vec())),
        }
    }

    /// The input of the alphabet that it is.
    pub fn known_input(&self) -> Option<Input> {
        match self {
            AnyInput::Known { input, .. } => Some(*input),
            AnyInput::Argued { .. } | AnyInput::Raw(_) | AnyInput::Switch | AnyInput::Join => None,
        }
    }

    /// Whether it is not in its usual spelling.
    pub(crate) fn is_spelled(&self) -> bool {
        matches!(self, AnyInput::Known { input, spelling }
            if *spelling != Spelling::Capitals && !input.is_event())
    }

    /// The line as it is sent to a server, without CRLF, if it may be sent there though the rules have no row for it:
    /// only such verbs that touch no file, log nobody in, and open no connection.
    pub(crate) fn noise(&self, names: &Names) -> Option<Vec<u8>> {
        let mut wire = Vec::new();
        match self {
            AnyInput::Known { input, spelling } => {
                let line = names.fill(input.line()?.as_bytes()).ok()?;
                wire = spelling.spell(&line, input.verb().len());
            }
            AnyInput::Argued { .. } | AnyInput::Raw(_) => self.write_to(&mut wire),
            AnyInput::Switch | AnyInput::Join => return None,
        }
        let line = wire.strip_suffix(b"\r\n").unwrap_or(&wire);
        let plain: Vec<u8> = line.iter().copied().filter(u8::is_ascii).collect();
        let verb = plain
            .trim_ascii()
            .split(|byte| !byte.is_ascii_alphabetic())
            .next();
        let verb = verb.unwrap_or_default().to_ascii_uppercase();
        let is_known = verbs()
            .iter()
            .any(|(known, _)| verb.starts_with(known) || known.starts_with(&verb));
        let is_harmless = HARMLESS.iter().any(|harmless| harmless.as_bytes() == verb);
        // A bare LF makes two lines of one at some servers.
        let is_one_line = !line.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        let may_be_sent = is_harmless || !is_known || verb.is_empty();
        (is_one_line && may_be_sent).then(|| line.to_vec())
    }

    /// Whether it is of the alphabet, so that the model knows the one reply to it.
    pub(super) fn is_known(&self) -> bool {
        matches!(self, AnyInput::Known { .. })
    }

    /// Replaces `wire` by the line as it is sent, CRLF included; by nothing for an event.
    pub(super) fn write_to(&self, wire: &mut Vec<u8>) {
        wire.clear();
        match self {
            AnyInput::Known { input, spelling } => {
                wire.extend_from_slice(&wires()[*input as usize][*spelling as usize]);
            }
            AnyInput::Argued { input, argument } => {
                wire.extend_from_slice(input.verb().as_bytes());
                wire.push(b' ');
                write_text(argument, wire);
            }
            AnyInput::Raw(line) => write_text(line, wire),
            AnyInput::Switch | AnyInput::Join => {}
        }
    }

    /// The input that the model takes it for; `wire` is what [`AnyInput::write_to`] wrote. `None`: nothing is sent.
    pub(super) fn input(&self, wire: &[u8]) -> Option<Input> {
        match self {
            AnyInput::Known { input, .. } => Some(*input),
            AnyInput::Argued { .. } | AnyInput::Raw(_) => Some(classify(wire)),
            AnyInput::Switch | AnyInput::Join => None,
        }
    }

    /// This step as a line of a transcript; `in_b`: whether what follows is in the second session.
    pub fn entry(&self, in_b: bool) -> Entry {
        match self {
            AnyInput::Known { input, spelling }
                if *spelling == Spelling::Capitals || input.is_event() =>
            {
                input.entry()
            }
            AnyInput::Switch => Entry::Session(if in_b { "B" } else { "A" }.to_owned()),
            AnyInput::Join => Entry::Comment("in one segment with the line before".to_owned()),
            AnyInput::Known { .. } | AnyInput::Argued { .. } | AnyInput::Raw(_) => {
                let mut wire = Vec::new();
                self.write_to(&mut wire);
                Entry::Send(wire.strip_suffix(b"\r\n").unwrap_or(&wire).to_vec())
            }
        }
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
                spelling: Spelling::Capitals,
            } => seed.push(*input as u8),
            AnyInput::Known { input, spelling } => {
                seed.extend_from_slice(&[SPELLED | (*spelling as u8) << 2, *input as u8]);
            }
            AnyInput::Argued { input, argument } => with_bytes(&[ARGUED, *input as u8], argument),
            AnyInput::Raw(line) => with_bytes(&[RAW], line),
            AnyInput::Switch => seed.push(SWITCH),
            AnyInput::Join => seed.push(JOIN),
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

// A byte below 128 is an input of the alphabet; the two low bits of any other say what it is, and the next ones more.
const SPELLED: u8 = 0b1000_0000;
const ARGUED: u8 = 0b1000_0001;
const SWITCH: u8 = 0b1000_0010;
const JOIN: u8 = 0b1000_0110;
const RAW: u8 = 0b1000_0011;
const _: () = assert!(Input::ALL.len() <= 128);

impl<'a> Arbitrary<'a> for AnyInput {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let numbered = |number: u8| Input::ALL[usize::from(number) % Input::ALL.len()];
        let rest = |bytes: &mut Unstructured<'a>| {
            let length = usize::from(u8::arbitrary(bytes)?).min(bytes.len());
            bytes.bytes(length).map(|text| Cow::Owned(text.to_vec()))
        };
        let choice = u8::arbitrary(bytes)?;
        Ok(match choice & 0b1000_0011 {
            SPELLED => AnyInput::Known {
                input: numbered(u8::arbitrary(bytes)?),
                spelling: Spelling::ALL[usize::from(choice >> 2) % Spelling::ALL.len()],
            },
            ARGUED => AnyInput::Argued {
                input: numbered(u8::arbitrary(bytes)?),
                argument: rest(bytes)?,
            },
            RAW => AnyInput::Raw(rest(bytes)?),
            SWITCH if choice & JOIN == SWITCH => AnyInput::Switch,
            SWITCH => AnyInput::Join,
            _ => AnyInput::known(numbered(choice)),
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

impl Inputs {
    /// What is sent, as a transcript without replies. The lines of a segment are one entry.
    pub fn transcript(&self) -> Transcript {
        let (mut in_b, mut is_joined) = (false, false);
        let mut entries: Vec<Entry> = Vec::with_capacity(self.0.len());
        for any in &self.0 {
            in_b ^= *any == AnyInput::Switch;
            match (entries.last_mut(), any.entry(in_b)) {
                (Some(Entry::Send(segment)), Entry::Send(line)) if is_joined => {
                    segment.extend_from_slice(b"\r\n");
                    segment.extend(line);
                }
                _ if *any == AnyInput::Join => {}
                (_, entry) => entries.push(entry),
            }
            is_joined = *any == AnyInput::Join;
        }
        Transcript { entries }
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\n{}", self.transcript())
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
