//! A client of the session, for tests: lines out, codes back.
#![allow(dead_code, reason = "each test file uses its part")]

use ftproof_core::{Answer, Effect, Line, MemorySite, Session, Transfer, TransferOutcome};

/// A session on its own copy of the fixture.
#[derive(Clone)]
pub struct Client {
    pub session: Session,
    pub site: MemorySite,
}

impl Client {
    pub fn new() -> Self {
        Self {
            session: Session::new(),
            site: MemorySite::fixture(),
        }
    }

    /// Logged in as `ftptest`.
    pub fn logged_in() -> Self {
        Self::after(&["USER ftptest", "PASS secret"])
    }

    /// After these lines. `END` is the end of a transfer.
    pub fn after(lines: &[&str]) -> Self {
        let mut client = Self::new();
        for line in lines {
            client.codes(line);
        }
        client
    }

    pub fn answer(&mut self, line: &str) -> Answer {
        if line == "END" {
            return self
                .session
                .transfer_ended(TransferOutcome::Completed, &mut self.site);
        }
        self.session
            .line(Line::Complete(line.as_bytes()), &mut self.site)
    }

    /// The codes of the replies, as in `426 226`; empty for none.
    pub fn codes(&mut self, line: &str) -> String {
        let codes: Vec<_> = self
            .answer(line)
            .replies
            .codes()
            .map(|code| code.to_string())
            .collect();
        codes.join(" ")
    }

    /// The replies as they are sent.
    pub fn bytes(&mut self, line: &str) -> String {
        let mut out = Vec::new();
        for reply in &self.answer(line).replies {
            reply.write_to(&mut out);
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The transfer that a command starts.
    pub fn transfer(&mut self, line: &str) -> Transfer {
        match self.answer(line).effect {
            Some(Effect::OpenData(transfer)) => transfer,
            other => panic!("{line}: no transfer but {other:?}"),
        }
    }

    /// What RETR, LIST, NLST or MLSD sends; the transfer is ended.
    pub fn download(&mut self, line: &str) -> String {
        self.codes("PASV");
        let transfer = self.transfer(line);
        let bytes = transfer
            .outgoing(&self.site)
            .expect("a transfer that sends");
        assert_eq!(self.codes("END"), "226");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Stores these bytes; the transfer is ended.
    pub fn upload(&mut self, line: &str, bytes: &[u8]) {
        let transfer = self.transfer(line);
        transfer
            .store(&mut self.site, bytes)
            .expect("the fixture takes it");
        assert_eq!(self.codes("END"), "226");
    }
}

/// Runs a transcript: each step is a line and the codes it must get.
#[track_caller]
pub fn transcript(steps: &[(&str, &str)]) {
    let mut client = Client::new();
    for (line, codes) in steps {
        assert_eq!(client.codes(line), *codes, "{line} in {steps:?}");
    }
}

/// Runs a transcript that begins logged in.
#[track_caller]
pub fn transcript_in(steps: &[(&str, &str)]) {
    transcript(&[&[("USER ftptest", "331"), ("PASS secret", "230")], steps].concat());
}
