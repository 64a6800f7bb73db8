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
    writeln!(out, "{}: {} [{}]", found.severity, found.rule, found.kind)?;
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
    let transcript = found.transcript.to_string();
    for line in transcript.lines() {
        writeln!(out, "    {line}")?;
    }
    where_names_stand(out, &transcript)?;
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

/// What to type for the names that a transcript has; those of a login need no word.
const NAMES: [(&str, &str); 13] = [
    ("{wrong_password}", "is any other"),
    ("{wrong_account}", "is any word"),
    ("{port}", "is 127,0,0,1,8,73"),
    ("{eprt}", "is |1|127.0.0.1|2121|"),
    ("{lprt}", "is 4,4,127,0,0,1,2,8,73"),
    ("{file}", "is a file that is there"),
    ("{dir}", "is a directory that is there"),
    ("{empty_dir}", "is an empty directory"),
    ("{new}", "is a name that is free"),
    ("{new_dir}", "is a name that is free"),
    ("{renamed}", "is a name that is free"),
    ("{missing}", "is not there"),
    ("{impossible}", "is a name in a directory that is not there"),
];

fn where_names_stand(out: &mut String, transcript: &str) -> std::fmt::Result {
    let meanings: Vec<String> = NAMES
        .iter()
        .filter(|(name, _)| transcript.contains(name))
        .map(|(name, meaning)| format!("{name} {meaning};"))
        .collect();
    if meanings.is_empty() {
        return Ok(());
    }
    let text = meanings.join(" ");
    let words: Vec<&str> = text.trim_end_matches(';').split(' ').collect();
    wrapped(out, "  where     ", &words)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever types a transcript knows what to type: every name of the alphabet but those of logins and hosts, which
    /// are known to the one who has them.
    #[test]
    fn every_name_of_a_transcript_has_a_meaning() {
        let own = [
            "user",
            "password",
            "open_user",
            "account_user",
            "account",
            "host",
        ];
        for line in ftproof_model::Input::ALL
            .iter()
            .filter_map(|input| input.line())
        {
            let Some((_, rest)) = line.split_once('{') else {
                continue;
            };
            let name = rest.trim_end_matches('}');
            let mut out = String::new();
            where_names_stand(&mut out, line).expect("a String takes all");
            assert_eq!(out.is_empty(), own.contains(&name), "{line}");
        }
    }
}
