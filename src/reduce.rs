//! Delta debugging: the fewest inputs of a sequence that still show the same breach (Zeller and Hildebrandt, 2002).

use ftproof_model::Input;

/// A subsequence of `inputs` that still `fails`, and of which no input can be left out. Each candidate is tried once.
///
/// Costs, for a sequence of n inputs of which k are needed, in the order of k log n to n² tries.
pub fn minimal(inputs: &[Input], mut fails: impl FnMut(&[Input]) -> bool) -> Vec<Input> {
    fewest(inputs, |candidate| is_sound(candidate) && fails(candidate))
}

/// The same for a sequence of anything.
pub(crate) fn fewest<T: Clone>(items: &[T], mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut needed = items.to_vec();
    let mut chunk = needed.len().div_ceil(2).max(1);
    loop {
        let mut start = 0;
        let mut has_shrunk = false;
        while start < needed.len() {
            let end = (start + chunk).min(needed.len());
            let mut candidate = needed[..start].to_vec();
            candidate.extend_from_slice(&needed[end..]);
            if !candidate.is_empty() && fails(&candidate) {
                needed = candidate;
                has_shrunk = true;
            } else {
                start = end;
            }
        }
        if chunk == 1 && !has_shrunk {
            return needed;
        }
        chunk = if has_shrunk {
            chunk.min(needed.len().max(1))
        } else {
            chunk.div_ceil(2)
        };
    }
}

/// Whether a sequence may be sent: STOU stores into the working directory, so the CWD into ours stays before it.
fn is_sound(inputs: &[Input]) -> bool {
    inputs
        .iter()
        .enumerate()
        .filter(|(_, input)| **input == Input::Stou)
        .all(|(index, _)| index > 0 && inputs[index - 1] == Input::Cwd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_needed_goes() {
        let mut long: Vec<Input> = Input::ALL.iter().copied().take(80).collect();
        long.push(Input::Mic);
        let mut tries = 0;
        let short = minimal(&long, |inputs| {
            tries += 1;
            inputs.contains(&Input::Rnfr) && inputs.last() == Some(&Input::Mic)
        });
        assert_eq!(short, [Input::Rnfr, Input::Mic]);
        assert!(tries < 60, "{tries}");
    }

    #[test]
    fn a_cwd_stays_before_stou() {
        let all = [Input::Pwd, Input::Cwd, Input::Stou];
        let short = minimal(&all, |inputs| inputs.last() == Some(&Input::Stou));
        assert_eq!(short, [Input::Cwd, Input::Stou]);
    }
}
