//! The mutator of libFuzzer's inputs: every other mutant is the generator's, a sequence that is cut anywhere and goes
//! on along the state graph. All are short: a bug that takes eight inputs is found sooner in many sequences than in
//! long ones.

use std::cell::RefCell;

use arbitrary::{Arbitrary, Unstructured};
use fastrand::Rng;

use super::generator::Generator;
use super::input::Inputs;

/// How many items a mutant has at most, and how many bytes if it is libFuzzer's; the average is about half of it.
const MUTANT_MAX: usize = 32;
/// How many items are added at the most.
const ADDED_MAX: usize = 16;

thread_local! {
    static GENERATOR: RefCell<Generator> = RefCell::new(Generator::new(0));
}

/// Changes the sequence of which `data[..size]` is the seed; gives the size of the new one, at most `size_max` and the
/// length of `data`. `other` is libFuzzer's own mutator, whose turn every second one is.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    size_max: usize,
    seed: u32,
    other: impl FnOnce(&mut [u8], usize, usize) -> usize,
) -> usize {
    let size_max = size_max.min(data.len());
    if seed.is_multiple_of(2) {
        let size_max = size_max.min(MUTANT_MAX);
        other(data, size.min(size_max), size_max)
    } else {
        go_on(data, size.min(size_max), size_max, seed)
    }
}

/// The generator's mutant. What does not fit is left off.
fn go_on(data: &mut [u8], size: usize, size_max: usize, seed: u32) -> usize {
    let read = Inputs::arbitrary_take_rest(Unstructured::new(&data[..size]));
    let Inputs(mut inputs) = read.unwrap_or_default();
    let mut random = Rng::with_seed(u64::from(seed));
    inputs.truncate(random.usize(0..=inputs.len().min(MUTANT_MAX - 1)));
    let length = (inputs.len() + random.usize(1..=ADDED_MAX)).min(MUTANT_MAX);
    GENERATOR.with_borrow_mut(|generator| {
        generator.reseed(random.u64(..));
        generator.start();
        inputs.iter().for_each(|any| generator.follow(any));
        let next = std::iter::from_fn(|| generator.next_input());
        inputs.extend(next.take(length - inputs.len()));
    });
    let mut bytes = Vec::with_capacity(size_max.min(4 * MUTANT_MAX));
    for any in &inputs {
        let before = bytes.len();
        any.write_seed(&mut bytes);
        if bytes.len() > size_max {
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

    /// Stands for libFuzzer: one byte more, or one less.
    fn grow_or_shrink(data: &mut [u8], size: usize, size_max: usize) -> usize {
        if size < size_max && !data[0].is_multiple_of(3) {
            data[size] = data[0].wrapping_add(1);
            size + 1
        } else {
            size - 1
        }
    }

    #[test]
    fn a_mutant_fits_and_is_a_short_sequence() {
        const MUTANTS: u32 = 20_000;
        let mut data = [0; 256];
        let (mut size, mut items) = (1, 0);
        for seed in 0..MUTANTS {
            size = mutate(&mut data, size.max(1), 200, seed, grow_or_shrink);
            assert!(size <= 200);
            let read = Inputs::arbitrary_take_rest(Unstructured::new(&data[..size])).unwrap();
            assert!(read.len() <= MUTANT_MAX);
            items += read.len();
        }
        let average = items / MUTANTS as usize;
        assert!((12..=20).contains(&average), "{average}");
    }

    #[test]
    fn what_has_little_room_is_cut() {
        let mut data = [0; 64];
        for seed in 0..2_000 {
            let size = mutate(&mut data, 7, 10, seed, grow_or_shrink);
            assert!(size <= 10, "{size}");
        }
    }
}
