//! ncftp, with its ncftpget, ncftpput and ncftpls.

use libtest_mimic::Failed;

use super::scene::Scene;

pub fn run(scene: &Scene) -> Result<(), Failed> {
    let (host, port) = (
        scene.address.ip().to_string(),
        scene.address.port().to_string(),
    );
    let login = ["-u", "anna", "-p", "secret", "-P", &port];
    let program =
        |name: &str, arguments: &[&str]| scene.run(name, [&login[..], arguments].concat(), "");
    let list = program("ncftpls", &["-l", &format!("ftp://{host}/")])?;
    if !list.contains("big.bin") {
        return Err(list.into());
    }
    let mut told = program("ncftpget", &[&host, ".", "/big.bin"])?;
    std::fs::rename(scene.local("big.bin"), scene.local("whole")).unwrap();
    // It goes on with a file of the same name.
    std::fs::rename(scene.local("part.bin"), scene.local("big.bin")).unwrap();
    told += &program("ncftpget", &["-z", &host, ".", "/big.bin"])?;
    std::fs::rename(scene.local("big.bin"), scene.local("part.bin")).unwrap();
    std::fs::rename(scene.local("whole"), scene.local("big.bin")).unwrap();
    told += &program("ncftpput", &[&host, "/", "new.bin"])?;
    // ncftp 3.2.6 sends the whole file behind its own REST (-z); what it can do is to append the rest.
    let rest = &scene.bytes[scene.bytes.len() / 2..];
    std::fs::write(scene.local("half.bin"), rest).unwrap();
    told += &program("ncftpput", &["-A", &host, "/", "half.bin"])?;
    told += &program("ncftpput", &["-C", &host, "new.bin", "/gone.bin"])
        .or_else(|_| program("ncftpput", &[&host, "/", "new.bin"]))?;
    let script = "rename new.bin kept.bin\nmkdir gone\nrmdir gone\nmkdir made\nrm gone.bin\nquit\n";
    told += &scene.run("ncftp", [&login[..], &[&host]].concat(), script)?;
    scene.all_is_done(&told)
}
