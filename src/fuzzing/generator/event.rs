//! A transfer, and its end in each of the four ways. Finds what a transfer leaves behind.

use ftproof_model::Input;

use super::Generator;

const ENDS: &[Input] = &[
    Input::DataDone,
    Input::DataDone,
    Input::DataBroken,
    Input::DataRefused,
    Input::DataFailed,
];

pub(super) fn plan(generator: &mut Generator) {
    let (table, at) = (generator.table, generator.here());
    let input = if table.is_running(at) {
        generator.choose(ENDS)
    } else {
        let toward = table.toward_transfer(at);
        toward.filter(|&input| !generator.is_banned[input as usize])
    };
    if let Some(input) = input {
        generator.plan_input(input);
    }
}
