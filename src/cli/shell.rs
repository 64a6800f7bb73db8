//! `ftproof completions` and `ftproof man`: made from the command line itself, so that they cannot fall behind it.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Arguments;
use super::output::{print, write_whole};

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  ftproof completions bash > ~/.local/share/bash-completion/completions/ftproof
  ftproof completions zsh > ~/.zfunc/_ftproof
  ftproof completions fish > ~/.config/fish/completions/ftproof.fish
  ftproof completions powershell >> $PROFILE";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  ftproof man | man -l -
  ftproof man explain | man -l -
  ftproof man --out ~/.local/share/man/man1";

#[derive(Args)]
pub(super) struct CompletionsArguments {
    /// The shell.
    shell: Shell,
}

#[derive(Args)]
pub(super) struct ManArguments {
    /// The subcommand to write of; else of ftproof itself.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write the pages of ftproof and of every subcommand to this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

pub(super) fn completions(arguments: &CompletionsArguments) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "ftproof",
        &mut script,
    );
    print(&String::from_utf8(script)?)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(arguments: &ManArguments) -> anyhow::Result<ExitCode> {
    let mut whole = Arguments::command().name("ftproof");
    whole.build();
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        write_whole(&folder.join("ftproof.1"), &page(&whole)?)?;
        for command in whole
            .get_subcommands()
            .filter(|command| command.get_name() != "help")
        {
            let name = format!("ftproof-{}", command.get_name());
            write_whole(&folder.join(name + ".1"), &page(command)?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let command = match &arguments.command {
        None => whole,
        Some(name) => {
            let names = || whole.get_subcommands().map(clap::Command::get_name);
            let found = whole.find_subcommand(name).with_context(|| {
                let nearest = crate::selection::nearest(name, names());
                format!(
                    "no command '{}'; the nearest are {nearest}",
                    crate::report::brief(name)
                )
            })?;
            found.clone()
        }
    };
    print(&page(&command)?)?;
    Ok(ExitCode::SUCCESS)
}

fn page(command: &clap::Command) -> anyhow::Result<String> {
    let mut roff = Vec::new();
    Man::new(command.clone()).render(&mut roff)?;
    Ok(String::from_utf8(roff)?)
}
