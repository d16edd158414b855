//! A pipeline as an operator reaches it.

use std::{sync::Arc, time::Duration};

use shared::{Caller, TaskRules, ports::Clock};

/// A pipeline as an operator reaches it.
pub struct Operations<R, Q, L> {
    pub records: R,
    pub line_queue: Q,
    pub dead_letter_queue: Q,
    /// Pauses and resumes deliveries.
    pub line: L,
    pub clock: Arc<dyn Clock>,
    /// What the deployment demands of the contents of a task.
    pub task_rules: Arc<dyn TaskRules>,
    /// The name that audit entries store.
    pub operator: String,
    /// The caller that submitted tasks belong to.
    pub submitter: Caller,
    /// The version of the code that would run a redriven task; absent if only the running process knows it.
    pub code_version: Option<String>,
    /// The URL that clients send requests to; absent if it is not known.
    pub api_url: Option<String>,
    /// How long the queue of the line keeps a message; absent if it has no retention.
    pub retention_seconds: Option<u32>,
    /// How long the counts of the line can lag; 0 if they are exact.
    pub counts_lag_seconds: u32,
    /// How long to wait between two reads while watching.
    pub poll_interval: Duration,
}

/// How many records one request reads.
pub(crate) const PAGE: u32 = 500;
