//! The whole proof: the claims about the model, and that our session equals it.

use std::fmt;

use ftproof_model::{Machine, RULES, StateGraph, Verdict, properties, prove};

use crate::agreement::{Agreement, Disagreement, agree};

/// What was proved, and what not.
#[derive(Debug, Clone)]
pub struct Verification {
    /// States of the strict machine.
    pub states: usize,
    /// Its edges.
    pub edges: usize,
    /// Rows of the table of rules.
    pub rules: usize,
    /// Inputs of the alphabet.
    pub inputs: usize,
    /// Each claim about the graph.
    pub verdicts: Vec<Verdict>,
    /// Whether the session equals the model.
    pub agreement: Result<Agreement, Box<Disagreement>>,
}

/// Proves every claim about `machine`, and explores it jointly with our session.
pub fn verify(machine: &Machine<'_>) -> Verification {
    let graph = StateGraph::explore(machine);
    Verification {
        states: graph.graph().node_count(),
        edges: graph.graph().edge_count(),
        rules: machine.rules().len(),
        inputs: ftproof_model::Input::ALL.len(),
        verdicts: prove(&graph, machine.rules(), properties()),
        agreement: agree(machine),
    }
}

/// The machine of the committed table.
pub fn machine() -> Machine<'static> {
    Machine::new(RULES)
}

impl Verification {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.agreement.is_ok()
            && self
                .verdicts
                .iter()
                .all(|verdict| verdict.failure.is_none())
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: Vec<&Verdict> = self
            .verdicts
            .iter()
            .filter(|verdict| verdict.failure.is_some())
            .collect();
        for verdict in &failed {
            let Some(failure) = &verdict.failure else {
                continue;
            };
            let property = &verdict.property;
            writeln!(
                out,
                "FAILS  {}: {} ({})",
                property.name, property.claim, property.source
            )?;
            for line in failure.transcript().to_string().lines() {
                writeln!(out, "    {line}")?;
            }
        }
        writeln!(
            out,
            "model    {} states, {} edges, {} inputs, {} rules, all reachable from connect",
            self.states, self.edges, self.inputs, self.rules
        )?;
        writeln!(
            out,
            "claims   {} properties: {} hold on every edge and path, {} fail",
            self.verdicts.len(),
            self.verdicts.len() - failed.len(),
            failed.len()
        )?;
        match &self.agreement {
            Ok(agreement) => writeln!(
                out,
                "session  equals the model on all {} reachable pairs (session, state), {} steps\n\
                 proved   for every sequence, of any length, of the {} inputs, the files as at first in each step:\n\
                 {:9}out of order is refused with 503 (AUTH 534, CCC 533 or 534), HELP is 214",
                agreement.pairs, agreement.steps, self.inputs, ""
            ),
            Err(disagreement) => {
                writeln!(out, "session  DIFFERS from the model")?;
                for line in disagreement.transcript().to_string().lines() {
                    writeln!(out, "    {line}")?;
                }
                Ok(())
            }
        }
    }
}
