//! The report for a bug tracker, as Markdown: one section a finding, to be pasted as it is.
//!
//! What a server said stands in code spans and fences that it cannot end: it makes no link, no mention and no HTML.

use std::fmt::{Result, Write};

use super::escaped::{brief, clean};
use super::names::where_names_stand;
use super::text::also;
use super::{Finding, Report, counted};
use crate::list::meaning;

/// Writes `report` as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> Result {
    let count = counted(report.findings.len(), "finding");
    writeln!(out, "# {count} on {}\n", code(&report.target))?;
    write!(
        out,
        "The server greets with {}",
        code(&brief(&report.server.greeting))
    )?;
    match &report.server.syst {
        Some(syst) => writeln!(out, " and answers SYST with {}.", code(&brief(syst)))?,
        None => writeln!(out, ".")?,
    }
    for found in &report.findings {
        writeln!(out)?;
        finding(out, found)?;
    }
    let known = report
        .known
        .iter()
        .map(|(found, reason)| format!("{}: {}", code(&found.id), code(reason)));
    list(out, "Known, and not counted", known)?;
    list(
        out,
        "Known, and not found any more",
        report.stale.iter().map(|entry| code(entry)),
    )?;
    let flaky = report.flaky.iter().map(|found| {
        format!(
            "{}: {} of {}, came {}",
            code(&found.id),
            found.runs,
            found.tries,
            code(&found.what_came())
        )
    });
    list(out, "Seen, but not every time, and not counted", flaky)?;
    let rules = report.rules.iter().filter_map(|rule| {
        let reason = rule.reason.as_ref()?;
        Some(format!("{}: {}", code(rule.id), code(reason)))
    });
    let untested = report.untested.iter().map(|reason| code(reason));
    list(out, "Not tested", untested.chain(rules))?;
    if report.interrupted {
        writeln!(
            out,
            "\nThe run was interrupted: this is what was found up to then."
        )?;
    }
    writeln!(out, "\n---\n\n{}", prose(&report.summary()))
}

fn list(out: &mut String, title: &str, items: impl Iterator<Item = String>) -> Result {
    for (index, item) in items.enumerate() {
        if index == 0 {
            writeln!(out, "\n## {title}\n")?;
        }
        writeln!(out, "- {item}")?;
    }
    Ok(())
}

fn finding(out: &mut String, found: &Finding) -> Result {
    let grounds = found.grounds();
    writeln!(
        out,
        "## {}: {} ({})\n",
        found.rule, found.kind, found.severity
    )?;
    writeln!(out, "{}.\n", prose(grounds.claim))?;
    writeln!(
        out,
        "{} ({})",
        prose(&grounds.source.to_string()),
        grounds.strength
    )?;
    if let Some(sentence) = grounds.sentence {
        writeln!(out, "\n> {}", prose(sentence))?;
    }
    writeln!(out, "\n- kind: {}: {}", found.kind, meaning(found.kind))?;
    writeln!(out, "- expected: {}", found.what_was_expected())?;
    writeln!(out, "- came: {}", code(&found.what_came()))?;
    if let Some(note) = &found.note {
        writeln!(out, "- note: {}", code(&brief(note)))?;
    }
    writeln!(out, "- seen: {}", found.how_often())?;
    if !found.also.is_empty() {
        writeln!(out, "- the same with: {}", code(&also(&found.also)))?;
    }
    let lines = found.lines();
    writeln!(
        out,
        "\nTo see it, send the lines marked `>`; those marked `<` are the replies to expect:\n"
    )?;
    fenced(out, "text", &lines)?;
    if let Some(names) = where_names_stand(&lines) {
        writeln!(out, "\nwhere {}", code(&names))?;
    }
    writeln!(out, "\nTo see it again:\n")?;
    fenced(out, "sh", &[clean(&found.reproduce)])
}

/// `text` as a code span: its fence is longer than any run of backticks in it.
fn code(text: &str) -> String {
    let text = clean(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let is_bare = !text.is_empty() && !text.starts_with(['`', ' ']) && !text.ends_with(['`', ' ']);
    let pad = if is_bare { "" } else { " " };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// `lines` as a block: its fence is longer than any run of backticks in them.
fn fenced(out: &mut String, language: &str, lines: &[String]) -> Result {
    let longest = lines
        .iter()
        .map(|line| longest_run(line))
        .max()
        .unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    writeln!(out, "{fence}{language}")?;
    for line in lines {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// `text` of our own, whose marks mean nothing.
fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in clean(text).chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '~' | '@'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
