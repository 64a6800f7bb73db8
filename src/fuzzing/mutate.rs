//! The generator as a mutator of libFuzzer's inputs: a sequence is cut anywhere and goes on along the state graph.

use std::cell::RefCell;

use arbitrary::{Arbitrary, Unstructured};

use super::generator::Generator;
use super::input::{INPUTS_MAX, Inputs};

/// How many items are added at the most.
const ADDED_MAX: usize = 16;

thread_local! {
    static GENERATOR: RefCell<Generator> = RefCell::new(Generator::new(0));
}

/// Changes the sequence of which `data[..size]` is the seed; gives the size of the new one, at most `size_max` and the
/// length of `data`. What does not fit is left off.
pub fn mutate(data: &mut [u8], size: usize, size_max: usize, seed: u32) -> usize {
    let read = Inputs::arbitrary_take_rest(Unstructured::new(&data[..size.min(data.len())]));
    let Inputs(mut inputs) = read.unwrap_or_default();
    GENERATOR.with_borrow_mut(|generator| {
        generator.reseed(u64::from(seed));
        let length = generator.start();
        inputs.truncate(length % (inputs.len() + 1));
        inputs.iter().for_each(|any| generator.follow(any));
        for _ in 0..length.min(ADDED_MAX) {
            inputs.extend(generator.next_input().filter(|_| inputs.len() < INPUTS_MAX));
        }
    });
    let (mut bytes, room) = (Vec::new(), size_max.min(data.len()));
    for any in &inputs {
        let before = bytes.len();
        any.write_seed(&mut bytes);
        if bytes.len() > room {
            bytes.truncate(before);
            break;
        }
    }
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_fits_and_is_a_sequence() {
        let mut data = [0; 64];
        let mut size = 0;
        let mut longest = 0;
        for seed in 0..2_000 {
            size = mutate(&mut data, size, 48, seed);
            assert!(size <= 48);
            let read = Inputs::arbitrary_take_rest(Unstructured::new(&data[..size])).unwrap();
            longest = longest.max(read.len());
        }
        assert!(longest > 10, "{longest}");
    }
}
