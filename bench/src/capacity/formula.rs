//! Formulas for the values that are simulated.

use super::{failures::Failures, service::Service};

/// Tasks per second of a line that never waits for tasks, with failures.
pub fn line_rate(service: &Service, failures: &Failures) -> f64 {
    1.0 / (service.mean() + failures.share * failures.cost(service))
}

/// The utilisation of each line when this many tasks per second arrive at all of them.
pub fn utilisation(rate: f64, lines: u32, service: &Service) -> f64 {
    rate / f64::from(lines) * service.mean()
}

/// Mean seconds that a task waits before its first run, with random arrivals at this rate (the Pollaczek-Khinchine formula).
/// `None` if tasks arrive faster than the line handles them: then the wait grows without limit.
pub fn mean_wait(rate: f64, service: &Service) -> Option<f64> {
    let free = 1.0 - rate * service.mean();
    (free > 0.0).then(|| rate * service.mean_square() / (2.0 * free))
}

/// Seconds until a backlog is handled while other tasks arrive.
pub fn drain(waiting: f64, rate: f64, service: &Service) -> f64 {
    waiting / (1.0 / service.mean() - rate)
}
