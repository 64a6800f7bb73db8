//! The book: every command in it is run, on a server of this machine where it needs one.
//!
//! A block ```sh is run line by line in a folder of its own, one ```sh,serves until it serves. What cannot run here
//! stands in a block ```sh,NEEDS: tests/terminal names it as skipped.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::runs::{ftproof, scratch};
use crate::support::loopback::{Control, honest, serve, verb};

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/book")
}

/// The pages that the summary names.
fn pages() -> Vec<String> {
    let summary = fs::read_to_string(book().join("SUMMARY.md")).expect("there is a summary");
    let pages: Vec<String> = summary
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect();
    assert!(pages.len() >= 6, "{pages:?}");
    pages
}

/// The blocks of a page: what stands behind the fence, and the lines.
fn blocks(page: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, Vec<String>)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some((info.to_owned(), Vec::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, lines))) => lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Runs `line` in a shell, in `folder`, with `ftproof` on its path and a server at the address that the book gives.
fn run(line: &str, folder: &Path, server: SocketAddr) -> (Option<i32>, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_ftproof"))
        .parent()
        .expect("a program has a folder");
    let path = format!(
        "{}:{}",
        program.display(),
        std::env::var("PATH").expect("there is a path")
    );
    let line = line.replace("127.0.0.1:2121", &server.to_string());
    let output = Command::new("sh")
        .args(["-c", &line])
        .current_dir(folder)
        .env("PATH", path)
        .env("HOME", folder)
        .env("COLUMNS", "100")
        .env("FTPROOF_PASSWORD", "secret")
        .output()
        .expect("there is a shell");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// What a server says that `line` starts, on a port that is free. It ends when it was heard.
fn first_line(line: &str, folder: &Path) -> String {
    let words = line.replace("127.0.0.1:2121", "127.0.0.1:0");
    let arguments: Vec<&str> = words.split(' ').skip(1).collect();
    let mut server = ftproof(&arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut said = String::new();
    let stdout = server.stdout.take().expect("stdout is a pipe");
    let heard = BufReader::new(stdout).read_line(&mut said);
    server.kill().expect("the server can be ended");
    server.wait().expect("the server ends");
    heard.expect("the server says something");
    said
}

#[test]
fn every_page_is_in_the_summary_and_the_other_way_round() {
    let there: BTreeSet<String> = fs::read_dir(book())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "SUMMARY.md")
        .collect();
    assert_eq!(there, pages().into_iter().collect());
}

/// The server of the tutorial renames without an RNFR.
fn hasty(control: &mut Control<'_>, line: &[u8]) -> Vec<u8> {
    let replies = control.line(line);
    if verb(line) == b"RNTO" && replies.starts_with(b"503") {
        return b"250 Renamed\r\n".to_vec();
    }
    replies
}

/// A line may say how it ends, `# exit 1`; else it ends well. What follows in a block ```text is in what it prints.
#[test]
fn every_command_of_the_book_runs_and_prints_what_the_book_says() {
    let (right, wrong) = (serve(honest), serve(hasty));
    let mut run_count = 0;
    for page in pages() {
        let folder = scratch(&format!("book-{page}"), "");
        let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
        fs::copy(
            logs.join("issues/jsftp-118.log"),
            folder.join("session.log"),
        )
        .unwrap();
        fs::copy(
            logs.join("pcap/retr_after_list.pcap"),
            folder.join("session.pcap"),
        )
        .unwrap();
        let text = fs::read_to_string(book().join(&page)).unwrap();
        let server = if page == "tutorial.md" { wrong } else { right };
        let mut said = String::new();
        for (info, lines) in blocks(&text) {
            match info.as_str() {
                "sh" => {
                    said.clear();
                    for line in &lines {
                        let (command, code) = line.split_once("# exit ").unwrap_or((line, "0"));
                        let (came, output) = run(command, &folder, server);
                        assert_eq!(
                            came.map(|code| code.to_string()).as_deref(),
                            Some(code),
                            "{page}: {line}\n{output}"
                        );
                        said.push_str(&output);
                        run_count += 1;
                    }
                }
                "text" => {
                    for line in lines
                        .iter()
                        .filter(|line| !line.trim().is_empty() && line.trim() != "…")
                    {
                        assert!(
                            said.contains(line.trim_end()),
                            "{page}: not printed: {line}\n{said}"
                        );
                    }
                }
                "sh,serves" => {
                    said = first_line(&lines[0], &folder);
                    run_count += 1;
                }
                _ => assert!(
                    info.starts_with("sh,")
                        || ["yaml", "rust", "ftp", "toml"].contains(&info.as_str()),
                    "{page}: {info}"
                ),
            }
        }
    }
    assert!(run_count >= 20, "{run_count}");
}
