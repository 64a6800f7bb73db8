//! Text made safe to show. A report's fields may hold what a server said, and whoever makes a report may have escaped
//! it or not: each format escapes it again, and what is escaped already stays as it is.

/// The longest text of a server's that a line of a report holds, in characters.
const BRIEF_MAX: usize = 300;

/// `text` on one line, without what could steer a terminal, end a document or turn the order of letters.
pub(crate) fn clean(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0'..='\u{9f}' if character.is_control() => {
                safe.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            // Marks of direction, separators of lines, joiners, and what no XML may hold.
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fffe}'..='\u{ffff}' => safe.push_str(&character.escape_unicode().to_string()),
            _ => safe.push(character),
        }
    }
    safe
}

/// The same, cut to what a reader takes in.
pub(crate) fn brief(text: &str) -> String {
    let mut safe: String = clean(text);
    if let Some((end, _)) = safe.char_indices().nth(BRIEF_MAX) {
        safe.truncate(end);
        safe.push('…');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_spelled_out_and_what_is_escaped_stays() {
        assert_eq!(
            clean("a\x1b[2J\0\r\n\u{9b}\u{202e}\u{ffff}"),
            "a\\x1b[2J\\x00\\x0d\\x0a\\x9b\\u{202e}\\u{ffff}"
        );
        assert_eq!(clean("\\x1b é"), "\\x1b é");
        assert_eq!(brief(&"é".repeat(1000)), "é".repeat(300) + "…");
    }
}
