//! Every single change of the session's source, each behind a run-time switch (mutant schemata, Untch et al. 1993).
//!
//! Works on text: brackets are counted where neither a comment nor a string is. What is written is not read by people.

use super::source::Source;

/// One single change.
pub struct Mutant {
    /// Its number, from 1; the switch that turns it on.
    pub id: u32,
    /// Its file, its function and what is changed: the same as long as these are.
    pub name: String,
}

/// Gives `text`, which is the file `file` of `core`, with every change behind a switch, and adds each to `mutants`.
pub fn rewrite(file: &str, text: &str, mutants: &mut Vec<Mutant>) -> String {
    let mut schemata = Schemata {
        source: Source::new(text),
        file,
        mutants,
        insertions: Vec::new(),
    };
    schemata.codes();
    schemata.statements();
    match file {
        "session.rs" => schemata.arms("fn decide", "Answer::of(599, \"\")", "the arm"),
        "parse.rs" => schemata.arms("fn command", "Err(ParseError::Unknown)", "the arm"),
        _ => {}
    }
    if file == "command.rs" {
        schemata.classes();
    } else {
        schemata.conditions();
    }
    // Behind the conditions: where both begin at the same byte, a condition holds the value.
    schemata.values();
    schemata.arguments();
    let mut written = schemata.written();
    if file == "parse.rs" {
        written.push_str(ARGUMENT);
    }
    written
}

/// What `parse.rs` needs for verbs that take an argument too many or too few.
const ARGUMENT: &str = "
impl Argument<'_> {
    fn none_unless(self, id: u32, command: Command) -> Result<Command, ParseError> {
        if crate::mutant::is(id) { Ok(command) } else { self.none(command) }
    }
    fn required_unless(self, id: u32) -> Result<Vec<u8>, ParseError> {
        if crate::mutant::is(id) { Ok(self.optional().unwrap_or_default()) } else { self.required() }
    }
}
";

struct Schemata<'a> {
    source: Source<'a>,
    file: &'a str,
    mutants: &'a mut Vec<Mutant>,
    /// Texts to insert, each in front of the byte at its position.
    insertions: Vec<(usize, String)>,
}

impl Schemata<'_> {
    /// A new mutant at `at`; gives its number.
    fn mutant(&mut self, at: usize, what: &str) -> u32 {
        let function = self.source.function(at);
        let base = format!("{} {function}: {what}", self.file.trim_end_matches(".rs"));
        let mut name = base.clone();
        let mut copies = 1;
        while self.mutants.iter().any(|mutant| mutant.name == name) {
            copies += 1;
            name = format!("{base} ({copies})");
        }
        let id = u32::try_from(self.mutants.len()).expect("there are few mutants") + 1;
        self.mutants.push(Mutant { id, name });
        id
    }

    fn wrap(&mut self, from: usize, to: usize, before: String, behind: &str) {
        self.insertions.push((from, before));
        self.insertions.push((to, behind.to_owned()));
    }

    /// Each reply code is another one.
    fn codes(&mut self) {
        for (from, to) in self.source.reply_codes() {
            let id = self.mutant(
                from,
                &format!(
                    "not {}",
                    self.source.words(from, self.source.line_end(from))
                ),
            );
            self.wrap(from, to, format!("crate::mutant::code({id}, "), ")");
        }
    }

    /// Each statement that changes the session, or drops what is set up, is left out.
    fn statements(&mut self) {
        for from in self.source.statements() {
            let to = self.source.end(from, b";") + 1;
            let id = self.mutant(from, &format!("without {}", self.source.words(from, to)));
            self.wrap(from, to, format!("if !crate::mutant::is({id}) {{ "), " }");
        }
    }

    /// Each condition of an arm or an `if`, and each function that tells yes from no, is always true, and is never.
    fn conditions(&mut self) {
        for (from, to) in self.source.conditions() {
            let words = self.source.words(from, to);
            let id = self.mutant(from, &format!("always {words}"));
            self.mutant(from, &format!("never {words}"));
            self.wrap(from, to, format!("crate::mutant::condition({id}, "), ")");
        }
    }

    /// What is taken stays; an effect, or the first of two replies, is left out.
    fn values(&mut self) {
        for call in ["mem::take(", "mem::replace("] {
            for at in self.source.find(call) {
                let id = self.mutant(at, &format!("{call}..) leaves it"));
                self.insertions.push((at, "crate::mutant::".to_owned()));
                self.insertions.push((at + call.len(), format!("{id}, ")));
            }
        }
        for call in [".then(", ".after("] {
            for at in self.source.find(call) {
                let open = at + call.len() - 1;
                let inner = self.source.words(open + 1, self.source.end(open + 1, b")"));
                let id = self.mutant(at, &format!("without {call}{inner})"));
                self.insertions.push((open, "_unless".to_owned()));
                self.insertions.push((open + 1, format!("{id}, ")));
            }
        }
    }

    /// Each arm of the match in `function` gives `other`.
    fn arms(&mut self, function: &str, other: &str, what: &str) {
        for (pattern, from, to) in self.source.arms(function) {
            let pattern = self.source.words(pattern, from - "=> ".len());
            let id = self.mutant(from, &format!("{what} {pattern} gone"));
            self.wrap(
                from,
                to,
                format!("if crate::mutant::is({id}) {{ {other} }} else {{ "),
                " }",
            );
        }
    }

    /// Each command that comes as far as the classes, or is in one, changes sides in each class.
    fn classes(&mut self) {
        let classes = [
            "needs_login",
            "waits_for_transfer",
            "ends_with_epsv_all",
            "is_transfer",
        ];
        let reaching = self.source.members("needs_login");
        for class in classes {
            let mut verbs = self.source.members(class);
            verbs.extend(
                reaching
                    .iter()
                    .filter(|verb| !verbs.contains(verb))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            let body = self.source.body(&format!("fn {class}"));
            let mut first = 0;
            for verb in &verbs {
                let id = self.mutant(body, &format!("{verb} changes sides"));
                first = if first == 0 { id } else { first };
            }
            self.insertions.push((
                body,
                format!(
                    " crate::mutant::class({first}, &{verbs:?}, self, self.intact_{class}()) }}\n    \
                     fn intact_{class}(&self) -> bool {{"
                ),
            ));
        }
    }

    /// Each verb that takes no argument takes one, and each that needs one does not.
    fn arguments(&mut self) {
        for at in self.source.find("argument.none(") {
            let open = at + "argument.none".len();
            let verb = self.source.words(open + 1, self.source.end(open + 1, b")"));
            let id = self.mutant(at, &format!("{verb} with an argument"));
            self.insertions.push((open, "_unless".to_owned()));
            self.insertions.push((open + 1, format!("{id}, ")));
        }
        for at in self.source.find("argument.required(") {
            let open = at + "argument.required".len();
            let verb = self.source.words(at, self.source.end(at, b","));
            let verb = verb
                .trim_start_matches("argument.required().map(")
                .trim_end_matches(')')
                .to_owned();
            let id = self.mutant(at, &format!("{verb} without an argument"));
            self.insertions.push((open, "_unless".to_owned()));
            self.insertions.push((open + 1, id.to_string()));
        }
    }

    fn written(mut self) -> String {
        self.insertions.sort_by_key(|(at, _)| *at);
        let mut written = String::new();
        let mut last = 0;
        for (at, text) in &self.insertions {
            written.push_str(&self.source.text[last..*at]);
            written.push_str(text);
            last = *at;
        }
        written.push_str(&self.source.text[last..]);
        written
    }
}
