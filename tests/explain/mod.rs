//! `ftproof explain`: its pages, its logs, its command line, the completions and man pages, and the book.

mod book;
mod command;
mod issues;
mod logs;
mod mixed;
mod pages;
