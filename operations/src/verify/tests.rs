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

/// A world whose line has come some way, and goes on while it is looked at.
fn moving(seed: u64, order: OrderSource) -> MovingLineState {
    let mut world = MovingLineState::new(60, order).steps(40).shuffled(seed);
    world.steps = 1 + seed as usize % 5;
    world.page_size = 1 + seed as usize % 9;
    world
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
async fn clocks_that_differ_by_no_more_than_the_tolerance_break_no_promise() {
    for seed in 0..SEEDS {
        let mut world = MovingLineState::new(60, OrderSource::Clocks);
        world.skew = CLOCK_TOLERANCE;
        let mut world = world.steps(40).shuffled(seed);
        world.steps = 3;
        let found = world.operations().verify().await.unwrap();
        assert_eq!(found.violations, [], "{seed}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_and_forth_breaks_no_promise_on_one_machine() {
    for seed in 0..SEEDS {
        let mut world = MovingLineState::new(60, OrderSource::Departures).steps(20);
        world.now = at(0);
        let mut world = world.steps(20);
        world.now = at(9_000_000);
        let mut world = world.steps(21).shuffled(seed);
        world.now = at(5);
        world.steps = 2;
        let found = world.operations().verify().await.unwrap();
        assert_eq!((found.violations, found.unproven), (vec![], vec![]), "{seed}");
    }
}

#[tokio::test]
async fn whatever_overtook_is_found_on_a_line_that_moves() {
    for seed in 0..SEEDS {
        for order in [OrderSource::Departures, OrderSource::Clocks] {
            let mut world = MovingLineState::new(60, order).steps(2 * (seed as usize % 20));
            let made = world.overtake();
            let mut world = world.steps(7).shuffled(seed);
            world.steps = seed as usize % 5;
            let found = world.operations().verify().await.unwrap();
            let overtakings: Vec<_> = found.violations.iter().map(overtaking).collect();
            assert_eq!(overtakings, [made], "{seed} {order:?}");
            assert_eq!(found.unproven, []);
        }
    }
}

#[tokio::test]
async fn a_task_that_began_while_the_records_were_read_is_not_judged_and_is_counted() {
    for order in [OrderSource::Departures, OrderSource::Clocks] {
        let mut world = MovingLineState::new(9, order).steps(4);
        (world.page_size, world.steps) = (4, 2);
        let found = world.operations().verify().await.unwrap();
        // Of the three pages the second brings the third task, which began behind the first page, and the third none.
        assert_eq!((found.not_judged, found.violations), (0, vec![]), "{order:?}");
        let mut world = MovingLineState::new(9, order).steps(4);
        (world.page_size, world.steps) = (1, 4);
        let found = world.operations().verify().await.unwrap();
        assert!(found.not_judged >= 5, "{order:?}: {}", found.not_judged);
        assert_eq!(found.violations, []);
    }
}

#[tokio::test]
async fn what_is_said_to_have_begun_in_the_future_is_judged() {
    let mut world = MovingLineState::new(9, OrderSource::Clocks);
    world.now = at(2_000_000);
    let made = world.overtake();
    world.now = at(1_000_000);
    let found = world.operations().verify().await.unwrap();
    assert_eq!(found.violations.iter().map(overtaking).collect::<Vec<_>>(), [made]);
}

/// Whose first task is in the line, by its record, and whose second has come to its end.
fn passed_in_the_line(order: OrderSource) -> MovingLineState {
    let mut world = MovingLineState::new(9, order);
    [0, 1].into_iter().for_each(|index| world.begin(index));
    world.finish(1);
    world.records[0].record.lease_until = None;
    world.now += TimeDelta::hours(1);
    world
}

#[tokio::test]
async fn a_task_is_overtaken_while_it_is_in_the_line_unless_sqs_may_have_moved_it() {
    for order in [OrderSource::Departures, OrderSource::Clocks] {
        let found = passed_in_the_line(order).operations().verify().await.unwrap();
        assert_eq!(found.violations.len(), 1, "{order:?}");

        let mut world = passed_in_the_line(order);
        world.dead_letters = 1;
        world.begin(2);
        let found = world.operations().verify().await.unwrap();
        assert_eq!(found.violations, [], "{order:?}");
        // Once, and not with each that came behind it.
        let doubts: Vec<_> = found
            .unproven
            .iter()
            .map(|unproven| match unproven {
                UnprovenCase::Overtook { doubt, .. } => *doubt,
                UnprovenCase::MissingFromTheLine { task_id, .. } => unreachable!("{task_id} is missing"),
            })
            .collect();
        assert_eq!(doubts, [UnprovenReason::PerhapsMovedBySqs], "{order:?}");

        let mut world = passed_in_the_line(order);
        world.dead_letters = 1;
        world.records[0].is_in_the_line = Some(true);
        assert_eq!(world.operations().verify().await.unwrap().violations.len(), 1, "its message is there");
    }
}

#[tokio::test]
async fn estimates_that_may_lag_behind_prove_nothing() {
    let mut world = passed_in_the_line(OrderSource::Clocks);
    world.now -= TimeDelta::minutes(59);
    let found = world.operations().verify().await.unwrap();
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
        let mut world = MovingLineState::new(9, order);
        world.waiting = waiting.clone();
        let found = world.operations().verify().await.unwrap();
        assert_eq!((found.violations.len(), found.unproven.len()), (violations, unproven), "{waiting:?}");
    }
    let mut world = MovingLineState::new(9, OrderSource::Departures);
    (world.waiting, world.steps) = (vec![0], 18);
    let found = world.operations().verify().await.unwrap();
    assert_eq!(found.violations, [], "read again, they were handled");
}

#[test]
fn every_record_is_counted_and_those_that_wait_or_are_completed_once_more() {
    let mut found = Verification::default();
    for status in Status::ALL.into_iter().chain([Status::Completed]) {
        found.count(&record(status, 1));
    }
    assert_eq!((found.records, found.completed, found.waiting), (10, 2, 3));
}
