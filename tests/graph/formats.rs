//! Each format, read back.

use std::collections::BTreeSet;
use std::process::Command;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::{assert_snapshot, file, written};
use crate::sample;
use ftproof::report::json;

const VIEWS: [&[&str]; 5] = [
    &[],
    &["--view", "phase", "Passive"],
    &["--view", "phase", "Transferring"],
    &["--around", "RNTO"],
    &["--focus", "logged in, passive"],
];

#[test]
fn the_text_formats_are_the_committed_ones() {
    assert_snapshot(
        "tests/graph/snapshots/overview.mmd",
        &written(&["--format", "mermaid"]),
    );
    assert_snapshot(
        "tests/graph/snapshots/rnto.mmd",
        &written(&["--around", "rnto", "--format", "mermaid"]),
    );
    assert_snapshot(
        "tests/graph/snapshots/acct.aut",
        &written(&["--around", "ACCT", "--format", "aut"]),
    );
    // The rules have a snapshot of their own: model/tests/snapshots/table.txt.
    let needpass = written(&["--focus", "need pass", "--format", "json"]);
    let (states, rest) = needpass.split_once("\"rules\"").expect("it has rules");
    let (_, edges) = rest.split_once("\"edges\"").expect("it has edges");
    let kept = format!("{states}\"edges\"{edges}");
    assert_snapshot("tests/graph/snapshots/needpass.json", &kept);
    assert_snapshot(
        "tests/graph/snapshots/needpass.dot",
        &written(&["--focus", "need pass"]),
    );
}

/// What the documents show is what the command draws.
#[test]
fn the_pictures_of_the_documents_are_the_committed_ones() {
    assert_snapshot("docs/overview.dot", &written(&[]));
    let own = written(&["--format", "svg", "--layout", "own"]);
    assert_snapshot("docs/overview.svg", &own);
}

#[test]
fn aut_has_every_edge_between_states_that_there_are() {
    let text = written(&["--format", "aut"]);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("des (0, 43360, 593)"));
    let mut reached = BTreeSet::from([0]);
    let mut edges = 0;
    for line in lines {
        edges += 1;
        let inner = line
            .strip_prefix('(')
            .and_then(|line| line.strip_suffix(')'));
        let (from, rest) = inner
            .and_then(|inner| inner.split_once(", \""))
            .expect(line);
        let (label, to) = rest.rsplit_once("\", ").expect(line);
        let (from, to): (usize, usize) = (from.parse().expect(line), to.parse().expect(line));
        assert!(from < 593 && to < 593 && label.contains(" /"), "{line}");
        // The states stand in the order of a breadth-first search.
        assert!(reached.contains(&from), "{line}");
        reached.insert(to);
    }
    assert_eq!((edges, reached.len()), (43360, 593));
}

#[test]
fn json_names_each_end_of_each_edge() {
    let value: Value = serde_json::from_str(&written(&["--format", "json"])).expect("it is JSON");
    let list = |name: &str| value[name].as_array().expect(name);
    assert_eq!((list("states").len(), list("inputs").len()), (593, 98));
    let edges = list("edges");
    assert_eq!(edges.len(), 43360);
    let number = |value: &Value| usize::try_from(value.as_u64().expect("a place")).unwrap();
    // Each access sequence leads to its state.
    let mut next = std::collections::HashMap::new();
    for edge in edges {
        assert!(number(&edge[2]) < list("rules").len());
        next.insert((number(&edge[0]), number(&edge[1])), number(&edge[3]));
    }
    for (place, state) in list("states").iter().enumerate() {
        let access = state["access"].as_array().expect("a sequence");
        let end = access
            .iter()
            .fold(0, |at, input| next[&(at, number(input))]);
        assert_eq!(end, place, "{state}");
    }
}

/// The text of all elements of this name.
fn texts(svg: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(svg);
    let mut texts = Vec::new();
    let mut open = 0;
    loop {
        match reader.read_event().expect("it is XML") {
            Event::Start(element) if element.name().as_ref() == name.as_bytes() => {
                open += 1;
                texts.push(String::new());
            }
            Event::End(element) if element.name().as_ref() == name.as_bytes() => open -= 1,
            Event::Text(text) if open > 0 => {
                let text = text.decode().expect("it is UTF-8");
                texts.last_mut().expect("one is open").push_str(&text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    texts
}

#[test]
fn every_picture_is_xml_with_a_title_a_legend_and_text() {
    for view in VIEWS {
        for layout in ["own", "auto"] {
            let svg = written(&[view, &["--format", "svg", "--layout", layout]].concat());
            let title = texts(&svg, "title").first().cloned().unwrap_or_default();
            assert!(!title.is_empty(), "{view:?}");
            let shown = texts(&svg, "text");
            for words in ["1xx preliminary", "2xx done", &title] {
                assert!(
                    shown.iter().any(|text| text == words),
                    "{view:?}: no '{words}'"
                );
            }
            assert!(svg.contains("prefers-color-scheme: dark"), "{view:?}");
            // Nothing is loaded from elsewhere.
            assert_eq!(
                svg.matches("http").count(),
                1,
                "{view:?}: but for the namespace"
            );
        }
    }
    let full = written(&["--view", "full", "--format", "svg"]);
    assert!(texts(&full, "text").len() > 2 * 593);
}

/// Graphviz draws each picture without a word of complaint.
#[test]
fn graphviz_accepts_every_view() {
    let report = json(&sample::full());
    let report = file("graphviz.json", &report);
    for view in VIEWS {
        for overlay in [&[][..], &["--overlay", &report]] {
            let dot = written(&[view, overlay].concat());
            let path = file("accepted.dot", &dot);
            match Command::new("dot").args(["-Tsvg", &path]).output() {
                Err(_) => {
                    println!(
                        "skipped: dot (Graphviz) is not installed; to get it: apt-get install graphviz"
                    );
                    return;
                }
                Ok(drawn) => {
                    assert_eq!(String::from_utf8_lossy(&drawn.stderr), "", "{view:?}");
                    assert!(drawn.stdout.ends_with(b"</svg>\n"), "{view:?}");
                }
            }
        }
    }
}

#[test]
fn every_phase_and_every_arrow_of_the_overview_is_drawn() {
    let svg = written(&["--format", "svg", "--layout", "own"]);
    let mermaid = written(&["--format", "mermaid"]);
    let arrows = mermaid.matches("-->").count();
    assert_eq!(svg.matches("data-from=").count(), arrows);
    assert_eq!(svg.matches("<g id=\"phase-").count(), 11);
    for phase in ["Greeted", "NeedPass", "RestartAt", "Closed"] {
        assert!(texts(&svg, "text").contains(&phase.to_owned()), "{phase}");
    }
}

#[test]
fn our_own_layout_is_the_same_every_time_and_stands_in_where_there_is_no_graphviz() {
    let own = written(&["--format", "svg", "--layout", "own"]);
    assert_eq!(own, written(&["--format", "svg", "--layout", "own"]));
    let without = |layout: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ftproof"));
        command.args(["graph", "--format", "svg", "--layout", layout]);
        command.env("PATH", "").output().expect("ftproof runs")
    };
    assert_eq!(
        String::from_utf8(without("auto").stdout).expect("it is UTF-8"),
        own
    );
    let refused = without("graphviz");
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        told.contains("install Graphviz") && told.lines().count() == 1,
        "{told}"
    );
}

#[test]
fn the_explorer_is_one_small_page_that_loads_nothing() {
    let html = written(&["--format", "html"]);
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
    for word in [
        "src=",
        "@import",
        "url(",
        "fetch(",
        "XMLHttpRequest",
        "innerHTML",
        "document.write",
        "eval(",
    ] {
        assert!(!html.contains(word), "{word}");
    }
    // But for the namespace of SVG there is no address in it.
    assert_eq!(html.matches("://").count(), 1);
    let data = html
        .split("<script type=\"application/json\" id=\"data\" nonce=\"ftproof\">")
        .nth(1);
    let data = data
        .and_then(|rest| rest.split("</script>").next())
        .expect("it has data");
    let value: Value = serde_json::from_str(data).expect("the data is JSON");
    assert_eq!(value["states"].as_array().map(Vec::len), Some(593));
    assert_eq!(value["start"], 0);
    let focused = written(&["--format", "html", "--focus", "need pass"]);
    assert!(
        focused.contains("\"start\":1,"),
        "it opens at the state that is asked for"
    );
}
