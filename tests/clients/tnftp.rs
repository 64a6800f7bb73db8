//! tnftp, the ftp of the BSDs.

use libtest_mimic::Failed;

use super::scene::{Mode, Scene};

pub fn run(scene: &Scene) -> Result<(), Failed> {
    let script = format!(
        "open {} {}\nuser anna secret\nbinary\n{}\nls\nget big.bin\nreget big.bin part.bin\nput new.bin\n\
         restart {}\nput half.bin\nput new.bin gone.bin\nrename new.bin kept.bin\nmkdir gone\nrmdir gone\n\
         mkdir made\ndelete gone.bin\nmodtime big.bin\nsize big.bin\nquit\n",
        scene.address.ip(),
        scene.address.port(),
        if scene.mode == Mode::Active {
            "passive off"
        } else {
            "passive on"
        },
        scene.bytes.len() / 2,
    );
    let told = scene.run("tnftp", ["-n", "-i", "-v"], &script)?;
    if !told.contains("big.bin") {
        return Err(told.into());
    }
    scene.all_is_done(&told)
}
