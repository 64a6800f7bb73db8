//! The forms of logs, and how one is told from another: by the lines that have its marks.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use ftproof_model::Transcript;

use super::heard::{Heard, What};
use super::{
    bsd, curl, filezilla, ftplib, lftp, ncftp, plain, proftpd, pyftpdlib, vsftpd, wget, winscp,
};
use crate::selection::nearest;

/// The form of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `curl -v`.
    Curl,
    /// `lftp -d`.
    Lftp,
    /// `wget -d`.
    Wget,
    /// Python's `ftplib` with `set_debuglevel`.
    Ftplib,
    /// FileZilla's message log; FluentFTP's has the same form.
    Filezilla,
    /// WinSCP's session log.
    Winscp,
    /// `tnftp -d` and other clients of BSD descent.
    Tnftp,
    /// `ncftp -d`, `ncftpls -d` and the like.
    Ncftp,
    /// vsftpd's protocol log.
    Vsftpd,
    /// proftpd's ExtendedLog.
    Proftpd,
    /// proftpd's trace.
    ProftpdTrace,
    /// pyftpdlib's log at level DEBUG.
    Pyftpdlib,
    /// A capture of packets, pcap or pcapng.
    Pcap,
    /// A transcript of ftproof.
    Transcript,
    /// Commands and replies without marks.
    Plain,
}

/// How a log was told to be of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guess {
    /// The form.
    pub form: Form,
    /// How many lines have its marks.
    pub marked: usize,
    /// How many lines that are not empty there are.
    pub lines: usize,
}

impl Form {
    /// Each form with its name and what its lines look like. One that looks for less comes later.
    const NAMED: [(Form, &'static str, &'static str); 15] = [
        (
            Form::Pcap,
            "pcap",
            "a capture of packets: tcpdump -w, Wireshark",
        ),
        (
            Form::Transcript,
            "transcript",
            "> PASV, < 227, # came: 227 …",
        ),
        (Form::Winscp, "winscp", "> 2026-01-31 12:00:00.000 PASV"),
        (Form::Curl, "curl", "> PASV, < 227 …, * …"),
        (Form::Lftp, "lftp", "---> PASV, <--- 227 …"),
        (Form::Ftplib, "ftplib", "*cmd* 'PASV', *resp* '227 …'"),
        (
            Form::Filezilla,
            "filezilla",
            "Command: PASV, Response: 227 …",
        ),
        (
            Form::Vsftpd,
            "vsftpd",
            "[pid 1] FTP command: Client \"…\", \"PASV\"",
        ),
        (
            Form::Proftpd,
            "proftpd",
            "127.0.0.1 UNKNOWN anna […] \"PASV\" 227 -",
        ),
        (
            Form::ProftpdTrace,
            "proftpd-trace",
            "[1] <command:7>: dispatching CMD command 'PASV' to …",
        ),
        (
            Form::Pyftpdlib,
            "pyftpdlib",
            "[D …] 127.0.0.1:5000-[anna] <- PASV",
        ),
        (Form::Ncftp, "ncftp", "Cmd: PASV, 227: …"),
        (Form::Tnftp, "tnftp", "---> PASV, 227 …"),
        (Form::Wget, "wget", "--> PASV, 227 …"),
        (Form::Plain, "plain", "PASV, 227 …"),
    ];

    /// Every form with what its lines look like.
    pub fn all() -> impl Iterator<Item = (Form, &'static str)> {
        Form::NAMED.iter().map(|&(form, _, look)| (form, look))
    }

    /// What `line` of a log of this form says, if it has the form's marks.
    pub(super) fn read(self, line: &str) -> Vec<Heard<'_>> {
        let one = match self {
            Form::Curl => curl::read(line),
            Form::Lftp => lftp::read(line),
            Form::Wget => wget::read(line),
            Form::Ftplib => ftplib::read(line),
            Form::Filezilla => filezilla::read(line),
            Form::Winscp => winscp::read(line),
            Form::Tnftp => bsd::read(line),
            Form::Ncftp => ncftp::read(line),
            Form::Vsftpd => vsftpd::read(line),
            Form::ProftpdTrace => proftpd::read_trace(line),
            Form::Pyftpdlib => pyftpdlib::read(line),
            Form::Plain => plain::read(line),
            Form::Proftpd => {
                return proftpd::read_extended(line).map_or_else(Vec::new, Vec::from);
            }
            Form::Pcap | Form::Transcript => None,
        };
        one.into_iter().collect()
    }

    /// The form that most lines of `text` have the marks of; `None`: no form has both a command and a reply.
    pub(super) fn guess(text: &str) -> Option<Guess> {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        if let Ok(transcript) = Transcript::parse(text)
            && transcript.sent().next().is_some()
        {
            return Some(Guess {
                form: Form::Transcript,
                marked: lines,
                lines,
            });
        }
        let mut best: Option<Guess> = None;
        for &(form, ..) in &Form::NAMED {
            let (marked, is_whole) = form.marks(text.lines());
            // What has marks of its own is not taken for what has none: a list of features looks like commands.
            let is_better = best.is_none_or(|best| form != Form::Plain && marked > best.marked);
            if is_whole && is_better {
                best = Some(Guess {
                    form,
                    marked,
                    lines,
                });
            }
        }
        best
    }

    /// The form of what this one does not read: the one that most of the other lines have the marks of, and where it
    /// begins.
    pub(super) fn beside(self, text: &str) -> Option<(Guess, usize)> {
        let others = || {
            let lines = text.lines().enumerate();
            lines.filter(|(_, line)| !line.trim().is_empty() && self.read(line).is_empty())
        };
        let lines = others().count();
        let forms = Form::all().map(|(form, _)| form);
        let guesses = forms.filter(|&form| form != self && form != Form::Plain);
        let guesses = guesses.filter_map(|form| {
            let (marked, is_whole) = form.marks(others().map(|(_, line)| line));
            is_whole.then_some(Guess {
                form,
                marked,
                lines,
            })
        });
        let guess = guesses.min_by_key(|guess| Reverse(guess.marked))?;
        let (first, _) = others().find(|(_, line)| !guess.form.read(line).is_empty())?;
        Some((guess, first + 1))
    }

    /// How many lines have the marks of this form, and whether both sides are heard.
    fn marks<'t>(self, lines: impl Iterator<Item = &'t str>) -> (usize, bool) {
        let (mut marked, mut sent, mut replied) = (0, false, false);
        for line in lines {
            let heard = self.read(line);
            marked += usize::from(!heard.is_empty());
            for one in heard {
                match one.what {
                    What::Sent(_) => sent = true,
                    What::Reply(_) => replied = true,
                    // lftp marks replies, and so differs from the other clients of BSD descent.
                    What::MaybeReply(_) => replied |= self != Form::Lftp,
                }
            }
        }
        (marked, sent && replied)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Form::NAMED.iter().find(|(form, ..)| form == self);
        out.pad(named.map_or("", |(_, name, _)| name))
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let named = Form::NAMED.iter().find(|(_, name, _)| *name == word);
        named.map(|&(form, ..)| form).ok_or_else(|| {
            let names = Form::NAMED.iter().map(|&(_, name, _)| name);
            let all: Vec<&str> = names.clone().collect();
            format!(
                "the nearest are {}; all: {}",
                nearest(word, names),
                all.join(" ")
            )
        })
    }
}
