//! The report for people: findings worst first, each to be typed into a socket, then the rules, then one sentence.

use std::fmt::{Result, Write};

use super::escaped::{brief, clean};
use super::names::where_names_stand;
use super::{Finding, Report};

/// How wide text is that no terminal is asked about.
pub(crate) const COLUMNS: usize = 100;

/// Writes `report` as text.
pub fn text(report: &Report) -> String {
    text_within(report, COLUMNS)
}

/// Writes `report` as text whose sentences are wrapped at `columns`. What is to be typed, and what came, stays whole.
pub(crate) fn text_within(report: &Report, columns: usize) -> String {
    let mut out = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut out, report, columns);
    out
}

/// Writes one finding as text.
pub(super) fn finding_text(found: &Finding) -> String {
    let mut out = String::new();
    let _ = finding(&mut out, found, COLUMNS);
    out
}

fn write(out: &mut String, report: &Report, columns: usize) -> Result {
    writeln!(out, "target    {}", clean(&report.target))?;
    writeln!(out, "greeting  {}", brief(&report.server.greeting))?;
    if let Some(syst) = &report.server.syst {
        writeln!(out, "SYST      {}", brief(syst))?;
    }
    for found in &report.findings {
        writeln!(out)?;
        finding(out, found, columns)?;
    }
    not_counted(out, report, columns)?;
    writeln!(out, "\nrules")?;
    for rule in &report.rules {
        let outcome = rule.outcome.name();
        writeln!(
            out,
            "  {outcome:<14}  {:<29}{:>6} tests",
            rule.id, rule.tests
        )?;
        if let Some(reason) = &rule.reason {
            let head = format!("{:<18}not tested: ", "");
            wrapped(out, columns, &head, &clean(reason))?;
        }
    }
    if !report.untested.is_empty() {
        writeln!(out, "\nnot tested")?;
        for reason in &report.untested {
            wrapped(out, columns, "  ", &clean(reason))?;
        }
    }
    if report.interrupted {
        writeln!(out, "\ninterrupted: this is what was found up to then")?;
    }
    writeln!(out, "\n{}", report.summary())
}

/// What was found and is no finding: known, stale, flaky.
fn not_counted(out: &mut String, report: &Report, columns: usize) -> Result {
    if !report.known.is_empty() {
        writeln!(out, "\nknown: accepted beforehand, so not counted")?;
    }
    for (found, reason) in &report.known {
        writeln!(out, "  {:<9} {}", found.severity, clean(&found.id))?;
        wrapped(out, columns, "            ", &clean(reason))?;
    }
    if !report.stale.is_empty() {
        writeln!(out, "\nstale: accepted beforehand, and not found any more")?;
    }
    for entry in &report.stale {
        wrapped(out, columns, "  ", &clean(entry))?;
    }
    if !report.flaky.is_empty() {
        writeln!(out, "\nflaky: seen, but not every time, so not counted")?;
    }
    for found in &report.flaky {
        writeln!(out, "  {:<9} {}", found.severity, clean(&found.id))?;
        writeln!(out, "    expected  {}", found.what_was_expected())?;
        wrapped(out, columns, "    came      ", &found.what_came())?;
        writeln!(out, "    seen      {}", found.how_often())?;
        for line in found.lines() {
            writeln!(out, "      {line}")?;
        }
    }
    Ok(())
}

fn finding(out: &mut String, found: &Finding, columns: usize) -> Result {
    writeln!(out, "{}: {}", found.severity, clean(&found.id))?;
    let grounds = found.grounds();
    wrapped(out, columns, "  rule      ", grounds.claim)?;
    let mut source = format!("{} ({})", grounds.source, grounds.strength);
    if let Some(sentence) = grounds.sentence {
        source.push_str(&format!(": \"{sentence}\""));
    }
    wrapped(out, columns, "  source    ", &source)?;
    wrapped(out, columns, "  expected  ", &found.what_was_expected())?;
    wrapped(out, columns, "  came      ", &found.what_came())?;
    if let Some(note) = &found.note {
        wrapped(out, columns, "  note      ", &brief(note))?;
    }
    writeln!(out, "  seen      {}", found.how_often())?;
    let lines = found.lines();
    if !lines.is_empty() {
        writeln!(out, "  to see it, send")?;
    }
    for line in &lines {
        writeln!(out, "    {line}")?;
    }
    if let Some(meaning) = where_names_stand(&lines) {
        wrapped(out, columns, "  where     ", &meaning)?;
    }
    if !found.also.is_empty() {
        wrapped(out, columns, "  also      ", &also(&found.also))?;
    }
    writeln!(out, "  again     {}", clean(&found.reproduce))
}

/// The lines that show the same; of many only their verbs.
pub(super) fn also(lines: &[String]) -> String {
    const LINES_MAX: usize = 6;
    if lines.len() > LINES_MAX {
        return verbs(lines).join(" ");
    }
    let quoted: Vec<String> = lines
        .iter()
        .map(|line| format!("'{}'", brief(line)))
        .collect();
    quoted.join(" ")
}

/// The verbs of `lines`, each once.
fn verbs(lines: &[String]) -> Vec<String> {
    let mut verbs = Vec::new();
    for line in lines {
        let verb = line.split(' ').next().unwrap_or(line);
        let shown = if verb.is_empty() {
            "an empty line".to_owned()
        } else {
            brief(verb)
        };
        if !verbs.contains(&shown) {
            verbs.push(shown);
        }
    }
    verbs
}

/// Writes `text` behind `head`, in lines of at most `columns`; a word that is longer has a line of its own.
pub(crate) fn wrapped(out: &mut String, columns: usize, head: &str, text: &str) -> Result {
    let indent = head.chars().count();
    let mut column = indent;
    write!(out, "{head}")?;
    for (index, word) in text.split(' ').enumerate() {
        let width = word.chars().count();
        if index > 0 && column + width + 1 > columns {
            write!(out, "\n{:indent$}", "")?;
            column = indent;
        } else if index > 0 {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += width;
    }
    writeln!(out)
}
