//! The committed seeds of the fuzz targets: made from the table of rules and the transcripts, and replayed on stable.
//!
//! `FTPROOF_BLESS=1 cargo test --test corpus the_committed` makes the seeds again. What a fuzzer adds beside them is
//! replayed too, and every past crash in `fuzz/crashes`.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use arbitrary::{Arbitrary, Unstructured};
use ftproof::embedded::embedded_names;
use ftproof::fuzzing::{
    AnyInput, Inputs, Script, bytes_are_answered, server_bytes_are_answered, session_conforms,
};
use ftproof::verify::machine;
use ftproof_core::{LINE_BYTES_MAX, TransferOutcome};
use ftproof_model::{DataAction, Entry, Input, StateGraph, Transcript};

const SEEDS_BYTES_MAX: usize = 200 * 1024;

/// Seeds by file name.
type Seeds = BTreeMap<String, Vec<u8>>;

fn folder(kind: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(kind)
        .join(target)
}

/// The files in a folder, sorted; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs `body` on every file of the corpus and on every past crash. The name of the one that fails is printed.
fn replay<T: for<'a> Arbitrary<'a>>(target: &str, body: fn(&T)) {
    let corpus = files(&folder("corpus", target));
    assert!(!corpus.is_empty(), "fuzz/corpus/{target} is empty");
    for file in corpus.into_iter().chain(files(&folder("crashes", target))) {
        println!("{}", file.display());
        let bytes = fs::read(&file).unwrap();
        body(&T::arbitrary_take_rest(Unstructured::new(&bytes)).unwrap());
    }
}

#[test]
fn the_session_conforms_on_every_seed_and_past_crash() {
    replay::<Inputs>("session", session_conforms);
}

#[test]
fn the_bytes_of_every_seed_and_past_crash_are_answered() {
    replay::<Script>("bytes", bytes_are_answered);
}

/// What the session is sent, the server is sent too.
#[test]
fn the_server_answers_the_bytes_of_every_seed_and_past_crash() {
    replay::<Script>("bytes", server_bytes_are_answered);
    for crash in files(&folder("crashes", "server_bytes")) {
        println!("{}", crash.display());
        server_bytes_are_answered(&Script::parse(&fs::read(&crash).unwrap()));
    }
}

/// A shortest sequence of inputs for every row of the table that ends with it, by the row's name.
fn rows() -> BTreeMap<String, Vec<AnyInput>> {
    let machine = machine();
    let graph = StateGraph::explore(&machine);
    let mut rows = BTreeMap::new();
    for (_, from, edge, _) in graph.edges() {
        rows.entry(slug(edge.rule.name)).or_insert_with(|| {
            let mut inputs = graph.access_sequence(graph.node(from).unwrap());
            inputs.push(edge.input);
            inputs
                .into_iter()
                .map(|input| AnyInput::Known {
                    input,
                    lower_case: false,
                })
                .collect()
        });
    }
    assert_eq!(
        rows.len(),
        machine.rules().len(),
        "two rows have one name, or one is not used"
    );
    rows
}

/// What each committed transcript of one session sends, by its file's name.
fn transcripts() -> BTreeMap<String, Vec<AnyInput>> {
    let mut transcripts = BTreeMap::new();
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")) {
        let transcript = Transcript::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        if transcript
            .entries
            .iter()
            .any(|entry| matches!(entry, Entry::Session(_)))
        {
            continue;
        }
        let inputs = transcript.entries.iter().filter_map(input).collect();
        transcripts.insert(slug(file.file_stem().unwrap().to_str().unwrap()), inputs);
    }
    transcripts
}

fn input(entry: &Entry) -> Option<AnyInput> {
    let event = |input| {
        Some(AnyInput::Known {
            input,
            lower_case: false,
        })
    };
    match entry {
        Entry::Send(template) => Some(AnyInput::of_line(&embedded_names().fill(template).unwrap())),
        Entry::Data(DataAction::Read(_) | DataAction::Size(_) | DataAction::Close) => {
            event(Input::DataDone)
        }
        Entry::Data(DataAction::Refuse) => event(Input::DataRefused),
        Entry::Data(DataAction::Break) => event(Input::DataBroken),
        Entry::Data(DataAction::Fail) => event(Input::DataFailed),
        Entry::Data(DataAction::Send(_)) | Entry::Tls | Entry::Session(_) | Entry::Close => None,
        Entry::Comment(_) | Entry::Blank | Entry::Expect(_) => None,
    }
}

fn slug(name: &str) -> String {
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let words: String = name.chars().map(letter).collect();
    words
        .split('_')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_")
        + ".seed"
}

fn session_seed(inputs: &[AnyInput]) -> Vec<u8> {
    let mut seed = Vec::new();
    inputs.iter().for_each(|input| input.write_seed(&mut seed));
    seed
}

/// The same as bytes. Every other line comes in two chunks.
fn bytes_seed(inputs: &[AnyInput]) -> Vec<u8> {
    let mut seed = Vec::new();
    for (number, input) in inputs.iter().enumerate() {
        match input.entry() {
            Entry::Send(template) => {
                let mut line = embedded_names().fill(&template).unwrap();
                line.extend(b"\r\n");
                if number % 2 == 1 {
                    line.insert(line.len() / 2, Script::CUT);
                }
                seed.extend(line);
            }
            event => seed.extend([Script::END, Script::number(outcome(&event))]),
        }
    }
    seed
}

fn outcome(event: &Entry) -> TransferOutcome {
    match event {
        Entry::Data(DataAction::Refuse) => TransferOutcome::NotOpened,
        Entry::Data(DataAction::Break) => TransferOutcome::Broken,
        Entry::Data(DataAction::Fail) => TransferOutcome::LocalError,
        _ => TransferOutcome::Completed,
    }
}

/// What no row is about: Telnet sequences, bare CR and LF, a line that is too long, and lines that are not read yet.
fn hard_bytes() -> Seeds {
    let too_long = [
        b"STOR ".as_slice(),
        &[b'a'; LINE_BYTES_MAX],
        b"\r\nHELP\r\n",
    ]
    .concat();
    let telnet = b"\xff\xf4\xff\xf2ABOR\r\n\xff\xfb\x01NO\xff\xfa\x18\x00\xff\xc1\xf0OP\r\n\
        PASS \xff\xff\r\n\xff\xfaopen";
    let line_ends = b"NOOP\nNOOP\rNOOP\r\0\r\r\nNO\0OP\r\xc1\n\r\n \r\n";
    let behind_tls = b"USER open\r\nAUTH TLS\r\nUSER open\r\n\xc0\x00PBSZ 0\r\n";
    let behind_rein = b"USER open\r\nPASV\r\nSTOR a\r\nREIN\r\nUSER open\r\nHE\xc1LP\r\nQU\xc1IT\r\n\xc0\x00NOOP\r\n";
    [
        ("held_behind_rein", behind_rein.as_slice()),
        ("line_too_long", &too_long),
        ("telnet_sequences", telnet),
        ("line_ends", line_ends),
        ("injected_behind_auth_tls", behind_tls),
    ]
    .into_iter()
    .map(|(name, seed)| (slug(name), seed.to_vec()))
    .collect()
}

fn seeds(target: &str) -> Seeds {
    let encode = if target == "session" {
        session_seed
    } else {
        bytes_seed
    };
    let inputs = rows().into_iter().chain(transcripts());
    let mut seeds: Seeds = inputs
        .map(|(name, inputs)| (name, encode(&inputs)))
        .collect();
    if target == "bytes" {
        seeds.extend(hard_bytes());
    }
    seeds
}

#[test]
fn the_committed_seeds_are_those_of_the_table_and_the_transcripts() {
    let mut bytes = 0;
    for target in ["session", "bytes"] {
        let (folder, seeds) = (folder("corpus", target), seeds(target));
        let is_seed = |file: &PathBuf| {
            file.extension()
                .is_some_and(|extension| extension == "seed")
        };
        let committed = files(&folder).into_iter().filter(is_seed);
        if env::var_os("FTPROOF_BLESS").is_some() {
            committed.for_each(|file| fs::remove_file(file).unwrap());
            fs::create_dir_all(&folder).unwrap();
            seeds
                .iter()
                .for_each(|(name, seed)| fs::write(folder.join(name), seed).unwrap());
        } else {
            let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
            let committed: Seeds = committed
                .map(|file| (name(&file), fs::read(&file).unwrap()))
                .collect();
            let differ = |name: &&String| committed.get(*name) != seeds.get(*name);
            let names: Vec<&String> = committed
                .keys()
                .chain(seeds.keys())
                .filter(differ)
                .collect();
            assert!(
                names.is_empty(),
                "in fuzz/corpus/{target} differ (FTPROOF_BLESS=1 cargo test --test corpus the_committed): {names:?}"
            );
        }
        bytes += seeds.values().map(Vec::len).sum::<usize>();
    }
    assert!(bytes < SEEDS_BYTES_MAX, "{bytes} bytes");
}

#[test]
fn a_seed_is_read_back_as_the_inputs_that_it_was_made_of() {
    let argued = AnyInput::Argued {
        input: Input::Rnto,
        argument: b"a b".to_vec(),
    };
    let lower_case = AnyInput::Known {
        input: Input::Help,
        lower_case: true,
    };
    let others = (
        "others".to_owned(),
        vec![argued, lower_case, AnyInput::Raw(b"x".to_vec())],
    );
    for (name, inputs) in rows().into_iter().chain(transcripts()).chain([others]) {
        let seed = session_seed(&inputs);
        let read = Inputs::arbitrary_take_rest(Unstructured::new(&seed)).unwrap();
        assert_eq!(read, Inputs(inputs), "{name}");
    }
}
