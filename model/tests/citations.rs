//! Each cited section exists in its RFC, and each quoted sentence stands in it.
//!
//! The RFC texts are not part of the project: `FTPROOF_RFC_DIR` names their folder (`rfc0959.txt` and so on). Without
//! it these tests print that they are skipped. RFCs that the folder may lack are named, never passed over silently.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use ftproof_model::{
    FIRST_DIGITS, Order, REPLY_CODES, REPLY_LISTS, REQUIREMENTS, RULES, SECOND_DIGITS, Source,
    VERBS, properties,
};

/// RFCs that the project cites and has no text of.
const WITHOUT_TEXT: [u16; 2] = [1123, 1639];

#[test]
fn every_cited_section_exists() {
    let Some(library) = Library::open() else {
        return;
    };
    let in_data = RULES
        .iter()
        .map(|rule| rule.source)
        .chain(REQUIREMENTS.iter().map(|requirement| requirement.source))
        .chain(REPLY_LISTS.iter().map(|list| list.source))
        .chain(REPLY_CODES.iter().map(|code| code.source))
        .chain(VERBS.iter().map(|verb| verb.source))
        .chain(properties().into_iter().map(|property| property.source))
        .filter_map(|source| match source {
            Source::Rfc { number, section } => Some((number, section.to_owned())),
            Source::Ours(_) => None,
        });
    let cited: BTreeSet<(u16, String)> = in_data.chain(in_the_code()).collect();
    let mut missing = Vec::new();
    for (number, section) in cited {
        match library.text(number) {
            Some(text) if section_of(&text, &section).is_none() => {
                missing.push(format!("RFC {number} §{section}"));
            }
            Some(_) => {}
            None => println!("skipped: RFC {number} §{section}: its text is not there"),
        }
    }
    assert!(
        missing.is_empty(),
        "cited, but no such section: {missing:?}"
    );
}

#[test]
fn every_quoted_sentence_stands_in_its_section() {
    let Some(library) = Library::open() else {
        return;
    };
    for requirement in REQUIREMENTS {
        let Some(sentence) = requirement.sentence else {
            println!(
                "skipped: {} ({}): it quotes nothing",
                requirement.id, requirement.source
            );
            continue;
        };
        let Source::Rfc { number, section } = requirement.source else {
            panic!("{} quotes a sentence of no RFC", requirement.id);
        };
        let text = library.text(number).expect("what is quoted was read");
        let section = section_of(&text, section).expect("the section was found");
        assert!(
            fold(&section).contains(&fold(sentence)),
            "{}: not in {}: {sentence}",
            requirement.id,
            requirement.source
        );
    }
}

/// What a code, a digit or a verb is said to mean stands in its section: the code with its text, the verb with its name.
#[test]
fn every_code_digit_and_verb_stands_in_its_section() {
    let Some(library) = Library::open() else {
        return;
    };
    let mut claims: Vec<(Source, String, &str)> = Vec::new();
    for code in REPLY_CODES {
        claims.push((code.source, code.code.to_string(), code.text));
    }
    for digit in FIRST_DIGITS.iter().chain(&SECOND_DIGITS) {
        claims.push((
            ftproof_model::rfc(959, "4.2"),
            digit.name.to_owned(),
            digit.sentence,
        ));
    }
    let protected = ftproof_model::PROTECTED_REPLY;
    let source = ftproof_model::rfc(2228, "5.2");
    claims.push((source, protected.name.to_owned(), protected.sentence));
    for verb in VERBS
        .iter()
        .filter(|verb| !verb.asks.contains("older name"))
    {
        claims.push((verb.source, verb.verb.to_owned(), verb.name));
    }
    for (source, head, text) in claims {
        let Source::Rfc { number, section } = source else {
            panic!("{head} is of no RFC");
        };
        let Some(lines) = library.text(number) else {
            println!("skipped: {head} ({source}): its text is not there");
            continue;
        };
        let section = fold(&section_of(&lines, section).expect("the section was found"));
        // 522 is put together from its digits in RFC 2428 §2.
        let has_text = section.to_lowercase().contains(&text.to_lowercase());
        assert!(
            section.contains(&head) && has_text,
            "{head}: not in {source}: {text}"
        );
    }
}

/// Whoever opens the section that a row cites finds the row's first code there. (Where QUIT or REIN waits for the end of
/// a transfer, the row cites why it waits; the codes are those of the end alone.)
#[test]
fn every_strict_code_stands_in_the_section_that_its_row_cites() {
    let Some(library) = Library::open() else {
        return;
    };
    let mut absent = Vec::new();
    for rule in RULES {
        if rule.order == Order::Event && rule.strict.replies.len() > 1 {
            continue;
        }
        let (Source::Rfc { number, section }, Some(code)) =
            (rule.source, rule.strict.replies.first())
        else {
            continue;
        };
        let Some(text) = library.text(number) else {
            println!(
                "skipped: '{}' ({}): its text is not there",
                rule.name, rule.source
            );
            continue;
        };
        let section = section_of(&text, section).expect("the section was found");
        if !section.contains(&code.to_string()) {
            absent.push(format!("{code} of '{}' in {}", rule.name, rule.source));
        }
    }
    assert!(absent.is_empty(), "not there: {absent:#?}");
}

/// Citations in the one form of this project, `RFC 959 §4.1.3`, in the source files.
fn in_the_code() -> impl Iterator<Item = (u16, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(folder)
        .expect("the sources are there")
        .map(|entry| {
            fs::read_to_string(entry.expect("a folder can be listed").path())
                .expect("a source file is text")
        });
    files.flat_map(|file| citations(&file))
}

fn citations(text: &str) -> Vec<(u16, String)> {
    let mut found = Vec::new();
    for part in text.split("RFC ").skip(1) {
        let digits = part
            .split(|c: char| !c.is_ascii_digit())
            .next()
            .unwrap_or("");
        let Ok(number) = digits.parse() else { continue };
        let mut rest = &part[digits.len()..];
        while let Some(cited) = rest.strip_prefix(" §").or_else(|| rest.strip_prefix(", §")) {
            let end = cited
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(cited.len());
            let section = cited[..end].trim_end_matches('.');
            found.push((number, section.to_owned()));
            rest = &cited[section.len()..];
        }
    }
    found
}

struct Library(PathBuf);

impl Library {
    fn open() -> Option<Library> {
        let folder = env::var_os("FTPROOF_RFC_DIR").map(|folder| Library(folder.into()));
        if folder.is_none() {
            println!("skipped: FTPROOF_RFC_DIR does not name the folder of the RFC texts");
        }
        folder
    }

    /// The lines of an RFC without its page breaks; `None` for the few that may be missing.
    fn text(&self, number: u16) -> Option<Vec<String>> {
        let path = self.0.join(format!("rfc{number:04}.txt"));
        match fs::read_to_string(&path) {
            Ok(text) => Some(without_page_breaks(
                &text.replace("&lt;", "<").replace("&gt;", ">"),
                number,
            )),
            Err(_) if WITHOUT_TEXT.contains(&number) => None,
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
}

fn without_page_breaks(text: &str, number: u16) -> Vec<String> {
    let header = format!("RFC {number} ");
    let is_break = |line: &str| {
        let ends_page = line.contains("[Page ") && line.trim_end().ends_with(']');
        let starts_page = line.starts_with(&header) || line.trim_end() == "File Transfer Protocol";
        ends_page || starts_page
    };
    text.replace('\u{c}', "")
        .lines()
        .filter(|line| !is_break(line))
        .map(str::to_owned)
        .collect()
}

/// The section with its subsections: from its heading to the next heading behind them.
fn section_of(text: &[String], section: &str) -> Option<String> {
    let wanted: Vec<u32> = section
        .split('.')
        .map(|part| part.parse().expect("a section is numbered"))
        .collect();
    let start = text
        .iter()
        .position(|line| heading(line).as_ref() == Some(&wanted))?;
    let ends = |line: &String| {
        heading(line).is_some_and(|other| other > wanted && !other.starts_with(&wanted))
    };
    let rest = &text[start + 1..];
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    Some(rest[..end].join("\n"))
}

/// The number of a heading such as `4.1.3.  FTP SERVICE COMMANDS`. A line of a table of contents is none.
fn heading(line: &str) -> Option<Vec<u32>> {
    let (number, title) = line.trim().split_once(' ')?;
    let title = title.trim_start();
    let is_contents = title.contains("...") || title.contains(". .");
    if is_contents
        || !title.starts_with(|c: char| c.is_ascii_uppercase())
        || line.starts_with("       ")
    {
        return None;
    }
    let parts: Option<Vec<u32>> = number
        .trim_end_matches('.')
        .split('.')
        .map(|part| part.parse().ok())
        .collect();
    parts.filter(|parts| parts.iter().all(|&part| part < 100))
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_section_ends_where_the_next_begins() {
    let lines = ["1.  FIRST", "1.1.  Part", "inside", "2.  SECOND", "outside"].map(str::to_owned);
    assert_eq!(section_of(&lines, "1").unwrap(), "1.1.  Part\ninside");
    assert_eq!(section_of(&lines, "1.1").unwrap(), "inside");
    assert_eq!(section_of(&lines, "3"), None);
}

#[test]
fn a_heading_is_told_from_contents_and_replies() {
    assert_eq!(
        heading("   5.4.  SEQUENCING OF COMMANDS AND REPLIES"),
        Some(vec![5, 4])
    );
    assert_eq!(
        heading("      4.2.1  Reply Codes by Function Groups"),
        Some(vec![4, 2, 1])
    );
    assert_eq!(
        heading("3.3.  HOST Command Errors ....................16"),
        None
    );
    assert_eq!(
        heading("       4.1.  Syntax . . . . . . . . . . . 11"),
        None
    );
    assert_eq!(heading("   503 Bad sequence of commands."), None);
}

#[test]
fn citations_are_found_in_text() {
    let found = citations("as RFC 959 §5.4, §6 and RFC 2228 §8.2. Not RFC 765");
    assert_eq!(
        found,
        [
            (959, "5.4".to_owned()),
            (959, "6".to_owned()),
            (2228, "8.2".to_owned())
        ]
    );
}
