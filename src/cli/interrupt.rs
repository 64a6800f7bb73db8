//! Ctrl-C: the first lets the work end in good order, the second ends the process at once.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use super::INTERRUPTED;

/// From now on Ctrl-C sets `stop`.
pub(super) fn stop_on_ctrl_c(stop: &Arc<AtomicBool>) -> anyhow::Result<()> {
    let stop = Arc::clone(stop);
    ctrlc::set_handler(move || {
        if stop.swap(true, Ordering::SeqCst) {
            process::exit(i32::from(INTERRUPTED));
        }
        eprintln!("\nftproof: stopping; Ctrl-C again ends at once, and may leave files of ours on the server");
    })
    .context("cannot wait for Ctrl-C")
}
