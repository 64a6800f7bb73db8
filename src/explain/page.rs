//! A page: the answer to one question, as data; written as text for people and as JSON for programs.

use serde::Serialize;

use super::code::CodePage;
use super::difference::Difference;
use super::rule::RulePage;
use super::rules::Rules;
use super::subject::Subject;
use super::text;
use super::verb::VerbPage;

/// What there is to say of one subject, or of two codes.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "about", rename_all = "lowercase")]
pub enum Page {
    /// Of a reply code.
    Code(CodePage),
    /// Of a verb.
    Verb(VerbPage),
    /// Of a rule or a finding.
    Rule(RulePage),
    /// Of two codes.
    Difference(Box<Difference>),
}

impl Rules {
    /// The pages on `subjects`: two codes are set side by side, everything else has a page of its own.
    pub fn pages(&self, subjects: &[Subject]) -> Vec<Page> {
        if let [Subject::Code(left), Subject::Code(right)] = subjects {
            return vec![Page::Difference(Box::new(self.difference(*left, *right)))];
        }
        subjects.iter().map(|&subject| self.page(subject)).collect()
    }

    fn page(&self, subject: Subject) -> Page {
        match subject {
            Subject::Code(code) => Page::Code(self.code(code)),
            Subject::Verb(verb) => Page::Verb(self.verb(verb)),
            Subject::Rule(rule) => Page::Rule(self.rule(rule, None)),
            Subject::Finding(rule, kind) => Page::Rule(self.rule(rule, Some(kind))),
        }
    }
}

impl Page {
    /// The page for people, in lines of at most `columns`.
    pub fn text(&self, columns: usize) -> String {
        match self {
            Page::Code(page) => text::code(page, columns),
            Page::Verb(page) => text::verb(page, columns),
            Page::Rule(page) => text::rule(page, columns),
            Page::Difference(page) => text::difference(page, columns),
        }
    }
}
