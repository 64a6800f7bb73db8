//! The fuzz loop in process: what the generator makes, one sequence after the other, with every claim judged.

use super::claim::Claim;
use super::generator::Generator;
use super::input::{AnyInput, Inputs};
use super::walk::{Checker, Nonconformance, Subject, check};
use crate::reduce::minimal;

/// What a hunt came to.
#[derive(Debug, Clone)]
pub struct Hunted {
    /// How many lines and events were sent.
    pub commands: u64,
    /// How many sequences they were.
    pub sequences: u64,
    /// What is wrong, with the fewest inputs that show it.
    pub found: Option<(Inputs, Box<Nonconformance>)>,
}

/// Sends what `generator` makes to the sessions that `connect` gives, until a claim does not hold or `commands_max`
/// were sent. What is found is reduced to the inputs that are needed.
pub fn hunt<S: Subject>(
    mut connect: impl FnMut() -> S,
    generator: &mut Generator,
    commands_max: u64,
) -> Hunted {
    let mut checker = Checker::default();
    let mut inputs = Inputs::default();
    let mut hunted = Hunted {
        commands: 0,
        sequences: 0,
        found: None,
    };
    while hunted.commands < commands_max {
        generator.sequence(&mut inputs.0);
        hunted.sequences += 1;
        match checker.check(&mut connect, &inputs, Claim::ALL) {
            Ok(sent) => hunted.commands += sent as u64,
            Err(nonconformance) => {
                hunted.commands += inputs.len() as u64;
                hunted.found = Some(reduced(&mut connect, &inputs, nonconformance));
                break;
            }
        }
    }
    hunted
}

/// Leaves out the ways to the other session and back that are not needed: no single item of them can be.
fn without_detours(
    mut inputs: Vec<AnyInput>,
    mut fails: impl FnMut(&[AnyInput]) -> bool,
) -> Vec<AnyInput> {
    let mut from = 0;
    while let Some(there) = (from..inputs.len()).find(|&place| inputs[place] == AnyInput::Switch) {
        let back = (there + 1..inputs.len()).find(|&place| inputs[place] == AnyInput::Switch);
        let mut candidate = inputs.clone();
        candidate.drain(there..=back.unwrap_or(there));
        if fails(&candidate) {
            inputs = candidate;
        } else {
            from = there + 1;
        }
    }
    inputs
}

fn reduced<S: Subject>(
    connect: &mut impl FnMut() -> S,
    inputs: &Inputs,
    first: Box<Nonconformance>,
) -> (Inputs, Box<Nonconformance>) {
    let mut fails = |inputs: &[AnyInput]| check(&mut *connect, inputs, Claim::ALL).is_err();
    // Most take one session, and one line at a time.
    let is_plain = |any: &&AnyInput| !matches!(any, AnyInput::Switch | AnyInput::Join);
    let plain: Vec<AnyInput> = inputs.iter().filter(is_plain).cloned().collect();
    let few = Inputs(if fails(&plain) {
        minimal(&plain, fails)
    } else {
        let few = minimal(inputs, &mut fails);
        without_detours(few, fails)
    });
    match check(connect, &few, Claim::ALL) {
        Err(nonconformance) => (few, nonconformance),
        Ok(()) => (inputs.clone(), first),
    }
}
