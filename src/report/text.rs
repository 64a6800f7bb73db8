//! The report for people: findings worst first, each to be typed into a socket, then the rules, then one sentence.

use std::fmt::{Result, Write};

use super::escaped::{brief, clean};
use super::names::where_names_stand;
use super::{Finding, Report};

/// Writes `report` as text.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut out, report);
    out
}

/// Writes one finding as text.
pub(super) fn finding_text(found: &Finding) -> String {
    let mut out = String::new();
    let _ = finding(&mut out, found);
    out
}

fn write(out: &mut String, report: &Report) -> Result {
    writeln!(out, "target    {}", clean(&report.target))?;
    writeln!(out, "greeting  {}", brief(&report.server.greeting))?;
    if let Some(syst) = &report.server.syst {
        writeln!(out, "SYST      {}", brief(syst))?;
    }
    for found in &report.findings {
        writeln!(out)?;
        finding(out, found)?;
    }
    not_counted(out, report)?;
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
            wrapped(out, &head, &clean(reason))?;
        }
    }
    if !report.untested.is_empty() {
        writeln!(out, "\nnot tested")?;
        for reason in &report.untested {
            wrapped(out, "  ", &clean(reason))?;
        }
    }
    if report.interrupted {
        writeln!(out, "\ninterrupted: this is what was found up to then")?;
    }
    writeln!(out, "\n{}", report.summary())
}

/// What was found and is no finding: known, stale, flaky.
fn not_counted(out: &mut String, report: &Report) -> Result {
    if !report.known.is_empty() {
        writeln!(out, "\nknown: accepted beforehand, so not counted")?;
    }
    for (found, reason) in &report.known {
        writeln!(out, "  {:<9} {}", found.severity, clean(&found.id))?;
        wrapped(out, "            ", &clean(reason))?;
    }
    if !report.stale.is_empty() {
        writeln!(out, "\nstale: accepted beforehand, and not found any more")?;
    }
    for entry in &report.stale {
        wrapped(out, "  ", &clean(entry))?;
    }
    if !report.flaky.is_empty() {
        writeln!(out, "\nflaky: seen, but not every time, so not counted")?;
    }
    for found in &report.flaky {
        writeln!(out, "  {:<9} {}", found.severity, clean(&found.id))?;
        writeln!(out, "    expected  {}", found.what_was_expected())?;
        wrapped(out, "    came      ", &found.what_came())?;
        writeln!(out, "    seen      {}", found.how_often())?;
        for line in found.lines() {
            writeln!(out, "      {line}")?;
        }
    }
    Ok(())
}

fn finding(out: &mut String, found: &Finding) -> Result {
    writeln!(out, "{}: {}", found.severity, clean(&found.id))?;
    let grounds = found.grounds();
    wrapped(out, "  rule      ", grounds.claim)?;
    let mut source = format!("{} ({})", grounds.source, grounds.strength);
    if let Some(sentence) = grounds.sentence {
        source.push_str(&format!(": \"{sentence}\""));
    }
    wrapped(out, "  source    ", &source)?;
    wrapped(out, "  expected  ", &found.what_was_expected())?;
    wrapped(out, "  came      ", &found.what_came())?;
    if let Some(note) = &found.note {
        wrapped(out, "  note      ", &brief(note))?;
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
        wrapped(out, "  where     ", &meaning)?;
    }
    if !found.also.is_empty() {
        wrapped(out, "  also      ", &also(&found.also))?;
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

/// Writes `text` behind `head`, in lines of at most 100 columns; a word that is longer has a line of its own.
pub(crate) fn wrapped(out: &mut String, head: &str, text: &str) -> Result {
    wrapped_to(out, 100, head, text)
}

/// The same in lines of at most `columns`.
pub(crate) fn wrapped_to(out: &mut String, columns: usize, head: &str, text: &str) -> Result {
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
