//! What a code, a verb, a rule or a finding means, and what went wrong in a log: all of it read from the rules.
//!
//! [`Subject`] is what may be asked about, [`Rules`] answers; [`log`] follows a session that somebody recorded.

mod advice;
mod code;
mod difference;
pub mod log;
mod page;
mod rule;
mod rules;
mod sequence;
mod subject;
mod text;
mod verb;

pub use code::CodePage;
pub use difference::Difference;
pub use page::Page;
pub use rule::RulePage;
pub use rules::{Group, Rules};
pub use sequence::{opens, shortest};
pub use subject::{NotASubject, Subject, subjects};
pub use verb::VerbPage;
