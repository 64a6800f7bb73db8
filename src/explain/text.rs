//! Pages as text for people, no line longer than the terminal is wide.

use std::fmt::{Result, Write};

use ftproof_model::Code;

use super::code::CodePage;
use super::difference::{Difference, effect};
use super::rule::RulePage;
use super::rules::Group;
use super::verb::VerbPage;
use crate::report::wrapped;

/// A narrower terminal gets lines of this length all the same.
const COLUMNS_MIN: usize = 40;

/// Text under construction. Writing into a `String` does not fail, so results are dropped at the edge of this file.
struct Out {
    text: String,
    columns: usize,
}

impl Out {
    fn write(columns: usize, page: impl FnOnce(&mut Out) -> Result) -> String {
        let mut out = Out {
            text: String::new(),
            columns: columns.max(COLUMNS_MIN),
        };
        let _ = page(&mut out);
        // Where a line was broken at two spaces, one is left.
        let lines = out.text.lines().map(str::trim_end);
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    fn title(&mut self, text: &str) -> Result {
        wrapped(&mut self.text, self.columns, "", text)
    }

    fn heading(&mut self, text: &str) -> Result {
        writeln!(self.text)?;
        self.title(text)
    }

    /// A line with a head of two columns of indent and a word.
    fn item(&mut self, head: &str, text: &str) -> Result {
        let head = format!("  {head:<12}");
        wrapped(&mut self.text, self.columns, &head, text)
    }

    fn line(&mut self, indent: usize, text: &str) -> Result {
        let head = " ".repeat(indent);
        wrapped(&mut self.text, self.columns, &head, text)
    }
}

/// The page on a code.
pub(super) fn code(page: &CodePage, columns: usize) -> String {
    Out::write(columns, |out| {
        out.title(&title(page))?;
        description(out, page)?;
        when(out, page)?;
        fix(out, page)?;
        out.heading(&format!("RFCs: {}", page.sections().join(", ")))
    })
}

fn title(page: &CodePage) -> String {
    match (page.text, &page.source) {
        (Some(text), Some(source)) => format!("{}  {text}  ({source})", page.code),
        _ => format!(
            "{}  defined by no RFC: what its digits say is all that is known",
            page.code
        ),
    }
}

fn description(out: &mut Out, page: &CodePage) -> Result {
    for digit in [&page.class, &page.group] {
        out.item(&digit.form, &format!("{}. {}", digit.name, digit.sentence))?;
    }
    out.item("effect", &effect(page))
}

fn when(out: &mut Out, page: &CodePage) -> Result {
    out.heading("when you see it")?;
    for group in &page.when {
        group_of(out, group, page.states)?;
    }
    if page.when.is_empty() {
        out.line(2, "The rules call for it nowhere.")?;
    }
    if !page.also.is_empty() {
        let also: Vec<String> = page
            .also
            .iter()
            .map(|group| format!("{} ({})", group.commands.join(" "), group.when.join("; ")))
            .collect();
        out.item("allowed", &also.join("; "))?;
    }
    if !page.listed.is_empty() {
        let verbs: Vec<&str> = page.listed.iter().map(|listed| listed.verb).collect();
        out.item("RFC lists", &verbs.join(" "))?;
    }
    Ok(())
}

fn group_of(out: &mut Out, group: &Group, states: usize) -> Result {
    let where_ = if group.states == 0 {
        "with the end of a transfer".to_owned()
    } else {
        format!("in {} of {states} states", group.states)
    };
    let head = match group.rule {
        // What these rules forbid is another answer, so their claims do not say when this one comes.
        "seq/refused" => format!("in order, {where_}"),
        "reply/one" => format!("for the form of the line, or with the end of a transfer, {where_}"),
        rule => format!("{rule}: {}, {where_}", group.claim),
    };
    out.line(2, &head)?;
    let told = format!("{head} {}", group.when.join(" "));
    let is_told = |command: &str| told.split([' ', ',']).any(|word| word == command);
    if !group.commands.iter().all(|command| is_told(command)) {
        out.line(6, &group.commands.join(" "))?;
    }
    out.line(6, &format!("when: {}", group.when.join("; ")))?;
    out.line(6, &format!("source: {}", group.sources.join(", ")))
}

fn fix(out: &mut Out, page: &CodePage) -> Result {
    out.heading("how to fix it")?;
    out.line(2, page.remedy.unwrap_or("Go by its first digit."))?;
    for group in &page.when {
        if let Some(remedy) = group.remedy {
            out.line(2, &format!("{}: {remedy}", group.commands.join(" ")))?;
        }
        for path in chains(&group.sequences) {
            out.line(6, &path)?;
        }
    }
    let effect = &page.effect;
    if !effect.opens.is_empty() {
        out.item("then", &format!("possible: {}", effect.opens.join(" ")))?;
    }
    if !effect.ends.is_empty() {
        let head = if effect.opens.is_empty() { "then" } else { "" };
        out.item(head, &format!("no more: {}", effect.ends.join(" ")))?;
    }
    Ok(())
}

/// Sequences of lines; those that differ in the last only are one, with each of the last lines.
fn chains(paths: &[Vec<&str>]) -> Vec<String> {
    let mut shown: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for path in paths {
        let Some((last, before)) = path.split_last() else {
            continue;
        };
        match shown.iter_mut().find(|(known, _)| known == before) {
            Some((_, lasts)) => super::rules::add(lasts, *last),
            None => shown.push((before.to_vec(), vec![*last])),
        }
    }
    shown
        .into_iter()
        .map(|(mut path, lasts)| {
            let lasts = lasts.join(" | ");
            path.push(&lasts);
            chain(&path)
        })
        .collect()
}

/// Lines to send, in order.
fn chain(lines: &[&str]) -> String {
    lines.join(" → ")
}

fn codes(codes: &[Code]) -> String {
    let codes: Vec<String> = codes.iter().map(Code::to_string).collect();
    codes.join(" ")
}

/// The page on a verb.
pub(super) fn verb(page: &VerbPage, columns: usize) -> String {
    Out::write(columns, |out| {
        out.title(&format!(
            "{}  {}: {}  ({})",
            page.verb, page.name, page.asks, page.source
        ))?;
        let login = if page.needs_login {
            "needed"
        } else {
            "not needed"
        };
        out.item("login", login)?;
        out.item(
            "carried out",
            &format!("in {} of {} states", page.carried_out, page.states),
        )?;
        match &page.sequence {
            Some(path) => out.item("in order", &chain(path))?,
            None => out.item("in order", "never: no server of these rules carries it out")?,
        }
        if !page.opens.is_empty() {
            out.item("makes way", &page.opens.join(" "))?;
        }
        if !page.ends.is_empty() {
            out.item("ends", &page.ends.join(" "))?;
        }
        if !page.order.is_empty() {
            out.heading("out of order")?;
        }
        for bound in &page.order {
            out.line(
                2,
                &format!(
                    "{}: {}; {} in {} of {} states",
                    bound.rule, bound.claim, bound.refusal, bound.states, page.states
                ),
            )?;
            out.line(6, bound.remedy.unwrap_or_default())?;
        }
        replies(out, page)
    })
}

fn replies(out: &mut Out, page: &VerbPage) -> Result {
    out.heading("replies, the first that applies")?;
    for row in &page.replies {
        let strict = if row.strict.is_empty() {
            "later".to_owned()
        } else {
            codes(&row.strict)
        };
        let lines = row.lines.join(", ");
        // A row that is named after its verb says no more than its lines do, a bare verb no more than its row.
        let mut text = if lines.is_empty() || lines == page.verb {
            row.when.to_owned()
        } else if row.when == page.verb {
            lines
        } else {
            format!("{}: {lines}", row.when)
        };
        if !row.also.is_empty() {
            text.push_str(&format!("; allowed: {}", codes(&row.also)));
        }
        out.item(&strict, &format!("{text}  ({})", row.source))?;
    }
    if let Some(source) = &page.list_source {
        out.item("list", &format!("{}  ({source})", codes(&page.list)))?;
    }
    Ok(())
}

/// The page on a rule or a finding.
pub(super) fn rule(page: &RulePage, columns: usize) -> String {
    Out::write(columns, |out| {
        out.title(&format!("{}  {}", page.rule, page.claim))?;
        out.item("strength", &page.strength)?;
        if let Some(source) = &page.source {
            let sentence = page.sentence.map(|sentence| format!(": \"{sentence}\""));
            out.item("source", &(source.clone() + &sentence.unwrap_or_default()))?;
        }
        if let Some(why) = page.why {
            out.item("why", why)?;
        }
        if let Some(found) = &page.finding {
            out.heading(&format!(
                "finding of kind {}, {}",
                found.kind, found.severity
            ))?;
            out.item("seen", found.meaning)?;
            out.item("for servers", &found.for_servers)?;
        }
        if !page.rows.is_empty() {
            out.heading("when it decides")?;
        }
        for row in &page.rows {
            let strict = if row.strict.is_empty() {
                "later".to_owned()
            } else {
                codes(&row.strict)
            };
            let states = match row.states {
                0 => "with the end of a transfer".to_owned(),
                1 => "in 1 state".to_owned(),
                states => format!("in {states} states"),
            };
            out.item(&strict, &format!("{}, {states}", row.when))?;
        }
        if let Some(remedy) = page.remedy {
            out.heading("for clients")?;
            out.line(2, remedy)?;
        }
        for path in chains(&page.right) {
            out.item("in order", &path)?;
        }
        shown(out, page)
    })
}

fn shown(out: &mut Out, page: &RulePage) -> Result {
    if page.shown.is_empty() {
        return Ok(());
    }
    out.heading("a shortest session in which it decides the last reply")?;
    for said in &page.shown {
        let mark = if said.line.starts_with('(') { "" } else { "> " };
        out.line(2, &format!("{mark}{}", said.line))?;
        for reply in &said.replies {
            out.line(2, &format!("< {reply}"))?;
        }
    }
    Ok(())
}

/// Two codes side by side.
pub(super) fn difference(page: &Difference, columns: usize) -> String {
    Out::write(columns, |out| {
        for side in [&page.left, &page.right] {
            out.title(&title(side))?;
            description(out, side)?;
            when(out, side)?;
            fix(out, side)?;
            writeln!(out.text)?;
        }
        out.title("key differences")?;
        let (left, right) = (page.left.code.to_string(), page.right.code.to_string());
        table(out, "", &left, &right)?;
        for row in &page.rows {
            table(out, row.about, &row.left, &row.right)?;
        }
        out.heading("when to use which")?;
        for (side, use_of) in [&page.left, &page.right].into_iter().zip(&page.use_of) {
            out.item(&side.code.to_string(), use_of)?;
        }
        if page.both.is_empty() {
            out.line(2, "No command is answered with both by the strict rules.")?;
        }
        for both in &page.both {
            let text = format!(
                "{left}: {}; {right}: {}",
                both.left.join(", "),
                both.right.join(", ")
            );
            out.item(both.command, &text)?;
        }
        let mut sections = page.left.sections();
        for section in page.right.sections() {
            super::rules::add(&mut sections, section);
        }
        out.heading(&format!("RFCs: {}", sections.join(", ")))
    })
}

/// A row of a table of three columns, each cell wrapped in its own column.
fn table(out: &mut Out, head: &str, left: &str, right: &str) -> Result {
    const HEAD: usize = 18;
    let cell = (out.columns - HEAD) / 2 - 1;
    let wrap = |text: &str| {
        let mut lines = String::new();
        let _ = wrapped(&mut lines, cell, "", text);
        lines.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (left, right) = (wrap(left), wrap(right));
    for index in 0..left.len().max(right.len()) {
        let head = if index == 0 { head } else { "" };
        let cell_of = |lines: &[String]| lines.get(index).cloned().unwrap_or_default();
        let line = format!(
            "  {head:<width$}{:<cell$}  {}",
            cell_of(&left),
            cell_of(&right),
            width = HEAD - 2
        );
        writeln!(out.text, "{}", line.trim_end())?;
    }
    Ok(())
}
