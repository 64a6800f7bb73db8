//! One control connection on its threads: one reads lines, and each transfer has its own, so that ABOR, STAT and QUIT
//! are read while it runs (RFC 959 §4.1.3). They share the state behind a lock, which nobody holds while he waits for a
//! client, but to send it replies.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ftproof_core::{Protection, Transfer, TransferOutcome};
use rustix::net::{RecvFlags, recv};
use socket2::SockRef;

use super::conversation::{Conversation, Step, Task};
use super::data::{self, Hold, Hosts, Port};
use super::house::House;
use super::seats::Seat;
use super::transfer::{self, Moved};

/// A thread's stack. The deepest is a TLS handshake; a test has 1,000 sessions at once.
pub(crate) const STACK_BYTES: usize = 256 * 1024;
/// So much is read at once.
const CHUNK_BYTES: usize = 4096;
/// So many bytes of replies are gathered before they are sent.
const REPLY_BYTES: usize = 16 * 1024;
/// How long a client may take to close its end, once we have closed ours, and what is read of it in that time.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 64 * 1024;

/// One control connection.
pub(crate) struct Connection {
    stream: TcpStream,
    house: Arc<House>,
    hosts: Hosts,
    state: Mutex<State>,
    /// Lines are read again, or the session is over.
    reads: Condvar,
    _seat: Seat,
}

/// What the threads of a connection share.
struct State {
    conversation: Conversation,
    port: Port,
    running: Option<Hold>,
    /// The number of the last transfer. What an aborted one tells of its end does not count.
    transfers: u64,
    /// When the last line was answered, or the last transfer ended.
    active: Instant,
    out: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, house: Arc<House>, seat: Seat) -> io::Result<Self> {
        let hosts = Hosts {
            local: stream.local_addr()?.ip().to_canonical(),
            peer: stream.peer_addr()?.ip().to_canonical(),
        };
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(house.limits.stall))?;
        // RFC 959 §4.1.3: ABOR comes with the Telnet Synch, whose data mark is urgent data and part of the line.
        SockRef::from(&stream).set_out_of_band_inline(true)?;
        Ok(Connection {
            state: Mutex::new(State {
                conversation: Conversation::new(&house, hosts.peer)?,
                port: Port::new(hosts.local),
                running: None,
                transfers: 0,
                active: Instant::now(),
                out: Vec::new(),
            }),
            stream,
            house,
            hosts,
            reads: Condvar::new(),
            _seat: seat,
        })
    }

    /// Serves the session to its end.
    pub(crate) fn run(self: &Arc<Self>) {
        // For a client that is gone there is nothing left to do.
        let _ = self.serve();
        let mut state = self.lock();
        abort(&mut state);
        state.port = Port::new(self.hosts.local);
        let State {
            conversation, out, ..
        } = &mut *state;
        let _ = conversation.finish(out).and_then(|()| self.flush(out));
        drop(state);
        self.close();
    }

    fn serve(self: &Arc<Self>) -> io::Result<()> {
        {
            let State {
                conversation, out, ..
            } = &mut *self.lock();
            conversation.greet(out)?;
            self.flush(out)?;
        }
        let mut chunk = [0; CHUNK_BYTES];
        while let Some(patience) = self.wait_until_it_reads()? {
            self.stream.set_read_timeout(Some(patience))?;
            match (&self.stream).read(&mut chunk) {
                // RFC 959 §2.3: without its control connection a transfer is over.
                Ok(0) => return Ok(()),
                Ok(count) => {
                    let mut state = self.lock();
                    state.conversation.take(&chunk[..count]);
                    self.go_on(&mut state)?;
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Waits while QUIT or REIN does. How long the client may be silent then; `None`: the session is over.
    fn wait_until_it_reads(&self) -> io::Result<Option<Duration>> {
        let mut state = self.lock();
        while !state.conversation.reads() && !state.conversation.is_closed() {
            state = self
                .reads
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.conversation.is_closed() {
            return Ok(None);
        }
        let idle = self.house.limits.idle;
        if state.running.is_some() {
            return Ok(Some(idle));
        }
        let left = idle.saturating_sub(state.active.elapsed());
        if left.is_zero() {
            let State {
                conversation,
                port,
                out,
                ..
            } = &mut *state;
            conversation.shut_down("Nothing came for too long; closing", port, out)?;
            self.flush(out)?;
            return Ok(None);
        }
        Ok(Some(left))
    }

    /// Answers all lines that are there.
    fn go_on(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        loop {
            let State {
                conversation,
                port,
                out,
                ..
            } = &mut *state;
            match conversation.step(port, out)? {
                Step::Waits => return self.flush(&mut state.out),
                Step::Answered(None) if state.out.len() < REPLY_BYTES => {}
                Step::Answered(task) => {
                    self.flush(&mut state.out)?;
                    if let Some(task) = task {
                        self.perform(task, state)?;
                    }
                }
            }
            state.active = Instant::now();
        }
    }

    fn perform(self: &Arc<Self>, task: Task, state: &mut State) -> io::Result<()> {
        match task {
            Task::Open(transfer) => self.open(transfer, state),
            Task::Abort => {
                abort(state);
                Ok(())
            }
            Task::Close => Ok(()),
        }
    }

    /// Begins a transfer on a thread of its own.
    fn open(self: &Arc<Self>, transfer: Transfer, state: &mut State) -> io::Result<()> {
        state.transfers += 1;
        let (number, hold) = (state.transfers, Hold::default());
        state.running = Some(hold.clone());
        let (listener, connection) = (state.port.take(), Arc::clone(self));
        let not_begun = Moved::failed(&transfer, TransferOutcome::LocalError);
        let thread = thread::Builder::new()
            .name("transfer".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let stream = data::open(
                    transfer.connection,
                    listener,
                    connection.hosts,
                    connection.house.limits.open_data,
                    &hold,
                );
                let moved = match stream {
                    Ok(stream) => connection.transfer(&transfer, stream, &hold),
                    Err(outcome) => Moved::failed(&transfer, outcome),
                };
                hold.release();
                connection.transfer_ended(number, &moved);
            });
        match thread {
            Ok(_) => Ok(()),
            Err(_) => self.end_transfer(&not_begun, state),
        }
    }

    /// Moves the bytes of a transfer, in TLS if the session asks for it.
    fn transfer(&self, transfer: &Transfer, stream: TcpStream, hold: &Hold) -> Moved {
        let files = &*self.house.files;
        let is_whole = || !hold.is_cut() && self.is_there();
        let stall = Some(self.house.limits.stall);
        let ready = stream
            .set_read_timeout(stall)
            .and_then(|()| stream.set_write_timeout(stall))
            .and_then(|()| stream.set_nodelay(true));
        if ready.is_err() {
            return Moved::failed(transfer, TransferOutcome::NotOpened);
        }
        match (transfer.protection, &self.house.tls) {
            (Protection::Private, Some(tls)) => {
                let Ok(mut stream) = tls.protect(stream) else {
                    return Moved::failed(transfer, TransferOutcome::NotProtected);
                };
                let moved = transfer::run(transfer, files, &mut stream, &is_whole);
                // One that broke has no good end.
                let _ = stream.finish();
                moved
            }
            (Protection::Clear | Protection::Private, _) => {
                let mut stream = stream;
                let moved = transfer::run(transfer, files, &mut stream, &is_whole);
                let _ = stream.shutdown(Shutdown::Write);
                moved
            }
        }
    }

    /// Whether the client is still there, or has said QUIT. One that died has ended both connections, and its last
    /// upload is not whole.
    fn is_there(&self) -> bool {
        let reads = self.lock().conversation.reads();
        let mut byte = [0; 1];
        let peeked = recv(
            &self.stream,
            &mut byte,
            RecvFlags::PEEK | RecvFlags::DONTWAIT,
        );
        !reads || !matches!(peeked, Ok((_, 0)) | Err(rustix::io::Errno::CONNRESET))
    }

    /// A transfer's thread is done.
    fn transfer_ended(self: &Arc<Self>, number: u64, moved: &Moved) {
        let mut state = self.lock();
        if state.transfers == number && self.end_transfer(moved, &mut state).is_err() {
            // The thread that reads finds it closed, and ends the session.
            let _ = self.stream.shutdown(Shutdown::Both);
        }
    }

    /// The transfer's completion, and what waited for it.
    fn end_transfer(self: &Arc<Self>, moved: &Moved, state: &mut State) -> io::Result<()> {
        state.running = None;
        state.active = Instant::now();
        let State {
            conversation,
            port,
            out,
            ..
        } = &mut *state;
        let task = conversation.transfer_ended(moved, port, out);
        // Whoever waits sees what has become of it.
        self.reads.notify_all();
        let task = task?;
        self.flush(&mut state.out)?;
        if let Some(task) = task {
            self.perform(task, state)?;
        }
        self.go_on(state)
    }

    fn flush(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let sent = (&self.stream).write_all(out);
        out.clear();
        out.shrink_to(REPLY_BYTES);
        sent
    }

    /// Closes in good order: what the client still sends would else take away what it has not read.
    fn close(&self) {
        let since = Instant::now();
        let mut read = 0;
        let mut chunk = [0; CHUNK_BYTES];
        let _ = self.stream.shutdown(Shutdown::Write);
        while read < LINGER_BYTES {
            let left = LINGER.saturating_sub(since.elapsed());
            if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
                break;
            }
            match (&self.stream).read(&mut chunk) {
                Ok(0) | Err(_) => break,
                Ok(count) => read += count,
            }
        }
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// What a thread left that panicked is whole enough to end the session.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts the running transfer short; what it tells of its end no longer counts.
fn abort(state: &mut State) {
    state.transfers += 1;
    if let Some(hold) = state.running.take() {
        hold.cut();
    }
}
