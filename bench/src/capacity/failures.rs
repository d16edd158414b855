//! Failed runs, and how long their line waits for the next run.

use shared::{TaskId, Timestamp, lifecycle::Backoff};

use super::service::Service;

#[derive(Debug, Clone)]
pub struct Failures {
    /// The share of tasks that fail.
    pub share: f64,
    /// How many runs of such a task fail.
    pub runs: u32,
    /// How the line waits for the next run.
    pub retry: Retry,
    /// How long giving up takes, for a task that never succeeds. Absent: the next run succeeds.
    pub given_up: Option<Service>,
}

/// How the line waits for the next run.
#[derive(Debug, Clone, Copy)]
pub enum Retry {
    /// With the processor's backoff.
    Backoff(Backoff),
    /// Until the visibility timeout, in seconds.
    Visibility(u32),
}

impl Retry {
    /// Seconds to wait after an attempt of the task with this number.
    pub fn wait(&self, number: u32, attempt: u32) -> f64 {
        match self {
            Self::Backoff(backoff) => {
                let mut random = [0; 10];
                random[..4].copy_from_slice(&number.to_be_bytes());
                let id = TaskId::fresh(Timestamp::UNIX_EPOCH, &random);
                backoff.delay_seconds(id, attempt).into()
            }
            Self::Visibility(seconds) => (*seconds).into(),
        }
    }

    /// The mean: the backoff doubles its ceiling with each attempt and subtracts up to half of it, in whole seconds.
    pub fn mean_wait(&self, attempt: u32) -> f64 {
        match self {
            Self::Backoff(Backoff { base_seconds, max_seconds }) => {
                let ceiling = (base_seconds << (attempt - 1)).min(*max_seconds);
                f64::from(ceiling) - f64::from(ceiling / 2) / 2.0
            }
            Self::Visibility(seconds) => (*seconds).into(),
        }
    }
}

impl Failures {
    pub fn none() -> Self {
        Self { share: 0.0, runs: 0, retry: Retry::Visibility(0), given_up: None }
    }

    /// Seconds that a failing task takes longer than another.
    pub fn cost(&self, service: &Service) -> f64 {
        let retries = self.runs - u32::from(self.given_up.is_some());
        let waits: f64 = (1..=retries).map(|attempt| self.retry.mean_wait(attempt)).sum();
        waits + f64::from(retries) * service.mean() + self.given_up.as_ref().map_or(0.0, Service::mean)
    }
}
