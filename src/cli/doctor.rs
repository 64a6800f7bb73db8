//! `ftproof doctor`: what a check has to work with on a server.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::anyhow;
use clap::Args;

use super::interrupt::stop_on_ctrl_c;
use super::output::print;
use super::target::TargetArguments;
use super::terminal::{columns, show};
use super::{INTERRUPTED, ListFormat};
use crate::doctor::examine;

pub(super) const EXAMPLES: &str = "\
Examples:
  FTPROOF_PASSWORD=secret ftproof doctor ftp://ftptest@127.0.0.1:2121
  ftproof doctor --format json

The password comes from FTPROOF_PASSWORD, --password-file or the URL; without a user the login is anonymous.
Exit: 0 the server lets us in, 2 it does not, 130 interrupted.";

#[derive(Args)]
pub(super) struct DoctorArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

pub(super) fn run(arguments: &DoctorArguments) -> anyhow::Result<ExitCode> {
    let mut target = arguments.target.open()?;
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_ctrl_c(&stop)?;
    let diagnosis = examine(target.as_mut(), &stop)
        .map_err(|trouble| anyhow!(arguments.target.explain(&trouble)))?;
    match arguments.format {
        ListFormat::Text => show(&diagnosis.text(columns()))?,
        ListFormat::Json => print(&diagnosis.json())?,
    }
    Ok(if stop.load(Ordering::SeqCst) {
        ExitCode::from(INTERRUPTED)
    } else {
        ExitCode::SUCCESS
    })
}
