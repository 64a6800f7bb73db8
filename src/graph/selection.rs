//! The states and edges of a view, for the formats that write states and not phases.

use std::collections::BTreeSet;

use ftproof_model::{Edge, State, StateGraph, phase};

use super::View;

/// A part of the state graph: its states in the order of the search, the one after connect first; edges by the places
/// of their ends.
pub struct Selection<'a, 'r> {
    /// The states.
    pub states: Vec<State>,
    /// The edges: from, what, to.
    pub edges: Vec<(usize, &'a Edge<'r>, usize)>,
}

impl<'a, 'r> Selection<'a, 'r> {
    /// What `view` shows of `graph`; of the overview every state.
    pub fn of(graph: &'a StateGraph<'r>, view: &View) -> Self {
        let mut way = BTreeSet::new();
        if let View::Focus(state) = view
            && let Some(node) = graph.node(*state)
        {
            way.extend(graph.access_edges(node));
        }
        let edges: Vec<_> = graph
            .edges()
            .filter(|(id, from, edge, to)| match view {
                View::Overview | View::Full => true,
                View::Phase(at) => phase(*from) == *at || phase(*to) == *at,
                View::Around(verb) => edge.input.verb() == *verb,
                View::Focus(state) => from == state || way.contains(id),
            })
            .collect();
        let ends: BTreeSet<State> = edges
            .iter()
            .flat_map(|(_, from, _, to)| [*from, *to])
            .chain([State::default()])
            .collect();
        let states = graph.graph().node_weights().copied();
        let states: Vec<State> = states.filter(|state| ends.contains(state)).collect();
        let mut places = std::collections::HashMap::new();
        places.extend(
            states
                .iter()
                .enumerate()
                .map(|(place, state)| (*state, place)),
        );
        Selection {
            edges: edges
                .into_iter()
                .map(|(_, from, edge, to)| (places[&from], edge, places[&to]))
                .collect(),
            states,
        }
    }
}
