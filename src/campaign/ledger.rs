//! What one worker of a campaign saw, until all of it is put together.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ftproof_model::{Input, Kind};

use super::watch::Greetings;
use crate::crew::Farewell;
use crate::tally::Tally;
use crate::target::Trouble;
use crate::tour::{Found, confirm};
use crate::worker::Worker;

/// What could not be tried is told of so often.
const NOT_TESTED_MAX: usize = 1_000;

/// What one worker saw.
#[derive(Default)]
pub(super) struct Ledger {
    /// What diverged, with the lines that tell it from others of its cause.
    pub(super) found: Vec<(Found, Vec<Input>)>,
    /// How many replies were as they should be, by rule and by whether strictly so.
    passed: BTreeMap<(&'static str, bool), usize>,
    not_tested: Vec<(&'static str, Trouble)>,
    /// 500 and 502 that count only if the verb works elsewhere: the subject, and the inputs from connect.
    unimplemented: BTreeMap<(&'static str, Input), Vec<Input>>,
    implemented: HashSet<&'static str>,
    /// What is not implemented at all: a rule that is about nothing else has no tests.
    not_applicable: BTreeSet<&'static str>,
    /// Why AUTH answered 234 could not be followed, at least once.
    no_tls: Option<String>,
    /// A line inside TLS was answered.
    pub(super) is_protected: bool,
    /// Runs made.
    pub(super) runs: u64,
    pub(super) commands: usize,
    pub(super) connections: usize,
    pub(super) untested: Vec<String>,
    pub(super) greetings: Greetings,
    /// Why the worker ended before its time.
    pub(super) ended_by: Option<String>,
}

impl Ledger {
    /// A reply was as it should be.
    pub(super) fn passed(&mut self, subject: &'static str, strictly: bool) {
        *self.passed.entry((subject, strictly)).or_default() += 1;
    }

    /// Something could not be tried.
    pub(super) fn not_tested(&mut self, subject: &'static str, trouble: Trouble) {
        if self.not_tested.len() < NOT_TESTED_MAX {
            self.not_tested.push((subject, trouble));
        }
    }

    /// 500 or 502; the shortest sequence that shows it is kept.
    pub(super) fn unimplemented(&mut self, subject: &'static str, sent: &[Input]) {
        let Some(&last) = sent.last() else {
            return;
        };
        let known = self
            .unimplemented
            .entry((subject, last))
            .or_insert_with(|| sent.to_vec());
        if sent.len() < known.len() {
            *known = sent.to_vec();
        }
    }

    /// Sends `worker` home: what it learned is kept, and its files are removed.
    pub(super) fn leave(&mut self, worker: &mut Worker<'_, '_>) {
        let no_files = worker.no_files.take();
        self.learn(Farewell::of(worker));
        self.add_untested(no_files.map(|reason| format!("what needs files: {reason}")));
    }

    /// Keeps what a worker leaves.
    pub(super) fn learn(&mut self, farewell: Farewell) {
        self.commands += farewell.counts.commands;
        self.connections += farewell.counts.connections;
        self.implemented.extend(farewell.implemented);
        self.no_tls = self.no_tls.take().or(farewell.no_tls);
        self.add_untested(farewell.left);
    }

    fn add_untested(&mut self, reasons: impl IntoIterator<Item = String>) {
        for reason in reasons {
            if !self.untested.contains(&reason) {
                self.untested.push(reason);
            }
        }
    }

    /// What could not be tried at all, and why.
    pub(super) fn untested(&mut self) -> Vec<String> {
        let no_tls = self.no_tls.take().filter(|_| !self.is_protected);
        let no_tls = no_tls.map(|reason| format!("every state behind AUTH TLS: {reason}"));
        std::mem::take(&mut self.untested)
            .into_iter()
            .chain(no_tls)
            .collect()
    }

    /// Adds what another worker saw.
    pub(super) fn merge(&mut self, other: Ledger) {
        self.found.extend(other.found);
        for (key, count) in other.passed {
            *self.passed.entry(key).or_default() += count;
        }
        self.not_tested.extend(other.not_tested);
        for ((subject, _), sent) in other.unimplemented {
            self.unimplemented(subject, &sent);
        }
        self.implemented.extend(other.implemented);
        self.runs += other.runs;
        self.commands += other.commands;
        self.connections += other.connections;
        self.add_untested(other.untested);
        self.no_tls = self.no_tls.take().or(other.no_tls);
        self.is_protected |= other.is_protected;
        self.greetings.merge(other.greetings);
        self.ended_by = self.ended_by.take().or(other.ended_by);
    }

    /// 500 and 502 say that a verb is not implemented. Where it was seen to work they are divergences, and are tried
    /// again. At a server whose replies were out of step that it worked may have been another line's reply.
    pub(super) fn settle(&mut self, worker: &mut Worker<'_, '_>, is_stopped: &dyn Fn() -> bool) {
        self.implemented.extend(&worker.implemented);
        let mut told = BTreeSet::new();
        let is_out_of_step = |(found, _): &(Found, _)| found.divergence.kind == Kind::OutOfStep;
        let may_be_shifted = self.found.iter().any(is_out_of_step);
        for ((subject, last), sent) in std::mem::take(&mut self.unimplemented) {
            let is_help = last.verb() == "HELP";
            if is_stopped() {
                continue;
            }
            if !is_help && may_be_shifted {
                self.not_tested(
                    subject,
                    Trouble::Untold("which verbs work, as replies were out of step"),
                );
                continue;
            }
            if !is_help && !self.implemented.contains(last.verb()) {
                self.not_applicable.insert(subject);
                continue;
            }
            // One of each command and rule is enough: the others are of the same cause.
            if !told.insert((subject, last.verb())) {
                continue;
            }
            let mut shown = |inputs: &[Input]| {
                let anomaly = worker.trial(inputs, true).ok().flatten();
                anomaly.filter(|anomaly| {
                    matches!(anomaly.divergence.came[..], [500 | 502])
                        && inputs.last() == Some(&last)
                })
            };
            let few = crate::reduce::minimal(&sent, |inputs| shown(inputs).is_some());
            if let Some(anomaly) = shown(&few) {
                let mut found = confirm(worker, &few[..anomaly.length], anomaly, true);
                if !self.implemented.contains(last.verb()) && found.divergence.kind == Kind::Help {
                    found.divergence.requirement = "help/always";
                }
                self.found.push((found, vec![last]));
            }
        }
    }

    /// All of it, counted rule by rule, with the findings of one cause put together.
    pub(super) fn tally(&mut self) -> Tally {
        let mut tally = Tally::default();
        for ((subject, strictly), count) in std::mem::take(&mut self.passed) {
            tally.passed_often(subject, strictly, count);
        }
        for (subject, trouble) in self.not_tested.drain(..) {
            tally.not_tested(subject, trouble);
        }
        for subject in std::mem::take(&mut self.not_applicable) {
            tally.not_applicable(subject);
        }
        for (found, inputs) in self.found.drain(..) {
            tally.diverged(found, &inputs);
        }
        tally
    }
}
