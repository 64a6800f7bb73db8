//! An explanation as text for people.

use std::fmt::{Result, Write};

use super::Explanation;
use super::finding::{Fault, Finding};
use crate::report::{clean, wrapped};

/// A narrower terminal gets lines of this length all the same.
const COLUMNS_MIN: usize = 40;

pub(super) fn text(explanation: &Explanation, columns: usize) -> String {
    let mut out = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut out, explanation, columns.max(COLUMNS_MIN));
    out
}

fn write(out: &mut String, explanation: &Explanation, columns: usize) -> Result {
    let head = format!("read as {}: {}", explanation.form, explanation.told_by);
    wrapped(out, columns, "", &clean(&head))?;
    for finding in &explanation.findings {
        writeln!(out)?;
        one(out, explanation, finding, columns)?;
    }
    if !explanation.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &explanation.notes {
        wrapped(out, columns, "note: ", &clean(note))?;
    }
    writeln!(out)?;
    wrapped(out, columns, "", &summary(explanation))
}

fn one(out: &mut String, explanation: &Explanation, finding: &Finding, columns: usize) -> Result {
    let place = format!("{} {}: ", explanation.unit, finding.line);
    if explanation.sessions > 1 && !finding.session.is_empty() {
        wrapped(out, columns, "session ", &finding.session)?;
    }
    wrapped(
        out,
        columns,
        &place,
        &format!("{}; {}", finding.because, finding.remedy),
    )?;
    wrapped(out, columns, "  sent    ", &finding.command)?;
    wrapped(out, columns, "  came    ", &finding.reply)?;
    let rule = format!("{} ({})", finding.rule, finding.source);
    wrapped(out, columns, "  rule    ", &rule)?;
    for (index, line) in finding.send.iter().enumerate() {
        let head = if index == 0 {
            "  send    "
        } else {
            "          "
        };
        wrapped(out, columns, head, line)?;
    }
    Ok(())
}

fn summary(explanation: &Explanation) -> String {
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ if what.ends_with('y') => format!("{count} {}ies", &what[..what.len() - 1]),
        _ => format!("{count} {what}s"),
    };
    let read = format!(
        "{}, {}",
        counted(explanation.sessions, "session"),
        counted(explanation.replies, "reply")
    );
    let of = |fault: Fault| {
        let own = explanation
            .findings
            .iter()
            .filter(|finding| finding.fault == fault);
        own.count()
    };
    match (of(Fault::Client), of(Fault::Server)) {
        (0, 0) => format!("{read}: nothing about order is wrong"),
        (client, 0) => format!("{read}: {} by the client", mistakes(client)),
        (0, server) => format!("{read}: {} by the server", mistakes(server)),
        (client, server) => format!(
            "{read}: {} by the client, {server} by the server",
            mistakes(client)
        ),
    }
}

fn mistakes(count: usize) -> String {
    if count == 1 {
        "1 mistake of order".to_owned()
    } else {
        format!("{count} mistakes of order")
    }
}
