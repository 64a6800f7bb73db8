//! A Rust source file as far as the mutants need it: where codes, statements, conditions and arms are.

/// A source file, and the same with comments, strings and tests blanked out.
pub struct Source<'a> {
    /// The file.
    pub text: &'a str,
    /// As long as the text, a space for every byte that is no code.
    code: Vec<u8>,
}

impl<'a> Source<'a> {
    /// Reads `text`.
    pub fn new(text: &'a str) -> Self {
        Source {
            text,
            code: blanked(text),
        }
    }

    /// The text from `from` to `to` on one line, cut if it is long.
    pub fn words(&self, from: usize, to: usize) -> String {
        let words = self.text[from..to]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        words.chars().take(70).collect()
    }

    /// The end of the line of `at`.
    pub fn line_end(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |length| at + length)
    }

    /// Where `what` begins in the code.
    pub fn find(&self, what: &str) -> Vec<usize> {
        let windows = self.code.windows(what.len()).enumerate();
        windows
            .filter(|(_, window)| *window == what.as_bytes())
            .map(|(at, _)| at)
            .collect()
    }

    /// The name of the function around `at`.
    pub fn function(&self, at: usize) -> &str {
        let Some(&start) = self.find("fn ").iter().rfind(|&&start| start < at) else {
            return "";
        };
        let name = &self.text[start + "fn ".len()..];
        name.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .next()
            .unwrap_or(name)
    }

    /// The first byte from `from` on that is one of `stops` and in no bracket.
    pub fn end(&self, from: usize, stops: &[u8]) -> usize {
        let mut depth = 0;
        for (at, byte) in self.code.iter().enumerate().skip(from) {
            if depth == 0 && stops.contains(byte) {
                return at;
            }
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        self.code.len()
    }

    /// Every number from 100 to 599 with three digits.
    pub fn reply_codes(&self) -> Vec<(usize, usize)> {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'.';
        let is_code = |at: usize| {
            let digits = &self.code[at + 1..at + 4];
            (b'1'..=b'5').contains(&digits[0])
                && digits.iter().all(u8::is_ascii_digit)
                && !is_word(&self.code[at])
                && !self.code.get(at + 4).is_some_and(is_word)
        };
        (0..self.code.len().saturating_sub(4))
            .filter(|&at| is_code(at))
            .map(|at| (at + 1, at + 4))
            .collect()
    }

    /// Where each statement begins that assigns to the session, or drops what is set up.
    pub fn statements(&self) -> Vec<usize> {
        let places = ["session.", "self.", "*self ="];
        let calls = ["forget(", "parameters::forget(", "site.close_listener("];
        let mut found = Vec::new();
        let mut at = 0;
        for line in self.code.split(|&byte| byte == b'\n') {
            let statement = String::from_utf8_lossy(line.trim_ascii_start());
            let assigns = || {
                statement
                    .split_once(" = ")
                    .is_some_and(|(place, _)| !place.contains(['(', ' ']))
            };
            if places.iter().any(|place| statement.starts_with(place)) && assigns()
                || calls.iter().any(|call| statement.starts_with(call))
            {
                found.push(at + line.len() - line.trim_ascii_start().len());
            }
            at += line.len() + 1;
        }
        found
    }

    /// Each condition behind `if`, in arms too, that binds nothing; each value of a `let` that is a `matches!`; and the
    /// body of each function that gives a `bool`.
    pub fn conditions(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for at in self.find(" if ") {
            let from = at + " if ".len();
            let mut to = self.end(from, b"{=");
            while self.code[to] == b'=' && self.code[to + 1] != b'>' {
                to = self.end(to + 2, b"{=");
            }
            if !self.text[from..to].contains("let ") {
                let spaces = self.text[from..to].len() - self.text[from..to].trim_end().len();
                found.push((from, to - spaces));
            }
        }
        for at in self.find(" = matches!(") {
            let from = at + " = ".len();
            found.push((from, self.end(at + " = matches!(".len(), b")") + 1));
        }
        for at in self.find("-> bool {") {
            let from = at + "-> bool {".len();
            found.push((from, self.end(from, b"}")));
        }
        found.retain(|&(from, _)| !self.text[from..].trim_start().starts_with("use "));
        found
    }

    /// Where `function`'s body begins.
    pub fn body(&self, function: &str) -> usize {
        let at = self.find(function)[0];
        self.end(at, b"{") + 1
    }

    /// The arms of the first match in `function`: where the pattern begins, and where the answer begins and ends.
    pub fn arms(&self, function: &str) -> Vec<(usize, usize, usize)> {
        let body = self.body(function);
        let Some(&start) = self.find("match ").iter().find(|&&start| start > body) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut at = self.end(start, b"{") + 1;
        loop {
            let arrow = self.end(at, b"=}");
            match self.code.get(arrow..arrow + 2) {
                Some(b"=>") => {}
                Some([b'=', _]) => {
                    // A comparison in the arm's condition: the arrow comes behind it.
                    let Some(&next) = self.find("=> ").iter().find(|&&next| next > arrow) else {
                        return found;
                    };
                    let to = self.end(next + 3, b",}");
                    found.push((at, next + 3, to));
                    at = to + 1;
                    continue;
                }
                _ => return found,
            }
            let to = self.end(arrow + 3, b",}");
            found.push((at, arrow + 3, to));
            at = to + 1;
        }
    }

    /// The commands that `class` names as its own: all, or those in front of the first `=> true`.
    pub fn members(&self, class: &str) -> Vec<String> {
        let from = self.body(&format!("fn {class}"));
        let to = self.end(from, b"}");
        let code = String::from_utf8_lossy(&self.code[from..to]).replace("use Command as C", "");
        let own = code.split("=> true").next().unwrap_or(&code);
        let path = own.replace("Command::", "C::");
        let names = path.split("C::").skip(1);
        names
            .map(|rest| {
                rest.chars()
                    .take_while(|letter| letter.is_alphanumeric())
                    .collect()
            })
            .collect()
    }
}

/// The text with a space for every byte of a comment, a string, a character and the tests at the end.
fn blanked(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let tests = text.find("#[cfg(test)]").unwrap_or(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = match rest {
            _ if at >= tests => rest.len(),
            [b'/', b'/', ..] => rest
                .iter()
                .position(|&byte| byte == b'\n')
                .unwrap_or(rest.len()),
            [b'"', ..] => quoted(rest, b'"'),
            [b'\'', b'\\', ..] | [b'\'', _, b'\'', ..] => quoted(rest, b'\''),
            _ => {
                at += 1;
                continue;
            }
        };
        for byte in &mut code[at..at + length] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at += length;
    }
    code
}

/// The length of a literal with its quotes.
fn quoted(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != quote {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}
