//! The formats of a report.

use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::{Report, html, json, junit, markdown, text};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: see docs/report.schema.json.
    Json,
    /// For CI: one test case a rule.
    Junit,
    /// For a bug tracker: one section a finding.
    Markdown,
    /// For a browser: the findings beside the rules, in one page.
    Html,
}

impl Format {
    /// `report` in this format, with a line end behind it.
    pub fn write(self, report: &Report) -> String {
        match self {
            Format::Text => text(report),
            Format::Json => json(report),
            Format::Junit => junit(report),
            Format::Markdown => markdown(report),
            Format::Html => html(report),
        }
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Format::Text,
            Format::Json,
            Format::Junit,
            Format::Markdown,
            Format::Html,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
            Format::Html => "html",
        }))
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        <Format as ValueEnum>::from_str(name, false).map_err(|_| {
            format!("'{name}' is no format; it is text, json, junit, markdown or html")
        })
    }
}
