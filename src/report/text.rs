//! The report for people: findings worst first, each to be typed into a socket, then the rules, then one sentence.

use std::fmt::Write;

use ftproof_model::Code;

use super::{Finding, Report};

/// Writes `report` as text.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "target    {}", report.target)?;
    writeln!(out, "greeting  {}", report.server.greeting)?;
    if let Some(syst) = &report.server.syst {
        writeln!(out, "SYST      {syst}")?;
    }
    for found in &report.findings {
        writeln!(out)?;
        finding(out, found)?;
    }
    if !report.flaky.is_empty() {
        writeln!(out, "\nflaky: seen, but not every time, so not counted")?;
        for found in &report.flaky {
            writeln!(
                out,
                "  {} {} {} of {}",
                found.rule, found.kind, found.runs, found.tries
            )?;
        }
    }
    writeln!(out, "\nrules")?;
    for rule in &report.rules {
        write!(
            out,
            "  {:<14} {:<20}{:>6} tests",
            rule.outcome.name(),
            rule.id,
            rule.tests
        )?;
        match &rule.reason {
            Some(reason) => writeln!(out, "; not tested: {reason}")?,
            None => writeln!(out)?,
        }
    }
    for reason in &report.untested {
        writeln!(out, "not tested: {reason}")?;
    }
    writeln!(out, "\n{}", report.summary())
}

fn finding(out: &mut String, found: &Finding) -> std::fmt::Result {
    writeln!(
        out,
        "{}: {} [{}]",
        found.kind.severity(),
        found.rule,
        found.kind
    )?;
    let grounds = found.grounds();
    writeln!(out, "  rule      {}", grounds.claim)?;
    let mut source = format!("{} ({})", grounds.source, grounds.strength);
    if let Some(sentence) = grounds.sentence {
        source.push_str(&format!(": \"{sentence}\""));
    }
    wrapped(out, "  source    ", &source.split(' ').collect::<Vec<_>>())?;
    writeln!(out, "  expected  {}", codes(&found.expected))?;
    writeln!(
        out,
        "  came      {}",
        if found.came.is_empty() {
            "nothing".to_owned()
        } else {
            found.came.join("; ")
        }
    )?;
    writeln!(
        out,
        "  seen      {} of {} tries, each on a fresh connection",
        found.runs, found.tries
    )?;
    writeln!(out, "  to see it, send")?;
    for line in found.transcript.to_string().lines() {
        writeln!(out, "    {line}")?;
    }
    if !found.also.is_empty() {
        const LINES_MAX: usize = 6;
        let lines: Vec<String> = found.also.iter().map(|line| format!("'{line}'")).collect();
        let shown = if lines.len() > LINES_MAX {
            verbs(&found.also)
        } else {
            lines.iter().map(String::as_str).collect()
        };
        wrapped(out, "  also      ", &shown)?;
    }
    writeln!(out, "  again     {}", found.reproduce)
}

/// The verbs of `lines`, each once.
fn verbs(lines: &[String]) -> Vec<&str> {
    let mut verbs = Vec::new();
    for line in lines {
        let verb = line.split(' ').next().unwrap_or(line);
        let shown = if verb.is_empty() {
            "an empty line"
        } else {
            verb
        };
        if !verbs.contains(&shown) {
            verbs.push(shown);
        }
    }
    verbs
}

/// Writes `words` behind `head`, in lines of at most 100 columns.
fn wrapped(out: &mut String, head: &str, words: &[&str]) -> std::fmt::Result {
    const COLUMNS_MAX: usize = 100;
    let mut column = head.len();
    write!(out, "{head}")?;
    for (index, word) in words.iter().enumerate() {
        if column + word.len() + 1 > COLUMNS_MAX {
            write!(out, "\n{:1$}", "", head.len())?;
            column = head.len();
        } else if index > 0 {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += word.len();
    }
    writeln!(out)
}

fn codes(codes: &[Code]) -> String {
    let texts: Vec<String> = codes.iter().map(Code::to_string).collect();
    match texts.as_slice() {
        [] => "no reply".to_owned(),
        [only] => only.clone(),
        [strict, others @ ..] => format!("{strict} (or {})", others.join(" ")),
    }
}
