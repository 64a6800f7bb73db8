//! `ftproof explain`: its pages, its logs, its command line, the completions and man pages, and the book.

mod book;
mod command;
mod issues;
mod logs;
mod mixed;
mod pages;
#[path = "../command_line/runs.rs"]
mod runs;
#[path = "../support/mod.rs"]
mod support;
