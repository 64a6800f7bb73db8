//! The watch over the server itself: how long it takes to greet, and whether it greets at all.

use std::time::Duration;

/// How many greetings at each end of a campaign are looked at.
const SAMPLE: usize = 32;
/// A server that greets so many times slower than at first is said to get slower.
const SLOWER: u32 = 10;
/// A difference below this is noise.
const NOTED: Duration = Duration::from_millis(50);

/// How long the server took to greet, at first and at last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Greetings {
    first: Vec<Duration>,
    last: Vec<Duration>,
}

impl Greetings {
    /// A connection was greeted after `took`.
    pub(super) fn took(&mut self, took: Duration) {
        if self.first.len() < SAMPLE {
            self.first.push(took);
            return;
        }
        if self.last.len() == SAMPLE {
            self.last.remove(0);
        }
        self.last.push(took);
    }

    /// Adds what another worker saw.
    pub(super) fn merge(&mut self, other: Greetings) {
        self.first.extend(other.first);
        self.last.extend(other.last);
    }

    /// The median time at first and at last; `None`: there were too few to tell.
    pub fn medians(&self) -> Option<(Duration, Duration)> {
        let is_enough = self.first.len() >= SAMPLE && self.last.len() >= SAMPLE;
        is_enough.then(|| (median(&self.first), median(&self.last)))
    }

    /// What there is to say of a server that greets slower and slower.
    pub fn warning(&self) -> Option<String> {
        let (first, last) = self.medians()?;
        let is_slower = last > first * SLOWER && last - first > NOTED;
        is_slower.then(|| {
            format!(
                "the server greets slower and slower: {} ms at first, {} ms at last",
                first.as_millis(),
                last.as_millis()
            )
        })
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greetings(times: impl Iterator<Item = u64>) -> Greetings {
        let mut greetings = Greetings::default();
        times.for_each(|millis| greetings.took(Duration::from_millis(millis)));
        greetings
    }

    #[test]
    fn a_server_that_greets_slower_and_slower_is_told_of() {
        assert!(greetings(0..500).warning().is_some());
        assert_eq!(greetings((0..500).map(|_| 20)).warning(), None);
        // One slow greeting is none, nor is a fast server that is no longer quite so fast.
        assert_eq!(
            greetings((0..500).map(|n| if n == 499 { 9_000 } else { 1 })).warning(),
            None
        );
        assert_eq!(greetings((0..500).map(|n| n / 50)).warning(), None);
        assert_eq!(greetings(0..40).medians(), None);
    }
}
