//! Every input in every reachable state, and what holds there always.

mod support;

use std::collections::{HashMap, VecDeque};

use ftproof_core::Session;
use support::Client;

/// Inputs that differ in what they do; none changes what only the texts show (TYPE, working directory, facts).
const INPUTS: [&str; 68] = [
    "USER ftptest",
    "USER open",
    "USER acct",
    "PASS secret",
    "PASS wrong",
    "ACCT billing",
    "ACCT wrong",
    "CWD /",
    "CDUP",
    "SMNT x",
    "REIN",
    "QUIT",
    "PORT 127,0,0,1,4,1",
    "PASV",
    "EPRT |1|127.0.0.1|1025|",
    "EPRT |3|x|1|",
    "EPSV",
    "EPSV 3",
    "EPSV ALL",
    "LPRT 4,4,127,0,0,1,2,4,1",
    "LPSV",
    "TYPE A",
    "TYPE E",
    "MODE S",
    "STRU F",
    "ALLO 1",
    "REST 1",
    "RETR hello.txt",
    "RETR missing",
    "STOR x",
    "STOU",
    "APPE x",
    "LIST",
    "NLST",
    "MLSD",
    "MLST",
    "RNFR hello.txt",
    "RNFR missing",
    "RNTO hello.txt",
    "DELE missing",
    "RMD missing",
    "MKD dir",
    "PWD",
    "ABOR",
    "SYST",
    "NOOP",
    "STAT",
    "HELP",
    "HELP RNTO",
    "HELP x",
    "SITE x",
    "FEAT",
    "OPTS UTF8",
    "LANG en",
    "SIZE hello.txt",
    "MDTM hello.txt",
    "HOST ftp.example",
    "HOST other",
    "AUTH TLS",
    "AUTH KRB",
    "ADAT x",
    "PBSZ 0",
    "PROT C",
    "CCC",
    "MIC x",
    "XYZZY",
    "RNTO",
    "END",
];

/// Calls `check` with each reachable client, input, client afterwards and codes; the number of states. Costs states
/// times inputs.
fn explore(mut check: impl FnMut(&Client, &str, &Client, &str)) -> usize {
    let start = Client::new();
    let mut seen = HashMap::from([(start.session.clone(), ())]);
    let mut queue = VecDeque::from([start]);
    while let Some(client) = queue.pop_front() {
        for input in INPUTS {
            let mut next = client.clone();
            let codes = next.codes(input);
            check(&client, input, &next, &codes);
            if seen.insert(next.session.clone(), ()).is_none() {
                queue.push_back(Client {
                    session: next.session,
                    site: client.site.clone(),
                });
            }
        }
    }
    seen.len()
}

/// More than the rules' own count, since a session also knows which of the three users it is about.
#[test]
fn the_number_of_states_is_pinned() {
    assert_eq!(explore(|_, _, _, _| {}), 1152);
}

#[test]
fn help_gets_214_in_every_state_that_reads_and_every_line_gets_one_final_reply() {
    explore(|before, input, after, codes| {
        let waits = !after.session.reads() && !after.session.is_closed();
        match (before.session.reads(), input) {
            (false, "END") | (true, "END") => {}
            (false, _) => assert_eq!(codes, "", "{input}"),
            (true, "HELP" | "HELP RNTO" | "HELP x") => assert_eq!(codes, "214"),
            (true, "QUIT" | "REIN") if waits => assert_eq!(codes, ""),
            (true, "ABOR") => assert!(codes == "226" || codes == "426 226"),
            (true, _) => assert_eq!(codes.len(), 3, "{input}: {codes}"),
        }
    });
}

#[test]
fn a_refused_command_changes_nothing_but_what_any_line_changes() {
    explore(|before, input, after, codes| {
        let attempt = matches!(input, "ACCT wrong");
        if before.session.reads()
            && input != "END"
            && codes.starts_with(['4', '5'])
            && !codes.contains(' ')
            && !attempt
        {
            let any_line = if input.starts_with("HOST") {
                before.clone()
            } else {
                after_noop(before)
            };
            assert_eq!(after.session, any_line.session, "{input}: {codes}");
            assert_eq!(after.site, before.site, "{input}");
        }
    });
}

#[test]
fn an_out_of_order_command_gets_503_whatever_else_is_true() {
    let (mut refused, mut accepted) = (0, 0);
    explore(|before, input, _, codes| {
        if before.session.reads() && input == "RNTO hello.txt" {
            match codes {
                "503" => refused += 1,
                "250" => accepted += 1,
                other => panic!("RNTO got {other}"),
            }
        }
    });
    assert!(refused > 0 && accepted > 0);
}

fn after_noop(client: &Client) -> Client {
    let mut client = client.clone();
    client.codes("NOOP");
    client
}

/// A session survives any bytes, in any order. The numbers are those of a fixed linear congruential generator.
#[test]
fn no_bytes_make_it_panic() {
    let mut random = 1_u64;
    let mut next = move |below: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let mut client = Client::new();
    for _ in 0..20_000 {
        let mut line = INPUTS[usize::try_from(next(68)).unwrap()]
            .as_bytes()
            .to_vec();
        for _ in 0..next(3) {
            let at = usize::try_from(next(line.len() as u64 + 1)).unwrap();
            line.insert(at, u8::try_from(next(256)).unwrap());
        }
        client
            .session
            .line(ftproof_core::Line::Complete(&line), &mut client.site);
        if client.session.is_closed() {
            client.session = Session::new();
        }
        if next(3) == 0 {
            client.codes("END");
        }
    }
}
