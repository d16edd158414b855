//! Verifies a line while it moves.

use chrono::TimeDelta;
use shared::{Status, TaskId};

use crate::fixture::{at, record};

use super::{
    CLOCK_TOLERANCE, OrderSource, OrderViolation, Overtaking, UnprovenCase, UnprovenReason, Verification,
    fixture::MovingLineState,
};

const SEEDS: u64 = 200;

fn overtaking(violation: &OrderViolation) -> [TaskId; 2] {
    match violation {
        OrderViolation::Overtook(Overtaking { task_id, overtaken, .. }) => [*task_id, *overtaken],
        OrderViolation::MissingFromTheLine { task_id, .. } => unreachable!("{task_id} is missing"),
    }
}

/// A line that has moved for a while, and moves while its records are read.
fn moving(seed: u64, order: OrderSource) -> MovingLineState {
    let mut line = MovingLineState::new(60, order).steps(40).shuffled(seed);
    line.steps = 1 + seed as usize % 5;
    line.page_size = 1 + seed as usize % 9;
    line
}

#[tokio::test]
async fn a_line_that_moves_while_it_is_read_is_in_order_whatever_page_comes_first() {
    for seed in 0..SEEDS {
        for order in [OrderSource::Departures, OrderSource::Clocks] {
            let found = moving(seed, order).operations().verify().await.unwrap();
            assert_eq!((found.violations, found.unproven), (vec![], vec![]), "{seed} {order:?}");
            assert_eq!(found.clock_tolerance_ms.is_some(), order == OrderSource::Clocks);
        }
    }
}

#[tokio::test]
async fn clocks_that_differ_by_at_most_the_tolerance_cause_no_violation() {
    for seed in 0..SEEDS {
        let mut line = MovingLineState::new(60, OrderSource::Clocks);
        line.skew = CLOCK_TOLERANCE;
        let mut line = line.steps(40).shuffled(seed);
        line.steps = 3;
        let found = line.operations().verify().await.unwrap();
        assert_eq!(found.violations, [], "{seed}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_and_forth_causes_no_violation_on_one_machine() {
    for seed in 0..SEEDS {
        let mut line = MovingLineState::new(60, OrderSource::Departures).steps(20);
        line.now = at(0);
        let mut line = line.steps(20);
        line.now = at(9_000_000);
        let mut line = line.steps(21).shuffled(seed);
        line.now = at(5);
        line.steps = 2;
        let found = line.operations().verify().await.unwrap();
        assert_eq!((found.violations, found.unproven), (vec![], vec![]), "{seed}");
    }
}

#[tokio::test]
async fn an_overtaking_task_is_found_on_a_line_that_moves() {
    for seed in 0..SEEDS {
        for order in [OrderSource::Departures, OrderSource::Clocks] {
            let mut line = MovingLineState::new(60, order).steps(2 * (seed as usize % 20));
            let made = line.overtake();
            let mut line = line.steps(7).shuffled(seed);
            line.steps = seed as usize % 5;
            let found = line.operations().verify().await.unwrap();
            let overtakings: Vec<_> = found.violations.iter().map(overtaking).collect();
            assert_eq!(overtakings, [made], "{seed} {order:?}");
            assert_eq!(found.unproven, []);
        }
    }
}

#[tokio::test]
async fn a_task_that_began_while_the_records_were_read_is_not_judged_and_is_counted() {
    for order in [OrderSource::Departures, OrderSource::Clocks] {
        let mut line = MovingLineState::new(9, order).steps(4);
        (line.page_size, line.steps) = (4, 2);
        let found = line.operations().verify().await.unwrap();
        // The second of the three pages has the third task, which began after the first page was read.
        assert_eq!((found.not_judged, found.violations), (0, vec![]), "{order:?}");
        let mut line = MovingLineState::new(9, order).steps(4);
        (line.page_size, line.steps) = (1, 4);
        let found = line.operations().verify().await.unwrap();
        assert!(found.not_judged >= 5, "{order:?}: {}", found.not_judged);
        assert_eq!(found.violations, []);
    }
}

#[tokio::test]
async fn a_task_that_began_in_the_future_is_judged() {
    let mut line = MovingLineState::new(9, OrderSource::Clocks);
    line.now = at(2_000_000);
    let made = line.overtake();
    line.now = at(1_000_000);
    let found = line.operations().verify().await.unwrap();
    assert_eq!(found.violations.iter().map(overtaking).collect::<Vec<_>>(), [made]);
}

/// The record of the first task says that it is in the line, and the second task is completed.
fn passed_in_the_line(order: OrderSource) -> MovingLineState {
    let mut line = MovingLineState::new(9, order);
    [0, 1].into_iter().for_each(|index| line.begin(index));
    line.finish(1);
    line.records[0].record.lease_until = None;
    line.now += TimeDelta::hours(1);
    line
}

#[tokio::test]
async fn a_task_is_overtaken_while_it_is_in_the_line_unless_sqs_may_have_moved_it() {
    for order in [OrderSource::Departures, OrderSource::Clocks] {
        let found = passed_in_the_line(order).operations().verify().await.unwrap();
        assert_eq!(found.violations.len(), 1, "{order:?}");

        let mut line = passed_in_the_line(order);
        line.dead_letters = 1;
        line.begin(2);
        let found = line.operations().verify().await.unwrap();
        assert_eq!(found.violations, [], "{order:?}");
        // Once, and not once for each task behind it.
        let reasons: Vec<_> = found
            .unproven
            .iter()
            .map(|unproven| match unproven {
                UnprovenCase::Overtook { reason, .. } => *reason,
                UnprovenCase::MissingFromTheLine { task_id, .. } => unreachable!("{task_id} is missing"),
            })
            .collect();
        assert_eq!(reasons, [UnprovenReason::PossiblyMovedBySqs], "{order:?}");

        let mut line = passed_in_the_line(order);
        line.dead_letters = 1;
        line.records[0].is_in_the_line = Some(true);
        assert_eq!(
            line.operations().verify().await.unwrap().violations.len(),
            1,
            "its message is in the line"
        );
    }
}

#[tokio::test]
async fn counts_that_may_lag_prove_nothing() {
    let mut line = passed_in_the_line(OrderSource::Clocks);
    line.now -= TimeDelta::minutes(59);
    let found = line.operations().verify().await.unwrap();
    assert_eq!((found.violations.len(), found.unproven.len()), (0, 1));
}

#[tokio::test]
async fn a_task_is_missing_only_from_a_line_that_is_empty_before_and_after_its_record_was_read() {
    for (waiting, order, violations, unproven) in [
        (vec![0], OrderSource::Departures, 9, 0),
        (vec![0], OrderSource::Clocks, 0, 9),
        (vec![0, 1], OrderSource::Departures, 0, 0),
        (vec![1, 0], OrderSource::Departures, 0, 0),
    ] {
        let mut line = MovingLineState::new(9, order);
        line.waiting = waiting.clone();
        let found = line.operations().verify().await.unwrap();
        assert_eq!((found.violations.len(), found.unproven.len()), (violations, unproven), "{waiting:?}");
    }
    let mut line = MovingLineState::new(9, OrderSource::Departures);
    (line.waiting, line.steps) = (vec![0], 18);
    let found = line.operations().verify().await.unwrap();
    assert_eq!(found.violations, [], "when read again, they were completed");
}

#[test]
fn every_record_is_counted_and_also_as_waiting_or_completed() {
    let mut found = Verification::default();
    for status in Status::ALL.into_iter().chain([Status::Completed]) {
        found.count(&record(status, 1));
    }
    assert_eq!((found.records, found.completed, found.waiting), (10, 2, 3));
}
