//! A log explained: which command was out of order, what took away what it needed, and the shortest way on.
//!
//! [`explain`] tells the form of a log, follows its sessions by their replies, and gives each refusal that is about
//! order a reason: the step that was skipped, or that the server is wrong there. It does not guess at what the log does
//! not show: where a session can be in several states, it speaks only when all of them agree, or the reply says so.

mod bsd;
mod capture;
mod cause;
mod classify;
mod curl;
mod dialogue;
mod encoding;
mod filezilla;
mod finding;
mod follow;
mod form;
mod ftplib;
mod heard;
mod lftp;
mod ncftp;
mod plain;
mod proftpd;
mod pyftpdlib;
mod reading;
mod stream;
mod text;
mod vsftpd;
mod wget;
mod winscp;

use serde::Serialize;

pub use finding::{Fault, Finding};
pub use form::Form;
pub use reading::{LOG_BYTES_MAX, NotUnderstood};

use super::rules::Rules;
use dialogue::{Dialogue, Step};
use reading::Reading;

/// How many replies of a log are followed.
const REPLIES_MAX: usize = 200_000;

/// What there is to say of a log.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// Its form.
    pub form: String,
    /// How that is known.
    pub told_by: String,
    /// How many sessions were found.
    pub sessions: usize,
    /// How many replies to commands.
    pub replies: usize,
    /// What is wrong about order, in the order of the log, session by session.
    pub findings: Vec<Finding>,
    /// What else there is to say: what was cut off, what was not read.
    pub notes: Vec<String>,
    #[serde(skip)]
    pub(crate) unit: &'static str,
}

/// Explains the log that `bytes` are, of the form that is given or else of the one that it looks like.
///
/// Costs one pass over the text for each form, and for each reply one look at the rules in each state that it leaves
/// open: a session that is seen from its beginning leaves one or two open, any other some hundred at first.
pub fn explain(
    rules: &Rules,
    bytes: &[u8],
    form: Option<Form>,
) -> Result<Explanation, NotUnderstood> {
    let mut reading = reading::read(bytes, form)?;
    leave_out_the_rest(&mut reading);
    let is_capture = reading.form == Form::Pcap;
    let prepared = cause::prepared(&reading.sessions);
    let mut findings: Vec<Finding> = Vec::new();
    let mut replies = 0;
    for (at, session) in reading.sessions.iter().enumerate() {
        let is_answer = |step: &&Step| !matches!(step, Step::Greeted { .. });
        replies += session.steps.iter().filter(is_answer).count();
        findings.extend(follow::findings(rules, session, &prepared, at));
    }
    if is_capture {
        for finding in &mut findings {
            finding.because = finding.because.replace(" line ", " packet ");
            finding.remedy = finding.remedy.replace(" line ", " packet ");
        }
    }
    Ok(Explanation {
        form: reading.form.to_string(),
        told_by: reading.told_by,
        sessions: reading.sessions.iter().map(Dialogue::sessions).sum(),
        replies,
        findings,
        notes: reading
            .notes
            .iter()
            .map(|note| {
                if is_capture {
                    note.replace(" line ", " packet ")
                } else {
                    note.clone()
                }
            })
            .collect(),
        unit: if is_capture { "packet" } else { "line" },
    })
}

/// Keeps the replies that are followed, and says what is left out.
fn leave_out_the_rest(reading: &mut Reading) {
    let mut left = REPLIES_MAX;
    for session in &mut reading.sessions {
        if session.steps.len() > left {
            reading.notes.push(format!(
                "of {} replies only the first {REPLIES_MAX} of the log were followed; cut out the session in question",
                session.steps.len()
            ));
        }
        session.steps.truncate(left);
        left -= session.steps.len();
    }
}

impl Explanation {
    /// Whether something about order is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.findings.is_empty()
    }

    /// The explanation for people, in lines of at most `columns`.
    pub fn text(&self, columns: usize) -> String {
        text::text(self, columns)
    }
}
