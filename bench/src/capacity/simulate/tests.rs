//! The simulation agrees with queueing theory.

use shared::lifecycle::Backoff;

use super::*;
use crate::capacity::{
    failures::{Failures, Retry},
    formula,
    service::Step,
};

const RATE: f64 = 8.0;

/// A line to which eight tasks per second arrive for hours. Each takes 100 ms on average.
fn scenario(least: f64, tail: f64) -> Scenario {
    Scenario {
        rates: vec![RATE],
        seconds: 25_000.0,
        waiting: 0,
        outage: 0.0,
        service: Service::new([Step { least, tail }]),
        failures: Failures::none(),
        concurrency: usize::MAX,
    }
}

fn assert_near(simulated: f64, known: f64) {
    assert!((simulated / known - 1.0).abs() < 0.04, "simulated {simulated}, known {known}");
}

#[test]
fn tasks_of_constant_duration_wait_as_in_an_m_d_1_queue() {
    let result = simulate(&scenario(100.0, 0.0), 1);
    // utilisation x service / (2 x (1 - utilisation))
    assert_near(result.mean_wait(), 0.8 * 0.1 / (2.0 * 0.2));
    assert_near(result.busiest, 0.8);
}

#[test]
fn tasks_of_exponential_duration_wait_as_in_an_m_m_1_queue() {
    let result = simulate(&scenario(0.0, 100.0), 1);
    // The wait exceeds t with probability utilisation x e^(-(service rate - rate) x t).
    assert_near(result.mean_wait(), 0.8 * 0.1 / 0.2);
    assert_near(result.wait(0.5), (0.8_f64 / 0.5).ln() / (10.0 - RATE));
    assert_near(result.wait(0.99), (0.8_f64 / 0.01).ln() / (10.0 - RATE));
}

#[test]
fn the_formula_for_the_mean_wait_holds_for_both_and_for_mixtures() {
    for (least, tail) in [(100.0, 0.0), (0.0, 100.0), (60.0, 40.0)] {
        let scenario = scenario(least, tail);
        let known = formula::mean_wait(RATE, &scenario.service).unwrap();
        assert_near(simulate(&scenario, 2).mean_wait(), known);
    }
    assert_eq!(formula::mean_wait(10.0, &scenario(100.0, 0.0).service), None, "the wait grows without limit");
}

#[test]
fn the_recovery_time_is_the_backlog_divided_by_the_spare_rate() {
    let outage = 1_000.0;
    let result = simulate(&Scenario { outage, ..scenario(100.0, 0.0) }, 3);
    assert_near(result.waiting_max as f64, RATE * outage);
    assert_near(result.drained.unwrap() - outage, RATE * outage / (10.0 - RATE));
    let result = simulate(&Scenario { waiting: 9_000, rates: vec![0.0], ..scenario(100.0, 0.0) }, 3);
    assert_eq!((result.waiting_max, result.ended.round()), (9_000, 900.0));
}

/// The rate of a line that never waits for tasks: simulated, and by formula.
fn rate_with(failures: Failures) -> (f64, f64) {
    let waiting = 100_000;
    let known = formula::line_rate(&scenario(60.0, 40.0).service, &failures);
    let result = simulate(&Scenario { waiting, rates: vec![0.0], failures, ..scenario(60.0, 40.0) }, 4);
    (f64::from(waiting) / result.ended, known)
}

#[test]
fn a_failure_costs_its_wait_and_its_retry_or_its_dead_letter() {
    let backoff = Retry::Backoff(Backoff { base_seconds: 1, max_seconds: 60 });
    let dead_letter = Some(Service::new([Step { least: 700.0, tail: 0.0 }]));
    for (runs, retry, given_up) in [
        (1, Retry::Visibility(2), None),
        (4, backoff, None),
        (1, backoff, dead_letter.clone()),
        (5, backoff, dead_letter),
    ] {
        let (simulated, known) = rate_with(Failures { share: 0.1, runs, retry, given_up });
        assert_near(simulated, known);
        assert!(known < 9.5, "failures must reduce the rate");
    }
}

#[test]
fn the_mean_backoff_is_that_of_the_processors_backoff() {
    let retry = Retry::Backoff(Backoff { base_seconds: 3, max_seconds: 20 });
    for attempt in 1..=5 {
        let sum: f64 = (0..4_000).map(|number| retry.wait(number, attempt)).sum();
        assert_near(sum / 4_000.0, retry.mean_wait(attempt));
    }
}

#[test]
fn the_same_seed_gives_the_same_result_and_another_seed_does_not() {
    let [first, again, other] = [6, 6, 7].map(|seed| simulate(&scenario(60.0, 40.0), seed).waits);
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn the_concurrency_limits_the_running_lines_and_their_total_rate() {
    let rates = vec![RATE; 20];
    let result = simulate(&Scenario { rates, seconds: 100.0, concurrency: 5, ..scenario(100.0, 0.0) }, 5);
    assert_eq!(result.concurrency_max, 5);
    assert_near(result.waits.len() as f64 / result.ended, 50.0);
    let alone = simulate(&Scenario { seconds: 100.0, concurrency: 5, ..scenario(100.0, 0.0) }, 5);
    assert_eq!(alone.concurrency_max, 1, "a line runs one task at a time");
}
