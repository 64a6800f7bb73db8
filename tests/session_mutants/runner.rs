//! Whether the proof or a transcript sees the mutant that this process runs: 1 and 2 say so, 0 says that none does.

use std::process::ExitCode;
use std::{env, fs};

use ftproof::agreement::agree;
use ftproof::embedded::EmbeddedTarget;
use ftproof::replay::replay;
use ftproof::verify::machine;
use ftproof_model::Transcript;

fn main() -> ExitCode {
    // What else `ftproof verify` proves is about the model, which is not broken here.
    if let Err(disagreement) = agree(&machine()) {
        println!("{}", disagreement.transcript());
        return ExitCode::from(1);
    }
    let folder = env::args_os()
        .nth(1)
        .expect("the folder of the transcripts is named");
    for file in fs::read_dir(folder).expect("the folder of the transcripts is there") {
        let path = file.expect("the folder can be read").path();
        if path.extension().is_none_or(|extension| extension != "ftp") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a transcript can be read");
        let transcript = Transcript::parse(&text).expect("a transcript is well-formed");
        if !matches!(
            replay(&mut EmbeddedTarget::default(), &transcript),
            Ok(None)
        ) {
            println!("{}", path.display());
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
