//! What may be asked about: a reply code, a verb, a rule, a finding.

use ftproof_model::{
    Code, Kind, REPLY_CODES, Requirement, VERBS, Verb, digits, requirement, verb_named,
};
use thiserror::Error;

use crate::report::brief;
use crate::selection::{ids, nearest};

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A reply code, such as 503; also one that no RFC defines, as long as its digits mean something.
    Code(Code),
    /// A verb, such as RNTO.
    Verb(&'static Verb),
    /// A rule, such as seq/rnto.
    Rule(&'static Requirement),
    /// A finding, such as seq/rnto:accepted.
    Finding(&'static Requirement, Kind),
}

/// Why a word is nothing to ask about.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotASubject {
    /// A number that is no reply code.
    #[error(
        "{0} is no reply code: that has three digits, the first 1 to 6 (RFC 959 §4.2, RFC 2228 §5.2)"
    )]
    NoCode(String),
    /// A finding of a kind that is not there.
    #[error("no kind of finding is called '{kind}'; the nearest are {nearest}; all: ftproof list")]
    NoKind {
        /// What was given.
        kind: String,
        /// The names that are nearest to it.
        nearest: String,
    },
    /// No code, verb or rule, and no file.
    #[error(
        "'{word}' is no reply code, verb, rule or finding, and no file; the nearest are {nearest}"
    )]
    Nothing {
        /// What was given.
        word: String,
        /// The names that are nearest to it.
        nearest: String,
    },
}

impl Subject {
    /// Reads what is asked about. Verbs and ids may be in any case.
    pub fn parse(word: &str) -> Result<Subject, NotASubject> {
        if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Subject::code(word).ok_or_else(|| NotASubject::NoCode(brief(word)));
        }
        if let Some(verb) = verb_named(&word.to_ascii_uppercase()) {
            return Ok(Subject::Verb(verb));
        }
        let lower = word.to_ascii_lowercase();
        let (id, kind) = match lower.split_once(':') {
            Some((id, kind)) => (id, Some(kind)),
            None => (lower.as_str(), None),
        };
        let Some(rule) = requirement(id) else {
            return Err(Subject::nothing(word, id));
        };
        match kind.map(|kind| Kind::named(kind).ok_or(kind)) {
            None => Ok(Subject::Rule(rule)),
            Some(Ok(kind)) => Ok(Subject::Finding(rule, kind)),
            Some(Err(kind)) => {
                let kinds: Vec<String> = Kind::all().map(|kind| kind.to_string()).collect();
                Err(NotASubject::NoKind {
                    kind: brief(kind),
                    nearest: nearest(kind, kinds.iter().map(String::as_str)),
                })
            }
        }
    }

    fn code(word: &str) -> Option<Subject> {
        let code: Code = word.parse().ok().filter(|_| word.len() == 3)?;
        digits(code).0.map(|_| Subject::Code(code))
    }

    fn nothing(word: &str, id: &str) -> NotASubject {
        let verbs = VERBS.iter().map(|verb| verb.verb);
        let near = if id.contains('/') {
            nearest(id, ids())
        } else {
            let upper = id.to_ascii_uppercase();
            let near_verbs = nearest(&upper, verbs);
            if ids().any(|rule| rule.contains(id)) {
                nearest(id, ids())
            } else {
                near_verbs
            }
        };
        NotASubject::Nothing {
            word: brief(word),
            nearest: near,
        }
    }
}

/// Every word that can be asked about: codes, verbs, rules.
pub fn subjects() -> impl Iterator<Item = String> {
    let codes = REPLY_CODES.iter().map(|code| code.code.to_string());
    let verbs = VERBS.iter().map(|verb| verb.verb.to_owned());
    codes.chain(verbs).chain(ids().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        assert_eq!(Subject::parse("503"), Ok(Subject::Code(503)));
        assert_eq!(Subject::parse("599"), Ok(Subject::Code(599)));
        assert!(matches!(Subject::parse("rnto"), Ok(Subject::Verb(verb)) if verb.verb == "RNTO"));
        assert!(
            matches!(Subject::parse("SEQ/RNTO"), Ok(Subject::Rule(rule)) if rule.id == "seq/rnto")
        );
        let Ok(Subject::Finding(rule, kind)) = Subject::parse("seq/rnto:accepted") else {
            panic!("it is a finding");
        };
        assert_eq!((rule.id, kind), ("seq/rnto", Kind::Accepted));
        for subject in subjects() {
            assert!(Subject::parse(&subject).is_ok(), "{subject}");
        }
    }

    #[test]
    fn what_is_misspelled_is_answered_with_what_is_near() {
        for (word, hint) in [
            ("RNTP", "the nearest are RNTO"),
            ("seq/rntp", "the nearest are seq/rnto"),
            ("flush", "the nearest are login/flush"),
            ("seq/rnto:acepted", "the nearest are accepted"),
            ("702", "702 is no reply code"),
            ("5030", "is no reply code"),
            ("", "'' is no reply code, verb, rule"),
            ("\x1b[2J", "'\\x1b[2J' is no"),
        ] {
            let error = Subject::parse(word).unwrap_err().to_string();
            assert!(error.contains(hint), "{word}: {error}");
        }
    }
}
