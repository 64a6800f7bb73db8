//! What was in order, and has been taken away: RNTO behind a line that ended the RNFR, a transfer behind one that used
//! up the PASV, PROT behind REIN. Finds prerequisites that outlive what must end them.

use super::Generator;

pub(super) fn plan(generator: &mut Generator) {
    let Some(before) = generator.seats[generator.current].before_loss else {
        return;
    };
    let lost = generator.table.refused_only(generator.here(), before);
    let input = generator.choose_of(lost);
    generator.plan_inputs(input);
}
