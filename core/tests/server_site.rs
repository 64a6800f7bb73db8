//! What a server's site may refuse or limit, and what the session says then.

mod support;

use std::net::{IpAddr, SocketAddr};

use ftproof_core::{
    Effect, Entry, Forbidden, Line, Listen, ListenError, Listener, Listening, MemorySite,
    PasswordCheck, Path, Refused, Representation, Session, Site, Transfer, TransferOutcome,
    UserCheck,
};

/// The fixture with the limits of a server. It moves no bytes itself.
struct Limited {
    memory: MemorySite,
    has_tls: bool,
    may_change: bool,
    lists: bool,
    counts: bool,
    is_open: bool,
}

impl Default for Limited {
    fn default() -> Self {
        Self {
            memory: MemorySite::fixture(),
            has_tls: true,
            may_change: true,
            lists: true,
            counts: true,
            is_open: false,
        }
    }
}

impl Limited {
    fn changes(&mut self) -> Result<&mut MemorySite, Refused> {
        if self.may_change {
            Ok(&mut self.memory)
        } else {
            Err(Refused::Denied)
        }
    }
}

impl Site for Limited {
    fn user(&self, user: &[u8]) -> UserCheck {
        self.memory.user(user)
    }

    fn password(&self, user: &[u8], password: &[u8]) -> PasswordCheck {
        self.memory.password(user, password)
    }

    fn account(&self, user: &[u8], account: &[u8]) -> bool {
        self.memory.account(user, account)
    }

    fn host(&self, host: &[u8]) -> bool {
        self.memory.host(host)
    }

    fn has_tls(&self) -> bool {
        self.has_tls
    }

    fn may_change(&self) -> bool {
        self.may_change
    }

    fn file_bytes_max(&self) -> u64 {
        100
    }

    fn may_connect(&self, address: SocketAddr) -> Result<(), Forbidden> {
        match address.port() {
            _ if !address.ip().is_loopback() => Err(Forbidden::Host),
            0..1024 => Err(Forbidden::Port),
            1024.. => Ok(()),
        }
    }

    fn entry(&self, path: &Path) -> Option<Entry> {
        self.memory.entry(path)
    }

    fn entries(&self, path: &Path) -> Option<Vec<Entry>> {
        self.memory.entries(path).filter(|_| self.lists)
    }

    fn transfer_bytes(&self, path: &Path, representation: Representation) -> Option<u64> {
        let bytes = self.memory.transfer_bytes(path, representation);
        bytes.filter(|_| self.counts)
    }

    fn may_write(&self, path: &Path) -> Result<(), Refused> {
        if self.may_change {
            self.memory.may_write(path)
        } else {
            Err(Refused::Denied)
        }
    }

    fn unique(&mut self, directory: &Path) -> Result<Path, Refused> {
        self.changes()?.unique(directory)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Refused> {
        self.changes()?.rename(from, to)
    }

    fn delete(&mut self, path: &Path) -> Result<(), Refused> {
        self.changes()?.delete(path)
    }

    fn make_directory(&mut self, path: &Path) -> Result<(), Refused> {
        self.changes()?.make_directory(path)
    }

    fn remove_directory(&mut self, path: &Path) -> Result<(), Refused> {
        self.changes()?.remove_directory(path)
    }

    fn listen(&mut self, listen: Listen) -> Result<SocketAddr, ListenError> {
        self.is_open = true;
        self.memory.listen(listen)
    }

    fn close_listener(&mut self) {
        self.is_open = false;
    }
}

/// The codes of the replies to `line`, as in `426 226`.
fn codes(session: &mut Session, site: &mut dyn Site, line: &str) -> String {
    let answer = session.line(Line::Complete(line.as_bytes()), site);
    let codes: Vec<_> = answer
        .replies
        .codes()
        .map(|code| code.to_string())
        .collect();
    codes.join(" ")
}

fn text(session: &mut Session, site: &mut dyn Site, line: &str) -> String {
    let answer = session.line(Line::Complete(line.as_bytes()), site);
    let mut bytes = Vec::new();
    for reply in &answer.replies {
        reply.write_to(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Plays lines behind a login; each gets these codes.
#[track_caller]
fn plays(site: &mut dyn Site, steps: &[(&str, &str)]) {
    let mut session = Session::new();
    for (line, expected) in [("USER ftptest", "331"), ("PASS secret", "230")]
        .iter()
        .chain(steps)
    {
        assert_eq!(
            codes(&mut session, site, line),
            *expected,
            "{line} in {steps:?}"
        );
    }
}

#[test]
fn an_address_that_is_forbidden_sets_up_nothing() {
    let mut site = Limited::default();
    for (line, code) in [
        ("PORT 192,0,2,1,8,73", "501"),
        ("EPRT |1|192.0.2.1|2121|", "501"),
        ("LPRT 4,4,192,0,2,1,2,8,73", "501"),
        ("PORT 127,0,0,1,3,255", "504"),
        ("EPRT |1|127.0.0.1|1023|", "504"),
        ("LPRT 4,4,127,0,0,1,2,3,255", "504"),
    ] {
        plays(&mut site, &[(line, code), ("LIST", "503")]);
        plays(&mut site, &[("PASV", "227"), (line, code), ("LIST", "150")]);
        assert!(site.is_open, "{line} closed the listener");
    }
    plays(&mut site, &[("PORT 127,0,0,1,4,0", "200"), ("LIST", "150")]);
}

#[test]
fn without_tls_auth_is_not_implemented() {
    let (mut session, mut site) = (Session::new(), Limited::default());
    assert!(text(&mut session, &mut site, "FEAT").contains("\r\n AUTH TLS\r\n CCC\r\n EPRT\r\n"));
    site.has_tls = false;
    let features = text(&mut session, &mut site, "FEAT");
    for of_tls in ["AUTH", "CCC", "PBSZ", "PROT"] {
        assert!(!features.contains(of_tls), "{features}");
    }
    assert!(features.contains("\r\n EPRT\r\n") && features.contains("\r\n UTF8\r\n"));
    plays(
        &mut site,
        &[("AUTH TLS", "502"), ("AUTH X", "502"), ("PBSZ 0", "503")],
    );
    plays(
        &mut site,
        &[("PASV", "227"), ("LIST", "150"), ("AUTH TLS", "502")],
    );
}

#[test]
fn what_the_user_may_is_shown() {
    let (mut session, mut site) = (Session::new(), Limited::default());
    for line in ["USER ftptest", "PASS secret"] {
        codes(&mut session, &mut site, line);
    }
    for (may_change, file, directory, root) in [
        (true, "Perm=adfrw;", "Perm=cdeflmp;", "Perm=celmp;"),
        (false, "Perm=r;", "Perm=el;", "Perm=el;"),
    ] {
        site.may_change = may_change;
        for (path, perm) in [("/hello.txt", file), ("/dir", directory), ("/", root)] {
            let facts = text(&mut session, &mut site, &format!("MLST {path}"));
            assert!(facts.contains(perm), "{facts}");
        }
        codes(&mut session, &mut site, "PASV");
        let answer = session.line(Line::Complete(b"MLSD /"), &mut site);
        let Some(Effect::OpenData(transfer)) = answer.effect else {
            panic!("no transfer");
        };
        let list = transfer.outgoing(&site).expect("it sends");
        let list = String::from_utf8_lossy(&list).into_owned();
        assert!(list.contains(file) && list.contains(directory), "{list}");
        session.transfer_ended(TransferOutcome::Completed, &mut site);
    }
}

#[test]
fn who_may_not_change_files_is_told_so() {
    let mut site = Limited {
        may_change: false,
        ..Limited::default()
    };
    plays(
        &mut site,
        &[
            ("PASV", "227"),
            ("STOR /new", "553"),
            ("APPE /new", "553"),
            ("STOU", "553"),
            ("DELE /hello.txt", "550"),
            ("MKD /new", "550"),
            ("RMD /dir", "550"),
            ("RNFR /hello.txt", "350"),
            ("RNTO /new", "553"),
            ("RETR /hello.txt", "150"),
        ],
    );
}

#[test]
fn what_is_too_much_is_not_listed_and_not_counted() {
    let mut site = Limited {
        lists: false,
        ..Limited::default()
    };
    plays(
        &mut site,
        &[
            ("PASV", "227"),
            ("LIST /dir", "450"),
            ("NLST /dir", "450"),
            ("MLSD /dir", "550"),
            ("STAT /dir", "450"),
            ("LIST /hello.txt", "150"),
        ],
    );
    site.counts = false;
    plays(
        &mut site,
        &[
            ("SIZE /hello.txt", "550"),
            ("PASV", "227"),
            ("REST 1", "350"),
            ("RETR /hello.txt", "550"),
            ("REST 0", "350"),
            ("RETR /hello.txt", "150"),
        ],
    );
}

/// What clients send, and no RFC has.
#[test]
fn options_of_a_list_are_passed_over() {
    let mut client = support::Client::logged_in();
    for command in ["LIST", "NLST"] {
        let plain = client.download(command);
        for options in ["-a", "-la", "-l -a", "-al /", "-al  ."] {
            let line = format!("{command} {options}");
            if options == "-l -a" {
                // Only the first word: the second would be a name.
                client.codes("PASV");
                assert_eq!(client.codes(&line), "450");
            } else {
                assert_eq!(client.download(&line), plain, "{line}");
            }
        }
        let inner = client.download(&format!("{command} dir"));
        assert_eq!(client.download(&format!("{command} -l dir")), inner);
    }
    client.codes("MKD -a");
    assert_eq!(client.download("NLST -a"), "");
}

#[test]
fn no_upload_begins_beyond_the_largest_file() {
    let mut site = Limited::default();
    plays(
        &mut site,
        &[("PASV", "227"), ("REST 101", "350"), ("STOR /new", "452")],
    );
    plays(
        &mut site,
        &[("PASV", "227"), ("REST 100", "350"), ("STOR /new", "150")],
    );
}

#[test]
fn a_site_that_moves_no_bytes_gives_and_takes_none() {
    let (mut session, mut site) = (Session::new(), Limited::default());
    for line in ["USER ftptest", "PASS secret", "PASV"] {
        codes(&mut session, &mut site, line);
    }
    let transfer = |session: &mut Session, site: &mut Limited, line: &[u8]| -> Transfer {
        let answer = session.line(Line::Complete(line), site);
        session.transfer_ended(TransferOutcome::Completed, site);
        session.line(Line::Complete(b"PASV"), site);
        match answer.effect {
            Some(Effect::OpenData(transfer)) => transfer,
            other => panic!("{other:?}"),
        }
    };
    let sends = transfer(&mut session, &mut site, b"RETR /hello.txt");
    assert_eq!(sends.outgoing(&site), None);
    let stores = transfer(&mut session, &mut site, b"STOR /new");
    assert_eq!(stores.store(&mut site, b"x"), Err(Refused::Denied));
}

#[test]
fn a_session_may_begin_within_tls() {
    let (mut session, mut site) = (Session::within_tls(), Limited::default());
    for (line, code) in [("AUTH TLS", "534"), ("PBSZ 0", "200"), ("PROT P", "200")] {
        assert_eq!(codes(&mut session, &mut site, line), code, "{line}");
    }
}

#[test]
fn the_server_may_end_a_session_at_any_time() {
    for lines in [
        &[][..],
        &["USER ftptest", "PASS secret", "PASV"],
        &["USER ftptest", "PASS secret", "PASV", "LIST"],
    ] {
        let (mut session, mut site) = (Session::new(), Limited::default());
        for line in lines {
            codes(&mut session, &mut site, line);
        }
        let is_running = lines.len() == 4;
        let answer = session.shut_down("The server ends", &mut site);
        assert_eq!(answer.replies.codes().collect::<Vec<_>>(), [421]);
        assert_eq!(answer.effect, Some(Effect::Close));
        assert!(session.is_closed() && !session.reads());
        assert_eq!(
            site.is_open, is_running,
            "the transport closes what it took"
        );
        let ended = session.transfer_ended(TransferOutcome::Completed, &mut site);
        assert!(ended.replies.is_empty());
    }
}

#[test]
fn who_is_logged_in_is_known() {
    let (mut session, mut site) = (Session::new(), Limited::default());
    for (line, user) in [
        ("NOOP", None),
        ("USER ftptest", None),
        ("PASS secret", Some(&b"ftptest"[..])),
        ("USER acct", None),
        ("PASS secret", None),
        ("ACCT billing", Some(b"acct")),
        ("REIN", None),
    ] {
        codes(&mut session, &mut site, line);
        assert_eq!(session.user(), user, "{line}");
    }
}

#[test]
fn the_sizes_of_all_files_are_known() {
    let mut memory = MemorySite::fixture();
    let before = memory.stored_bytes();
    assert_eq!(before, 12 + (1 << 20) + 6);
    let path = Path::root().join(b"dir/new");
    memory.write(&path, vec![0; 10]).expect("there is room");
    assert_eq!(memory.stored_bytes(), before + 10);
}

/// The listener of a site that is asked for everything but that.
struct NoListener;

impl Listener for NoListener {
    fn listen(&mut self, _: Listen) -> Result<SocketAddr, ListenError> {
        Ok((IpAddr::from([127, 0, 0, 1]), 2000).into())
    }

    fn close_listener(&mut self) {}
}

/// [`Listening`] asks the site behind it.
#[test]
fn a_listener_of_its_own_changes_nothing_else() {
    let mut limited = Limited {
        has_tls: false,
        may_change: false,
        lists: false,
        counts: false,
        ..Limited::default()
    };
    let mut site = Listening {
        site: &mut limited,
        listener: &mut NoListener,
    };
    plays(
        &mut site,
        &[
            ("AUTH TLS", "502"),
            ("PORT 127,0,0,1,0,21", "504"),
            ("PASV", "227"),
            ("LIST", "450"),
            ("SIZE /hello.txt", "550"),
            ("STOR /new", "553"),
        ],
    );
    assert_eq!(site.file_bytes_max(), 100);
    assert!(!site.may_change());
    assert_eq!(MemorySite::fixture().file_bytes_max(), 16 << 20);
}
