//! The whole byte path of the server with sockets in memory: control bytes in, replies out, and transfers in between.

use std::io::{self, Cursor, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use ftproof_core::{LINE_BYTES_MAX, Listen, ListenError, Listener, Transfer, TransferOutcome};

use super::script::{Script, shared_site};
use crate::reply::read_codes;
use crate::serve::memory_house;
use crate::serve::parts::{Conversation, House, Moved, Step, Task, TlsServer, move_bytes};

/// What a server takes from its socket at once.
const CHUNK_BYTES: usize = 4096;
/// A record of TLS, with what may stand before it.
const RECORD_BYTES_MAX: usize = 20 * 1024;

/// The fuzz target `server_bytes`: whatever bytes come, the server does not panic, what it says are replies, what it
/// holds is bounded, and what it says and stores does not depend on how the bytes are cut into chunks. With TLS on
/// offer the bytes behind AUTH are taken for records, and all but the last claim hold too.
///
/// # Panics
/// With the transcript, when one of these does not hold.
pub fn server_bytes_are_answered(script: &Script) {
    let whole = run(script, &[], None);
    assert!(
        read_codes(&whole.said, &mut Vec::new()),
        "not replies: {}{script:?}",
        ftproof_model::escape(&whole.said)
    );
    let cut = run(script, &script.cuts, None);
    assert!(
        whole.said == cut.said,
        "it depends on the chunks:\n{}\n{}{script:?}",
        ftproof_model::escape(&whole.said),
        ftproof_model::escape(&cut.said)
    );
    assert!(
        whole.stored_bytes == cut.stored_bytes,
        "what is stored depends on the chunks: {} and {} bytes{script:?}",
        whole.stored_bytes,
        cut.stored_bytes
    );
    run(script, &script.cuts, Some(Tls::OnRequest));
    run(script, &script.cuts, Some(Tls::Implicit));
}

/// When TLS begins.
#[derive(Debug, Clone, Copy)]
enum Tls {
    OnRequest,
    Implicit,
}

/// What a server said, and what it has then.
struct Ran {
    said: Vec<u8>,
    stored_bytes: u64,
}

/// One session of a fresh server. The transfer that runs last ends with the bytes.
fn run(script: &Script, cuts: &[usize], tls: Option<Tls>) -> Ran {
    let (house, files) = memory_house(shared_site().clone(), tls.and_then(certificate));
    let mut peer = Peer::new(&house, script);
    let mut cuts = cuts.iter().copied().peekable();
    let mut from = 0;
    let last = (script.bytes.len(), TransferOutcome::Completed);
    for (end, outcome) in script.ends.iter().copied().chain([last]) {
        while from < end {
            while cuts.next_if(|&cut| cut <= from).is_some() {}
            let to = cuts.peek().map_or(end, |&cut| cut.min(end));
            peer.send(&script.bytes[from..to]);
            from = to;
        }
        peer.end_transfer(outcome);
    }
    Ran {
        said: peer.said,
        stored_bytes: files.stored_bytes(),
    }
}

/// One certificate for all runs; `None` where ftproof is built without TLS.
#[cfg(feature = "tls")]
fn certificate(tls: Tls) -> Option<TlsServer> {
    static SERVERS: OnceLock<[TlsServer; 2]> = OnceLock::new();
    let servers = SERVERS.get_or_init(|| {
        [false, true].map(|is_implicit| {
            TlsServer::self_signed(is_implicit).expect("a certificate can be made")
        })
    });
    Some(servers[tls as usize].clone())
}

#[cfg(not(feature = "tls"))]
fn certificate(_: Tls) -> Option<TlsServer> {
    static NONE: OnceLock<()> = OnceLock::new();
    NONE.get_or_init(|| ());
    None
}

/// The other end of the server's sockets.
struct Peer<'a> {
    script: &'a Script,
    house: &'a Arc<House>,
    conversation: Conversation,
    /// Sent, and not taken while the session does not read.
    unsent: Vec<u8>,
    running: Option<Transfer>,
    said: Vec<u8>,
    is_over: bool,
}

impl<'a> Peer<'a> {
    fn new(house: &'a Arc<House>, script: &'a Script) -> Self {
        let mut conversation = Conversation::new(house, IpAddr::V4(Ipv4Addr::LOCALHOST))
            .expect("a conversation begins");
        let mut said = Vec::new();
        conversation.greet(&mut said).expect("there is room");
        Peer {
            script,
            house,
            conversation,
            unsent: Vec::new(),
            running: None,
            said,
            is_over: false,
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
        self.take();
    }

    /// The server takes what was sent, as long as it reads.
    fn take(&mut self) {
        self.answer();
        while self.conversation.reads() && !self.is_over && !self.unsent.is_empty() {
            let count = self.unsent.len().min(CHUNK_BYTES);
            let chunk: Vec<u8> = self.unsent.drain(..count).collect();
            self.conversation.take(&chunk);
            self.answer();
            let held = self.conversation.held_bytes();
            assert!(
                held <= LINE_BYTES_MAX + RECORD_BYTES_MAX,
                "{held} bytes are held{:?}",
                self.script
            );
        }
    }

    /// Answers all lines that are there.
    fn answer(&mut self) {
        while !self.is_over {
            match self.conversation.step(&mut NoPort, &mut self.said) {
                Ok(Step::Waits) => return,
                Ok(Step::Answered(task)) => self.perform(task),
                // What is no TLS ends the connection.
                Err(_) => self.is_over = true,
            }
        }
    }

    fn perform(&mut self, task: Option<Task>) {
        match task {
            None => {}
            Some(Task::Open(transfer)) => self.running = Some(transfer),
            Some(Task::Abort) => self.running = None,
            Some(Task::Close) => self.is_over = true,
        }
    }

    fn end_transfer(&mut self, outcome: TransferOutcome) {
        let Some(transfer) = self.running.take() else {
            return;
        };
        let mut socket = Socket::new(outcome);
        let moved = match outcome {
            TransferOutcome::NotOpened | TransferOutcome::NotProtected => {
                Moved::failed(&transfer, outcome)
            }
            TransferOutcome::Completed | TransferOutcome::Broken | TransferOutcome::LocalError => {
                let is_whole = outcome == TransferOutcome::Completed;
                move_bytes(&transfer, &*self.house.files, &mut socket, &|| is_whole)
            }
        };
        let ended = self
            .conversation
            .transfer_ended(&moved, &mut NoPort, &mut self.said);
        match ended {
            Ok(task) => self.perform(task),
            Err(_) => self.is_over = true,
        }
        self.take();
    }
}

/// A data connection in memory: gives some bytes, takes any number, and breaks if it is to.
struct Socket {
    arriving: Cursor<&'static [u8]>,
    breaks: bool,
}

impl Socket {
    fn new(outcome: TransferOutcome) -> Self {
        Socket {
            arriving: Cursor::new(b"arrived\r\n\xff\r"),
            breaks: outcome == TransferOutcome::Broken,
        }
    }
}

impl Read for Socket {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self.arriving.read(bytes) {
            Ok(0) if self.breaks => Err(io::ErrorKind::ConnectionReset.into()),
            other => other,
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.breaks {
            Err(io::ErrorKind::BrokenPipe.into())
        } else {
            Ok(bytes.len())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A passive listener that is only named.
struct NoPort;

impl Listener for NoPort {
    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError> {
        match listen {
            Listen::Control | Listen::V4 => Ok((Ipv4Addr::LOCALHOST, 50_021).into()),
            Listen::V6 => Err(ListenError::Protocol),
        }
    }

    fn close_listener(&mut self) {}
}
