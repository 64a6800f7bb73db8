//! What the reply to a line changes on our side of the session: the data connection, its protection, TLS, and how long
//! a server is waited for.

use std::io::ErrorKind;
use std::time::Instant;

use ftproof_model::Code;

use super::{Level, Running, TcpSession, is_slow_on_purpose};
use crate::data_connection::Data;
use crate::reply::Reply;

impl TcpSession {
    /// Sets up, opens or forgets the data connection, and leaves TLS, as `reply` to `line` says.
    pub(super) fn follow(&mut self, line: &[u8], reply: &Reply) {
        // RFC 959 §4.1.1: REIN waits for the transfer, whose completion is then the first reply to come.
        if self.running.is_some()
            && completes_transfer(reply.code)
            && line.eq_ignore_ascii_case(b"REIN")
        {
            self.is_reinitializing = true;
            return;
        }
        if reply.code >= 300 {
            return;
        }
        let is = |verbs: &[&str]| {
            let verb = line.split(|&byte| byte == b' ').next().unwrap_or_default();
            verbs
                .iter()
                .any(|known| verb.eq_ignore_ascii_case(known.as_bytes()))
        };
        match reply.code {
            100..=199 if is(&["STOR", "STOU", "APPE"]) => {
                self.running = Some(Running::Announced { is_upload: true });
            }
            100..=199 if is(&["RETR", "LIST", "NLST", "MLSD"]) => {
                self.running = Some(Running::Announced { is_upload: false });
            }
            100..=199 => self.is_reinitializing = is(&["REIN"]),
            227..=229 if is(&["PASV", "EPSV", "LPSV"]) => {
                self.data = Data::passive(reply, self.peer, self.patience.deadline);
            }
            _ if is(&["PORT", "EPRT", "LPRT"]) => {
                if let Some(listener) = self.offered.take() {
                    self.data = Data::active(listener);
                }
            }
            _ if is(&["REIN"]) => self.reinitialize(),
            // Nothing more is moved: a server may wait for the end of what was set up before it closes.
            _ if is(&["QUIT"]) && self.running.is_none() => self.data = Data::None,
            _ if line.eq_ignore_ascii_case(b"PROT P") && self.control.is_protected() => {
                self.level = Level::Private;
            }
            _ if line.eq_ignore_ascii_case(b"PROT C") => self.level = Level::Clear,
            // RFC 4217 §9: the level stays. A server that is gone shows it where the next reply is awaited.
            _ if is(&["CCC"]) => drop(self.control.leave_tls()),
            _ => {}
        }
    }

    /// The reply to the last line came, though late: the others may take as long.
    pub(super) fn follow_late(&mut self, since: Instant, reply: &Reply) {
        let line = std::mem::take(&mut self.line);
        let sent = line.strip_suffix(b"\r\n").unwrap_or(&line);
        if !is_slow_on_purpose(sent) {
            self.patience.learn(since.elapsed());
        }
        self.follow(sent, reply);
        self.line = line;
    }

    /// REIN is done: all parameters are as at first (RFC 959 §4.1.1). RFC 4217 §13: TLS ends too. Not every server
    /// does so, but who does says that it leaves.
    pub(super) fn reinitialize(&mut self) {
        self.is_reinitializing = false;
        self.data = Data::None;
        self.level = Level::Clear;
        if !self.control.is_protected() {
            return;
        }
        let habit = &self.patience.tls_ends;
        let (since, patience) = (Instant::now(), self.patience.for_habit(habit));
        let mut chunk = [0; 4096];
        while since.elapsed() < patience {
            match self.control.read(&mut chunk, patience) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(count) => {
                    self.reader.push(&chunk[..count]);
                    break;
                }
                Err(_) => break,
            }
        }
        let is_left = self.control.was_left_by_server();
        habit.learn(!is_left);
        if is_left {
            // A server that is gone shows it where the next reply is awaited.
            let _ = self.control.leave_tls();
        }
    }
}

/// Whether a reply may be the end of a transfer (RFC 959 §5.4).
pub(super) fn completes_transfer(code: Code) -> bool {
    matches!(code, 226 | 250 | 425 | 426 | 451 | 551 | 552)
}
