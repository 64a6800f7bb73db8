//! Several lines in one segment: they are sent at once, and the reply to each is taken in its step.

use ftproof_model::{Divergence, Input, Judgement, Kind};

use super::Walk;
use crate::target::Trouble;

impl Walk<'_> {
    /// Sends the lines of `inputs` in one segment. The steps that follow must be these inputs: each takes the reply to
    /// its line. For lines whose replies ask nothing of the transport, while no transfer runs. Gives what diverged
    /// already: a reply that no line had asked for, or the end of the connection.
    pub(crate) fn send_together(
        &mut self,
        inputs: &[Input],
    ) -> Result<Option<Divergence>, Trouble> {
        let mut segment = Vec::new();
        for input in inputs {
            let line = input.line().unwrap_or_default();
            segment.extend(self.names.fill(line.as_bytes())?);
            segment.extend_from_slice(b"\r\n");
        }
        if let Err(trouble) = self.session.send_bytes(&segment) {
            let first = inputs.first().copied().unwrap_or(Input::Noop);
            return match self.unanswered(first, trouble)? {
                Judgement::Diverges(divergence) => Ok(Some(divergence)),
                _ => Ok(None),
            };
        }
        self.ahead = inputs.len();
        Ok(None)
    }

    /// The divergence that it is if nothing ever comes to `input`.
    pub(crate) fn silence_behind(&self, input: Input) -> Divergence {
        self.oracle.unanswered(input, Kind::NoReply)
    }
}
