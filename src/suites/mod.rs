//! What tours of single sessions do not show: two sessions at once, two lines in one segment, a transfer that the
//! server feeds while other lines come, and whether what was stored is there.

mod injection;
mod isolation;
mod running;
mod stored;

use std::collections::HashSet;

use ftproof_model::{Code, DataAction, Entry, Input, Transcript};

use crate::content::Content;
use crate::options::Options;
use crate::plan;
use crate::tally::Tally;
use crate::target::Trouble;
use crate::tour::{Found, Test, confirm};
use crate::verdict::expected_codes;
use crate::walk::{Step, UPLOAD, transcript};
use crate::worker::Worker;

/// The rule that a transfer's bytes are whole.
const BYTES: &str = "reply/data";
/// The login that every session here begins with.
const LOGIN: [Input; 2] = [Input::UserPassword, Input::PassRight];

/// Runs all of them, one session after the other, and counts what they show. `implemented`: the verbs that were seen to
/// work. `Err`: the server takes no connections any more.
pub(crate) fn run(
    worker: &mut Worker<'_, '_>,
    options: &Options,
    implemented: &HashSet<&'static str>,
    tally: &mut Tally,
) -> Result<(), Trouble> {
    let mut suites = Suites {
        breakers: options.breakers(worker.setting.machine),
        worker,
        options,
        implemented,
        tally,
        absent: None,
    };
    injection::run(&mut suites);
    stored::run(&mut suites);
    running::run(&mut suites);
    // There is a failed login in it.
    isolation::run(&mut suites);
    suites.absent.map_or(Ok(()), Err)
}

/// What every suite needs.
struct Suites<'a, 't, 'm> {
    worker: &'a mut Worker<'t, 'm>,
    options: &'a Options,
    implemented: &'a HashSet<&'static str>,
    tally: &'a mut Tally,
    /// The inputs whose tests may break a rule that is asked for.
    breakers: HashSet<Input>,
    /// The server takes no connections any more.
    absent: Option<Trouble>,
}

impl Suites<'_, '_, '_> {
    /// Whether a test of `input` is to be made that can break `rule` and no other.
    fn wants(&self, rule: &str, input: Input) -> bool {
        self.options.selects(rule) && self.is_due(input)
    }

    /// Whether a test of `input` is to be made that can break any rule.
    fn wants_any(&self, input: Input) -> bool {
        self.breakers.contains(&input) && self.is_due(input)
    }

    fn is_due(&self, input: Input) -> bool {
        let test = Test {
            inputs: vec![input],
            is_controlled: false,
            counts: true,
        };
        plan::is_in(self.options.shard, &test) && !self.is_over()
    }

    fn is_over(&self) -> bool {
        self.absent.is_some() || Worker::is_stopped(self.options)
    }

    fn not_tested(&mut self, rule: &'static str, trouble: Trouble) {
        if trouble.is_absence() {
            self.absent = Some(trouble.clone());
        }
        self.tally.not_tested(rule, trouble);
    }

    /// The first of `inputs` whose verb was seen to work.
    fn first_implemented(&self, inputs: &[Input]) -> Option<Input> {
        let mut inputs = inputs.iter().copied();
        inputs.find(|input| self.implemented.contains(input.verb()))
    }

    /// Tries `inputs`, of which the last line is what is tested; `{file}` stands for what `{name}` does, which holds
    /// `whole`. Gives whether all was well.
    fn trial_with(
        &mut self,
        rule: &'static str,
        inputs: &[Input],
        name: &str,
        whole: &[u8],
    ) -> bool {
        let Some(path) = self.worker.names.get(name).map(<[u8]>::to_vec) else {
            self.tally
                .not_tested(rule, Trouble::NoName(name.to_owned()));
            return false;
        };
        let (names, content) = (self.worker.names.clone(), self.worker.content.clone());
        self.worker.names.set("file", path);
        self.worker.content = Content::of(whole);
        let tried = self.worker.attempt(inputs, true);
        let is_well = matches!(tried, Ok((_, None)));
        match tried {
            // Which codes say so is the affair of other rules.
            Ok((is_strict, None)) => self.tally.passed(rule, is_strict || rule == BYTES),
            Ok((_, Some(anomaly))) => {
                let mut found = confirm(self.worker, &inputs[..anomaly.length], anomaly, true);
                found.transcript = Some(retold(&found, name));
                let tested = inputs.iter().rfind(|input| !input.is_event());
                let tested: Vec<Input> = tested.copied().into_iter().collect();
                self.tally.diverged(found, &tested);
            }
            Err(trouble) => self.not_tested(rule, trouble),
        }
        (self.worker.names, self.worker.content) = (names, content);
        is_well
    }
}

/// The steps as a transcript in which the file goes by its own name, and what was stored is told.
fn retold(found: &Found, name: &str) -> Transcript {
    let told = transcript(&found.steps, &expected_codes(&found.divergence));
    let (mut entries, mut stores) = (Vec::new(), false);
    for entry in told.entries {
        match entry {
            Entry::Send(line) => {
                stores = [&b"STOR "[..], b"APPE "]
                    .iter()
                    .any(|verb| line.starts_with(verb));
                let line = String::from_utf8_lossy(&line).replace("{file}", &format!("{{{name}}}"));
                entries.push(Entry::Send(line.into_bytes()));
            }
            Entry::Data(DataAction::Close) if stores => {
                entries.push(Entry::Data(DataAction::Send(UPLOAD.to_vec())));
                entries.push(entry);
            }
            entry => entries.push(entry),
        }
    }
    Transcript { entries }
}

/// Whether every reply of `steps` said that it went well.
fn works(steps: &[Step]) -> bool {
    let mut codes = steps.iter().flat_map(Step::codes).peekable();
    codes.peek().is_some() && codes.all(|code: Code| code < 400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::absence::Absence;
    use crate::embedded::EmbeddedTarget;
    use crate::report::Outcome;
    use crate::walk::Setting;

    /// Nothing that the suites try is refused, mixed up or lost by our own session.
    #[test]
    fn our_own_session_passes_every_suite() {
        let machine = crate::verify::machine();
        let setting = Setting {
            machine: &machine,
            profile: crate::Profile::Strict,
            start: ftproof_model::State::default(),
            holds_downloads: false,
        };
        let (mut target, mut tally) = (EmbeddedTarget::default(), Tally::default());
        let mut worker = Worker::new(&mut target, setting, Absence::default());
        worker.enter().unwrap();
        let implemented = Input::ALL.iter().map(|input| input.verb()).collect();
        run(&mut worker, &Options::default(), &implemented, &mut tally).unwrap();
        assert!(tally.findings().0.is_empty());
        let rules = tally.rules(&[], &[], |_| true);
        for (id, tests) in [
            ("isolation/login", 8),
            ("isolation/rename", 4),
            ("isolation/data", 7),
            ("isolation/epsv-all", 2),
            ("tls/inject", 1),
            ("reply/data", 3),
            ("seq/busy", 12),
        ] {
            let rule = rules.iter().find(|rule| rule.id == id).unwrap();
            assert_eq!(
                (rule.outcome, rule.tests),
                (Outcome::Conforms, tests),
                "{id}"
            );
            assert_eq!(rule.reason, None, "{id}");
        }
    }
}
