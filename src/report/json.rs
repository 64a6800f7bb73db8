//! The report for programs: one JSON object, with a version of its schema.

use ftproof_model::Severity;
use serde::Serialize;

use super::{Finding, Outcome, Report};

/// The version of the form below. It grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct JsonReport<'a> {
    schema_version: u32,
    target: &'a str,
    server: JsonServer<'a>,
    findings: Vec<JsonFinding<'a>>,
    rules: Vec<JsonRule<'a>>,
    untested: &'a [String],
    summary: JsonSummary,
    seed: Option<u64>,
}

#[derive(Serialize)]
struct JsonServer<'a> {
    greeting: &'a str,
    syst: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    kind: String,
    severity: String,
    strength: String,
    source: String,
    sentence: Option<&'a str>,
    expected: &'a [u16],
    came: &'a [String],
    runs: String,
    transcript: Vec<String>,
    also: &'a [String],
    reproduce: &'a str,
}

#[derive(Serialize)]
struct JsonRule<'a> {
    id: &'a str,
    outcome: &'a str,
    tests: usize,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonSummary {
    sentence: String,
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    flaky: usize,
    conforms: usize,
    allowed: usize,
    not_applicable: usize,
    not_tested: usize,
    commands_sent: usize,
    connections: usize,
    seconds: f64,
}

/// Writes `report` as JSON, with a line end behind it.
pub fn json(report: &Report) -> String {
    let value = JsonReport {
        schema_version: SCHEMA_VERSION,
        target: &report.target,
        server: JsonServer {
            greeting: &report.server.greeting,
            syst: report.server.syst.as_deref(),
        },
        findings: report.findings.iter().map(finding).collect(),
        rules: report
            .rules
            .iter()
            .map(|rule| JsonRule {
                id: rule.id,
                outcome: rule.outcome.name(),
                tests: rule.tests,
                reason: rule.reason.as_deref(),
            })
            .collect(),
        untested: &report.untested,
        summary: JsonSummary {
            sentence: report.summary(),
            critical: report.count(Severity::Critical),
            high: report.count(Severity::High),
            medium: report.count(Severity::Medium),
            low: report.count(Severity::Low),
            flaky: report.flaky.len(),
            conforms: report.outcomes(Outcome::Conforms),
            allowed: report.outcomes(Outcome::Allowed),
            not_applicable: report.outcomes(Outcome::NotApplicable),
            not_tested: report.outcomes(Outcome::NotTested),
            commands_sent: report.commands_sent,
            connections: report.connections,
            seconds: report.seconds,
        },
        seed: None,
    };
    let mut text = serde_json::to_string_pretty(&value)
        .expect("every key is a string and every number finite");
    text.push('\n');
    text
}

fn finding(found: &Finding) -> JsonFinding<'_> {
    let grounds = found.grounds();
    JsonFinding {
        rule: found.rule,
        kind: found.kind.to_string(),
        severity: found.severity.to_string(),
        strength: grounds.strength.to_string(),
        source: grounds.source.to_string(),
        sentence: grounds.sentence,
        expected: &found.expected,
        came: &found.came,
        runs: format!("{} of {}", found.runs, found.tries),
        transcript: found
            .transcript
            .to_string()
            .lines()
            .map(str::to_owned)
            .collect(),
        also: &found.also,
        reproduce: &found.reproduce,
    }
}
