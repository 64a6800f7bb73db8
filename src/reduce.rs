//! Delta debugging: the fewest inputs of a sequence that still show the same breach (Zeller and Hildebrandt, 2002).

/// A subsequence of `items` that still `fails`, and of which no item can be left out. Each candidate is tried once.
///
/// Costs, for a sequence of n items of which k are needed, in the order of k log n to n² tries.
pub fn minimal<T: Clone>(items: &[T], mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
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

#[cfg(test)]
mod tests {
    use ftproof_model::Input;

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
}
