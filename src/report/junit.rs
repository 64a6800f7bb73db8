//! The report for CI, as JUnit XML: one test case a rule. A finding is a failure; what we could not do is an error.

use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report as Suites, TestCase, TestCaseStatus, TestRerun, TestSuite,
};

use super::escaped::{brief, clean};
use super::text::finding_text;
use super::{Finding, Outcome, Report, RuleReport};

const NAME: &str = "ftproof";

/// Writes `report` as JUnit XML.
pub fn junit(report: &Report) -> String {
    let time = Duration::try_from_secs_f64(report.seconds).unwrap_or_default();
    let mut suite = TestSuite::new(clean(&report.target));
    suite.set_time(time);
    suite.add_property(Property::new("greeting", brief(&report.server.greeting)));
    if let Some(syst) = &report.server.syst {
        suite.add_property(Property::new("syst", brief(syst)));
    }
    for rule in &report.rules {
        suite.add_test_case(test_case(report, rule));
    }
    if report.interrupted {
        suite.add_test_case(error("interrupted: this is what was found up to then"));
    }
    suite.set_system_out(outside_of_rules(report));
    let mut suites = Suites::new(NAME);
    suites.set_time(time);
    suites.add_test_suite(suite);
    xml(&suites)
}

/// Writes, as JUnit XML, that there is no report and why.
pub fn junit_trouble(target: &str, trouble: &str) -> String {
    let mut suite = TestSuite::new(clean(target));
    suite.add_test_case(error(trouble));
    let mut suites = Suites::new(NAME);
    suites.add_test_suite(suite);
    xml(&suites)
}

fn xml(suites: &Suites) -> String {
    suites
        .to_string()
        .expect("text that is written as XML is text")
}

/// The test case of the run itself, which failed.
fn error(reason: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(brief(reason));
    status.set_type("trouble");
    let mut case = TestCase::new("the run itself", status);
    case.set_classname(NAME);
    case
}

fn test_case(report: &Report, rule: &RuleReport) -> TestCase {
    let of_rule = |found: &&Finding| found.rule == rule.id;
    let findings: Vec<&Finding> = report.findings.iter().filter(of_rule).collect();
    let flaky: Vec<&Finding> = report.flaky.iter().filter(of_rule).collect();
    let mut status = match (findings.as_slice(), rule.outcome) {
        ([], Outcome::NotTested | Outcome::NotApplicable) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(match &rule.reason {
                Some(reason) => format!("{}: {}", rule.outcome.name(), clean(reason)),
                None => rule.outcome.name().to_owned(),
            });
            status
        }
        ([], _) => TestCaseStatus::success(),
        ([worst, ..], _) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let messages: Vec<String> = findings.iter().map(|found| message(found)).collect();
            let texts: Vec<String> = findings.iter().map(|found| finding_text(found)).collect();
            status.set_message(messages.join("; "));
            status.set_type(worst.kind.to_string());
            status.set_description(format!("\n{}", texts.join("\n")));
            status
        }
    };
    if findings.is_empty() {
        status.add_reruns(flaky.iter().map(|found| rerun(found)));
    }
    let mut case = TestCase::new(rule.id, status);
    let group = rule.id.split('/').next().unwrap_or_default();
    case.set_classname(format!("{NAME}.{group}"));
    let said = beside_the_status(report, rule);
    if !said.is_empty() {
        case.set_system_out(said);
    }
    case
}

/// `accepted (high): expected 503; came 227 …`.
fn message(found: &Finding) -> String {
    format!(
        "{} ({}): expected {}; came {}",
        found.kind,
        found.severity,
        found.what_was_expected(),
        found.what_came()
    )
}

/// A run that failed, though others did not.
fn rerun(found: &Finding) -> TestRerun {
    let mut rerun = TestRerun::new(NonSuccessKind::Failure);
    rerun.set_message(format!("{}; {}", message(found), found.how_often()));
    rerun.set_type(found.kind.to_string());
    rerun.set_description(format!("\n{}", finding_text(found)));
    rerun
}

/// What is known of a rule, and what of it was not tested.
fn beside_the_status(report: &Report, rule: &RuleReport) -> String {
    let mut said = String::new();
    for (found, reason) in &report.known {
        if found.rule == rule.id {
            said.push_str(&format!("known: {}: {}\n", clean(&found.id), clean(reason)));
        }
    }
    let is_skipped = matches!(rule.outcome, Outcome::NotTested | Outcome::NotApplicable);
    if let Some(reason) = rule.reason.as_ref().filter(|_| !is_skipped) {
        said.push_str(&format!("not tested: {}\n", clean(reason)));
    }
    said
}

fn outside_of_rules(report: &Report) -> String {
    let stale = report
        .stale
        .iter()
        .map(|entry| format!("stale: {}\n", clean(entry)));
    let untested = report
        .untested
        .iter()
        .map(|reason| format!("not tested: {}\n", clean(reason)));
    stale
        .chain(untested)
        .chain([report.summary() + "\n"])
        .collect()
}
