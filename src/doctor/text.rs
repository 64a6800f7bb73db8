//! The diagnosis for people: what was seen, what cannot be tested, and how long a check will take.

use std::fmt::{Result, Write};

use super::{Ability, Diagnosis, Verb};
use crate::report::{brief, clean, wrapped};

/// A short text is read best in short lines.
const COLUMNS_MAX: usize = 80;

/// Writes `diagnosis` as text, wrapped at `columns`.
pub(super) fn text(diagnosis: &Diagnosis, columns: usize) -> String {
    let mut out = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut out, diagnosis, columns.min(COLUMNS_MAX));
    out
}

fn write(out: &mut String, diagnosis: &Diagnosis, columns: usize) -> Result {
    let line = |out: &mut String, name: &str, text: &str| {
        wrapped(out, columns, &format!("{name:<10}"), text)
    };
    line(out, "target", &clean(&diagnosis.target))?;
    line(out, "greeting", &brief(&diagnosis.greeting))?;
    if let Some(system) = &diagnosis.system {
        line(out, "SYST", &brief(system))?;
    }
    let features = diagnosis.features.iter();
    let features: Vec<String> = features.map(|feature| cut(&clean(feature))).collect();
    if !features.is_empty() {
        line(out, "FEAT", &features.join(", "))?;
    }
    writeln!(out)?;
    line(out, "login", "works")?;
    line(out, "files", &told(&diagnosis.files))?;
    for set_up in &diagnosis.set_up {
        line(out, set_up.verb, &told(&set_up.transfer))?;
    }
    if diagnosis.is_protected {
        line(out, "TLS", "from the start of each session on")?;
    } else {
        line(out, "AUTH TLS", &told(&diagnosis.tls))?;
    }
    line(out, "PROT P", &told(&diagnosis.tls_transfer))?;
    writeln!(out, "\ncommands")?;
    verbs(out, &diagnosis.verbs, columns)?;
    times(out, diagnosis)?;
    if !diagnosis.untestable.is_empty() {
        writeln!(out, "\nwhat a check cannot test here")?;
        for untestable in &diagnosis.untestable {
            let text = format!("{}: {}", untestable.what, clean(&untestable.why));
            wrapped(out, columns, "  - ", &text)?;
        }
    }
    if let Some(left) = &diagnosis.left {
        writeln!(out)?;
        wrapped(out, columns, "", &clean(left))?;
    }
    let check = &diagnosis.check;
    writeln!(out)?;
    let text = format!(
        "A check will go through about {} states, with {} commands on {} connections, in {}.",
        check.states,
        rough(check.commands),
        rough(check.connections),
        duration(check.seconds)
    );
    wrapped(out, columns, "", &text)
}

/// The first words of a feature that is a list without spaces.
fn cut(feature: &str) -> String {
    const SHOWN_MAX: usize = 60;
    match feature.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &feature[..end]),
        None => feature.to_owned(),
    }
}

/// The two digits that matter of a number.
fn rough(number: usize) -> usize {
    let mut unit = 1;
    while number / unit >= 100 {
        unit *= 10;
    }
    number / unit * unit
}

fn told(ability: &Ability) -> String {
    match ability {
        Ability::Works => "works".to_owned(),
        Ability::Refused(reply) => format!("refused: '{}'", brief(reply)),
        Ability::Fails(why) => format!("does not work: {}", clean(why)),
        Ability::NotTried(why) => format!("not tried: {}", clean(why)),
    }
}

fn verbs(out: &mut String, verbs: &[Verb], columns: usize) -> Result {
    let mut group = |name: &str, belongs: &dyn Fn(&Verb) -> bool| {
        let members = verbs.iter().filter(|verb| belongs(verb));
        let members: Vec<&str> = members.map(|verb| verb.verb).collect();
        if members.is_empty() {
            return Ok(());
        }
        wrapped(out, columns, &format!("  {name:<20}"), &members.join(" "))
    };
    let with = |login: Option<bool>| {
        move |verb: &Verb| verb.implemented == Some(true) && verb.needs_login == login
    };
    group("need a login", &with(Some(true)))?;
    group("need none", &with(Some(false)))?;
    group("not tried without", &with(None))?;
    group("not implemented", &|verb| verb.implemented == Some(false))?;
    group("could not be told", &|verb| verb.implemented.is_none())
}

fn times(out: &mut String, diagnosis: &Diagnosis) -> Result {
    let times = &diagnosis.times;
    writeln!(out, "\nhow long it takes")?;
    let mut line = |name: &str, text: String| writeln!(out, "  {name:<20}{text}");
    line("to connect", millis(times.connect_ms))?;
    line("to log in", millis(times.login_ms))?;
    if let Some(failed) = times.failed_login_ms {
        line("a wrong password", millis(failed))?;
    }
    line(
        "a reply",
        format!(
            "{}, at most {} ({})",
            millis(times.reply_ms),
            millis(times.slowest_reply_ms),
            times.slowest_verb
        ),
    )
}

fn millis(time: f64) -> String {
    if time >= 1000.0 {
        format!("{:.1} s", time / 1000.0)
    } else if time >= 10.0 {
        format!("{time:.0} ms")
    } else {
        format!("{time:.2} ms")
    }
}

/// A rough time in round numbers.
fn duration(seconds: f64) -> String {
    match seconds {
        ..2.0 => "a second or two".to_owned(),
        ..90.0 => format!("about {seconds:.0} s"),
        _ => format!("about {:.0} min", seconds / 60.0),
    }
}
