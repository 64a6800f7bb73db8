//! Each transcript in `tests/transcripts/` is a claim, named by its file, that our session makes true.

use std::fs;
use std::path::Path;

use ftproof::embedded::EmbeddedTarget;
use ftproof::replay::replay;
use ftproof_model::Transcript;
use libtest_mimic::{Failed, Trial};

pub fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut trials: Vec<Trial> = fs::read_dir(folder)
        .expect("the folder of transcripts is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ftp"))
        .map(|path| {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Trial::test(name, move || holds(&path))
        })
        .collect();
    trials.push(Trial::test(
        "a_wrong_transcript_is_caught",
        wrong_one_is_caught,
    ));
    trials
}

fn holds(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let transcript = Transcript::parse(&text)?;
    if transcript.to_string() != text {
        return Err("it is not printed as it was read".into());
    }
    match replay(&mut EmbeddedTarget::default(), &transcript)? {
        None => Ok(()),
        Some(mismatch) => Err(mismatch.to_string().into()),
    }
}

fn wrong_one_is_caught() -> Result<(), Failed> {
    let wrong = Transcript::parse("> HELP\n< 214\n> RNTO x\n< 250\n")?;
    let mismatch = replay(&mut EmbeddedTarget::default(), &wrong)?
        .ok_or("RNTO out of order passed for 250")?;
    if mismatch.line != 4 || !mismatch.came.starts_with("503") {
        return Err(format!("the wrong line is 4, not: {mismatch}").into());
    }
    Ok(())
}
