//! Random sessions of inputs of the alphabet, and of lines that are not of it.

use ftproof::fuzzing::{AnyInput, Inputs, Spelling};
use ftproof::strategies::{self, LeavingOut};
use ftproof_model::Input;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// How many inputs a session without a plan has at most.
const INPUTS_MAX: usize = 60;
/// How many lines may be put into a session that has one.
const NOISE_MAX: usize = 8;

/// What arguments are made of beside any bytes: what means something to some command, and what is at a limit.
const WORDS: &[&str] = &[
    "",
    " ",
    "/",
    "..",
    "/hello.txt",
    "/dir",
    "/missing",
    "ftptest",
    "open",
    "acct",
    "anonymous",
    "secret",
    "billing",
    "0",
    "1",
    "2",
    "6",
    "12",
    "4294967296",
    "18446744073709551616",
    "-1",
    "A",
    "I",
    "L 8",
    "E",
    "S",
    "F",
    "P",
    "C",
    "ALL",
    "TLS",
    "TLS-C",
    "EN",
    "MLST size;",
    "UTF8",
    "ftp.example",
    "[::1]",
    "RNTO",
    "127,0,0,1,8,73",
    "|2|::1|2121|",
    "*",
];

fn argument() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
        2 => vec(any::<u8>(), 0..20),
        1 => (any::<u8>(), 4080_usize..4110).prop_map(|(byte, count)| vec![byte; count]),
    ]
}

/// Every kind of input, with every row of the alphabet.
fn any_input() -> impl Strategy<Value = AnyInput> {
    let verb = || select(Input::ALL).prop_map(Input::verb);
    prop_oneof![
        6 => select(Input::ALL).prop_map(AnyInput::known),
        1 => (select(Input::ALL), select(Spelling::OTHERS))
            .prop_map(|(input, spelling)| AnyInput::Known { input, spelling }),
        2 => (select(Input::ALL), argument())
            .prop_map(|(input, argument)| AnyInput::Argued { input, argument: argument.into() }),
        1 => vec(any::<u8>(), 0..40).prop_map(|line| AnyInput::Raw(line.into())),
        1 => (verb(), argument())
            .prop_map(|(verb, rest)| AnyInput::Raw([verb.as_bytes(), &rest].concat().into())),
        1 => select(&[AnyInput::Switch, AnyInput::Join]),
    ]
}

/// Random sessions: a quarter without a plan, the others those of [`strategies::sessions`] with some lines more.
pub fn sessions() -> impl Strategy<Value = Inputs> {
    let uniform = vec(any_input(), 0..=INPUTS_MAX);
    let noise = vec((any::<Index>(), any_input()), 0..NOISE_MAX);
    let walks = (strategies::sessions(), noise).prop_map(|(inputs, noise)| {
        let mut inputs: Vec<AnyInput> = inputs.into_iter().map(AnyInput::known).collect();
        for (place, any) in noise {
            inputs.insert(place.index(inputs.len() + 1), any);
        }
        inputs
    });
    LeavingOut(prop_oneof![1 => uniform, 3 => walks]).prop_map(Inputs)
}
