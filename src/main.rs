//! The command `ftproof`.

fn main() -> std::process::ExitCode {
    ftproof::cli::main()
}
