//! The page on a reply code (RFC 959 §4.2, §5.4).

use ftproof_model::{Code, Digit, digits, reply_code};
use serde::Serialize;

use super::rules::{Group, Rules};

/// What there is to say of a reply code.
#[derive(Debug, Clone, Serialize)]
pub struct CodePage {
    /// The code.
    pub code: Code,
    /// What it says, word for word; absent if no RFC defines it.
    pub text: Option<&'static str>,
    /// Where it is defined.
    pub source: Option<String>,
    /// What the first digit says.
    pub class: Meaning,
    /// What the second digit says.
    pub group: Meaning,
    /// When the rules answer so, strictly.
    pub when: Vec<Group>,
    /// When the RFCs allow it beside the strict reply.
    pub also: Vec<Group>,
    /// The verbs whose reply list in an RFC has it.
    pub listed: Vec<Listed>,
    /// What it changes.
    pub effect: Effect,
    /// What a client does about it.
    pub remedy: Option<&'static str>,
    /// How many states of the rules read lines.
    pub states: usize,
}

/// What a digit says.
#[derive(Debug, Clone, Serialize)]
pub struct Meaning {
    /// How the RFC writes it.
    pub form: String,
    /// What it is called.
    pub name: &'static str,
    /// What it says, word for word.
    pub sentence: &'static str,
}

/// A verb in whose reply list the code is.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// The verb.
    pub verb: &'static str,
    /// The section that lists it.
    pub source: String,
}

/// What the strict replies with this code change.
#[derive(Debug, Clone, Serialize)]
pub struct Effect {
    /// On how many steps of the state graph it is given.
    pub steps: usize,
    /// On how many of these more changes than what every line ends by coming.
    pub changing: usize,
    /// The verbs that it makes possible.
    pub opens: Vec<&'static str>,
    /// The verbs that it makes impossible.
    pub ends: Vec<&'static str>,
}

impl Meaning {
    fn of(digit: Option<&'static Digit>, place: &str) -> Self {
        match digit {
            Some(digit) => Meaning {
                form: digit.form.to_owned(),
                name: digit.name,
                sentence: digit.sentence,
            },
            None => Meaning {
                form: place.to_owned(),
                name: "not defined",
                sentence: "",
            },
        }
    }
}

impl Rules {
    /// The page on `code`.
    pub fn code(&self, code: Code) -> CodePage {
        let known = reply_code(code);
        let (first, second) = digits(code);
        let changes = self.opened(|_, replies| replies.contains(&code));
        CodePage {
            code,
            text: known.map(|known| known.text),
            source: known.map(|known| known.source.to_string()),
            class: Meaning::of(first, "first digit"),
            group: Meaning::of(second, "second digit"),
            when: self.strictly(code),
            also: self.allowed(code),
            listed: self
                .listed(code)
                .into_iter()
                .map(|(verb, source)| Listed { verb, source })
                .collect(),
            effect: Effect {
                steps: changes.edges,
                changing: changes.changing,
                opens: changes.opens.into_iter().collect(),
                ends: changes.ends.into_iter().collect(),
            },
            remedy: known.map(|known| known.remedy),
            states: self.reading(),
        }
    }
}

impl CodePage {
    /// The verbs that strictly get this code, each once, in the order of the rules.
    pub fn commands(&self) -> Vec<&'static str> {
        let mut commands = Vec::new();
        for group in &self.when {
            for &command in &group.commands {
                super::rules::add(&mut commands, command);
            }
        }
        commands
    }

    /// Every section that the page rests on, each once.
    pub fn sections(&self) -> Vec<String> {
        let mut sections: Vec<String> = self.source.clone().into_iter().collect();
        super::rules::add(&mut sections, "RFC 959 §4.2".to_owned());
        let groups = self.when.iter().chain(&self.also);
        for source in groups.flat_map(|group| &group.sources) {
            super::rules::add(&mut sections, source.clone());
        }
        sections.retain(|section| section.starts_with("RFC"));
        sections
    }
}
