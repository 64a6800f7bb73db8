//! What STOR and APPE were answered 226 for is there, byte for byte (RFC 959 §4.2.1).

use ftproof_model::Input;
use ftproof_model::Input::{Appe, DataDone, Retr, Stor};

use super::{BYTES, LOGIN, Suites};
use crate::walk::UPLOAD;

pub(super) fn run(suites: &mut Suites<'_, '_, '_>) {
    let Some(set_up) = suites.first_implemented(&[Input::Pasv, Input::Epsv, Input::Port]) else {
        return;
    };
    for (commands, times) in [(&[Stor][..], 1), (&[Stor, Appe], 2)] {
        let is_there = |input: &Input| suites.implemented.contains(input.verb());
        if !commands.iter().all(is_there) || !suites.wants_any(Retr) {
            continue;
        }
        let mut inputs = LOGIN.to_vec();
        for &command in commands {
            inputs.extend([set_up, command, DataDone]);
        }
        inputs.extend([set_up, Retr]);
        suites.trial_with(BYTES, &inputs, "new", &UPLOAD.repeat(times));
    }
}
