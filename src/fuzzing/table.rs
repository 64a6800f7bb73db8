//! The strict machine as a dense table: what a random walk asks at each step costs one look-up and no allocation.
//!
//! Made once from the state graph ([`StateGraph::explore`]). Holds some hundred kB: four bytes for each pair of state
//! and input, and lists of inputs for each state.

use std::sync::LazyLock;

use ftproof_model::{Input, Order, State, StateGraph, Transfer};

use super::due::{Due, Dues, Number};
use crate::verify::machine;

/// The number of a state in the table.
pub(super) type Place = u16;

/// Stands for "the input is not possible here".
const NOWHERE: Place = Place::MAX;

/// Inputs, a bit for each by its number.
pub(super) type Set = u128;
const _: () = assert!(Input::ALL.len() <= Set::BITS as usize);

pub(super) fn set(inputs: impl IntoIterator<Item = Input>) -> Set {
    inputs
        .into_iter()
        .fold(0, |set, input| set | 1 << input as u32)
}

/// A list for each state, all in one piece of memory.
struct Lists<T> {
    starts: Vec<usize>,
    items: Vec<T>,
}

impl<T> Lists<T> {
    fn of(lists: impl IntoIterator<Item = Vec<T>>) -> Self {
        let (mut starts, mut items) = (vec![0], Vec::new());
        for list in lists {
            items.extend(list);
            starts.push(items.len());
        }
        Lists { starts, items }
    }

    fn at(&self, place: usize) -> &[T] {
        &self.items[self.starts[place]..self.starts[place + 1]]
    }
}

/// The table.
pub(super) struct Table {
    states: Vec<State>,
    /// By the state's own number ([`State::number`]), its place here.
    places: Vec<Place>,
    /// By place and input: where the input leads, and what is due on it.
    steps: Vec<(Place, Number)>,
    dues: Dues,
    /// By place: the groups of ways to each other state that reads.
    groups: Lists<usize>,
    /// By group: the inputs that lead there.
    ways: Lists<Input>,
    /// By place: the lines that are out of order there.
    refused: Lists<Input>,
    /// By place: the same as a set, a bit for each input.
    refused_sets: Vec<Set>,
    /// By place: the lines that work there and that any line in between puts out of order.
    dependents: Lists<Input>,
    /// By place: every line that is read there.
    lines: Lists<Input>,
    /// By place: the lines that work there and lead nowhere else.
    stays: Lists<Input>,
    /// By place: each first line of a shortest way to a running transfer.
    toward_transfer: Lists<Input>,
}

impl Table {
    /// The table of the rules.
    pub(super) fn shared() -> &'static Table {
        static TABLE: LazyLock<Table> = LazyLock::new(Table::new);
        &TABLE
    }

    fn new() -> Self {
        let machine = machine();
        let graph = StateGraph::explore(&machine);
        let states: Vec<State> = graph.graph().node_weights().copied().collect();
        let highest = states.iter().map(State::number).max().unwrap_or_default();
        let mut places = vec![NOWHERE; highest + 1];
        for (place, state) in (0..).zip(&states) {
            places[state.number()] = place;
        }
        let mut dues = Dues::default();
        let mut steps = vec![(NOWHERE, 0); states.len() * Input::ALL.len()];
        for (_, from, edge, to) in graph.edges() {
            let pair = Table::pair(places[from.number()], edge.input);
            steps[pair] = (places[to.number()], dues.number(&from, edge));
        }
        let order = |state: &State, input| machine.rule(*state, input).map(|rule| rule.order);
        let select = |keep: &dyn Fn(&State, Input) -> bool| {
            Lists::of(states.iter().map(|state| {
                let kept = Input::ALL
                    .iter()
                    .copied()
                    .filter(|&input| keep(state, input));
                kept.collect::<Vec<_>>()
            }))
        };
        let works = |state: &State, input| {
            machine.strict(*state, input).is_some_and(|step| {
                step.rule.order == Order::InOrder && step.replies.iter().all(|&code| code < 400)
            })
        };
        let is_out = |state: &State, input| order(state, input) == Some(Order::OutOfOrder);
        let refused = select(&is_out);
        let refused_sets = (0..states.len())
            .map(|place| set(refused.at(place).iter().copied()))
            .collect();
        let dependents = select(&|state, input| {
            works(state, input) && is_out(&machine.refused(*state, Input::Noop), input)
        });
        let stays = select(&|state, input| {
            let step = machine.strict(*state, input);
            works(state, input) && step.is_some_and(|step| step.next == *state)
        });
        let lines = select(&|state, input| !input.is_event() && order(state, input).is_some());
        let mut table = Table {
            states,
            places,
            steps,
            dues,
            groups: Lists::of([]),
            ways: Lists::of([]),
            refused,
            refused_sets,
            dependents,
            lines,
            stays,
            toward_transfer: Lists::of([]),
        };
        table.group_ways();
        table.toward_transfer = table.shortest_ways_to_a_transfer();
        table
    }

    /// Events are left out: another part of the generator sends them.
    fn group_ways(&mut self) {
        let (mut groups, mut ways) = (Vec::new(), Vec::new());
        for place in 0..self.states.len() {
            let mut leading: Vec<(Place, Vec<Input>)> = Vec::new();
            for &input in self.lines.at(place) {
                let Some(to) = self.next(self.place_at(place), input) else {
                    continue;
                };
                if usize::from(to) == place || !self.states[usize::from(to)].reads() {
                    continue;
                }
                match leading.iter_mut().find(|(known, _)| *known == to) {
                    Some((_, inputs)) => inputs.push(input),
                    None => leading.push((to, vec![input])),
                }
            }
            groups.push((ways.len()..ways.len() + leading.len()).collect());
            ways.extend(leading.into_iter().map(|(_, inputs)| inputs));
        }
        self.groups = Lists::of(groups);
        self.ways = Lists::of(ways);
    }

    /// Costs one pass over the table for each step of the longest of these ways.
    fn shortest_ways_to_a_transfer(&self) -> Lists<Input> {
        let runs = |state: &State| state.reads() && state.transfer == Transfer::Running;
        let mut is_near: Vec<bool> = self.states.iter().map(runs).collect();
        let mut toward = vec![Vec::new(); self.states.len()];
        loop {
            let leads_nearer = |place: usize, input: &Input| {
                let to = self.next(self.place_at(place), *input);
                to.is_some_and(|to| is_near[usize::from(to)])
            };
            let mut found = Vec::new();
            for place in (0..self.states.len()).filter(|&place| !is_near[place]) {
                let lines = self.lines.at(place).iter().copied();
                toward[place] = lines.filter(|input| leads_nearer(place, input)).collect();
                found.extend((!toward[place].is_empty()).then_some(place));
            }
            if found.is_empty() {
                return Lists::of(toward);
            }
            found.into_iter().for_each(|place| is_near[place] = true);
        }
    }

    fn place_at(&self, place: usize) -> Place {
        Place::try_from(place).unwrap_or(NOWHERE)
    }

    /// How many edges can be reached and gone without the inputs that are `banned`. Costs one look at each pair of a
    /// state and an input.
    pub(super) fn edges_without(&self, banned: impl Fn(Input) -> bool) -> usize {
        let (mut met, mut due, mut edges) = (vec![false; self.states.len()], vec![0], 0);
        met[0] = true;
        while let Some(at) = due.pop() {
            for &input in Input::ALL.iter().filter(|input| !banned(**input)) {
                let Some(to) = self.next(at, input) else {
                    continue;
                };
                edges += 1;
                if !std::mem::replace(&mut met[usize::from(to)], true) {
                    due.push(to);
                }
            }
        }
        edges
    }

    /// How many states there are.
    pub(super) fn places(&self) -> usize {
        self.states.len()
    }

    /// How many pairs of a state and an input there are, possible or not.
    pub(super) fn pairs(&self) -> usize {
        self.steps.len()
    }

    /// The number of a pair, below [`Table::pairs`].
    pub(super) fn pair(at: Place, input: Input) -> usize {
        usize::from(at) * Input::ALL.len() + input as usize
    }

    /// Where `state` stands here; `None`: the strict machine never gets there.
    pub(super) fn place(&self, state: &State) -> Option<Place> {
        let place = self.places.get(state.number()).copied();
        place.filter(|&place| place != NOWHERE)
    }

    /// Where `input` leads from `at`; `None`: it is not possible there.
    pub(super) fn next(&self, at: Place, input: Input) -> Option<Place> {
        let (next, _) = self.steps[Table::pair(at, input)];
        (next != NOWHERE).then_some(next)
    }

    /// The same, with what is due on `input` there.
    pub(super) fn step(&self, at: Place, input: Input) -> Option<(Place, &Due)> {
        let (next, due) = self.steps[Table::pair(at, input)];
        (next != NOWHERE).then(|| (next, self.dues.get(due)))
    }

    /// The state at `at`.
    pub(super) fn state(&self, at: Place) -> &State {
        &self.states[usize::from(at)]
    }

    /// Whether lines are read at `at`.
    pub(super) fn reads(&self, at: Place) -> bool {
        self.states[usize::from(at)].reads()
    }

    /// Whether a transfer runs at `at`.
    pub(super) fn is_running(&self, at: Place) -> bool {
        self.states[usize::from(at)].transfer == Transfer::Running
    }

    /// The ways out of `at`: for each state that a line leads to, a number for [`Table::ways`].
    pub(super) fn groups(&self, at: Place) -> &[usize] {
        self.groups.at(usize::from(at))
    }

    /// The lines of one way.
    pub(super) fn ways(&self, group: usize) -> &[Input] {
        self.ways.at(group)
    }

    /// The lines that are out of order at `at`.
    pub(super) fn refused(&self, at: Place) -> &[Input] {
        self.refused.at(usize::from(at))
    }

    /// The lines that are out of order at `here` and not at `there`.
    pub(super) fn refused_only(&self, here: Place, there: Place) -> Set {
        self.refused_sets[usize::from(here)] & !self.refused_sets[usize::from(there)]
    }

    /// The lines that work at `at`, and that any line in between puts out of order.
    pub(super) fn dependents(&self, at: Place) -> &[Input] {
        self.dependents.at(usize::from(at))
    }

    /// Every line that is read at `at`.
    pub(super) fn lines(&self, at: Place) -> &[Input] {
        self.lines.at(usize::from(at))
    }

    /// The lines that work at `at` and lead nowhere else, as far as the rules know.
    pub(super) fn stays(&self, at: Place) -> &[Input] {
        self.stays.at(usize::from(at))
    }

    /// Each first line of a shortest way to a running transfer; none where one runs.
    pub(super) fn toward_transfer(&self, at: Place) -> &[Input] {
        self.toward_transfer.at(usize::from(at))
    }
}

#[cfg(test)]
mod tests {
    use ftproof_model::out_of_order;

    use super::*;
    use crate::fuzzing::claim::Standing;

    #[test]
    fn the_table_is_the_machine() {
        let (table, machine) = (Table::shared(), machine());
        assert!(table.edges_without(|_| false) > 40_000);
        for state in &table.states {
            let at = table.place(state).unwrap();
            for &input in Input::ALL {
                let looked_up = table
                    .step(at, input)
                    .map(|(next, due)| (*table.state(next), due.replies, due.row));
                let step = machine.strict(*state, input);
                assert_eq!(
                    looked_up,
                    step.map(|step| (step.next, step.replies, step.rule.name))
                );
                if let Some((_, due)) = table.step(at, input) {
                    let rule = out_of_order(state, input).map(|rule| rule.id);
                    let looked_up = match due.standing {
                        Standing::OutOfOrder(rule) => Some(rule.id),
                        Standing::InOrder | Standing::Open => None,
                    };
                    assert_eq!(looked_up, rule);
                }
            }
        }
    }

    #[test]
    fn what_depends_on_the_line_before_is_pass_acct_and_rnto() {
        let table = Table::shared();
        let mut verbs: Vec<&str> = (table.dependents.items.iter())
            .map(|input| input.verb())
            .collect();
        verbs.sort_unstable();
        verbs.dedup();
        assert_eq!(verbs, ["PASS", "RNTO"]);
    }

    #[test]
    fn each_way_to_a_transfer_gets_there() {
        let table = Table::shared();
        let (mut at, mut steps) = (0, 0);
        while let Some(input) = table.toward_transfer(at).last() {
            at = table.next(at, *input).unwrap();
            steps += 1;
        }
        assert!(table.is_running(at));
        // USER without a password, PASV, STOR.
        assert_eq!(steps, 3);
    }
}
