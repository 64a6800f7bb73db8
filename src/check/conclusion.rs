//! What only the whole run can judge, and what comes behind all else because it may end it: failed logins.

use ftproof_model::Kind;

use super::Run;
use crate::crew::Farewell;
use crate::suites;
use crate::target::Trouble;
use crate::tour::{Found, Guide, confirm};
use crate::worker::Worker;

impl Run<'_, '_> {
    /// Behind all tours. `explored`: why they came to no end. That the server takes no connections any more ends the
    /// run, and what was seen before counts.
    pub(super) fn conclude(
        &mut self,
        explored: Result<(), Trouble>,
        lead: &mut Worker<'_, '_>,
        farewells: &[Farewell],
    ) -> Result<(), Trouble> {
        let learned = farewells.iter().flat_map(|farewell| &farewell.implemented);
        self.implemented = learned.chain(&lead.implemented).copied().collect();
        match explored {
            Err(_) if self.is_gone => self.is_gone_before("everything else"),
            Err(trouble) if trouble.is_absence() => {
                let is_absent = matches!(trouble, Trouble::NoConnection { .. })
                    && !Worker::is_stopped(self.options)
                    && lead.connect().is_err();
                // It was there, and is no more, though nobody was seen to end it.
                if is_absent {
                    self.tally.diverged(Found::gone(), &[]);
                    self.is_gone_before("everything else");
                } else {
                    self.is_absent_at("everything else", &trouble);
                }
            }
            Err(trouble) => return Err(trouble),
            Ok(()) => {
                self.settle(lead);
                let made = suites::run(lead, self.options, &self.implemented, &mut self.tally);
                self.judge_form(lead, farewells);
                match made {
                    Err(trouble) => self.is_absent_at("everything else", &trouble),
                    Ok(()) => self.fail_logins(lead),
                }
            }
        }
        Ok(())
    }

    fn is_gone_before(&mut self, what: &str) {
        self.untested.push(format!("{what}: the server is gone"));
    }

    fn is_absent_at(&mut self, what: &str, trouble: &Trouble) {
        if !Worker::is_stopped(self.options) {
            self.untested.push(format!(
                "{what}: the server takes no connections for now; a limit on connections or logins? {trouble}"
            ));
        }
    }

    /// A server may shut us out for wrong passwords, so they come last; where it does, no more are tried.
    fn fail_logins(&mut self, lead: &mut Worker<'_, '_>) {
        lead.absence.wait_briefly();
        for tour in std::mem::take(&mut self.failing) {
            let (records, trouble) = Guide::guide(lead, &tour, &self.known, self.options, &|| ());
            self.take(tour.state, &records);
            if let Some(trouble) = trouble {
                self.is_absent_at("what else is about wrong passwords", &trouble);
                break;
            }
        }
        lead.absence.wait_long();
        self.settle(lead);
    }

    /// 500 and 502 say that a verb is not implemented. Where it was seen to work, they are divergences, and are tried
    /// again; HELP, which every server must have, is one even where it never worked.
    fn settle(&mut self, worker: &mut Worker<'_, '_>) {
        for (subject, inputs) in std::mem::take(&mut self.unimplemented) {
            if Worker::is_stopped(self.options) {
                return;
            }
            let verb = inputs.last().map_or("", |input| input.verb());
            let is_implemented = self.implemented.contains(verb);
            if !is_implemented && verb != "HELP" {
                self.tally.not_applicable(subject);
                continue;
            }
            match worker.trial(&inputs, true) {
                Ok(Some(anomaly)) => {
                    let mut found = confirm(worker, &inputs[..anomaly.length], anomaly, true);
                    if !is_implemented && found.divergence.kind == Kind::Help {
                        found.divergence.requirement = "help/always";
                    }
                    let tested = inputs.last().copied().into_iter().collect::<Vec<_>>();
                    self.tally.diverged(found, &tested);
                }
                Ok(None) => {}
                Err(trouble) => self.tally.not_tested(subject, trouble),
            }
        }
    }

    /// Whether every reply was of the form of RFC 959 §4.2, and every transfer brought its bytes.
    fn judge_form(&mut self, worker: &mut Worker<'_, '_>, farewells: &[Farewell]) {
        let all = || {
            farewells
                .iter()
                .map(|farewell| &farewell.form)
                .chain([&worker.form])
        };
        let (replies, compared) = (
            all().map(|form| form.replies).sum(),
            all().map(|form| form.compared).sum(),
        );
        let shortest = all()
            .filter_map(|form| form.malformed.clone())
            .min_by_key(Vec::len);
        if self.options.selects("reply/data") && compared > 0 {
            self.tally.passed_often("reply/data", true, compared);
        }
        if !self.options.selects("reply/format") {
            return;
        }
        match shortest {
            None => self.tally.passed_often("reply/format", true, replies),
            Some(inputs) => {
                if let Ok(Some(found)) = worker.malformed(&inputs) {
                    self.tally.diverged(found, &inputs);
                }
            }
        }
    }
}
