//! The rules of the order of FTP commands, as one table, and what follows from them.

mod caption;
mod class;
mod codes;
mod deviation;
mod dot;
mod everywhere;
mod fact;
mod fold;
mod graph;
mod input;
mod kind;
mod latitude;
mod lists;
mod machine;
mod oracle;
mod order;
mod overview;
mod overview_dot;
mod phase;
mod proof;
mod property;
mod requirement;
mod rules;
mod source;
mod state;
mod transcript;
mod verbs;

pub use caption::{otherwise_text, overview_caption, overview_facts};
pub use class::{Class, On};
pub use codes::{
    Digit, FIRST_DIGITS, PROTECTED_REPLY, REPLY_CODES, ReplyCode, SECOND_DIGITS, digits, reply_code,
};
pub use dot::{
    class_stroke, full_dot, input_text, phase_colours, replies_text, state_id, state_words,
};
pub use everywhere::{Everywhere, input_label};
pub use fact::Fact;
pub use graph::{Edge, StateGraph};
pub use input::Input;
pub use kind::{Kind, Severity};
pub use lists::{REPLY_LISTS, ReplyList, reply_list};
pub use machine::{Code, Machine, Step};
pub use oracle::{Divergence, Judgement, Oracle, Profile, shows_implemented};
pub use order::{ORDER_RULES, OrderRule, needs_login, out_of_order};
pub use overview::{Answer, Arrow, LeftOut, Otherwise, Overview, PhaseBox, ReplyClass};
pub use overview_dot::overview_dot;
pub use phase::{Phase, is_representative, phase};
pub use proof::{Failure, Verdict, prove};
pub use property::{Kind as PropertyKind, Move, Property, properties};
pub use requirement::{REQUIREMENTS, Requirement, Strength, requirement};
pub use rules::{Order, Outcome, RULES, Rule};
pub use source::{Source, rfc};
pub use state::{
    Asks, Control, Data, EpsvAll, Host, Login, Pbsz, Pending, Security, State, Transfer,
};
pub use transcript::{DataAction, Entry, Expected, Transcript, TranscriptError, escape, unescape};
pub use verbs::{VERBS, Verb, verb_named};
