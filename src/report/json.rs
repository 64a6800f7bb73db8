//! The report for programs: one JSON object, as docs/report.schema.json says, with a version of its schema.

use ftproof_model::Severity;
use serde::Serialize;

use super::{Finding, Outcome, Report};

/// The version of the form below. It grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 2;

#[derive(Serialize)]
struct JsonReport<'a> {
    schema_version: u32,
    target: &'a str,
    server: JsonServer<'a>,
    interrupted: bool,
    findings: Vec<JsonFinding<'a>>,
    known: Vec<JsonKnown<'a>>,
    stale: &'a [String],
    flaky: Vec<JsonFinding<'a>>,
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
    id: &'a str,
    rule: &'a str,
    kind: String,
    severity: String,
    claim: &'a str,
    strength: String,
    source: String,
    sentence: Option<&'a str>,
    expected: &'a [u16],
    came: &'a [String],
    note: Option<&'a str>,
    runs: usize,
    tries: usize,
    transcript: Vec<String>,
    also: &'a [String],
    reproduce: &'a str,
}

#[derive(Serialize)]
struct JsonKnown<'a> {
    reason: &'a str,
    finding: JsonFinding<'a>,
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
    findings: JsonSeverities,
    rules: JsonOutcomes,
    commands_sent: usize,
    connections: usize,
    seconds: f64,
}

#[derive(Serialize)]
struct JsonSeverities {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
}

#[derive(Serialize)]
struct JsonOutcomes {
    finding: usize,
    known: usize,
    flaky: usize,
    conforms: usize,
    allowed: usize,
    not_applicable: usize,
    not_tested: usize,
}

/// Writes `report` as JSON, with a line end behind it.
pub fn json(report: &Report) -> String {
    let known = report.known.iter().map(|(found, reason)| JsonKnown {
        reason,
        finding: finding(found),
    });
    let rules = report.rules.iter().map(|rule| JsonRule {
        id: rule.id,
        outcome: rule.outcome.name(),
        tests: rule.tests,
        reason: rule.reason.as_deref(),
    });
    let value = JsonReport {
        schema_version: SCHEMA_VERSION,
        target: &report.target,
        server: JsonServer {
            greeting: &report.server.greeting,
            syst: report.server.syst.as_deref(),
        },
        interrupted: report.interrupted,
        findings: report.findings.iter().map(finding).collect(),
        known: known.collect(),
        stale: &report.stale,
        flaky: report.flaky.iter().map(finding).collect(),
        rules: rules.collect(),
        untested: &report.untested,
        summary: summary(report),
        seed: None,
    };
    let mut text = serde_json::to_string_pretty(&value)
        .expect("every key is a string and every number finite");
    text.push('\n');
    text
}

fn summary(report: &Report) -> JsonSummary {
    JsonSummary {
        sentence: report.summary(),
        findings: JsonSeverities {
            critical: report.count(Severity::Critical),
            high: report.count(Severity::High),
            medium: report.count(Severity::Medium),
            low: report.count(Severity::Low),
        },
        rules: JsonOutcomes {
            finding: report.outcomes(Outcome::Finding),
            known: report.outcomes(Outcome::Known),
            flaky: report.outcomes(Outcome::Flaky),
            conforms: report.outcomes(Outcome::Conforms),
            allowed: report.outcomes(Outcome::Allowed),
            not_applicable: report.outcomes(Outcome::NotApplicable),
            not_tested: report.outcomes(Outcome::NotTested),
        },
        commands_sent: report.commands_sent,
        connections: report.connections,
        seconds: report.seconds,
    }
}

fn finding(found: &Finding) -> JsonFinding<'_> {
    let grounds = found.grounds();
    JsonFinding {
        id: &found.id,
        rule: found.rule,
        kind: found.kind.to_string(),
        severity: found.severity.to_string(),
        claim: grounds.claim,
        strength: grounds.strength.to_string(),
        source: grounds.source.to_string(),
        sentence: grounds.sentence,
        expected: &found.expected,
        came: &found.came,
        note: found.note.as_deref(),
        runs: found.runs,
        tries: found.tries,
        transcript: found.lines(),
        also: &found.also,
        reproduce: &found.reproduce,
    }
}
