//! Runs that fail, and for how long the line waits behind them.

use shared::{TaskId, Timestamp, lifecycle::Backoff};

use super::service::Service;

/// What goes wrong.
#[derive(Debug, Clone)]
pub struct Failures {
    /// The share of tasks it goes wrong for.
    pub share: f64,
    /// How many runs of such a task fail.
    pub runs: u32,
    /// How the next run is waited for.
    pub retry: Retry,
    /// What a task that never succeeds takes after its last run: absent, the next one succeeds.
    pub given_up: Option<Service>,
}

/// How long the line waits for the next run.
#[derive(Debug, Clone, Copy)]
pub enum Retry {
    /// As the processor does it.
    Backoff(Backoff),
    /// Until the message's visibility times out, in seconds.
    Visibility(u32),
}

impl Retry {
    /// Seconds after this attempt of the task of this number.
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

    /// On average: the backoff's ceiling is doubled with each attempt, and cut by up to half, in whole seconds.
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
    /// None.
    pub fn none() -> Self {
        Self { share: 0.0, runs: 0, retry: Retry::Visibility(0), given_up: None }
    }

    /// Seconds that one such task takes beyond what another does.
    pub fn cost(&self, service: &Service) -> f64 {
        let retries = self.runs - u32::from(self.given_up.is_some());
        let waits: f64 = (1..=retries).map(|attempt| self.retry.mean_wait(attempt)).sum();
        waits + f64::from(retries) * service.mean() + self.given_up.as_ref().map_or(0.0, Service::mean)
    }
}
