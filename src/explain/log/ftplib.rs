//! Python's `ftplib` with `set_debuglevel`: `*cmd* 'USER anna'`, `*resp* '331 Password please'`, each a literal of
//! Python. At level 2 the lines come once more, as `*put*` and `*get*`, and are not counted twice.

use super::heard::{Heard, What};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    let is_sent = line.starts_with("*cmd* ");
    let literal = line
        .strip_prefix("*cmd* ")
        .or_else(|| line.strip_prefix("*resp* "))
        .or_else(|| line.strip_prefix("*welcome* "))?;
    let text = unquoted(literal.trim_end())?;
    let what = if is_sent {
        What::Sent(text.into())
    } else {
        // The lines of a reply are one literal: only its last line, which ends it, matters.
        let last = text.lines().next_back().unwrap_or_default().to_owned();
        What::Reply(last.into())
    };
    Some(Heard { session: "", what })
}

/// The text of a literal of Python, as far as a line of FTP needs it.
fn unquoted(literal: &str) -> Option<String> {
    let quote = literal
        .chars()
        .next()
        .filter(|quote| matches!(quote, '\'' | '"'))?;
    let inner = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut text = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            },
            other => other,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_read_and_its_last_line_is_the_reply() {
        let heard = read("*resp* '211-Features:\\n UTF8\\n211 End'").unwrap();
        assert_eq!(heard.what, What::Reply("211 End".into()));
        let heard = read("*cmd* \"STOR it's\"").unwrap();
        assert_eq!(heard.what, What::Sent("STOR it's".into()));
        assert_eq!(read("*cmd* 'unfinished"), None);
        assert_eq!(read("*put* 'PASV\\r\\n'"), None);
    }
}
