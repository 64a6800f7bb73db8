//! `ftproof serve` with the clients that people use: each lists, loads in both directions, goes on with what is half
//! there, renames, deletes, makes and removes directories, and the bytes are compared; in clear and, if it can, in TLS.
//!
//! A client that is not there is skipped by name; with `FTPROOF_CLIENTS=required` it fails.
#![expect(
    clippy::unwrap_used,
    reason = "a script that cannot go on ends the test"
)]

mod curl;
mod lftp;
mod ncftp;
mod python;
mod scene;
mod tnftp;
mod wget;

use libtest_mimic::{Failed, Trial};
use scene::{Mode, Scene};

/// A client: the program, the package that has it, what it does, and the ways in which it is used.
struct Client {
    program: &'static str,
    package: &'static str,
    run: fn(&Scene) -> Result<(), Failed>,
    modes: &'static [Mode],
}

const CLIENTS: [Client; 6] = [
    Client {
        program: "curl",
        package: "curl",
        run: curl::run,
        modes: &[
            Mode::Clear,
            Mode::Active,
            Mode::V6,
            Mode::Explicit,
            Mode::Implicit,
        ],
    },
    Client {
        program: "lftp",
        package: "lftp",
        run: lftp::run,
        modes: &[Mode::Clear, Mode::Active, Mode::Explicit, Mode::Implicit],
    },
    Client {
        program: "python3",
        package: "python3",
        run: python::run,
        modes: &[Mode::Clear, Mode::Active, Mode::V6, Mode::Explicit],
    },
    Client {
        program: "tnftp",
        package: "tnftp",
        run: tnftp::run,
        modes: &[Mode::Clear, Mode::Active],
    },
    Client {
        program: "ncftp",
        package: "ncftp",
        run: ncftp::run,
        modes: &[Mode::Clear],
    },
    Client {
        program: "wget",
        package: "wget",
        run: wget::run,
        modes: &[Mode::Clear, Mode::Active, Mode::Explicit],
    },
];

pub fn trials() -> Vec<Trial> {
    let is_required = std::env::var("FTPROOF_CLIENTS").is_ok_and(|value| value == "required");
    let mut trials = Vec::new();
    for client in CLIENTS {
        let is_there = scene::is_there(client.program);
        if !is_there && !is_required {
            let (program, package) = (client.program, client.package);
            eprintln!("skipped: {program}: not there; to get it, install the package {package}");
        }
        for &mode in client.modes {
            let name = format!("{} {}", client.program, mode.name());
            let absence = if is_there { mode.absence() } else { Some("") };
            let trial = Trial::test(name, move || (client.run)(&Scene::new(mode)));
            trials.push(trial.with_ignored_flag(absence.is_some() && !is_required));
        }
    }
    trials
}
