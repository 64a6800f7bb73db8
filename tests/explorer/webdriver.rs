//! As much of WebDriver (W3C, 2018) as the tests of the explorer need: a page in headless Chromium, over loopback.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::{Value, json};

/// Far beyond what any request takes.
const FAR_BEYOND: Duration = Duration::from_secs(120);
/// More than any answer has, a screenshot too.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How often the driver is started before that is given up.
const STARTS_MAX: usize = 5;
/// The name of an element's reference in WebDriver.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Why there is no browser here, and how to get one; `None` if there is.
pub fn absence() -> Option<&'static str> {
    let there = |names: &[&str]| names.iter().any(|name| in_path(name).is_some());
    if there(&["chromedriver"]) && there(&BROWSERS) {
        None
    } else {
        Some(
            "Chromium and its driver are not installed; to get them: apt-get install chromium chromium-driver",
        )
    }
}

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// A browser with one page; it ends when this is dropped.
pub struct Browser {
    driver: Child,
    /// Kept open: the driver writes there.
    _stdout: BufReader<ChildStdout>,
    port: u16,
    session: String,
    profile: PathBuf,
}

/// Starts the driver: itself, its output and its port; `None` if it ended before it listened.
fn driver() -> Result<Option<(Child, BufReader<ChildStdout>, u16)>, Failed> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdout = BufReader::new(driver.stdout.take().ok_or("no stdout")?);
    let mut line = String::new();
    while stdout.read_line(&mut line)? > 0 {
        let said = line
            .trim()
            .trim_end_matches('.')
            .rsplit_once("successfully on port ");
        if let Some((_, port)) = said {
            return Ok(Some((driver, stdout, port.parse()?)));
        }
        line.clear();
    }
    driver.wait()?;
    Ok(None)
}

impl Browser {
    /// Starts a browser of its own; `name` tells its profile from others.
    pub fn start(name: &str) -> Result<Self, Failed> {
        // A port that it chose may be taken by another just before it listens: then it ends, and says so.
        let started = (0..STARTS_MAX).find_map(|_| driver().transpose());
        let (driver, stdout, port) =
            started.ok_or("chromedriver ended before it named its port")??;
        let profile = std::env::temp_dir().join(format!("ftproof-{name}-{}", std::process::id()));
        let mut browser = Browser {
            driver,
            _stdout: stdout,
            port,
            session: String::new(),
            profile,
        };
        let binary = BROWSERS.iter().find_map(|name| in_path(name));
        let profile = format!("--user-data-dir={}", browser.profile.display());
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": {
                "binary": binary,
                "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--window-size=1500,1000", profile],
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let answer = browser.ask("POST", "/session", &wanted)?;
        let session = answer["sessionId"].as_str().ok_or("no session")?;
        browser.session = format!("/session/{session}");
        Ok(browser)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, Failed> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(FAR_BEYOND))?;
        // It refuses to end a session if a body says how.
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let answer: Value = serde_json::from_slice(&body_of(stream)?)?;
        let value = answer["value"].clone();
        match value["error"].as_str() {
            Some(error) => Err(format!("{path}: {error}: {}", value["message"]).into()),
            None => Ok(value),
        }
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        self.ask("POST", &format!("{}{path}", self.session), body)
    }

    /// Opens a file, with what stands behind `#`.
    pub fn open(&self, file: &Path, hash: &str) -> Result<(), Failed> {
        let url = format!("file://{}{hash}", file.display());
        self.post("/url", &json!({ "url": url })).map(drop)
    }

    /// Runs a script in the page; gives what it returns.
    pub fn script(&self, script: &str) -> Result<Value, Failed> {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// The element that `css` selects first.
    fn element(&self, css: &str) -> Result<String, Failed> {
        let found = self.post(
            "/element",
            &json!({ "using": "css selector", "value": css }),
        )?;
        let id = found[ELEMENT].as_str().ok_or("no element")?;
        Ok(format!("/element/{id}"))
    }

    /// Clicks on it, as a person does: it must be to be seen.
    pub fn click(&self, css: &str) -> Result<(), Failed> {
        let element = self.element(css)?;
        self.post(&format!("{element}/click"), &json!({})).map(drop)
    }

    /// Types into it; `\u{e007}` is the Enter key.
    pub fn keys(&self, css: &str, text: &str) -> Result<(), Failed> {
        let element = self.element(css)?;
        self.post(&format!("{element}/value"), &json!({ "text": text }))
            .map(drop)
    }

    /// The text of it that is to be seen.
    pub fn text(&self, css: &str) -> Result<String, Failed> {
        let script = format!("return document.querySelector({}).innerText", json!(css));
        Ok(self
            .script(&script)?
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// Writes what is to be seen to a PNG file.
    pub fn screenshot(&self, file: &Path) -> Result<(), Failed> {
        let answer = self.ask("GET", &format!("{}/screenshot", self.session), &Value::Null)?;
        let text = answer.as_str().ok_or("no picture")?;
        Ok(fs::write(file, base64(text))?)
    }

    /// What stands in the console: errors, warnings, and what the page logs.
    pub fn console(&self) -> Result<Vec<String>, Failed> {
        let log = self.post("/se/log", &json!({ "type": "browser" }))?;
        let entries = log.as_array().cloned().unwrap_or_default();
        Ok(entries
            .iter()
            .map(|entry| entry["message"].to_string())
            .collect())
    }
}

/// The body of an answer; the driver does not close the connection behind it.
fn body_of(stream: TcpStream) -> Result<Vec<u8>, Failed> {
    let mut stream = BufReader::new(stream.take(BYTES_MAX));
    let mut length = None;
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err("the driver's answer ended too early".into());
        }
        let header = line.split_once(':');
        let header = header.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        if let Some((_, value)) = header {
            length = Some(value.trim().parse()?);
        }
    }
    let mut body = vec![0; length.ok_or("an answer without a length")?];
    stream.read_exact(&mut body)?;
    Ok(body)
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.ask("DELETE", &self.session, &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// The bytes that `text` stands for (RFC 4648 §4).
fn base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let values: Vec<u8> = text.bytes().filter_map(value).collect();
    let mut bytes = Vec::new();
    for group in values.chunks(4) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, &value| bits << 6 | u32::from(value));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}
