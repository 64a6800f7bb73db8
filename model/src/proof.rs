//! The proof: every claim against every edge and path of the state graph, each failure with a shortest counterexample.
//!
//! A claim about edges costs one pass over the edges; a claim about paths one search of the graph.

use std::collections::{HashSet, VecDeque};

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::graph::StateGraph;
use crate::order::{self, OrderRule};
use crate::property::{Kind, Move, OnMove, Property};
use crate::{Code, Entry, Expected, Input, Login, Rule, State, Transcript};

/// What became of one claim.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The claim.
    pub property: Property,
    /// Why it does not hold; `None` if it holds.
    pub failure: Option<Failure>,
}

/// Why a claim does not hold.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What is wrong, in one sentence.
    pub reason: String,
    /// A shortest way to see it: inputs with the replies to each. Empty where nothing can be shown, as for a claim
    /// that something happens.
    pub path: Vec<(Input, Vec<Code>)>,
}

impl Failure {
    /// The counterexample as a transcript.
    pub fn transcript(&self) -> Transcript {
        let mut entries = vec![Entry::Comment(self.reason.clone())];
        for (input, replies) in &self.path {
            entries.push(input.entry());
            entries.extend(
                replies
                    .iter()
                    .map(|&code| Entry::Expect(vec![Expected::Code(code)])),
            );
        }
        Transcript { entries }
    }
}

/// Tries every claim on `graph`; `rules` are the rows that must all be used.
pub fn prove(graph: &StateGraph<'_>, rules: &[Rule], properties: Vec<Property>) -> Vec<Verdict> {
    properties
        .into_iter()
        .map(|property| Verdict {
            failure: check(graph, rules, &property.kind),
            property,
        })
        .collect()
}

fn check(graph: &StateGraph<'_>, rules: &[Rule], kind: &Kind) -> Option<Failure> {
    match *kind {
        Kind::Always(holds) => always(graph, holds),
        Kind::Sometimes(holds) => sometimes(graph, holds),
        Kind::Needs { step, goal } => needs(graph, step, goal),
        Kind::Reaches { from, to } => reaches(graph, from, to),
        Kind::Connected(among) => connected(graph, among),
        Kind::OutOfOrder(rule) => out_of_order(graph, rule),
        Kind::EveryRuleUsed => every_rule_used(graph, rules),
    }
}

fn always(graph: &StateGraph<'_>, holds: impl Fn(&Move<'_>) -> bool) -> Option<Failure> {
    let (edge, bad) = graph
        .edges()
        .map(|(id, from, edge, to)| {
            let seen = Move {
                from,
                input: edge.input,
                replies: edge.replies,
                to,
            };
            (id, seen)
        })
        .find(|(_, seen)| !holds(seen))?;
    Some(Failure {
        reason: format!(
            "{:?} is answered {:?} in {:?}, then {:?}",
            bad.input, bad.replies, bad.from, bad.to
        ),
        path: path_to(graph, edge),
    })
}

fn sometimes(graph: &StateGraph<'_>, holds: OnMove) -> Option<Failure> {
    if crate::property::moves(graph).any(|edge| holds(&edge)) {
        return None;
    }
    Some(Failure {
        reason: "it never happens".to_owned(),
        path: Vec::new(),
    })
}

/// Both directions of one 503 rule, and that each of them happens.
fn out_of_order(graph: &StateGraph<'_>, rule: &'static OrderRule) -> Option<Failure> {
    let binds = |edge: &Move<'_>| {
        order::out_of_order(&edge.from, edge.input).is_some_and(|found| std::ptr::eq(found, rule))
    };
    always(graph, |edge| !binds(edge) || edge.replies == [rule.refusal])
        .or_else(|| {
            let happens = crate::property::moves(graph).any(|edge| binds(&edge));
            (!happens).then(|| Failure {
                reason: format!("{} is never out of order", rule.verbs.join(" ")),
                path: Vec::new(),
            })
        })
        .or_else(|| succeeds_in_order(graph, rule))
}

/// Every verb of the rule also gets a reply that is no refusal for order; ADAT has no order that is right.
fn succeeds_in_order(graph: &StateGraph<'_>, rule: &'static OrderRule) -> Option<Failure> {
    let starved = rule.verbs.iter().find(|&&verb| {
        verb != "ADAT"
            && !crate::property::moves(graph).any(|edge| {
                edge.input.verb() == verb
                    && edge.from.reads()
                    && !order::is_malformed(edge.input)
                    && (edge.from.login == Login::In || !order::needs_login(verb))
                    && order::out_of_order(&edge.from, edge.input).is_none()
                    && edge.code().is_some_and(|code| !matches!(code, 503 | 530))
            })
    })?;
    Some(Failure {
        reason: format!("{starved} is never in order"),
        path: Vec::new(),
    })
}

/// Searches for `goal` over paths without `step`.
fn needs(graph: &StateGraph<'_>, step: OnMove, goal: OnMove) -> Option<Failure> {
    let inner = graph.graph();
    let seen_as = |edge: EdgeIndex| {
        let (from, to) = inner
            .edge_endpoints(edge)
            .expect("the edge comes from this graph");
        Move {
            from: inner[from],
            input: inner[edge].input,
            replies: inner[edge].replies,
            to: inner[to],
        }
    };
    let mut came_by: Vec<Option<EdgeIndex>> = vec![None; inner.node_count()];
    let mut seen = HashSet::from([graph.start()]);
    let mut queue = VecDeque::from([graph.start()]);
    while let Some(node) = queue.pop_front() {
        for edge in ordered_edges(graph, node) {
            let view = seen_as(edge);
            if step(&view) {
                continue;
            }
            if goal(&view) {
                let mut path = vec![edge];
                let mut at = node;
                while let Some(previous) = came_by[at.index()] {
                    path.push(previous);
                    at = inner.edge_endpoints(previous)?.0;
                }
                path.reverse();
                return Some(Failure {
                    reason: "the goal is reached without the step that it needs".to_owned(),
                    path: outputs(graph, &path),
                });
            }
            let to = inner.edge_endpoints(edge)?.1;
            if seen.insert(to) {
                came_by[to.index()] = Some(edge);
                queue.push_back(to);
            }
        }
    }
    let happens = inner.edge_indices().any(|edge| goal(&seen_as(edge)));
    (!happens).then(|| Failure {
        reason: "the goal is never reached at all".to_owned(),
        path: Vec::new(),
    })
}

fn ordered_edges(graph: &StateGraph<'_>, node: NodeIndex) -> Vec<EdgeIndex> {
    let mut edges: Vec<EdgeIndex> = graph.graph().edges(node).map(|edge| edge.id()).collect();
    edges.sort_unstable();
    edges
}

fn reaches(
    graph: &StateGraph<'_>,
    from: fn(&State) -> bool,
    to: fn(&State) -> bool,
) -> Option<Failure> {
    let inner = graph.graph();
    let mut stack: Vec<NodeIndex> = inner
        .node_indices()
        .filter(|&node| to(&inner[node]))
        .collect();
    let mut can: HashSet<NodeIndex> = stack.iter().copied().collect();
    while let Some(node) = stack.pop() {
        for before in inner.neighbors_directed(node, Direction::Incoming) {
            if can.insert(before) {
                stack.push(before);
            }
        }
    }
    let stuck = inner
        .node_indices()
        .find(|node| from(&inner[*node]) && !can.contains(node))?;
    Some(Failure {
        reason: format!("no path leads there from {:?}", inner[stuck]),
        path: outputs(graph, &graph.access_edges(stuck)),
    })
}

fn connected(graph: &StateGraph<'_>, among: fn(&State) -> bool) -> Option<Failure> {
    let inner = graph.graph();
    let mut component_of_start: HashSet<NodeIndex> = HashSet::new();
    for component in tarjan_scc(inner) {
        if component.contains(&graph.start()) {
            component_of_start = component.into_iter().collect();
        }
    }
    let apart = inner
        .node_indices()
        .find(|node| among(&inner[*node]) && !component_of_start.contains(node))?;
    Some(Failure {
        reason: format!("no way back to connect from {:?}", inner[apart]),
        path: outputs(graph, &graph.access_edges(apart)),
    })
}

fn every_rule_used(graph: &StateGraph<'_>, rules: &[Rule]) -> Option<Failure> {
    let used: HashSet<&str> = graph
        .edges()
        .map(|(_, _, edge, _)| edge.rule.name)
        .collect();
    let dead = rules.iter().find(|rule| !used.contains(rule.name))?;
    Some(Failure {
        reason: format!("the row '{}' decides no step", dead.name),
        path: Vec::new(),
    })
}

/// A shortest path from connect over `edge`.
fn path_to(graph: &StateGraph<'_>, edge: EdgeIndex) -> Vec<(Input, Vec<Code>)> {
    let from = graph
        .graph()
        .edge_endpoints(edge)
        .expect("the edge comes from this graph")
        .0;
    let mut edges = graph.access_edges(from);
    edges.push(edge);
    outputs(graph, &edges)
}

fn outputs(graph: &StateGraph<'_>, edges: &[EdgeIndex]) -> Vec<(Input, Vec<Code>)> {
    edges
        .iter()
        .map(|&edge| {
            let edge = &graph.graph()[edge];
            (edge.input, edge.replies.to_vec())
        })
        .collect()
}
