//! lftp: one script, with a mirror of all.

use libtest_mimic::Failed;

use super::scene::{Mode, Scene};

pub fn run(scene: &Scene) -> Result<(), Failed> {
    let is_tls = matches!(scene.mode, Mode::Explicit | Mode::Implicit);
    let scheme = if scene.mode == Mode::Implicit {
        "ftps"
    } else {
        "ftp"
    };
    let script = format!(
        "set cmd:fail-exit true; set net:max-retries 1; set net:timeout 30; set ssl:verify-certificate false
         set ftp:ssl-allow {is_tls}; set ftp:ssl-force {is_tls}; set ftp:ssl-protect-data true
         set ftp:passive-mode {}
         open -u anna,secret {scheme}://{}
         ls
         get big.bin
         get -c big.bin -o part.bin
         put new.bin
         put -c half.bin
         put new.bin -o gone.bin
         mv new.bin kept.bin
         mkdir gone made
         rmdir gone
         rm gone.bin
         cls -l
         mirror -v . mirrored
         bye\n",
        scene.mode != Mode::Active,
        scene.address,
    );
    let told = scene.run("lftp", ["-f", "/dev/stdin"], &script)?;
    if !told.contains("big.bin") {
        return Err(told.into());
    }
    scene.came("mirrored/kept.bin", &told)?;
    scene.all_is_done(&told)
}
