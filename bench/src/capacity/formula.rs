//! What is known without playing it.

use super::{failures::Failures, service::Service};

/// Tasks a second that a line makes, failures and all: it does nothing else meanwhile.
pub fn line_rate(service: &Service, failures: &Failures) -> f64 {
    1.0 / (service.mean() + failures.share * failures.cost(service))
}

/// How full lines are to which so many tasks a second come.
pub fn utilisation(rate: f64, lines: u32, service: &Service) -> f64 {
    rate / f64::from(lines) * service.mean()
}

/// Seconds that a task waits on average before its first run, when tasks come by chance at this rate: Pollaczek and
/// Khinchine's formula. Nothing when more come than the line makes: the wait grows for as long as they do.
pub fn mean_wait(rate: f64, service: &Service) -> Option<f64> {
    let free = 1.0 - rate * service.mean();
    (free > 0.0).then(|| rate * service.mean_square() / (2.0 * free))
}

/// Seconds until so many waiting tasks are gone, while others come.
pub fn drain(waiting: f64, rate: f64, service: &Service) -> f64 {
    waiting / (1.0 / service.mean() - rate)
}
