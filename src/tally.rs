//! What the tests of a check showed, counted rule by rule, and the findings of one cause put together.

mod group;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ftproof_model::{Divergence, Input, Kind, REQUIREMENTS};

use crate::report::{Finding, Outcome, RuleReport};
use crate::target::Trouble;
use crate::tour::{Found, TRIES};
use group::{Group, cause, variant};
pub(crate) use group::{culprit, has_in_order};

/// A divergence, the stable name of its cause, and the other lines that show it.
pub(crate) type Named = (Found, String, Vec<String>);

/// What the tests showed, rule by rule.
#[derive(Default)]
pub(crate) struct Tally {
    strict: BTreeMap<&'static str, usize>,
    allowed: BTreeMap<&'static str, usize>,
    diverged: BTreeMap<&'static str, usize>,
    not_tested: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// The names that a rule's tests lack on this target, and how many tests do.
    nameless: BTreeMap<&'static str, (BTreeSet<String>, usize)>,
    not_applicable: HashSet<&'static str>,
    groups: Vec<Group>,
    flaky: Vec<Found>,
}

/// What so many commands show is not the fault of any one of them.
pub(crate) const BROAD_MIN: usize = 4;

/// Whether findings of this rule and kind are one finding, and named without a command, where many commands show it.
pub(crate) fn is_broadened(rule: &str, kind: Kind) -> bool {
    rule == "reply/one" && matches!(kind, Kind::NoReply | Kind::Dropped | Kind::OutOfStep)
}

/// Puts together what one kind of breach of the rules of replies shows with many commands; gives these kinds too.
fn broadened(findings: Vec<Named>) -> (Vec<Named>, BTreeSet<Kind>) {
    let of_replies = |(found, ..): &Named| {
        let Divergence {
            requirement, kind, ..
        } = found.divergence;
        is_broadened(requirement, kind).then_some(kind)
    };
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for kind in findings.iter().filter_map(of_replies) {
        *counts.entry(kind).or_default() += 1;
    }
    let of_many = counts.into_iter().filter(|&(_, count)| count >= BROAD_MIN);
    let broad: BTreeSet<Kind> = of_many.map(|(kind, _)| kind).collect();
    let mut merged: Vec<Named> = Vec::new();
    for (found, id, also) in findings {
        let named = (found, id, also);
        let kind = of_replies(&named).filter(|kind| broad.contains(kind));
        let (found, id, also) = named;
        let Some(kind) = kind else {
            merged.push((found, id, also));
            continue;
        };
        let broad_id = format!("reply/one:{kind}");
        let line = culprit(&found).line().unwrap_or_default().to_owned();
        match merged.iter_mut().find(|(_, id, _)| *id == broad_id) {
            Some((.., lines)) => lines.extend([vec![line], also].concat()),
            None => merged.push((found, broad_id, also)),
        }
    }
    (merged, broad)
}

impl Tally {
    /// A reply was as it should be.
    pub(crate) fn passed(&mut self, subject: &'static str, strictly: bool) {
        self.passed_often(subject, strictly, 1);
    }

    /// So many replies were as they should be.
    pub(crate) fn passed_often(&mut self, subject: &'static str, strictly: bool, times: usize) {
        let counts = if strictly {
            &mut self.strict
        } else {
            &mut self.allowed
        };
        *counts.entry(subject).or_default() += times;
    }

    /// A test could not be made.
    pub(crate) fn not_tested(&mut self, subject: &'static str, trouble: Trouble) {
        if let Trouble::NoName(name) = trouble {
            let (names, count) = self.nameless.entry(subject).or_default();
            names.insert(name);
            *count += 1;
            return;
        }
        let reasons = self.not_tested.entry(subject).or_default();
        *reasons.entry(trouble.reason()).or_default() += 1;
    }

    /// The server implements in no state what a test of this rule needs.
    pub(crate) fn not_applicable(&mut self, subject: &'static str) {
        self.not_applicable.insert(subject);
    }

    /// Whether a divergence of the same cause came every time.
    fn is_known(&self, found: &Found) -> bool {
        let own = cause(found);
        self.groups.iter().any(|group| cause(&group.found) == own)
    }

    /// A divergence, seen in a test of `inputs`; one that did not come every time counts only with others of its cause
    /// that did.
    pub(crate) fn diverged(&mut self, found: Found, inputs: &[Input]) {
        let variant = variant(&found, inputs);
        let is_plain = inputs.len() == 1;
        let is_behind_refusal = found.is_behind_refusal();
        if found.runs < TRIES && found.divergence.kind != Kind::Gone {
            self.flaky.push(found);
            return;
        }
        let rule = found.divergence.requirement;
        *self.diverged.entry(rule).or_default() += 1;
        let own = cause(&found);
        let same = self
            .groups
            .iter_mut()
            .find(|group| cause(&group.found) == own);
        let Some(group) = same else {
            let variants = vec![variant.clone()];
            self.groups.push(Group {
                sequences: vec![found.inputs.clone()],
                found,
                variant,
                variants,
                is_plain,
                is_behind_refusal,
            });
            return;
        };
        group.is_plain |= is_plain;
        group.is_behind_refusal &= is_behind_refusal;
        group.sequences.push(found.inputs.clone());
        if !group.variants.contains(&variant) {
            group.variants.push(variant.clone());
        }
        if found.inputs.len() < group.found.inputs.len() {
            group.found = found;
            group.variant = variant;
        }
    }

    /// The divergences, one of each cause, with the stable name of the cause and the other lines that show it; and
    /// those that did not come again.
    pub(crate) fn findings(&mut self) -> (Vec<Named>, Vec<Found>) {
        let mut flaky = std::mem::take(&mut self.flaky);
        flaky.retain(|found| !self.is_known(found));
        let groups = std::mem::take(&mut self.groups);
        let is_own: Vec<bool> = groups
            .iter()
            .map(|group| !group.follows_from(&groups))
            .collect();
        let own = groups.into_iter().zip(is_own).filter(|(_, is_own)| *is_own);
        let findings = own.map(|(group, _)| {
            let (rule, kind, detail) = cause(&group.found);
            let id = if detail.is_empty() {
                format!("{rule}:{kind}")
            } else {
                format!("{rule}:{kind}:{detail}")
            };
            let variant = group.variant;
            let also = group.variants.into_iter().filter(|other| *other != variant);
            (group.found, id, also.collect())
        });
        let (findings, broad) = broadened(findings.collect());
        // What is told of without a command is told of with every command.
        flaky.retain(|Found { divergence, .. }| {
            !(is_broadened(divergence.requirement, divergence.kind)
                && broad.contains(&divergence.kind))
        });
        (findings, flaky)
    }

    /// What became of each rule that is asked for.
    pub(crate) fn rules(
        &self,
        findings: &[Finding],
        flaky: &[Finding],
        is_asked_for: impl Fn(&str) -> bool,
    ) -> Vec<RuleReport> {
        REQUIREMENTS
            .iter()
            .filter(|requirement| is_asked_for(requirement.id))
            .map(|requirement| self.rule(requirement.id, findings, flaky))
            .collect()
    }

    fn rule(&self, id: &'static str, findings: &[Finding], flaky: &[Finding]) -> RuleReport {
        let count = |counts: &BTreeMap<&str, usize>| match id {
            // HELP is implemented at all: every HELP that was answered shows it.
            "help/always" => counts
                .iter()
                .filter(|(id, _)| id.starts_with("help/"))
                .map(|(_, count)| count)
                .sum(),
            id => counts.get(id).copied().unwrap_or(0),
        };
        let (strict, allowed) = (count(&self.strict), count(&self.allowed));
        let outcome = if findings.iter().any(|finding| finding.rule == id) {
            Outcome::Finding
        } else if flaky.iter().any(|found| found.rule == id) {
            Outcome::Flaky
        } else if allowed > 0 {
            Outcome::Allowed
        } else if strict > 0 {
            Outcome::Conforms
        } else if self.not_applicable.contains(id) {
            Outcome::NotApplicable
        } else {
            Outcome::NotTested
        };
        RuleReport {
            id,
            outcome,
            tests: strict + allowed + count(&self.diverged),
            reason: self.reason(id),
        }
    }

    /// Why tests of a rule were not made.
    fn reason(&self, rule: &str) -> Option<String> {
        let mut reasons = Vec::new();
        if let Some((names, count)) = self.nameless.get(rule) {
            let names: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
            reasons.push(format!(
                "{count} × nothing is known here to stand for {}",
                names.join(" ")
            ));
        }
        let others = self.not_tested.get(rule).into_iter().flatten();
        reasons.extend(others.map(|(reason, count)| format!("{count} × {reason}")));
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(requirement: &'static str, kind: Kind, tested: &[Input], runs: usize) -> Found {
        let divergence = Divergence {
            requirement,
            kind,
            strict: vec![503],
            allowed: Vec::new(),
            came: vec![550],
            row: "",
        };
        Found {
            divergence,
            runs,
            inputs: tested.to_vec(),
            ..Found::gone()
        }
    }

    /// The ids of what is told of, where all this was found.
    fn told(all: &[(&'static str, Kind, &[Input])]) -> Vec<String> {
        let mut tally = Tally::default();
        for &(requirement, kind, tested) in all {
            tally.diverged(found(requirement, kind, tested, TRIES), tested);
        }
        let (findings, _) = tally.findings();
        findings.into_iter().map(|(_, id, _)| id).collect()
    }

    const BETWEEN: &[Input] = &[Input::Pwd, Input::Rnto];

    #[test]
    fn no_finding_follows_from_itself() {
        let outlives_auth = ("seq/auth-reset", Kind::Accepted, &[Input::PassRight][..]);
        assert_eq!(told(&[outlives_auth]), ["seq/auth-reset:accepted"]);
    }

    #[test]
    fn a_wrong_code_behind_a_line_in_between_follows_from_what_may_stand_there() {
        let adjacency = ("seq/rnto", Kind::Adjacency, BETWEEN);
        let wrong = ("seq/rnto", Kind::WrongCode, BETWEEN);
        assert_eq!(told(&[adjacency, wrong]), ["seq/rnto:adjacency"]);
        assert_eq!(told(&[wrong]), ["seq/rnto:wrong-code:550"]);
        let refused = (
            "seq/rnto",
            Kind::WrongCode,
            &[Input::RnfrMissing, Input::Rnto][..],
        );
        let both = ["seq/rnto:adjacency", "seq/rnto:wrong-code:550"];
        assert_eq!(told(&[adjacency, refused]), both);
        let alone = ("seq/rnto", Kind::WrongCode, &BETWEEN[1..]);
        assert_eq!(told(&[adjacency, wrong, alone]), both);
    }

    #[test]
    fn a_wrong_code_for_the_file_follows_from_what_was_let_through_behind_the_same_lines() {
        use Input::{Rnfr, RnfrMissing, Rnto, RntoImpossible};
        let accepted = ("seq/rnto", Kind::Accepted, &[Rnfr, RnfrMissing, Rnto][..]);
        let fails = [Rnfr, RnfrMissing, RntoImpossible];
        let failed = ("seq/rnto", Kind::WrongCode, &fails[..]);
        let unprepared = ("seq/rnto", Kind::WrongCode, &fails[1..]);
        assert_eq!(told(&[accepted, failed]), ["seq/rnto:accepted"]);
        let both = ["seq/rnto:accepted", "seq/rnto:wrong-code:550"];
        assert_eq!(told(&[accepted, unprepared]), both);
        let longer = [Rnfr, Rnto, Input::Pwd, RntoImpossible];
        let longer = ("seq/rnto", Kind::WrongCode, &longer[..]);
        assert_eq!(told(&[accepted, failed, longer]), both);
    }

    /// What came once of a command is no more than what comes every time of so many others.
    #[test]
    fn what_is_told_of_without_a_command_is_not_flaky_beside_it() {
        let told = |commands: &[Input]| {
            let mut tally = Tally::default();
            let seen = |input, runs| found("reply/one", Kind::OutOfStep, &[input], runs);
            for &input in commands {
                tally.diverged(seen(input, TRIES), &[input]);
            }
            tally.diverged(seen(Input::Syst, 1), &[Input::Syst]);
            let (findings, flaky) = tally.findings();
            (findings.len(), flaky.len())
        };
        let commands = [Input::Pwd, Input::Noop, Input::Stat, Input::Retr];
        assert_eq!(told(&commands), (1, 0));
        assert_eq!(told(&commands[1..]), (3, 1));
    }
}
