//! curl: each command line is one session.

use libtest_mimic::Failed;

use super::scene::{Mode, Scene};

pub fn run(scene: &Scene) -> Result<(), Failed> {
    let scheme = if scene.mode == Mode::Implicit {
        "ftps"
    } else {
        "ftp"
    };
    let url = format!("{scheme}://anna:secret@{}", scene.address);
    let curl = |arguments: &[&str]| {
        let mode: &[&str] = match scene.mode {
            Mode::Clear | Mode::V6 => &[],
            Mode::Active => &["-P", "-"],
            Mode::Explicit | Mode::Implicit => &["--ssl-reqd", "-k"],
        };
        let silent = ["--silent", "--show-error", "--verbose"];
        scene.run("curl", [&silent[..], mode, arguments].concat(), "")
    };
    let list = curl(&[&format!("{url}/")])?;
    if !list.contains("big.bin") {
        return Err(list.into());
    }
    let mut told = curl(&["-o", &scene.local("big.bin"), &format!("{url}/big.bin")])?;
    told += &curl(&[
        "-C",
        "-",
        "-o",
        &scene.local("part.bin"),
        &format!("{url}/big.bin"),
    ])?;
    told += &curl(&["-T", &scene.local("new.bin"), &format!("{url}/new.bin")])?;
    told += &curl(&[
        "-C",
        "-",
        "-T",
        &scene.local("half.bin"),
        &format!("{url}/half.bin"),
    ])?;
    told += &curl(&["-T", &scene.local("new.bin"), &format!("{url}/gone.bin")])?;
    let commands = [
        "RNFR new.bin",
        "RNTO kept.bin",
        "MKD gone",
        "RMD gone",
        "MKD made",
        "DELE gone.bin",
    ];
    let quoted: Vec<&str> = commands
        .iter()
        .flat_map(|command| ["-Q", command])
        .collect();
    told += &curl(&[&quoted[..], &[&format!("{url}/")]].concat())?;
    scene.all_is_done(&told)
}
