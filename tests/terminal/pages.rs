//! The man pages and the book, read by the programs that show them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::runs::{run, scratch};

/// mandoc finds no error in any page.
pub fn man_pages_are_right() {
    let folder = scratch("man-pages", "pages");
    assert!(
        run(&["man", "--out", folder.to_str().unwrap()])
            .status
            .success()
    );
    let pages = fs::read_dir(&folder)
        .unwrap()
        .map(|page| page.unwrap().path());
    let options = ["-Tlint", "-Werror"];
    let output = Command::new("mandoc")
        .args(options)
        .args(pages)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// What the book has run where a test cannot: its page, what it needs, and the lines.
pub fn not_run() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for page in fs::read_dir(root().join("docs/book")).unwrap() {
        let page = page.unwrap();
        let text = fs::read_to_string(page.path()).unwrap();
        for block in text.split("\n```sh,").skip(1) {
            let (needs, rest) = block.split_once('\n').unwrap();
            let (lines, _) = rest.split_once("\n```").unwrap();
            if needs != "serves" {
                let name = page.file_name().into_string().unwrap();
                found.push((name, needs.to_owned(), lines.to_owned()));
            }
        }
    }
    found.sort();
    found
}

/// Runs lines of the book in the folder of the sources.
pub fn are_run(lines: &str) {
    let installed = scratch("installed", "");
    let status = Command::new("sh")
        .args(["-ec", lines])
        .current_dir(root())
        .env("CARGO_INSTALL_ROOT", installed)
        .status()
        .unwrap();
    assert!(status.success(), "{lines}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every chapter becomes a page.
pub fn the_book_is_built() {
    let html = scratch("mdbook", "html");
    let docs = root().join("docs");
    let output = Command::new("mdbook")
        .arg("build")
        .arg(docs)
        .arg("-d")
        .arg(&html)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(html.join("tutorial.html").exists());
}
