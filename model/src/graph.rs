//! The state graph: every state that the strict machine can reach, and what every input does there.
//!
//! Built by breadth-first search from the state after connect, so that the tree of first visits holds a shortest access
//! sequence of each state. Costs one machine step for each pair of state and input.

use std::collections::HashMap;

use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::{Code, Input, Machine, Rule, State};

/// What one input does in one state.
#[derive(Debug, Clone, Copy)]
pub struct Edge<'r> {
    /// The input.
    pub input: Input,
    /// The codes of the replies to it, in order.
    pub replies: &'r [Code],
    /// The row of the table that it follows.
    pub rule: &'r Rule,
}

/// All reachable states of the strict machine and all their edges.
#[derive(Debug, Clone)]
pub struct StateGraph<'r> {
    graph: DiGraph<State, Edge<'r>>,
    nodes: HashMap<State, NodeIndex>,
    /// For each node, by index, the edge over which the search first reached it.
    first_visit: Vec<Option<EdgeIndex>>,
}

impl<'r> StateGraph<'r> {
    /// Explores `machine` from the state after connect.
    pub fn explore(machine: &Machine<'r>) -> Self {
        let mut found = StateGraph {
            graph: DiGraph::new(),
            nodes: HashMap::new(),
            first_visit: Vec::new(),
        };
        found.visit(State::default());
        let mut next = 0;
        while next < found.graph.node_count() {
            let from = NodeIndex::new(next);
            next += 1;
            for &input in Input::ALL {
                let Some(step) = machine.strict(found.graph[from], input) else {
                    continue;
                };
                let (to, is_new) = found.visit(step.next);
                let edge = found.graph.add_edge(
                    from,
                    to,
                    Edge {
                        input,
                        replies: step.replies,
                        rule: step.rule,
                    },
                );
                if is_new {
                    found.first_visit[to.index()] = Some(edge);
                }
            }
        }
        found
    }

    fn visit(&mut self, state: State) -> (NodeIndex, bool) {
        if let Some(&node) = self.nodes.get(&state) {
            return (node, false);
        }
        let node = self.graph.add_node(state);
        self.nodes.insert(state, node);
        self.first_visit.push(None);
        (node, true)
    }

    /// The graph itself: nodes in the order of the search, edges in the order of the inputs.
    pub fn graph(&self) -> &DiGraph<State, Edge<'r>> {
        &self.graph
    }

    /// The node of the state after connect.
    pub fn start(&self) -> NodeIndex {
        NodeIndex::new(0)
    }

    /// The node of `state`; `None` if it cannot be reached.
    pub fn node(&self, state: State) -> Option<NodeIndex> {
        self.nodes.get(&state).copied()
    }

    /// A shortest sequence of inputs that leads from connect to `node`.
    pub fn access_sequence(&self, node: NodeIndex) -> Vec<Input> {
        self.access_edges(node)
            .into_iter()
            .map(|edge| self.graph[edge].input)
            .collect()
    }

    /// The edges of [`StateGraph::access_sequence`].
    pub fn access_edges(&self, node: NodeIndex) -> Vec<EdgeIndex> {
        let mut edges = Vec::new();
        let mut at = node;
        while let Some(edge) = self.first_visit[at.index()] {
            edges.push(edge);
            at = self
                .graph
                .edge_endpoints(edge)
                .expect("the edges of the search are in the graph")
                .0;
        }
        edges.reverse();
        edges
    }

    /// Every edge with the states at its ends.
    pub fn edges(&self) -> impl Iterator<Item = (EdgeIndex, State, &Edge<'r>, State)> {
        self.graph.edge_references().map(|edge| {
            (
                edge.id(),
                self.graph[edge.source()],
                edge.weight(),
                self.graph[edge.target()],
            )
        })
    }
}
