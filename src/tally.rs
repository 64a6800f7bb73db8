//! What the tests of a check showed, counted rule by rule, and the findings of one cause put together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use ftproof_model::{Input, Kind, REQUIREMENTS, escape, shows_implemented};

use crate::report::{Finding, Outcome, RuleReport};
use crate::target::Trouble;
use crate::walk::Step;

/// The groups of rules that a check is about, as their ids begin.
const CHECKED: [&str; 3] = ["seq/", "login/", "help/"];

/// What the tests showed, rule by rule.
#[derive(Default)]
pub(crate) struct Tally {
    strict: BTreeMap<&'static str, usize>,
    allowed: BTreeMap<&'static str, usize>,
    not_tested: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// The names that a rule's tests lack on this target, and how many tests do.
    nameless: BTreeMap<&'static str, (BTreeSet<String>, usize)>,
    not_applicable: HashSet<&'static str>,
    implemented: HashSet<&'static str>,
    groups: Vec<Group>,
    flaky: Vec<Finding>,
}

/// Findings of one cause.
struct Group {
    /// The one with the shortest transcript.
    finding: Finding,
    /// What tells it from the others.
    variant: String,
    /// What tells each of them from the others.
    variants: Vec<String>,
    /// Whether one of them needs nothing but the command itself: not even its predecessor, with something in between.
    is_plain: bool,
}

/// What findings of one cause have in common. A reply that lets something through is of one cause whatever its code; a
/// refusal is the code that was chosen for it.
fn cause(finding: &Finding) -> (&'static str, Kind, Vec<&str>) {
    let codes = match finding.kind {
        Kind::Refused | Kind::Help | Kind::WrongCode => finding.codes(),
        _ => Vec::new(),
    };
    (finding.rule, finding.kind, codes)
}

/// What tells findings of one cause apart: the line put in between, or the line itself.
fn variant(finding: &Finding, inputs: &[Input]) -> String {
    let is_between = inputs.len() > 1 && finding.rule.starts_with("seq/");
    let telling = if is_between { inputs[0] } else { finding.input };
    match telling.line() {
        Some(line) => line.to_owned(),
        // The end of a transfer: the command that started it.
        None => finding
            .transcript
            .sent()
            .last()
            .map(escape)
            .unwrap_or_default(),
    }
}

impl Group {
    /// Whether another group says it all: a command that works without its predecessor works with a line in between
    /// too, and one that needs no login does not show that an old login lives on.
    fn follows_from(&self, groups: &[Group]) -> bool {
        groups
            .iter()
            .any(|other| match (self.finding.kind, other.finding.kind) {
                (Kind::Adjacency, Kind::Accepted) => {
                    other.is_plain && other.finding.rule == self.finding.rule
                }
                (Kind::Accepted, Kind::LoginBypass) => {
                    self.finding.rule == "login/flush" && other.variants.contains(&self.variant)
                }
                _ => false,
            })
    }
}

impl Tally {
    /// A reply was as it should be.
    pub(crate) fn passed(&mut self, subject: &'static str, strictly: bool) {
        let counts = if strictly {
            &mut self.strict
        } else {
            &mut self.allowed
        };
        *counts.entry(subject).or_default() += 1;
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
        *reasons.entry(trouble.to_string()).or_default() += 1;
    }

    /// The server implements in no state what a test of this rule needs.
    pub(crate) fn not_applicable(&mut self, subject: &'static str) {
        self.not_applicable.insert(subject);
    }

    /// Remembers which verbs work.
    pub(crate) fn learn(&mut self, steps: &[Step]) {
        for step in steps {
            if shows_implemented(step.input, &step.codes()) {
                self.implemented.insert(step.input.verb());
            }
        }
    }

    /// Whether the verb was seen to work.
    pub(crate) fn is_implemented(&self, verb: &str) -> bool {
        self.implemented.contains(verb)
    }

    /// Whether a finding of the same cause came every time.
    fn is_known(&self, finding: &Finding) -> bool {
        self.groups
            .iter()
            .any(|group| cause(&group.finding) == cause(finding))
    }

    /// A finding; one that did not come every time counts only with others of its cause that did.
    pub(crate) fn diverged(&mut self, finding: Finding, inputs: &[Input]) {
        let variant = variant(&finding, inputs);
        let is_plain = inputs.len() == 1;
        if !finding.is_sure() {
            self.flaky.push(finding);
            return;
        }
        let same = self
            .groups
            .iter_mut()
            .find(|group| cause(&group.finding) == cause(&finding));
        let Some(group) = same else {
            let variants = vec![variant.clone()];
            self.groups.push(Group {
                finding,
                variant,
                variants,
                is_plain,
            });
            return;
        };
        group.is_plain |= is_plain;
        if !group.variants.contains(&variant) {
            group.variants.push(variant.clone());
        }
        if finding.transcript.sent().count() < group.finding.transcript.sent().count() {
            group.finding = finding;
            group.variant = variant;
        }
    }

    /// The findings, worst first; and those that did not come again.
    pub(crate) fn findings(&mut self) -> (Vec<Finding>, Vec<Finding>) {
        let mut flaky = std::mem::take(&mut self.flaky);
        flaky.retain(|finding| !self.is_known(finding));
        let groups = std::mem::take(&mut self.groups);
        let is_own: Vec<bool> = groups
            .iter()
            .map(|group| !group.follows_from(&groups))
            .collect();
        let mut findings: Vec<Finding> = groups
            .into_iter()
            .zip(is_own)
            .filter(|(_, is_own)| *is_own)
            .map(|(group, _)| group)
            .map(|group| Finding {
                also: group
                    .variants
                    .into_iter()
                    .filter(|variant| *variant != group.variant)
                    .collect(),
                ..group.finding
            })
            .collect();
        findings.sort_by_key(|finding| Reverse(finding.severity));
        (findings, flaky)
    }

    /// What became of each rule that this check is about.
    pub(crate) fn rules(&self, findings: &[Finding]) -> Vec<RuleReport> {
        REQUIREMENTS
            .iter()
            .filter(|requirement| {
                CHECKED
                    .iter()
                    .any(|group| requirement.id.starts_with(group))
            })
            .map(|requirement| self.rule(requirement.id, findings))
            .collect()
    }

    fn rule(&self, id: &'static str, findings: &[Finding]) -> RuleReport {
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
            tests: strict + allowed,
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
