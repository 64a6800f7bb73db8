//! Two codes side by side: what each is for, who gets which, and what to do about it.

use ftproof_model::{Code, RULES};
use serde::Serialize;

use super::code::CodePage;
use super::rules::{Rules, add, inputs, name};

/// Two codes and how they differ.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// The first.
    pub left: CodePage,
    /// The second.
    pub right: CodePage,
    /// The key differences, one a line: what it is about, the first, the second.
    pub rows: Vec<Differs>,
    /// The verbs that get either, and when they get which.
    pub both: Vec<Both>,
    /// When a server uses which.
    pub use_of: [String; 2],
}

/// One difference.
#[derive(Debug, Clone, Serialize)]
pub struct Differs {
    /// What it is about.
    pub about: &'static str,
    /// What holds of the first code.
    pub left: String,
    /// What holds of the second.
    pub right: String,
}

/// A verb that gets either code.
#[derive(Debug, Clone, Serialize)]
pub struct Both {
    /// The verb.
    pub command: &'static str,
    /// When it gets the first: names of rows.
    pub left: Vec<&'static str>,
    /// When it gets the second.
    pub right: Vec<&'static str>,
}

impl Rules {
    /// How `left` and `right` differ.
    pub fn difference(&self, left: Code, right: Code) -> Difference {
        let (left, right) = (self.code(left), self.code(right));
        let commands = right.commands();
        let shared = left
            .commands()
            .into_iter()
            .filter(|command| commands.contains(command));
        let both = shared
            .map(|command| Both {
                command,
                left: rows_of(command, left.code),
                right: rows_of(command, right.code),
            })
            .collect();
        Difference {
            rows: differences(&left, &right),
            both,
            use_of: [use_of(&left), use_of(&right)],
            left,
            right,
        }
    }
}

/// The rows that strictly answer `command` with `code`.
fn rows_of(command: &str, code: Code) -> Vec<&'static str> {
    RULES
        .iter()
        .filter(|rule| {
            rule.strict.replies.contains(&code) && inputs(rule).any(|input| name(input) == command)
        })
        .map(|rule| rule.name)
        .collect()
}

fn differences(left: &CodePage, right: &CodePage) -> Vec<Differs> {
    let mut rows = Vec::new();
    let mut row = |about, of: &dyn Fn(&CodePage) -> String| {
        rows.push(Differs {
            about,
            left: of(left),
            right: of(right),
        });
    };
    row("says", &|page| {
        page.text.unwrap_or("defined by no RFC").to_owned()
    });
    row("class", &|page| {
        format!("{} {}", page.class.form, page.class.name)
    });
    row("about", &|page| {
        format!("{} {}", page.group.form, page.group.name)
    });
    row("answers", &|page| match page.commands().as_slice() {
        [] => "no command of the rules, strictly".to_owned(),
        commands => commands.join(" "),
    });
    row("decided by", &|page| {
        let mut rules = Vec::new();
        for group in &page.when {
            add(&mut rules, group.rule);
        }
        if rules.is_empty() {
            "nothing".to_owned()
        } else {
            rules.join(" ")
        }
    });
    row("where", &|page| where_given(page));
    row("session", &|page| effect(page));
    row("same line again", &|page| match page.code / 100 {
        1 => "wait: another reply comes".to_owned(),
        2 | 3 => "not needed".to_owned(),
        4 => "may work later".to_owned(),
        _ => "is refused again".to_owned(),
    });
    rows
}

fn where_given(page: &CodePage) -> String {
    let most = page.when.iter().map(|group| group.states).max();
    match most {
        None => "in no state, strictly".to_owned(),
        Some(most) if most == page.states => format!("in all {} states", page.states),
        Some(most) => format!("in up to {most} of {} states, by command", page.states),
    }
}

/// What a reply changes, in a few words.
pub(super) fn effect(page: &CodePage) -> String {
    let effect = &page.effect;
    match (effect.steps, effect.changing) {
        (0, _) => "never given, strictly".to_owned(),
        (_, 0) => "changes nothing".to_owned(),
        _ if !effect.opens.is_empty() => format!("makes {} possible", listed(&effect.opens)),
        _ if !effect.ends.is_empty() => format!("ends {}", listed(&effect.ends)),
        _ => "changes the session".to_owned(),
    }
}

fn listed(verbs: &[&str]) -> String {
    const SHOWN_MAX: usize = 4;
    if verbs.len() > SHOWN_MAX {
        let shown = verbs[..SHOWN_MAX].join(", ");
        return format!("{shown} and {} more", verbs.len() - SHOWN_MAX);
    }
    verbs.join(", ")
}

fn use_of(page: &CodePage) -> String {
    if page.when.is_empty() {
        return match page.listed.as_slice() {
            [] => "no rule and no list of the RFCs calls for it; leave it".to_owned(),
            listed => {
                let verbs: Vec<&str> = listed.iter().map(|listed| listed.verb).collect();
                format!(
                    "only for a reason of the server's own; the RFCs list it for {}",
                    verbs.join(" ")
                )
            }
        };
    }
    let uses: Vec<String> = page
        .when
        .iter()
        .map(|group| format!("{} ({})", group.when.join("; "), group.rule))
        .collect();
    uses.join("; ")
}
