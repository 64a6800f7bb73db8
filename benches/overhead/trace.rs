//! What a check does to a server, written down as it is done: a target around a target.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ftproof::reply::Reply;
use ftproof::target::Wait;
use ftproof::{DataEnd, Names, Session, Target, Trouble};

/// One thing done.
pub struct Event {
    /// On which session of the worker, counted from 1.
    pub session: usize,
    /// What.
    pub did: Did,
    /// How long it took.
    pub took: Duration,
}

/// What can be done to a session. What failed is not written down, but for waits.
pub enum Did {
    /// It was opened, and greeted.
    Connect,
    /// A line was sent; the code of its reply, if one came.
    Send { line: Vec<u8>, code: Option<u16> },
    /// Bytes were sent as they are.
    SendBytes(Vec<u8>),
    /// One more reply was awaited; whether it came.
    Await { came: bool },
    /// A port was opened for the server to connect to.
    Listen,
    /// The data connection was opened.
    OpenData,
    /// The data connection did not come.
    NoData,
    /// Bytes were sent over the data connection.
    SendData(Vec<u8>),
    /// The transfer was ended so.
    EndTransfer(DataEnd),
    /// The control connection went into TLS.
    StartTls,
    /// It was closed.
    Close,
}

/// The events of one worker.
type Trace = Arc<Mutex<Vec<Event>>>;

/// The events of every worker.
#[derive(Clone, Default)]
pub struct Traces(Arc<Mutex<Vec<Trace>>>);

impl Traces {
    /// All that was written down.
    pub fn take(&self) -> Vec<Vec<Event>> {
        let traces = lock(&self.0);
        let events = traces.iter().map(|trace| mem::take(&mut *lock(trace)));
        events.filter(|events| !events.is_empty()).collect()
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A target that writes down what is done to it.
pub struct Traced<T> {
    inner: T,
    traces: Traces,
    trace: Trace,
    sessions: usize,
}

impl<T> Traced<T> {
    /// Writes into `traces`.
    pub fn new(inner: T, traces: &Traces) -> Self {
        let trace = Trace::default();
        lock(&traces.0).push(Arc::clone(&trace));
        Traced {
            inner,
            traces: traces.clone(),
            trace,
            sessions: 0,
        }
    }
}

impl<T: Target + Clone + Send + 'static> Target for Traced<T> {
    fn connect(&mut self) -> Result<Box<dyn Session>, Trouble> {
        let since = Instant::now();
        let inner = self.inner.connect()?;
        self.sessions += 1;
        let session = TracedSession {
            inner: Some(inner),
            trace: Arc::clone(&self.trace),
            number: self.sessions,
        };
        session.note(since, Did::Connect);
        Ok(Box::new(session))
    }

    fn name(&self) -> String {
        self.inner.name()
    }

    fn names(&self) -> &Names {
        self.inner.names()
    }

    fn another(&self) -> Option<Box<dyn Target + Send>> {
        Some(Box::new(Traced::new(self.inner.clone(), &self.traces)))
    }
}

struct TracedSession {
    /// `None` once it is closed.
    inner: Option<Box<dyn Session>>,
    trace: Trace,
    number: usize,
}

impl TracedSession {
    fn inner(&mut self) -> &mut dyn Session {
        self.inner
            .as_deref_mut()
            .expect("it is closed only when it is dropped")
    }

    fn note(&self, since: Instant, did: Did) {
        lock(&self.trace).push(Event {
            session: self.number,
            did,
            took: since.elapsed(),
        });
    }
}

impl Session for TracedSession {
    fn greeting(&self) -> &Reply {
        self.inner
            .as_deref()
            .expect("it is closed only when it is dropped")
            .greeting()
    }

    fn send(&mut self, line: &[u8]) -> Result<Option<Reply>, Trouble> {
        let since = Instant::now();
        let sent = self.inner().send(line);
        let code = sent
            .as_ref()
            .ok()
            .and_then(Option::as_ref)
            .map(|reply| reply.code);
        let line = line.to_vec();
        self.note(since, Did::Send { line, code });
        sent
    }

    fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let since = Instant::now();
        self.inner().send_bytes(bytes)?;
        self.note(since, Did::SendBytes(bytes.to_vec()));
        Ok(())
    }

    fn next_reply(&mut self, wait: Wait) -> Result<Option<Reply>, Trouble> {
        let since = Instant::now();
        let reply = self.inner().next_reply(wait);
        let came = matches!(reply, Ok(Some(_)));
        self.note(since, Did::Await { came });
        reply
    }

    fn listen(&mut self) -> Result<SocketAddr, Trouble> {
        let since = Instant::now();
        let address = self.inner().listen()?;
        self.note(since, Did::Listen);
        Ok(address)
    }

    fn open_data(&mut self) -> Result<bool, Trouble> {
        let since = Instant::now();
        let opened = self.inner().open_data();
        let did = match opened {
            Ok(true) => Did::OpenData,
            _ => Did::NoData,
        };
        self.note(since, did);
        opened
    }

    fn send_data(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let since = Instant::now();
        self.inner().send_data(bytes)?;
        self.note(since, Did::SendData(bytes.to_vec()));
        Ok(())
    }

    fn end_transfer(&mut self, how: DataEnd) -> Result<Vec<u8>, Trouble> {
        let since = Instant::now();
        let bytes = self.inner().end_transfer(how)?;
        self.note(since, Did::EndTransfer(how));
        Ok(bytes)
    }

    fn is_protected(&self) -> bool {
        self.inner.as_deref().is_some_and(Session::is_protected)
    }

    fn start_tls(&mut self) -> Result<(), Trouble> {
        let since = Instant::now();
        self.inner().start_tls()?;
        self.note(since, Did::StartTls);
        Ok(())
    }
}

impl Drop for TracedSession {
    fn drop(&mut self) {
        let since = Instant::now();
        self.inner = None;
        self.note(since, Did::Close);
    }
}

/// Waits for something that did not come.
#[derive(Default)]
pub struct InVain {
    pub count: usize,
    pub sum: Duration,
    pub longest: Duration,
}

/// How much of a line that is no command is shown.
const SHOWN_BYTES: usize = 8;

/// The command of a line.
fn shown(line: &[u8]) -> String {
    let verb = line.split(|&byte| byte == b' ').next().unwrap_or_default();
    verb[..verb.len().min(SHOWN_BYTES)]
        .escape_ascii()
        .to_string()
}

/// The waits of the check that brought nothing, by what was awaited.
pub fn in_vain(traces: &[Vec<Event>]) -> BTreeMap<String, InVain> {
    let mut waits: BTreeMap<String, InVain> = BTreeMap::new();
    for trace in traces {
        let mut with_transfer: HashSet<usize> = HashSet::new();
        let mut last: HashMap<usize, String> = HashMap::new();
        for event in trace {
            if let Did::Send { line, .. } = &event.did {
                last.insert(event.session, shown(line));
            }
            let behind = || last.get(&event.session).map_or("nothing", String::as_str);
            let awaited = match &event.did {
                Did::Send { line, code: None } if line.is_empty() => {
                    "a reply to an empty line".to_owned()
                }
                Did::Send { code: None, .. } if with_transfer.contains(&event.session) => {
                    "a reply during a transfer".to_owned()
                }
                Did::Send { line, code: None } => format!("a reply to {}", shown(line)),
                Did::Await { came: false } => format!("more replies behind {}", behind()),
                Did::NoData => format!("a data connection behind {}", behind()),
                _ => String::new(),
            };
            match event.did {
                Did::OpenData => drop(with_transfer.insert(event.session)),
                Did::EndTransfer(_) => drop(with_transfer.remove(&event.session)),
                _ => {}
            }
            if !awaited.is_empty() {
                let wait = waits.entry(awaited).or_default();
                wait.count += 1;
                wait.sum += event.took;
                wait.longest = wait.longest.max(event.took);
            }
        }
    }
    waits
}
