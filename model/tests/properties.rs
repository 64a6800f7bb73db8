//! Every claim of the property list holds on the graph of the committed table.

use ftproof_model::{Machine, RULES, StateGraph, properties, prove};

#[test]
fn every_claim_holds() {
    let machine = Machine::new(RULES);
    let graph = StateGraph::explore(&machine);
    let failures: Vec<String> = prove(&graph, RULES, properties())
        .into_iter()
        .filter_map(|verdict| {
            let failure = verdict.failure?;
            Some(format!(
                "{}: {}\n{}",
                verdict.property.name,
                verdict.property.claim,
                failure.transcript()
            ))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_size_of_the_graph_is_known() {
    let machine = Machine::new(RULES);
    let graph = StateGraph::explore(&machine);
    assert_eq!(
        (
            graph.graph().node_count(),
            graph.graph().edge_count(),
            properties().len()
        ),
        (593, 43_360, 86)
    );
}
