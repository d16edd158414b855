//! Every state of small worlds, with the real lifecycle functions; larger ones with `make model`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeSet;

use model::{Explored, Settings, explore};

/// Explores a world of the tests. It must not be trivially small.
fn explored(name: &str, states_min: usize) -> Explored {
    let settings = Settings::OF_TESTS.into_iter().find(|settings| settings.name == name).unwrap();
    let explored = explore(&settings, 1);
    if let Some(broken) = explored.broken {
        panic!("{broken}");
    }
    assert!(explored.states > states_min, "only {} states", explored.states);
    explored
}

fn assert_crashed_before(explored: &Explored, calls: &[&str]) {
    let missed: Vec<_> = calls.iter().filter(|call| !explored.crashed.contains(*call)).collect();
    assert!(missed.is_empty(), "no crash before: {missed:?}");
}

#[test]
fn the_protocol_without_blocks_keeps_every_promise() {
    let explored = explored("no-blocks", 50_000);
    assert_crashed_before(
        &explored,
        &[
            "claim",
            "end of the handler",
            "settle",
            "send the dead letter",
            "finish the dead-lettering",
            "acknowledge",
            "operator: send the message",
            "operator: finish the redrive",
        ],
    );
}

#[test]
fn a_line_that_continues_keeps_every_promise_and_its_pauses() {
    let explored = explored("continue", 100_000);
    assert_crashed_before(&explored, &["park", "park a claimed task", "advance", "send the front message"]);
}

#[test]
fn a_blocked_line_keeps_every_promise() {
    let explored = explored("block", 100_000);
    assert_eq!(explored.missed, BTreeSet::new(), "situations that were not reached");
    assert_crashed_before(
        &explored,
        &[
            "read the line first",
            "read the line after the claim",
            "give the claim back",
            "park",
            "park a claimed task",
            "block",
            "send the dead letter",
            "finish the dead-lettering",
            "read the line of a front message",
            "read the parked task",
            "query the first parked task",
            "advance",
            "send the front message",
            "acknowledge",
            "operator: write",
            "operator: send the front message",
            "operator: finish the redrive",
        ],
    );
}

#[test]
fn the_followers_of_a_blocked_line_run_in_the_order_of_their_acceptance() {
    explored("followers", 200_000);
}

#[test]
fn two_lines_do_not_disturb_each_other() {
    explored("two-lines", 100_000);
}
