//! A campaign sends several lines in one segment, and takes two sessions at once: it finds what only these show, and
//! nothing in a server that is right.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[allow(dead_code, reason = "a campaign needs the faults of isolation only")]
#[path = "server_mutants/fault.rs"]
mod fault;
#[path = "server_mutants/isolation.rs"]
mod isolation;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use ftproof::campaign::{Campaign, Progress, fuzz};
use ftproof::replay::{Verdict, verdict};
use ftproof::report::{Outcome, RuleReport, text};
use ftproof::tcp::TcpTarget;
use ftproof::{Finding, Kind, Names, Profile, Report};

use crate::campaign_waits::deafens;
use crate::support::fake::Login;
use crate::support::loopback::{Server, all_names, names};
use crate::support::small::{Session, small};

/// Far longer than an honest reply takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(2);
/// In so many runs nothing is found where nothing is wrong.
const RUNS: u64 = 300;
/// Within so many each bug is found, however slow the machine: on a fast one, mostly in the first hundred.
const RUNS_MAX: u64 = 3_000;

fn made(names: Names, address: SocketAddr, campaign: Campaign) -> Report {
    let mut target = TcpTarget::new(address, names, DEADLINE);
    let campaign = Campaign {
        runs: campaign.runs.or(Some(RUNS)),
        ..campaign
    };
    fuzz(&mut target, &campaign).unwrap().report
}

/// Goes on until the first breach.
fn hunted(address: SocketAddr) -> Report {
    let stop = Arc::<AtomicBool>::default();
    let ends = Arc::clone(&stop);
    let campaign = Campaign {
        runs: Some(RUNS_MAX),
        stop,
        progress: Arc::new(move |progress: Progress| {
            ends.fetch_or(progress.breaches > 0, Ordering::SeqCst);
        }),
        ..Campaign::default()
    };
    made(names(), address, campaign)
}

/// The one finding of a server that has one bug: it comes again when its transcript is played, and not from a server
/// without the bug.
#[track_caller]
fn only_finding(address: SocketAddr) -> Finding {
    let report = hunted(address);
    let [finding] = &report.findings[..] else {
        panic!("{}", text(&report));
    };
    let played = |address| {
        let mut target = TcpTarget::new(address, names(), DEADLINE);
        verdict(&mut target, &finding.transcript)
    };
    let (again, left) = played(address);
    assert!(matches!(again, Verdict::Still(_)), "{again:?}");
    assert_eq!(left, None);
    let honest = small(|_| |_: &mut Session, _: &str| None);
    assert_eq!(played(honest).0, Verdict::Fixed);
    finding.clone()
}

#[test]
fn a_line_that_is_lost_behind_another_is_found() {
    let address = small(|_| {
        |session: &mut Session, line: &str| {
            session.forget_unread();
            Some(session.answer(line))
        }
    });
    let finding = only_finding(address);
    // Which rule that breaks is the affair of the line that was lost.
    assert_eq!(finding.kind, Kind::NoReply);
    let told = finding.transcript.to_string();
    assert_eq!(told.matches("\\x0d\\x0a").count(), 1, "{told}");
    assert!(told.lines().count() <= 4, "{told}");
    let note = finding.note.unwrap();
    assert!(
        note.ends_with("sent one by one, these lines are answered as they should be"),
        "{note}"
    );
}

#[test]
fn a_line_that_waits_until_more_is_sent_is_found() {
    let address = small(|session: &mut Session| {
        session.read_for_each_line();
        |_: &mut Session, _: &str| None
    });
    let finding = only_finding(address);
    assert_eq!((finding.rule, finding.kind), ("reply/one", Kind::OutOfStep));
    let told = finding.transcript.to_string();
    assert_eq!(told.matches("\\x0d\\x0a").count(), 1, "{told}");
}

#[test]
fn a_rename_that_is_forgotten_where_its_rnto_is_there_already_is_found() {
    let address = small(|_| {
        |session: &mut Session, line: &str| {
            let reply = session.answer(line);
            if session.has_more() {
                session.rename_from = None;
            }
            Some(reply)
        }
    });
    let finding = only_finding(address);
    assert_eq!((finding.rule, finding.kind), ("seq/refused", Kind::Refused));
    let expected = "> USER {user}\n< 331\n> PASS {password}\n< 230\n\
        > RNFR {file}\\x0d\\x0aRNTO {renamed}\n< 350\n< 250\n# came: 503 RNFR first\n";
    assert_eq!(finding.transcript.to_string(), expected);
}

#[test]
fn a_rename_that_all_sessions_share_is_found() {
    let shared = Arc::new(Mutex::new(None));
    let address = small(move |_| {
        let shared = Arc::clone(&shared);
        move |session: &mut Session, line: &str| {
            let mut shared = shared.lock().unwrap();
            session.rename_from = shared.take();
            let reply = session.answer(line);
            *shared = session.rename_from.take();
            Some(reply)
        }
    });
    let finding = only_finding(address);
    let found = (finding.rule, finding.kind);
    assert_eq!(found, ("isolation/rename", Kind::Isolation));
    let told = finding.transcript.to_string();
    for session in ["@session A\n", "@session B\n"] {
        assert!(told.contains(session), "{told}");
    }
    assert!(told.lines().count() <= 16, "{told}");
    assert!(finding.note.unwrap().starts_with("without session "));
}

/// The faults with which the check's tests of isolation are tried, but for those of data connections: whether a
/// transfer is fed over another session's a campaign does not tell from one that waits, and a session that goes
/// unanswered has a test of its own.
#[test]
fn what_one_session_prepares_for_another_is_found() {
    let is_told = |fault: &&fault::Fault| fault.verdicts[0].0 != "isolation/data";
    for fault in isolation::ISOLATION.iter().filter(is_told) {
        let report = hunted(fault.server.serve());
        let found = report.findings.iter();
        let found: Vec<(&str, Kind)> = found.map(|found| (found.rule, found.kind)).collect();
        assert_eq!(found, fault.verdicts, "{}: {}", fault.name, text(&report));
    }
}

#[test]
fn a_session_that_goes_unanswered_when_an_older_one_quits_is_found() {
    let finding = only_finding(deafens().0);
    assert_eq!(
        (finding.rule, finding.kind),
        ("isolation/data", Kind::Isolation)
    );
    let told = finding.transcript.to_string();
    assert!(told.contains("> QUIT"), "{told}");
    assert!(told.ends_with("# came: nothing\n"), "{told}");
}

/// Who has the turn at a server that greets everybody and serves one session at a time, beside that which looks after
/// the files; and how often another had to wait for it.
#[derive(Default)]
struct Turns {
    /// A number from 1, or 0: nobody has it.
    taken_by: Mutex<usize>,
    is_free: Condvar,
    waits: AtomicUsize,
}

/// One of its sessions. Who ends gives the turn back.
struct Client {
    turns: Arc<Turns>,
    number: usize,
}

impl Client {
    /// `false`: it did not come to its turn in time.
    fn take(&self) -> bool {
        let is_others = |owner: &mut usize| *owner != 0 && *owner != self.number;
        let mut owner = self.turns.taken_by.lock().unwrap();
        let must_wait = usize::from(is_others(&mut owner));
        self.turns.waits.fetch_add(must_wait, Ordering::SeqCst);
        let is_free = &self.turns.is_free;
        let (mut owner, waited) = is_free
            .wait_timeout_while(owner, 10 * DEADLINE, is_others)
            .unwrap();
        if waited.timed_out() {
            return false;
        }
        *owner = self.number;
        true
    }

    fn give_back(&self) {
        let mut owner = self.turns.taken_by.lock().unwrap();
        if *owner == self.number {
            *owner = 0;
            self.turns.is_free.notify_all();
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// No RFC says that two sessions must be served at once.
#[test]
fn a_server_that_serves_one_session_behind_the_other_has_no_finding() {
    let (turns, clients) = (Arc::<Turns>::default(), AtomicUsize::new(0));
    let counts = Arc::clone(&turns);
    let address = small(move |_| {
        let client = Client {
            turns: Arc::clone(&counts),
            number: clients.fetch_add(1, Ordering::SeqCst) + 1,
        };
        let mut has_made_files = false;
        move |session: &mut Session, line: &str| {
            has_made_files |= line.starts_with("MKD") && session.login == Login::In;
            if has_made_files {
                client.give_back();
                return None;
            }
            if !client.take() {
                session.is_over = true;
            }
            None
        }
    });
    let campaign = Campaign {
        runs: Some(20),
        ..Campaign::default()
    };
    let report = made(names(), address, campaign);
    assert!(report.findings.is_empty(), "{}", text(&report));
    assert!(turns.waits.load(Ordering::SeqCst) > 0);
}

/// What a server saw of a campaign.
#[derive(Default)]
struct Seen {
    /// Lines that had another behind them.
    followed: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// One session of it, while it is open.
struct Guest(Arc<Seen>);

impl Guest {
    fn new(seen: &Arc<Seen>) -> Self {
        let open = seen.open.fetch_add(1, Ordering::SeqCst) + 1;
        seen.most_open.fetch_max(open, Ordering::SeqCst);
        Guest(Arc::clone(seen))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn a_right_server_has_no_finding_though_both_are_tried() {
    let seen = Arc::new(Seen::default());
    let counts = Arc::clone(&seen);
    let address = small(move |_| {
        let guest = Guest::new(&counts);
        move |session: &mut Session, _: &str| {
            let is_followed = usize::from(session.has_more());
            guest.0.followed.fetch_add(is_followed, Ordering::SeqCst);
            None
        }
    });
    let report = made(names(), address, Campaign::default());
    let is_right = report.findings.is_empty() && report.flaky.is_empty();
    assert!(is_right, "{}", text(&report));
    let followed = seen.followed.load(Ordering::SeqCst);
    assert!(followed > 30, "{followed}");
    // The third looks after the files.
    assert!(seen.most_open.load(Ordering::SeqCst) >= 3);
}

#[test]
fn our_own_session_behind_a_port_has_no_finding_to_the_letter() {
    let campaign = Campaign {
        profile: Profile::Strict,
        seed: 5,
        ..Campaign::default()
    };
    let report = made(all_names(), Server::HONEST.serve(), campaign);
    let is_right = report.findings.is_empty() && report.flaky.is_empty();
    assert!(is_right, "{}", text(&report));
    assert!(
        of_isolation(&report)
            .iter()
            .all(|rule| rule.outcome == Outcome::Conforms)
    );
}

/// What a report says of the four rules that need two sessions.
fn of_isolation(report: &Report) -> [&RuleReport; 4] {
    let rules = report.rules.iter();
    let rules = rules.filter(|rule| rule.id.starts_with("isolation/"));
    rules.collect::<Vec<_>>().try_into().unwrap()
}

/// A second session that is refused is no finding, and the campaign goes on with one.
#[test]
fn a_server_with_room_for_no_more_sessions_has_no_finding() {
    let seen = Arc::new(Seen::default());
    let counts = Arc::clone(&seen);
    let address = small(move |session: &mut Session| {
        let guest = Guest::new(&counts);
        if counts.open.load(Ordering::SeqCst) > 2 {
            session.greeting = "421 Too many of you".to_owned();
            session.is_over = true;
        }
        move |_: &mut Session, _: &str| {
            let _ = &guest;
            None
        }
    });
    let report = made(names(), address, Campaign::default());
    let is_right = report.findings.is_empty() && report.flaky.is_empty();
    assert!(is_right, "{}", text(&report));
    assert!(seen.most_open.load(Ordering::SeqCst) >= 3);
    assert!(
        of_isolation(&report)
            .iter()
            .all(|rule| rule.outcome == Outcome::NotTested)
    );
}

/// How many sessions of a server are logged in.
#[derive(Default)]
struct Logins {
    now: AtomicUsize,
    refused: AtomicUsize,
}

/// One of its sessions.
struct Member {
    logins: Arc<Logins>,
    is_counted: bool,
}

impl Member {
    fn count(&mut self, is_in: bool) {
        if is_in && !self.is_counted {
            self.logins.now.fetch_add(1, Ordering::SeqCst);
        } else if !is_in && self.is_counted {
            self.logins.now.fetch_sub(1, Ordering::SeqCst);
        }
        self.is_counted = is_in;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.count(false);
    }
}

/// A user who may have two sessions, of which one looks after the files: the other's login is refused for that.
#[test]
fn a_server_that_lets_a_user_in_only_so_often_has_no_finding() {
    let logins = Arc::new(Logins::default());
    let counts = Arc::clone(&logins);
    let address = small(move |_| {
        let mut member = Member {
            logins: Arc::clone(&counts),
            is_counted: false,
        };
        move |session: &mut Session, line: &str| {
            let is_full = member.logins.now.load(Ordering::SeqCst) >= 2;
            let mut reply = session.answer(line);
            if session.login == Login::In && !member.is_counted && is_full {
                member.logins.refused.fetch_add(1, Ordering::SeqCst);
                session.login = Login::Out;
                reply = "530 You are here already".to_owned();
            }
            member.count(session.login == Login::In);
            Some(reply)
        }
    });
    let report = made(names(), address, Campaign::default());
    let is_right = report.findings.is_empty() && report.flaky.is_empty();
    assert!(is_right, "{}", text(&report));
    assert!(logins.refused.load(Ordering::SeqCst) > 10);
}

/// Whoever comes later ends the session before, unless that one looks after the files.
#[test]
fn a_server_that_ends_the_older_session_has_no_finding() {
    let (newest, ended) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&ended);
    let address = small(move |_| {
        let (newest, ended) = (Arc::clone(&newest), Arc::clone(&count));
        let number = newest.fetch_add(1, Ordering::SeqCst) + 1;
        let mut has_made_files = false;
        move |session: &mut Session, line: &str| {
            has_made_files |= line.starts_with("MKD") && session.login == Login::In;
            if newest.load(Ordering::SeqCst) == number || has_made_files {
                return None;
            }
            ended.fetch_add(1, Ordering::SeqCst);
            session.is_over = true;
            Some(String::new())
        }
    });
    let report = made(names(), address, Campaign::default());
    let is_right = report.findings.is_empty() && report.flaky.is_empty();
    assert!(is_right, "{}", text(&report));
    assert!(ended.load(Ordering::SeqCst) > 10);
}

#[test]
fn what_is_kept_of_two_sessions_and_of_segments_is_played_again() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("campaign-together");
    let _ = fs::remove_dir_all(&folder);
    let mut target = ftproof::embedded::EmbeddedTarget::default();
    let campaign = Campaign {
        runs: Some(RUNS),
        corpus: Some(folder.clone()),
        ..Campaign::default()
    };
    fuzz(&mut target, &campaign).unwrap();
    let files = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let texts: Vec<String> = files
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    for kept in ["@session B\n", "\\x0d\\x0a"] {
        assert!(texts.iter().any(|text| text.contains(kept)), "{kept}");
    }
    let again = Campaign {
        runs: Some(1),
        ..campaign
    };
    let corpus = fuzz(&mut target, &again).unwrap().corpus.unwrap();
    assert_eq!(
        (corpus.len(), &corpus.skipped[..]),
        (texts.len() - 1, &[][..])
    );
}
