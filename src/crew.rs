//! Several workers at one server: each takes the next tour from the board, makes it, and reports what it saw.
//!
//! What a tour shows depends on that tour alone, so the order in which they end does not matter. A worker whom the
//! server refuses goes home; the first one stays.

use std::collections::{HashSet, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use crate::absence::Absence;
use crate::journal::Journal;
use crate::options::{JOBS_MAX, Options};
use crate::target::{Target, Trouble};
use crate::tour::{Guide, Known, Record, Tour};
use crate::walk::Setting;
use crate::worker::{Counts, Form, Worker};

/// A tour to make, and what is known when it starts.
pub(crate) struct Job {
    pub(crate) index: usize,
    pub(crate) tour: Tour,
    pub(crate) known: Arc<Known>,
}

/// What a worker learned and leaves when it goes home.
#[derive(Clone, Default)]
pub(crate) struct Farewell {
    pub(crate) counts: Counts,
    pub(crate) implemented: HashSet<&'static str>,
    pub(crate) no_tls: Option<String>,
    pub(crate) form: Form,
    /// What of its files is still there, and why.
    pub(crate) left: Option<String>,
}

impl Farewell {
    /// Sends `worker` home: its files are removed.
    pub(crate) fn of(worker: &mut Worker<'_, '_>) -> Self {
        let left = worker.workdir.take().and_then(|workdir| {
            let base = crate::reply::shown(workdir.base().as_bytes());
            let removed = workdir.remove(worker.target, &worker.names);
            removed
                .err()
                .map(|reason| format!("the clean-up: {base} is still there: {reason}"))
        });
        Farewell {
            counts: worker.counts,
            implemented: std::mem::take(&mut worker.implemented),
            no_tls: worker.no_tls.take(),
            form: std::mem::take(&mut worker.form),
            left,
        }
    }

    /// Sends `worker` home, whom the server did not let in because of `trouble`: its tries count all the same.
    pub(crate) fn refused(worker: &mut Worker<'_, '_>, trouble: Trouble) -> Self {
        let left = match trouble {
            Trouble::LeftBehind { left, .. } => Some(left),
            _ => None,
        };
        Farewell {
            left,
            ..Farewell::of(worker)
        }
    }

    /// What `worker` learned since it had sent and seen so much.
    fn since(counts: Counts, form: &Form, worker: &Worker<'_, '_>) -> Self {
        Farewell {
            counts: Counts {
                commands: worker.counts.commands - counts.commands,
                connections: worker.counts.connections - counts.connections,
            },
            implemented: worker.implemented.clone(),
            no_tls: worker.no_tls.clone(),
            form: Form {
                replies: worker.form.replies - form.replies,
                compared: worker.form.compared - form.compared,
                malformed: worker.form.malformed.clone(),
            },
            left: None,
        }
    }
}

enum Message {
    Made(usize, Vec<Record>),
    /// The server refuses this worker.
    GivenBack(Job),
    GoneHome(Farewell),
}

/// Where jobs hang until somebody takes them.
#[derive(Default)]
struct Board {
    jobs: Mutex<(VecDeque<Job>, bool)>,
    changed: Condvar,
}

impl Board {
    fn hang(&self, jobs: Vec<Job>) {
        let mut board = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        board.0.extend(jobs);
        self.changed.notify_all();
    }

    fn take(&self) -> Option<Job> {
        let mut board = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        board.0.pop_front()
    }

    /// Waits for a job; `None`: there will be no more.
    fn wait(&self) -> Option<Job> {
        let mut board = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = board.0.pop_front() {
                return Some(job);
            }
            if board.1 {
                return None;
            }
            board = self
                .changed
                .wait(board)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        let mut board = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        board.1 = true;
        self.changed.notify_all();
    }
}

/// The workers of a run, as the first of them sees them.
pub(crate) struct Crew<'c, 't, 'm> {
    pub(crate) lead: &'c mut Worker<'t, 'm>,
    board: Arc<Board>,
    messages: Receiver<Message>,
    farewells: Vec<Farewell>,
    assignment: Assignment<'c>,
}

/// How the tours of a run are made.
#[derive(Clone, Copy)]
struct Assignment<'c> {
    options: &'c Options,
    journal: Option<&'c Journal>,
    done: &'c (dyn Fn() + Sync),
}

impl Assignment<'_> {
    /// Makes a tour, until the run is stopped or the server cannot be reached any more: then with the reason. One that
    /// came to its end goes into the journal.
    fn make(self, worker: &mut Worker<'_, '_>, job: &Job) -> (Vec<Record>, Option<Trouble>) {
        let (counts, form) = (worker.counts, worker.form.clone());
        let (records, mut trouble) =
            Guide::guide(worker, &job.tour, &job.known, self.options, self.done);
        if let Some(journal) = self.journal
            && trouble.is_none()
            && !Worker::is_stopped(self.options)
        {
            let learned = Farewell::since(counts, &form, worker);
            let added = journal.add(&job.tour, &records, &learned);
            trouble = added.err().map(Trouble::from);
        }
        (records, trouble)
    }

    /// What the tour of `job` showed before the run was interrupted.
    fn made_before(self, job: &Job) -> Option<Vec<Record>> {
        let records = self.journal?.records(&job.tour)?;
        job.tour.tests.iter().for_each(|_| (self.done)());
        Some(records)
    }
}

/// Runs `body` with a crew of at most `options.jobs`, the lead among them. Gives what the others leave, and what the
/// journal tells of those who worked before the run was interrupted.
pub(crate) fn with_crew<R>(
    lead: &mut Worker<'_, '_>,
    options: &Options,
    journal: Option<&Journal>,
    done: &(dyn Fn() + Sync),
    body: impl FnOnce(&mut Crew<'_, '_, '_>) -> R,
) -> (R, Vec<Farewell>) {
    let assignment = Assignment {
        options,
        journal,
        done,
    };
    thread::scope(|scope| {
        let (board, (sender, messages)) = (Arc::new(Board::default()), channel());
        for _ in 1..options.jobs.min(JOBS_MAX) {
            let Some(target) = lead.target.another() else {
                break;
            };
            let (board, sender, setting) = (Arc::clone(&board), sender.clone(), lead.setting);
            let work = move || work(target, setting, &board, &sender, assignment);
            // With fewer of them it only takes longer.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        drop(sender);
        let mut crew = Crew {
            lead,
            board: Arc::clone(&board),
            messages,
            farewells: journal.into_iter().flat_map(Journal::farewells).collect(),
            assignment,
        };
        let result = body(&mut crew);
        board.close();
        while let Ok(message) = crew.messages.recv() {
            if let Message::GoneHome(farewell) = message {
                crew.farewells.push(farewell);
            }
        }
        (result, crew.farewells)
    })
}

/// The day of a worker who is not the lead.
fn work(
    mut target: Box<dyn Target + Send>,
    setting: Setting<'_>,
    board: &Board,
    sender: &Sender<Message>,
    assignment: Assignment<'_>,
) {
    let Some(first) = board.wait() else {
        return;
    };
    let mut absence = Absence::new(assignment.options);
    absence.wait_briefly();
    let mut worker = Worker::new(target.as_mut(), setting, absence);
    if let Err(trouble) = worker.enter() {
        // The lead is there already and does it.
        let _ = sender.send(Message::GivenBack(first));
        let _ = sender.send(Message::GoneHome(Farewell::refused(&mut worker, trouble)));
        return;
    }
    let mut next = Some(first);
    while let Some(job) = next {
        match assignment.make(&mut worker, &job) {
            (records, None) => {
                let _ = sender.send(Message::Made(job.index, records));
            }
            // What was seen before is told only if it is why the server takes no more connections.
            (records, Some(_)) => {
                let message = if records.iter().any(Record::is_gone) {
                    Message::Made(job.index, records)
                } else {
                    Message::GivenBack(job)
                };
                let _ = sender.send(message);
                break;
            }
        }
        next = board.wait();
    }
    let _ = sender.send(Message::GoneHome(Farewell::of(&mut worker)));
}

impl Crew<'_, '_, '_> {
    /// Makes all `jobs`; gives their records in the order of the jobs' indices, which count from 0, and why it had to
    /// stop before their end.
    pub(crate) fn run(&mut self, jobs: Vec<Job>) -> (Vec<Vec<Record>>, Option<Trouble>) {
        let mut trouble = None;
        let mut results: Vec<Option<Vec<Record>>> = jobs.iter().map(|_| None).collect();
        let mut left = jobs.len();
        let mut due = Vec::new();
        for job in jobs {
            match self.assignment.made_before(&job) {
                Some(records) => {
                    results[job.index] = Some(records);
                    left -= 1;
                }
                None => due.push(job),
            }
        }
        self.board.hang(due);
        let mut given_back = Vec::new();
        while left > 0 {
            while let Ok(message) = self.messages.try_recv() {
                left -= self.take(message, &mut results, &mut given_back);
            }
            if let Some(job) = given_back.pop().or_else(|| self.board.take()) {
                if trouble.is_none() {
                    let (records, stopped_by) = self.assignment.make(self.lead, &job);
                    results[job.index] = Some(records);
                    trouble = stopped_by;
                }
                left -= 1;
            } else if left > 0 {
                let Ok(message) = self.messages.recv() else {
                    trouble = Some(Trouble::Io("a worker ended before its work".to_owned()));
                    break;
                };
                left -= self.take(message, &mut results, &mut given_back);
            }
        }
        let results = results.into_iter().map(Option::unwrap_or_default);
        (results.collect(), trouble)
    }

    /// Takes a message; gives how many jobs it ends.
    fn take(
        &mut self,
        message: Message,
        results: &mut [Option<Vec<Record>>],
        given_back: &mut Vec<Job>,
    ) -> usize {
        match message {
            Message::Made(index, records) => {
                results[index] = Some(records);
                return 1;
            }
            Message::GivenBack(job) => given_back.push(job),
            Message::GoneHome(farewell) => self.farewells.push(farewell),
        }
        0
    }
}
