//! The explorer in a real browser: it walks, plays, finds and filters, and nothing that a server says is run.
//!
//! Needs Chromium and its driver; without them every test is *ignored*, by name. `FTPROOF_SCREENSHOTS=FOLDER` keeps
//! what the pages look like.

mod webdriver;

use std::fs;
use std::path::{Path, PathBuf};

use crate::sample;
use ftproof::graph::{Format, Placing, View, graph};
use ftproof::report;
use ftproof::verify::machine;
use ftproof_model::{StateGraph, input_text, state_id};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use webdriver::{Browser, absence};

const ENTER: char = '\u{e007}';
const RIGHT: char = '\u{e014}';
const LEFT: char = '\u{e012}';
const DOWN: char = '\u{e015}';
/// The page is to be passed on as a file.
const BYTES_MAX: usize = 1_000_000;

type Test = fn(&Browser, &Path) -> Result<(), Failed>;

const TESTS: [(&str, Test); 8] = [
    (
        "the_page_walks_as_the_rules_do",
        the_page_walks_as_the_rules_do,
    ),
    (
        "commands_are_typed_and_clicked",
        commands_are_typed_and_clicked,
    ),
    (
        "a_state_is_found_and_linked_to",
        a_state_is_found_and_linked_to,
    ),
    (
        "answers_are_filtered_and_explained",
        answers_are_filtered_and_explained,
    ),
    ("a_counterexample_is_played", a_counterexample_is_played),
    (
        "a_transcript_is_played_by_the_rules",
        a_transcript_is_played_by_the_rules,
    ),
    ("hostile_text_stays_text", hostile_text_stays_text),
    (
        "a_click_costs_a_table_and_no_more",
        a_click_costs_a_table_and_no_more,
    ),
];

pub fn trials() -> Vec<Trial> {
    let absence = absence();
    if let Some(reason) = absence {
        eprintln!("skipped: the explorer in a browser: {reason}");
    }
    let trials = TESTS.map(|(name, test)| {
        Trial::test(name, move || run(name, test)).with_ignored_flag(absence.is_some())
    });
    trials.into()
}

fn run(name: &str, test: Test) -> Result<(), Failed> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("explorer-{name}"));
    fs::create_dir_all(&folder)?;
    let browser = Browser::start(name)?;
    test(&browser, &folder)?;
    if let Some(folder) = std::env::var_os("FTPROOF_SCREENSHOTS") {
        browser.screenshot(&Path::new(&folder).join(format!("{name}.png")))?;
    }
    equal("the console", &browser.console()?, &Vec::new())?;
    let loaded = browser.script("return performance.getEntriesByType('resource').length")?;
    equal("what was loaded beside the page", &loaded, &Value::from(0))
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, wanted: &T) -> Result<(), Failed> {
    if is == wanted {
        return Ok(());
    }
    Err(format!("{what} is {is:?} and not {wanted:?}").into())
}

fn holds(what: &str, text: &str, wanted: &str) -> Result<(), Failed> {
    if text.contains(wanted) {
        return Ok(());
    }
    Err(format!("{what} does not have {wanted:?}: {text:?}").into())
}

/// Opens the explorer of the rules.
fn open(browser: &Browser, folder: &Path, hash: &str) -> Result<(), Failed> {
    let machine = machine();
    let states = StateGraph::explore(&machine);
    let page = graph(&states, View::Overview, Format::Html, Placing::Own, None)?;
    opened(browser, folder, &page, hash)
}

fn opened(browser: &Browser, folder: &Path, page: &str, hash: &str) -> Result<(), Failed> {
    if page.len() > BYTES_MAX {
        return Err(format!("the page has {} bytes", page.len()).into());
    }
    println!("the page has {} bytes", page.len());
    let file = folder.join("page.html");
    fs::write(&file, page)?;
    browser.open(&file, hash)
}

fn say(browser: &Browser, line: &str) -> Result<(), Failed> {
    browser.keys("#command", &format!("{line}{ENTER}"))
}

/// Every step of every state, as the page makes it, is the step of the rules.
fn the_page_walks_as_the_rules_do(browser: &Browser, folder: &Path) -> Result<(), Failed> {
    open(browser, folder, "")?;
    let machine = machine();
    let states = StateGraph::explore(&machine);
    let steps = states.edges().map(|(_, from, edge, to)| {
        let codes: Vec<String> = edge.replies.iter().map(u16::to_string).collect();
        let parts = [
            state_id(from),
            input_text(edge.input),
            codes.join(" "),
            state_id(to),
        ];
        parts.join(" | ")
    });
    let mut steps: Vec<String> = steps.collect();
    steps.sort_unstable();
    let walked = walked(browser)?;
    equal("the number of steps", &walked.len(), &43360)?;
    let wrong = steps
        .iter()
        .zip(&walked)
        .find(|(step, walked)| step != walked);
    equal("the first step that differs", &wrong, &None)?;
    // A step that leads elsewhere is seen.
    browser.script("NEXT[7][0] = (NEXT[7][0] + 1) % STATES.length")?;
    equal(
        "a page with a fault",
        &(self::walked(browser)? == steps),
        &false,
    )
}

/// Every step that the page makes, in order.
fn walked(browser: &Browser) -> Result<Vec<String>, Failed> {
    let walked = browser.script(
        "return STATES.flatMap((state) => data.inputs.flatMap((input, number) => {
           const done = step(state.number, number);
           return done ? [[state.id, input.line, done.replies.join(' '), STATES[done.next].id].join(' | ')] : [];
         }))",
    )?;
    let mut walked: Vec<String> = serde_json::from_value(walked)?;
    walked.sort_unstable();
    Ok(walked)
}

fn commands_are_typed_and_clicked(browser: &Browser, folder: &Path) -> Result<(), Failed> {
    open(browser, folder, "")?;
    equal(
        "the state",
        &browser.text("#name")?,
        &"connected".to_owned(),
    )?;
    say(browser, "RETR README")?;
    holds("the log", &browser.text("#log")?, "< 530")?;
    for (line, state) in [
        ("USER anna", "need pass"),
        ("PASS {password}", "logged in"),
        ("PASV", "logged in, passive"),
        ("RETR README", "logged in, transfer"),
    ] {
        say(browser, line)?;
        equal(line, &browser.text("#name")?, &state.to_owned())?;
    }
    equal(
        "the log",
        &browser.text("#log")?.replace('\n', " "),
        &"< 220 > RETR {file} < 530 > USER {user} < 331 > PASS {password} < 230 > PASV < 227 > RETR {file} < 150"
            .to_owned(),
    )?;
    // The end of the data is an input like any other, here by a click.
    browser.script(
        "const inputs = [...document.querySelectorAll('#answers button.line')];
         inputs.find((input) => input.innerText === '(end of data)').id = 'ended'",
    )?;
    browser.click("#ended")?;
    equal(
        "the state",
        &browser.text("#name")?,
        &"logged in".to_owned(),
    )?;
    say(browser, "LIST")?;
    holds("the log", &browser.text("#log")?, "< 503")?;
    browser.click("#back")?;
    browser.click("#copy")?;
    let script = browser.script("return document.getElementById('script').value")?;
    let wanted = "> RETR {file}\n< 150\n@data close\n< 226";
    holds(
        "the transcript",
        script.as_str().unwrap_or_default(),
        wanted,
    )?;
    browser.click("#restart")?;
    equal(
        "the state",
        &browser.text("#name")?,
        &"connected".to_owned(),
    )
}

fn a_state_is_found_and_linked_to(browser: &Browser, folder: &Path) -> Result<(), Failed> {
    open(browser, folder, "#loggedin_rnfr")?;
    equal(
        "the linked state",
        &browser.text("#name")?,
        &"logged in, rnfr".to_owned(),
    )?;
    browser.keys("body", "/")?;
    browser.keys("#search", &format!("passive tls logged{ENTER}"))?;
    equal(
        "the state found",
        &browser.text("#name")?,
        &"tls, logged in, passive".to_owned(),
    )?;
    // The address follows behind the page.
    let hash =
        browser.script("return new Promise((done) => setTimeout(() => done(location.hash)))")?;
    equal("the link", &hash, &Value::from("#tls_loggedin_passive"))?;
    holds(
        "the shortest way",
        &browser.text("#way")?,
        "> AUTH TLS\n< 234\n> USER",
    )?;
    browser.keys("#search", "no such thing")?;
    holds(
        "the list",
        &browser.text("#found")?,
        "no state holds all of these",
    )?;
    // A phase of the picture stands for its plainest state.
    browser.script(
        "const search = document.getElementById('search');
         search.value = '';
         search.dispatchEvent(new Event('input'))",
    )?;
    browser.click("#phase-needacct")?;
    equal(
        "the phase clicked",
        &browser.text("#name")?,
        &"need acct".to_owned(),
    )?;
    let dots = browser.script("return document.querySelectorAll('.dot').length")?;
    equal("the states", &dots, &Value::from(593))
}

fn answers_are_filtered_and_explained(browser: &Browser, folder: &Path) -> Result<(), Failed> {
    open(browser, folder, "#loggedin")?;
    let inputs =
        "return [...document.querySelectorAll('#answers button.line')].map((b) => b.innerText)";
    browser.keys("#filter", "rnto")?;
    equal(
        "what is filtered",
        &browser.script(inputs)?,
        &serde_json::json!(["RNTO {renamed}", "RNTO {impossible}", "HELP RNTO", "RNTO"]),
    )?;
    browser.script(
        "for (const [id, value] of [['filter', ''], ['rule', 'seq/rnto'], ['class', 'negative']]) {
           const field = document.getElementById(id);
           field.value = value;
           field.dispatchEvent(new Event('input'));
         }",
    )?;
    equal(
        "what a rule leaves",
        &browser.script(inputs)?,
        &serde_json::json!(["RNTO {renamed}", "RNTO {impossible}"]),
    )?;
    browser.keys("body", &format!("{DOWN}e"))?;
    let sentence = "This command specifies the new pathname of the file specified in the immediately preceding";
    holds("the rule's sentence", &browser.text(".why")?, sentence)?;
    holds("its source", &browser.text(".why")?, "RFC 959 §4.1.3, must")
}

fn a_counterexample_is_played(browser: &Browser, folder: &Path) -> Result<(), Failed> {
    let mut sample = sample::full();
    let told = "> USER {user}\n< 331\n> PASS {password}\n< 230\n> RNFR {file}\n< 350\n> PWD\n< 257\n\
                > RNTO {renamed}\n< 503\n# came: 250 Renamed\n";
    sample.findings[1].transcript =
        ftproof_model::Transcript::parse(told).map_err(|error| error.to_string())?;
    opened(browser, folder, &report::html(&sample), "")?;
    holds(
        "the list",
        &browser.text("#findings")?,
        "low: seq/rnto:adjacency",
    )?;
    browser.click(".finding:nth-of-type(2)")?;
    equal(
        "where it ends",
        &browser.text("#name")?,
        &"logged in".to_owned(),
    )?;
    holds(
        "the input that shows it",
        &browser.text("tr.mark")?,
        "✗ 503",
    )?;
    let lit = browser.script(
        "return [...document.querySelectorAll('#map [id^=phase-].lit')].map((b) => b.id)",
    )?;
    equal(
        "the phases lit up",
        &lit,
        &serde_json::json!([
            "phase-greeted",
            "phase-needpass",
            "phase-ready",
            "phase-renamefrom"
        ]),
    )?;
    browser.keys("body", &format!("{LEFT}{LEFT}"))?;
    equal(
        "two steps before",
        &browser.text("#name")?,
        &"logged in".to_owned(),
    )?;
    equal(
        "the line",
        &browser.text("#play .at")?,
        &"> RNFR {file}".to_owned(),
    )?;
    browser.keys("body", &RIGHT.to_string())?;
    equal(
        "a step on",
        &browser.text("#name")?,
        &"logged in, rnfr".to_owned(),
    )?;
    browser.click("#next")?;
    holds("the progress", &browser.text("#progress")?, "step 5 of 5")?;
    holds("what came", &browser.text(".told")?, "250 Renamed")
}

fn a_transcript_is_played_by_the_rules(browser: &Browser, folder: &Path) -> Result<(), Failed> {
    open(browser, folder, "")?;
    browser.script(
        "document.getElementById('script').value =
           '# a line\\n> USER {user}\\n< 331\\n> NOOP\\n< 200\\n> PASS {password}\\n< 230\\n'",
    )?;
    browser.click("#load")?;
    for _ in 0..3 {
        browser.click("#next")?;
    }
    holds(
        "the progress",
        &browser.text("#progress")?,
        "step 3 of 3: the rules answer 503 here",
    )?;
    equal(
        "the state",
        &browser.text("#name")?,
        &"connected".to_owned(),
    )?;
    let off = browser.script(
        "return [...document.querySelectorAll('#play .off')].map((line) => line.innerText)",
    )?;
    equal(
        "what is off",
        &off,
        &serde_json::json!(["> PASS {password}"]),
    )
}

fn hostile_text_stays_text(browser: &Browser, folder: &Path) -> Result<(), Failed> {
    let mut hostile = sample::hostile();
    let script = "</script><script>window.harmed = true</script><img src=x onerror='window.harmed = true'>{{data}}";
    hostile.server.greeting = format!("220 {script}");
    hostile.target = script.to_owned();
    for found in &mut hostile.findings {
        found.came = vec![format!("250 {script} \u{1b}[2J\u{202e}")];
    }
    opened(browser, folder, &report::html(&hostile), "")?;
    let count = browser.script("return document.querySelectorAll('.finding').length")?;
    equal("the findings", &count, &Value::from(3))?;
    for finding in 1..=3 {
        browser.click(&format!(".finding:nth-of-type({finding})"))?;
    }
    browser.click(".finding:nth-of-type(1)")?;
    holds(
        "what came",
        &browser.text(".told")?,
        "<img src=x onerror='window.harmed = true'>{{data}} \\x1b[2J",
    )?;
    let harmed = browser.script(
        "return [window.harmed ?? null, document.images.length, document.scripts.length]",
    )?;
    equal("what was done", &harmed, &serde_json::json!([null, 0, 2]))
}

fn a_click_costs_a_table_and_no_more(browser: &Browser, folder: &Path) -> Result<(), Failed> {
    open(browser, folder, "")?;
    // What a click makes does not grow with the graph: at most a row for each input.
    let measured = browser.script(
        "const times = []; let most = 0; let made = 0;
         for (const dot of [...document.querySelectorAll('.dot')].filter((_, index) => index % 7 === 0)) {
           const before = performance.now();
           dot.click();
           document.body.offsetHeight;
           times.push(performance.now() - before);
           most = Math.max(most, document.querySelectorAll('#answers tbody tr').length);
           made++;
         }
         times.sort((one, other) => one - other);
         return { clicks: made, rows: most, median: times[times.length >> 1], slowest: times[times.length - 1] };",
    )?;
    println!("clicks with layout, in milliseconds: {measured}");
    equal("the clicks", &measured["clicks"], &Value::from(85))?;
    let rows = measured["rows"].as_u64().unwrap_or(u64::MAX);
    if rows > 98 {
        return Err(format!("{rows} rows").into());
    }
    Ok(())
}
