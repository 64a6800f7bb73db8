//! How long is waited for a reply that is owed: briefly, where what does not come is tried again.

use ftproof_model::Kind;

use crate::target::Wait;

/// How long is waited for a reply that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As long as the server's own speed teaches.
    Usual,
    /// Until the deadline: what is late is no divergence.
    Slow,
    /// Briefly, for all but the reply to a line: what comes of it is tried again at the usual pace.
    Quick,
    /// The same, as briefly as may be.
    Brisk,
    /// The same, and briefly for the reply to a line too.
    Hasty,
}

impl Pace {
    /// Whether what does not come is waited for longer before anything is said of it.
    pub(crate) fn is_quick(self) -> bool {
        !matches!(self, Pace::Usual | Pace::Slow)
    }

    /// The wait for a reply that is owed, but for that to a line.
    pub(super) fn of_owed(self) -> Wait {
        match self {
            Pace::Slow => Wait::Full,
            Pace::Usual => Wait::Owed,
            Pace::Quick => Wait::Brief,
            Pace::Brisk | Pace::Hasty => Wait::Hasty,
        }
    }

    /// The pace to see a divergence of this kind again.
    pub(crate) fn to_see_again(kind: Kind) -> Self {
        match kind {
            Kind::OutOfStep => Pace::Slow,
            _ => Pace::Usual,
        }
    }
}
