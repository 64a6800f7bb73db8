//! wget, which only loads.

use libtest_mimic::Failed;

use super::scene::{Mode, Scene};

pub fn run(scene: &Scene) -> Result<(), Failed> {
    let scheme = if scene.mode == Mode::Explicit {
        "ftps"
    } else {
        "ftp"
    };
    let url = format!("{scheme}://anna:secret@{}", scene.address);
    let wget = |arguments: &[&str]| {
        let mode: &[&str] = match scene.mode {
            Mode::Active => &["--no-passive-ftp"],
            Mode::Explicit => &["--no-check-certificate"],
            Mode::Clear | Mode::V6 | Mode::Implicit => &[],
        };
        let all = ["--tries=1", "--timeout=60", "--no-config"];
        scene.run("wget", [&all[..], mode, arguments].concat(), "")
    };
    let list = wget(&["-O", "-", &format!("{url}/")])?;
    if !list.contains("big.bin") {
        return Err(list.into());
    }
    let mut told = wget(&["-O", "big.bin", &format!("{url}/big.bin")])?;
    scene.came("big.bin", &told)?;
    std::fs::rename(scene.local("part.bin"), scene.local("big.bin")).unwrap();
    told += &wget(&["-c", &format!("{url}/big.bin")])?;
    scene.came("big.bin", &told)
}
