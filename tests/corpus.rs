//! The committed seeds of the fuzz targets: made from the table of rules and the transcripts, and replayed on stable.
//!
//! `FTPROOF_BLESS=1 cargo test --test claims corpus::the_committed` makes the seeds again. What a fuzzer adds beside
//! them is replayed too, and every past crash in `fuzz/crashes`.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::{env, fs};

use arbitrary::{Arbitrary, Unstructured};
use ftproof::embedded::embedded_names;
use ftproof::fuzzing::{
    AnyInput, INPUTS_MAX, Inputs, Script, Spelling, bytes_are_answered, known_is_read,
    manner_does_not_matter, replies_are_read, server_bytes_are_answered, session_conforms,
    transcript_is_read,
};
use ftproof::verify::machine;
use ftproof_core::{LINE_BYTES_MAX, TransferOutcome, Verb};
use ftproof_model::{DataAction, Entry, Input, State, StateGraph, Transcript};

const SEEDS_BYTES_MAX: usize = 300 * 1024;

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
            inputs.into_iter().map(AnyInput::known).collect()
        });
    }
    assert_eq!(
        rows.len(),
        machine.rules().len(),
        "two rows have one name, or one is not used"
    );
    rows
}

/// Sequences that go over every edge of the state graph, by number: over an edge that is due, or else to the nearest
/// state that has one.
fn tours() -> BTreeMap<String, Vec<AnyInput>> {
    let machine = machine();
    let graph = StateGraph::explore(&machine);
    let number = |state: State| graph.node(state).unwrap().index();
    let mut due: Vec<Vec<(Input, usize)>> = vec![Vec::new(); graph.graph().node_count()];
    for (_, from, edge, to) in graph.edges() {
        due[number(from)].push((edge.input, number(to)));
    }
    let ways = due.clone();
    let mut tours = BTreeMap::new();
    while due.iter().any(|due| !due.is_empty()) {
        let (mut at, mut inputs) = (graph.start().index(), Vec::new());
        while inputs.len() < INPUTS_MAX {
            let way = match due[at].pop() {
                Some(edge) => vec![edge],
                None => nearest_due(&ways, &due, at),
            };
            if way.is_empty() {
                break;
            }
            for (input, to) in way {
                inputs.push(AnyInput::known(input));
                at = to;
            }
        }
        // No edge was taken behind this.
        inputs.truncate(INPUTS_MAX);
        tours.insert(format!("tour_{:04}.seed", tours.len()), inputs);
    }
    tours
}

/// A shortest way from `at` to a state of which an edge is due.
fn nearest_due(
    ways: &[Vec<(Input, usize)>],
    due: &[Vec<(Input, usize)>],
    at: usize,
) -> Vec<(Input, usize)> {
    let mut came_by: BTreeMap<usize, (usize, Input)> = BTreeMap::new();
    let mut queue = VecDeque::from([at]);
    while let Some(here) = queue.pop_front() {
        if !due[here].is_empty() {
            let (mut way, mut back) = (Vec::new(), here);
            while back != at {
                let (before, input) = came_by[&back];
                way.push((input, back));
                back = before;
            }
            way.reverse();
            return way;
        }
        for &(input, to) in &ways[here] {
            if to != at && !came_by.contains_key(&to) {
                came_by.insert(to, (here, input));
                queue.push_back(to);
            }
        }
    }
    Vec::new()
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
    let event = |input| Some(AnyInput::known(input));
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
        match input.entry(false) {
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

/// Seeds of the targets that read text: the committed transcripts and accepted findings, and what servers say.
fn text_seeds(target: &str) -> Seeds {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of = |folder: &str| {
        let named = |file: PathBuf| {
            let name = slug(file.file_stem().unwrap().to_str().unwrap());
            (name, fs::read(&file).unwrap())
        };
        files(&root.join(folder)).into_iter().map(named).collect()
    };
    match target {
        "transcript" => of("tests/transcripts"),
        "known" => of("tests/known"),
        _ => {
            let replies: [(&str, &[u8]); 6] = [
                ("single", b"220 ready\r\n331 password\r\n"),
                ("multi", b"211-a\r\n b\r\n 211 c\r\n211 end\r\n"),
                ("other_code_inside", b"214-a\r\n220-b\r\n214 end\r\n"),
                ("bare_line_ends", b"220 a\n331 b\r200 c\r\n"),
                ("web", b"HTTP/1.0 400 Bad Request\r\n\r\n"),
                (
                    "codes",
                    b"999 a\r\n000 b\r\n21\r\n214\r\n214x\r\n\xff\xf1 214 d\r\n",
                ),
            ];
            replies
                .into_iter()
                .map(|(name, seed)| (slug(name), seed.to_vec()))
                .collect()
        }
    }
}

fn seeds(target: &str) -> Seeds {
    if matches!(target, "reply" | "transcript" | "known") {
        return text_seeds(target);
    }
    let encode = if target == "session" {
        session_seed
    } else {
        bytes_seed
    };
    let mut inputs = rows();
    inputs.extend(transcripts());
    if target == "session" {
        inputs.extend(tours());
    }
    let encoded = inputs
        .into_iter()
        .map(|(name, inputs)| (name, encode(&inputs)));
    let mut seeds: Seeds = encoded.collect();
    if target == "bytes" {
        seeds.extend(hard_bytes());
    }
    seeds
}

#[test]
fn the_committed_seeds_are_those_of_the_table_and_the_transcripts() {
    let mut bytes = 0;
    for target in ["session", "bytes", "reply", "transcript", "known"] {
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
                "in fuzz/corpus/{target} differ (FTPROOF_BLESS=1 cargo test --test claims corpus::the_committed): \
                 {names:?}"
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
        argument: b"a b".as_slice().into(),
    };
    let spelled = Spelling::OTHERS.iter().map(|&spelling| AnyInput::Known {
        input: Input::Help,
        spelling,
    });
    let others = (
        "others".to_owned(),
        [
            argued,
            AnyInput::Raw(b"x".as_slice().into()),
            AnyInput::Join,
            AnyInput::Switch,
        ]
        .into_iter()
        .chain(spelled)
        .collect(),
    );
    for (name, inputs) in rows().into_iter().chain(transcripts()).chain([others]) {
        let seed = session_seed(&inputs);
        let read = Inputs::arbitrary_take_rest(Unstructured::new(&seed)).unwrap();
        assert_eq!(read, Inputs(inputs), "{name}");
    }
}

/// The dictionary of libFuzzer: each verb, and each argument of the alphabet.
fn dictionary() -> String {
    let mut words: BTreeSet<Vec<u8>> = Verb::ALL
        .iter()
        .map(|verb| format!("{verb} ").into_bytes())
        .collect();
    for input in Input::ALL {
        let line = input.line().unwrap_or_default().as_bytes();
        let line = embedded_names().fill(line).unwrap();
        words.extend(
            line.splitn(2, |&byte| byte == b' ')
                .nth(1)
                .map(<[u8]>::to_vec),
        );
    }
    words.extend([
        b"\r\n".to_vec(),
        vec![255, 241],
        vec![255, 255],
        vec![Script::CUT],
    ]);
    words.extend([
        b"214-".to_vec(),
        b"214 ".to_vec(),
        b"< 5yz\n".to_vec(),
        b"@data read\n".to_vec(),
    ]);
    words.extend([
        b"[[known]]\n".to_vec(),
        b"finding = \"".to_vec(),
        b"reason = \"".to_vec(),
    ]);
    let mut text =
        "# Made from the verbs and the alphabet: FTPROOF_BLESS=1 cargo test --test claims corpus\n"
            .to_owned();
    for word in words {
        let byte = |byte: &u8| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(*byte)),
            b' '..=b'~' => char::from(*byte).to_string(),
            byte => format!("\\x{byte:02x}"),
        };
        let word: String = word.iter().map(byte).collect();
        text += &format!("\"{word}\"\n");
    }
    text
}

#[test]
fn the_committed_dictionary_is_that_of_the_verbs_and_the_alphabet() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/ftp.dict");
    if env::var_os("FTPROOF_BLESS").is_some() {
        fs::write(&path, dictionary()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        committed,
        dictionary(),
        "make it again: FTPROOF_BLESS=1 cargo test --test claims corpus"
    );
}

/// The corpus of a target whose input is text or bytes.
fn replay_bytes(target: &str, body: fn(&[u8])) {
    for file in files(&folder("corpus", target))
        .into_iter()
        .chain(files(&folder("crashes", target)))
    {
        println!("{}", file.display());
        body(&fs::read(&file).unwrap());
    }
}

#[test]
fn what_reads_untrusted_text_stands_every_seed_and_past_crash() {
    replay_bytes("reply", replies_are_read);
    replay_bytes("transcript", transcript_is_read);
    replay_bytes("known", known_is_read);
}

#[test]
fn the_manner_of_sending_does_not_matter_on_any_seed() {
    replay::<Inputs>("session", manner_does_not_matter);
}
