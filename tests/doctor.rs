//! What `ftproof doctor` sees on a server, and what it leaves there; and that a check does without what does not work.

use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

#[cfg(feature = "tls")]
use ftproof::address::Protection;
use ftproof::doctor::{Ability, Diagnosis, examine};
use ftproof::embedded::EmbeddedTarget;
use ftproof::tcp::TcpTarget;
use ftproof::{Names, Trouble};
use serde_json::Value;

use crate::port;
use crate::support::fake::{Login, fake};
use crate::support::loopback::lock;
use crate::support::small::{FILES, Session, small};
use crate::support::{DEADLINE, checked, loopback};

fn examined_as(names: Names, address: SocketAddr) -> Result<Diagnosis, Trouble> {
    let mut target = TcpTarget::new(address, names, DEADLINE);
    examine(&mut target, &AtomicBool::new(false))
}

fn examined(address: SocketAddr) -> Diagnosis {
    examined_as(loopback::names(), address).expect("the server lets us in")
}

fn verb<'d>(diagnosis: &'d Diagnosis, name: &str) -> &'d ftproof::doctor::Verb {
    let of = |verb: &&ftproof::doctor::Verb| verb.verb == name;
    diagnosis.verbs.iter().find(of).expect("it is a verb")
}

fn transfer<'d>(diagnosis: &'d Diagnosis, verb: &str) -> &'d Ability {
    let of = |set_up: &&ftproof::doctor::SetUp| set_up.verb == verb;
    let set_up = diagnosis.set_up.iter().find(of);
    &set_up.expect("it sets up a data connection").transfer
}

/// What a server answers to the lines of one who is logged in, where it does not answer honestly.
type Answer = fn(&str) -> Option<String>;

/// Lines, each with the reply to it.
type Record = Arc<Mutex<Vec<(String, String)>>>;

/// A small server, and what it was sent and said.
fn recorded(answer: Answer) -> (SocketAddr, Record) {
    let record = Record::default();
    let said = Arc::clone(&record);
    let address = small(move |_| {
        let said = Arc::clone(&said);
        move |session: &mut Session, line: &str| {
            let own = answer(line).filter(|_| session.login == Login::In);
            let reply = own.unwrap_or_else(|| session.answer(line));
            lock(&said).push((line.to_owned(), reply.clone()));
            Some(reply)
        }
    });
    (address, record)
}

/// The directories that were made and are still there.
fn left(record: &Record) -> Vec<String> {
    let mut there: Vec<String> = Vec::new();
    for (line, reply) in lock(record).iter() {
        match (line.split_once(' '), reply.get(..3)) {
            (Some(("MKD", path)), Some("257")) => there.push(path.to_owned()),
            (Some(("RMD", path)), Some("250")) => there.retain(|made| made != path),
            _ => {}
        }
    }
    there
}

#[test]
fn our_own_session_has_it_all_and_needs_a_login_where_the_rules_say_so() {
    let diagnosis = examine(&mut EmbeddedTarget::default(), &AtomicBool::new(false)).unwrap();
    assert!(diagnosis.files.works() && diagnosis.tls.works() && diagnosis.tls_transfer.works());
    assert!(
        diagnosis
            .set_up
            .iter()
            .all(|set_up| set_up.transfer.works())
    );
    assert_eq!(diagnosis.untestable, []);
    for verb in &diagnosis.verbs {
        assert_eq!(verb.implemented, Some(true), "{verb:?}");
        let needs_login = ftproof_model::needs_login(verb.verb);
        // A wrong account might end the login, so it is sent where there is one.
        let is_told = verb.verb != "ACCT";
        assert_eq!(verb.needs_login, is_told.then_some(needs_login), "{verb:?}");
    }
    assert!(diagnosis.features.contains(&"EPSV".to_owned()));
}

/// The same behind a port, where AUTH TLS is tried, and where sessions are inside TLS from their start on.
#[cfg(feature = "tls")]
#[test]
fn inside_tls_it_has_it_all_too() {
    let address = loopback::serve(loopback::honest);
    for protection in [Protection::OnRequest, Protection::Explicit] {
        let target = TcpTarget::new(address, loopback::all_names(), DEADLINE);
        let mut target = target.with_tls(protection);
        let diagnosis = examine(&mut target, &AtomicBool::new(false)).unwrap();
        assert!(diagnosis.files.works() && diagnosis.tls.works() && diagnosis.tls_transfer.works());
        assert!(
            diagnosis
                .set_up
                .iter()
                .all(|set_up| set_up.transfer.works())
        );
        assert_eq!((diagnosis.untestable, diagnosis.left), (Vec::new(), None));
        assert!(
            diagnosis
                .verbs
                .iter()
                .all(|verb| verb.implemented == Some(true))
        );
    }
}

#[test]
fn what_a_server_implements_is_what_it_has() {
    let (address, record) = recorded(|_| None);
    let diagnosis = examined(address);
    let always = ["USER", "PASS", "QUIT", "NOOP", "HELP", "SYST"];
    for verb in &diagnosis.verbs {
        let has = FILES.contains(&verb.verb) || always.contains(&verb.verb);
        // No account is known that would be wrong.
        let is_told = verb.verb != "ACCT";
        assert_eq!(verb.implemented, is_told.then_some(has), "{verb:?}");
    }
    assert_eq!(verb(&diagnosis, "PWD").needs_login, Some(true));
    assert_eq!(verb(&diagnosis, "HELP").needs_login, Some(false));
    assert!(diagnosis.files.works() && transfer(&diagnosis, "PASV").works());
    assert_eq!(
        *transfer(&diagnosis, "EPSV"),
        Ability::Refused("502 no".to_owned())
    );
    assert_eq!(diagnosis.tls, Ability::Refused("530 no".to_owned()));
    let untestable: Vec<&str> = diagnosis
        .untestable
        .iter()
        .map(|what| what.what.as_str())
        .collect();
    assert!(
        untestable.contains(&"seq/host") && untestable.contains(&"state/rest"),
        "{untestable:?}"
    );
    assert!(!untestable.contains(&"seq/rnto"));
    assert!(diagnosis.times.failed_login_ms.is_some());
    assert_eq!(left(&record), Vec::<String>::new());
    let record = lock(&record);
    assert!(record.iter().any(|(line, _)| line.starts_with("MKD ")));
    let is_wrong = |(line, _): &&(String, String)| line == "PASS not-the-password";
    let wrong = record.iter().filter(is_wrong).count();
    assert_eq!(wrong, 1, "one failed login");
}

/// Replies with which files cannot be had, each with the reason that is given.
#[test]
fn no_data_connection_is_a_reason_and_not_the_end() {
    let unreadable = "there is no data port that can be read in the server's reply";
    let nobody_listens = "there is no connection to the data port that the server named";
    let servers: [(Answer, &str); 3] = [
        (
            |line| announced(line).or((line == "PASV").then(|| "227 ready".to_owned())),
            unreadable,
        ),
        (
            |line| announced(line).or((line == "PASV").then(closed)),
            nobody_listens,
        ),
        (
            |line| (line == "PASV").then(|| "425 no".to_owned()),
            "'425 no'",
        ),
    ];
    for (answer, reason) in servers {
        let (address, record) = recorded(answer);
        let diagnosis = examined(address);
        let Ability::Fails(why) = &diagnosis.files else {
            panic!("{:?}", diagnosis.files);
        };
        assert!(why.contains(reason), "{why}");
        assert!(!transfer(&diagnosis, "PASV").works());
        assert_eq!(left(&record), Vec::<String>::new());
        let report = checked(DEADLINE, address).unwrap();
        assert!(
            report.untested.iter().any(|what| what.contains(reason)),
            "{:?}",
            report.untested
        );
        assert_eq!(left(&record), Vec::<String>::new());
    }
}

/// Every upload is announced, with or without a data connection.
fn announced(line: &str) -> Option<String> {
    line.starts_with("STOR").then(|| "150 here".to_owned())
}

fn closed() -> String {
    let [high, low] = port::closed().port().to_be_bytes();
    format!("227 ready (127,0,0,1,{high},{low})")
}

#[test]
fn where_pasv_is_refused_epsv_will_do() {
    let address = small(|session| {
        session.verbs = &[
            "PWD", "CWD", "CDUP", "MKD", "RMD", "DELE", "RNFR", "RNTO", "EPSV", "STOR", "RETR",
            "NLST",
        ];
        |_: &mut Session, _: &str| None
    });
    let diagnosis = examined(address);
    assert_eq!(diagnosis.files, Ability::Works);
    assert!(transfer(&diagnosis, "EPSV").works());
    assert_eq!(diagnosis.left, None);
}

#[test]
fn an_account_is_sent_where_one_is_wanted_and_known() {
    let address = fake(|mut peer| {
        peer.say(b"220 ready\r\n");
        peer.answer(|line| {
            Some(match line {
                "USER ftptest" => b"336 answer this\r\n".to_vec(),
                "PASS secret" => b"332 account?\r\n".to_vec(),
                "ACCT billing" => b"230 in\r\n".to_vec(),
                _ => b"502 no\r\n".to_vec(),
            })
        });
    });
    let mut names = Names::login("ftptest", "secret");
    let refused = examined_as(names.clone(), address).unwrap_err();
    assert!(
        refused.to_string().contains("the site wants an account"),
        "{refused}"
    );
    names.set("account", "billing");
    let diagnosis = examined_as(names, address).unwrap();
    assert_eq!(verb(&diagnosis, "PASS").implemented, Some(true));
}

#[test]
fn the_text_is_narrow_and_holds_nothing_of_the_server_raw() {
    let hostile = |line: &str| match line {
        "SYST" => Some(format!("215 \x1b[2J{}", "x".repeat(3000))),
        "FEAT" => Some(format!(
            "211-\x1b\r\n {}\r\n \x1b[0m\r\n211 end",
            "y".repeat(3000)
        )),
        "PASV" => Some(format!("500 {}", "word ".repeat(100))),
        _ => None,
    };
    let (address, _) = recorded(hostile);
    let text = examined(address).text(100);
    for line in text.lines() {
        // A word that is longer has a line of its own.
        assert!(
            line.chars().count() <= 80 || line.split_whitespace().count() <= 2,
            "{line}"
        );
    }
    assert!(
        text.chars()
            .all(|character| character == '\n' || !character.is_control()),
        "{text:?}"
    );
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ftproof"));
    command
        .arg("doctor")
        .args(arguments)
        .env_remove("FTPROOF_PASSWORD");
    command.output().expect("the command runs")
}

#[test]
fn the_command_exits_0_where_it_is_let_in_and_2_elsewhere() {
    let embedded = run(&[]);
    assert_eq!(embedded.status.code(), Some(0));
    assert!(
        embedded
            .stdout
            .starts_with(b"target    the embedded session\n")
    );
    let (address, _) = recorded(|_| None);
    let in_json = run(&[
        "--format",
        "json",
        &format!("ftp://ftptest:secret@{address}"),
    ]);
    assert_eq!(in_json.status.code(), Some(0));
    let value: Value = serde_json::from_slice(&in_json.stdout).unwrap();
    assert_eq!(value["schema_version"], 1);
    assert_eq!(value["files"]["outcome"], "works");
    assert_eq!(value["set_up"][0]["verb"], "PASV");
    let closed = format!("ftp://ftptest:secret@{}", port::closed());
    let wrong = format!("ftp://ftptest:hunter2@{address}");
    for target in [&closed, &wrong] {
        let refused = run(&[target]);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            !said.contains("secret") && !said.contains("hunter2"),
            "{said}"
        );
    }
}
