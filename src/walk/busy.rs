//! A line sent while a transfer runs: its own reply, and the completion of the transfer, may come in either order.

use ftproof_model::{Code, Divergence, Input, Judgement, Kind};

use super::{Pace, Walk, worse};
use crate::reply::Reply;
use crate::target::{DataEnd, Trouble};

impl Walk<'_> {
    /// Nothing came. During a transfer a server may answer behind its end (RFC 959 §4.2); an empty line may get
    /// nothing.
    pub(super) fn held_back(&mut self, input: Input) -> Result<Judgement, Trouble> {
        if input == Input::Empty {
            self.is_over = true;
            return Ok(self.observe(input, Vec::new()));
        }
        self.is_over = true;
        let (started, bytes) = self.end_held(DataEnd::Done)?;
        let first = self.awaited()?;
        let second = match self.awaited() {
            Ok(second) => second,
            Err(trouble) => {
                let completed = (Input::DataDone, vec![first.clone()]);
                if !self.explains(std::slice::from_ref(&completed)) {
                    return Err(trouble);
                }
                return self.unanswered_while_busy(input, first, trouble);
            }
        };
        // The completion comes first; QUIT and REIN may be answered with it; and a slow server's own reply may have
        // crossed the end of the data.
        let orders = [
            vec![
                (Input::DataDone, vec![first.clone()]),
                (input, vec![second.clone()]),
            ],
            vec![
                (input, Vec::new()),
                (Input::DataDone, vec![first.clone(), second.clone()]),
            ],
            vec![(input, vec![first]), (Input::DataDone, vec![second])],
        ];
        let Some(order) = orders.into_iter().find(|order| self.explains(order)) else {
            return Err(Trouble::Untold("whose the two late replies are"));
        };
        // What such a reply asks of the transport was not done when it came.
        self.is_over = matches!(
            input.verb(),
            "QUIT"
                | "REIN"
                | "AUTH"
                | "CCC"
                | "PROT"
                | "PASV"
                | "EPSV"
                | "LPSV"
                | "PORT"
                | "EPRT"
                | "LPRT"
        ) || input.is_transfer();
        self.end_tells_nothing = match input.verb() {
            "AUTH" => true,
            "CCC" | "REIN" => self.session.is_protected(),
            _ => false,
        };
        let mut judgement = Judgement::Strict;
        for (input, replies) in order {
            judgement = worse(judgement, self.observe(input, replies));
        }
        Ok(self.compare(judgement, started, &bytes))
    }

    /// The transfer was completed, and the line that was sent during it was not answered.
    fn unanswered_while_busy(
        &mut self,
        input: Input,
        completion: Reply,
        trouble: Trouble,
    ) -> Result<Judgement, Trouble> {
        let busy = self.oracle.unanswered(input, Kind::NoReply);
        self.observe(Input::DataDone, vec![completion]);
        // At the end of a transfer it was only briefly waited for.
        let pace = std::mem::replace(&mut self.pace, Pace::Usual);
        let judged = self.unanswered(input, trouble);
        self.pace = pace;
        let judgement = judged?;
        // Told in the order in which it was sent.
        if let [.., completed, line] = &mut self.steps[..] {
            std::mem::swap(completed, line);
        }
        Ok(match judgement {
            Judgement::Diverges(Divergence { kind, .. }) if kind != Kind::OutOfStep => {
                Judgement::Diverges(Divergence { kind, ..busy })
            }
            other => other,
        })
    }

    /// Whether a reply to `input` may be the completion of the transfer, which the server ended.
    pub(super) fn may_be_completion(&self, input: Input, code: Code) -> bool {
        let mut oracle = self.oracle.clone();
        let is_of_transfers = matches!(code, 226 | 425 | 426 | 451);
        let may_be = is_of_transfers
            || matches!(code, 250 | 450 | 452 | 550..=553)
                && matches!(oracle.observe(input, &[code]), Judgement::Diverges(_));
        input != Input::Abor
            && may_be
            && !matches!(
                self.oracle.clone().observe(Input::DataBroken, &[code]),
                Judgement::Diverges(_)
            )
    }

    /// Whether the oracle has nothing to say against these replies in this order.
    fn explains(&self, order: &[(Input, Vec<Reply>)]) -> bool {
        let mut oracle = self.oracle.clone();
        order.iter().all(|(input, replies)| {
            let codes: Vec<Code> = replies.iter().map(|reply| reply.code).collect();
            !matches!(oracle.observe(*input, &codes), Judgement::Diverges(_))
        })
    }
}
