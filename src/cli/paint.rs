//! Text for a terminal: lines broken where they would not fit, reply codes in the colour of their class.

use std::iter;

use unicode_width::UnicodeWidthStr;

/// A narrower terminal gets lines of this length all the same.
pub(super) const COLUMNS_MIN: usize = 20;

/// Behind which words a number is the name or the count of something else than a reply.
const BEFORE_OTHERS: [&str; 7] = ["line", "lines", "packet", "RFC", "in", "of", "to"];

/// What a number counts that stands in front of one of these.
const COUNTED: [&str; 20] = [
    "bytes",
    "claims",
    "commands",
    "connections",
    "edges",
    "errors",
    "inputs",
    "lines",
    "ms",
    "packets",
    "pairs",
    "properties",
    "replies",
    "rules",
    "runs",
    "s",
    "sessions",
    "states",
    "steps",
    "tests",
];

/// `text` in lines of at most `columns`: what is longer goes on below the text behind its head, or two columns further
/// in. A word that is longer than a line stays whole, so that it can be copied.
pub(super) fn fitted(text: &str, columns: usize) -> String {
    let columns = columns.max(COLUMNS_MIN);
    let mut fitted = String::with_capacity(text.len());
    for line in text.lines() {
        if line.width() <= columns || is_to_be_copied(line) {
            fitted.push_str(line);
        } else {
            break_line(&mut fitted, line, columns);
        }
        fitted.push('\n');
    }
    fitted
}

/// Whether a line is there to be typed again, or compared with what comes: the terminal breaks it, and a copy of it is
/// whole.
fn is_to_be_copied(line: &str) -> bool {
    let line = line.trim_start();
    ["again ", "> ", "< ", "# came: "]
        .iter()
        .any(|head| line.starts_with(head))
}

fn break_line(out: &mut String, line: &str, columns: usize) {
    let indent = indent_behind(line, columns);
    let mut column = 0;
    for (index, word) in line.split(' ').enumerate() {
        let width = word.width();
        if index > 0 && column + 1 + width > columns && column > indent {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.extend(iter::repeat_n(' ', indent));
            column = indent;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
}

/// Where a line goes on: below what stands behind a head and two spaces, if that leaves room.
fn indent_behind(line: &str, columns: usize) -> usize {
    let margin = line.len() - line.trim_start_matches(' ').len();
    let head = line[margin..].find("  ").map(|end| {
        let behind = line[margin + end..].trim_start_matches(' ');
        line[..line.len() - behind.len()].width()
    });
    head.filter(|&column| column * 3 <= columns)
        .unwrap_or(margin + 2)
}

/// `text` with each reply code in the colour of its class (RFC 959 §4.2): 1yz blue, 2yz green, 3yz cyan, 4yz yellow,
/// 5yz red. A number that counts, or names a line, a packet or an RFC, is none, nor is one that is sent.
pub(super) fn coloured(text: &str) -> String {
    let mut painted = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("> ") {
            painted.push_str(line);
        } else {
            colour_line(&mut painted, line);
        }
    }
    painted
}

fn colour_line(painted: &mut String, line: &str) {
    let mut before = "";
    let mut pieces = line.split_inclusive([' ', '\n']).peekable();
    while let Some(piece) = pieces.next() {
        let word = piece.trim_end();
        let bare = bared(word);
        let counts = pieces
            .peek()
            .is_some_and(|next| COUNTED.contains(&bared(next)));
        let is_other = BEFORE_OTHERS.contains(&before) || counts && bare == word;
        match colour(bare).filter(|_| !is_other) {
            Some(colour) => {
                painted.push_str(&piece.replacen(bare, &format!("\x1b[{colour}m{bare}\x1b[0m"), 1));
            }
            None => painted.push_str(piece),
        }
        if !word.is_empty() {
            before = word;
        }
    }
}

/// A word without what surrounds it in a sentence.
fn bared(word: &str) -> &str {
    word.trim_end().trim_matches(['(', ')', ',', ';', ':', '.'])
}

fn colour(word: &str) -> Option<u8> {
    let digits = word.as_bytes();
    let is_code = digits.len() == 3 && digits.iter().all(u8::is_ascii_digit) && digits[1] <= b'5';
    let colour = match digits.first()? {
        b'1' => 34,
        b'2' => 32,
        b'3' => 36,
        b'4' => 33,
        b'5' => 31,
        _ => return None,
    };
    is_code.then_some(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_coloured_by_class_and_counts_are_not() {
        assert_eq!(
            coloured("< 503 (or 214); line 214, in 503 states, RFC 214 5030\n"),
            "< \x1b[31m503\x1b[0m (or \x1b[32m214\x1b[0m); line 214, in 503 states, RFC 214 5030\n"
        );
        let sent = "    > REST 150\n";
        assert_eq!(coloured(sent), sent);
        let counts = "conforms   503 tests, 214 states; 150 sessions:\n";
        assert_eq!(coloured(counts), counts);
    }

    #[test]
    fn a_long_line_goes_on_behind_its_head_and_a_long_word_stays_whole() {
        assert_eq!(
            fitted("  seen  one two three four five\nshort\n\n", 24),
            "  seen  one two three\n        four five\nshort\n\n"
        );
        assert_eq!(
            fitted("    to RETR a b c d e f g h\n", 20),
            "    to RETR a b c d\n      e f g h\n"
        );
        for to_be_copied in [
            "    > RETR a b c d e f g h\n",
            "  again  ftproof check TARGET\n",
        ] {
            assert_eq!(fitted(to_be_copied, 20), to_be_copied);
        }
        let word = format!("{}\n", "x".repeat(50));
        assert_eq!(fitted(&word, 20), word);
        // Each of these fills two columns.
        assert_eq!(
            fitted("  接続 接続 接続 接続\n", 20),
            "  接続 接続 接続\n    接続\n"
        );
        let head = "a head that is long  and what follows it\n";
        assert_eq!(
            fitted(head, 30),
            "a head that is long  and what\n  follows it\n"
        );
    }
}
