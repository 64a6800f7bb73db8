//! A folder of transcripts: sessions in which something new came. Later runs and other machines begin with them, and
//! two folders merge by copying files, because a file's name is made of what it sends.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use ftproof_model::{DataAction, Entry, Input, Transcript};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Campaign;
use crate::bounded;
use crate::fuzzing::{AnyInput, Inputs};
use crate::reply::shown;

/// A file that is larger is no session of ours.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Nobody makes more runs.
const RUNS_MAX: u64 = u64::MAX / 2;
/// So many files are read at the most.
const FILES_MAX: usize = 100_000;

/// Why a corpus cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CorpusError {
    /// The system does not let us.
    #[error("cannot {what} {}: {reason}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// What it says of the runs before is not what is asked for now.
    #[error("cannot go on from {}: {reason}", path.display())]
    OtherCampaign {
        /// The file.
        path: PathBuf,
        /// What is different.
        reason: String,
    },
}

/// The folder, and what was read from it.
#[derive(Debug, Default)]
pub struct Corpus {
    folder: Option<PathBuf>,
    sessions: Vec<Inputs>,
    /// The files that are no transcript, or of more sessions than two, each with the reason.
    pub skipped: Vec<String>,
    added: AtomicUsize,
    /// How many runs each worker made before.
    runs: Vec<u64>,
}

impl Clone for Corpus {
    fn clone(&self) -> Self {
        Corpus {
            folder: self.folder.clone(),
            sessions: self.sessions.clone(),
            skipped: self.skipped.clone(),
            added: AtomicUsize::new(self.added()),
            runs: self.runs.clone(),
        }
    }
}

/// How far a campaign was when it ended.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    seed: u64,
    jobs: usize,
    shard: usize,
    shards: usize,
    /// The runs of each worker.
    runs: Vec<u64>,
}

impl Corpus {
    /// Reads the folder of `campaign`, and makes it where it is not there. What does not parse is skipped.
    pub(super) fn open(campaign: &Campaign) -> Result<Self, CorpusError> {
        let Some(folder) = &campaign.corpus else {
            return Ok(Corpus::default());
        };
        fs::create_dir_all(folder).map_err(|error| io("make the folder", folder, &error))?;
        let entries = fs::read_dir(folder).map_err(|error| io("read", folder, &error))?;
        let mut files: Vec<PathBuf> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "ftp"));
        files.sort();
        let mut corpus = Corpus {
            folder: Some(folder.clone()),
            ..Corpus::default()
        };
        let left_out = files.len().saturating_sub(FILES_MAX);
        if left_out > 0 {
            files.truncate(FILES_MAX);
            corpus
                .skipped
                .push(format!("{left_out} files more than {FILES_MAX}"));
        }
        for file in files {
            match read(&file) {
                Ok(session) => corpus.sessions.push(session),
                Err(reason) => {
                    let name = shown(file.as_os_str().as_encoded_bytes());
                    corpus.skipped.push(format!("{name}: {reason}"));
                }
            }
        }
        if campaign.resume {
            corpus.runs = runs_before(campaign, folder)?;
        }
        Ok(corpus)
    }

    /// How many sessions were read.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there was no session in it.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// How many sessions were added.
    pub fn added(&self) -> usize {
        self.added.load(Ordering::Relaxed)
    }

    /// The sessions that one of so many workers plays.
    pub(super) fn part(&self, index: usize, count: usize) -> impl Iterator<Item = &Inputs> {
        self.sessions.iter().skip(index).step_by(count)
    }

    /// How many runs the worker with this index made before.
    pub(super) fn runs_before(&self, index: usize) -> u64 {
        self.runs.get(index).copied().unwrap_or_default()
    }

    /// Adds a session, unless it is there: a whole file or none.
    pub(super) fn add(&self, session: &Inputs) -> Result<(), CorpusError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let text = session.transcript().to_string();
        let path = folder.join(format!("{:016x}.ftp", digest(text.as_bytes())));
        if path.exists() {
            return Ok(());
        }
        write_whole(&path, &text)?;
        self.added.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Writes down how far the campaign is.
    pub(super) fn note(&self, campaign: &Campaign, runs: &[u64]) -> Result<(), CorpusError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let position = Position {
            seed: campaign.seed,
            jobs: campaign.jobs,
            shard: campaign.shard.index + 1,
            shards: campaign.shard.count,
            runs: (0..)
                .zip(runs)
                .map(|(index, runs)| self.runs_before(index) + runs)
                .collect(),
        };
        let text = serde_json::to_string(&position).unwrap_or_default();
        write_whole(&position_file(campaign, folder), &text)
    }
}

fn io(what: &'static str, path: &Path, error: &Error) -> CorpusError {
    CorpusError::Io {
        what,
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn position_file(campaign: &Campaign, folder: &Path) -> PathBuf {
    let shard = campaign.shard;
    folder.join(format!(
        "position-{}-of-{}.json",
        shard.index + 1,
        shard.count
    ))
}

/// No file: nothing was made before.
fn runs_before(campaign: &Campaign, folder: &Path) -> Result<Vec<u64>, CorpusError> {
    let path = position_file(campaign, folder);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| io("read", &path, &error))?,
    };
    let other = |reason: String| CorpusError::OtherCampaign {
        path: path.clone(),
        reason,
    };
    let position: Position =
        serde_json::from_str(&text).map_err(|error| other(error.to_string()))?;
    if (position.seed, position.jobs) != (campaign.seed, campaign.jobs) {
        return Err(other(format!(
            "it was made with --seed {} --jobs {}",
            position.seed, position.jobs
        )));
    }
    let shard = campaign.shard;
    let is_sound = (position.shard, position.shards) == (shard.index + 1, shard.count)
        && position.runs.len() <= position.jobs
        && position.runs.iter().all(|&runs| runs <= RUNS_MAX);
    if !is_sound {
        return Err(other("it is damaged; remove it to begin anew".to_owned()));
    }
    Ok(position.runs)
}

fn write_whole(path: &Path, text: &str) -> Result<(), CorpusError> {
    let partial = path.with_extension(format!("partial-{}", std::process::id()));
    fs::write(&partial, text)
        .and_then(|()| fs::rename(&partial, path))
        .inspect_err(|_| drop(fs::remove_file(&partial)))
        .map_err(|error| io("write", path, &error))
}

fn read(file: &Path) -> Result<Inputs, String> {
    let is_file = fs::metadata(file)
        .map_err(|error| error.to_string())?
        .is_file();
    if !is_file {
        return Err("it is no file".to_owned());
    }
    let bytes = bounded::bytes(file, FILE_BYTES_MAX).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    let transcript = Transcript::parse(&text).map_err(|error| error.to_string())?;
    inputs(&transcript).ok_or_else(|| "it has a session that is neither A nor B".to_owned())
}

const IAC: u8 = 255;

/// What a transcript sends; `None`: in other sessions than two that are called A and B.
fn inputs(transcript: &Transcript) -> Option<Inputs> {
    let (mut inputs, mut in_b) = (Vec::new(), false);
    for entry in &transcript.entries {
        match entry {
            Entry::Session(name) => {
                let is_b = name == "B";
                if !is_b && name != "A" {
                    return None;
                }
                inputs.extend((is_b != in_b).then_some(AnyInput::Switch));
                in_b = is_b;
            }
            Entry::Send(template) => inputs.extend(of_segment(template)),
            Entry::Data(DataAction::Refuse) => inputs.push(AnyInput::known(Input::DataRefused)),
            Entry::Data(DataAction::Break) => inputs.push(AnyInput::known(Input::DataBroken)),
            Entry::Data(DataAction::Fail) => inputs.push(AnyInput::known(Input::DataFailed)),
            Entry::Data(DataAction::Read(_) | DataAction::Size(_) | DataAction::Close) => {
                inputs.push(AnyInput::known(Input::DataDone));
            }
            Entry::Data(DataAction::Send(_)) | Entry::Tls | Entry::Close => {}
            Entry::Comment(_) | Entry::Blank | Entry::Expect(_) => {}
        }
    }
    Some(Inputs(inputs))
}

/// The lines of a segment, joined.
fn of_segment(segment: &[u8]) -> Vec<AnyInput> {
    let mut inputs = Vec::new();
    let mut rest = Some(segment);
    while let Some(lines) = rest {
        let end = lines.windows(2).position(|two| two == b"\r\n");
        let (line, behind) = end.map_or((lines, None), |end| {
            (&lines[..end], Some(&lines[end + 2..]))
        });
        inputs.extend((!inputs.is_empty()).then_some(AnyInput::Join));
        inputs.push(of_template(line));
        rest = behind;
    }
    inputs
}

/// The input with this line; a raw line if there is none.
fn of_template(template: &[u8]) -> AnyInput {
    let is_it = |input: &&Input| input.line().is_some_and(|line| line.as_bytes() == template);
    match Input::ALL.iter().find(is_it) {
        Some(&input) => AnyInput::known(input),
        None => AnyInput::Raw(undoubled(template).into()),
    }
}

/// A raw line as it was before it was sent: what Telnet doubles (RFC 854), once.
fn undoubled(line: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        plain.push(byte);
        if byte == IAC {
            bytes.next_if_eq(&IAC);
        }
    }
    plain
}

/// FNV-1a, 64 bits: the same on every machine.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, &byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_back_as_what_was_written() {
        let all = Inputs(
            Input::ALL
                .iter()
                .map(|&input| AnyInput::known(input))
                .collect(),
        );
        let text = all.transcript().to_string();
        assert_eq!(inputs(&Transcript::parse(&text).unwrap()), Some(all));
        let raw = Inputs(vec![AnyInput::Raw(b"\xff\0 x".as_slice().into())]);
        let text = raw.transcript().to_string();
        let read = inputs(&Transcript::parse(&text).unwrap()).unwrap();
        assert_eq!(read.transcript(), raw.transcript());
    }

    #[test]
    fn two_sessions_and_segments_are_read_back_as_what_was_written() {
        let line = AnyInput::known;
        let written = Inputs(vec![
            line(Input::Rnfr),
            AnyInput::Join,
            line(Input::Noop),
            AnyInput::Join,
            line(Input::Rnto),
            AnyInput::Switch,
            line(Input::Pwd),
            line(Input::Pwd),
            AnyInput::Switch,
            line(Input::Syst),
        ]);
        let text = written.transcript().to_string();
        let told = "> RNFR {file}\\x0d\\x0aNOOP\\x0d\\x0aRNTO {renamed}\n@session B\n";
        assert!(text.starts_with(told), "{text}");
        assert_eq!(inputs(&Transcript::parse(&text).unwrap()), Some(written));
        let third = Transcript::parse("> NOOP\n@session C\n> NOOP\n").unwrap();
        assert_eq!(inputs(&third), None);
    }
}
