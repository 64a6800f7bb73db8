//! A toy FTP server with three bugs, and the lines that find them: `cargo run --example toy_server`.
//!
//! Your own server goes in its place: say how a session begins and how it answers a line. No socket is needed.

use std::mem::take;

use ftproof::{Names, Options, Reply, Report, Session, Target, Trouble};

fn main() -> Result<(), Trouble> {
    print!("{}", ftproof::report::text(&checked()?));
    Ok(())
}

/// Tries every command in every state that a session gets into. A test of a server without bugs asserts that
/// `report.findings` is empty.
pub fn checked() -> Result<Report, Trouble> {
    ftproof::check(&mut toy(), &Options::default())
}

/// The server.
pub fn toy() -> impl Target {
    let mut names = Names::login("anna", "secret");
    names.set("file", "plan.txt");
    names.set("missing", "nothing.txt");
    names.set("renamed", "better-plan.txt");
    Toy(names)
}

/// The server, with what a check has to know of it: who can log in, and which files there are.
struct Toy(Names);

impl Target for Toy {
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble> {
        Ok(Box::new(ToySession {
            greeting: Reply::new(220, "The toy is ready"),
            is_in: false,
            user_was_sent: false,
        }))
    }

    fn name(&self) -> String {
        "the toy".to_owned()
    }

    fn names(&self) -> &Names {
        &self.0
    }

    /// Whatever a session renames, the next one finds the same files again.
    fn starts_fresh(&self) -> bool {
        true
    }
}

/// One control connection.
struct ToySession {
    greeting: Reply,
    is_in: bool,
    /// The line before was USER.
    user_was_sent: bool,
}

impl Session for ToySession {
    fn greeting(&self) -> &Reply {
        &self.greeting
    }

    fn send(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble> {
        let line = String::from_utf8_lossy(line);
        let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let user_was_sent = take(&mut self.user_was_sent);
        let (code, text) = match verb {
            // The first bug: who is logged in stays so.
            "USER" => {
                self.user_was_sent = true;
                (331, "Password?")
            }
            "PASS" if !user_was_sent => (503, "Send USER first"),
            "PASS" if argument == "secret" => {
                self.is_in = true;
                (230, "Welcome")
            }
            "PASS" => (530, "Wrong password"),
            "NOOP" => (200, "Nothing done"),
            "QUIT" => (221, "Goodbye"),
            // The second bug: HELP needs no login.
            "HELP" | "PWD" | "RNFR" | "RNTO" if !self.is_in => (530, "Log in first"),
            "HELP" => (214, "USER PASS NOOP QUIT HELP\nPWD RNFR RNTO"),
            "PWD" => (257, "\"/\""),
            "RNFR" if argument == "plan.txt" => (350, "To what name?"),
            "RNFR" => (550, "No such file"),
            // The third bug: RNTO needs an RNFR.
            "RNTO" => (250, "Renamed"),
            _ => (502, "Not implemented"),
        };
        Ok(Some(Reply::new(code, text)))
    }
}
