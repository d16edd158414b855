//! Task ids that are the same in every run of a test.

use std::sync::atomic::{AtomicU64, Ordering};

use shared::{TaskId, Timestamp, ports::TaskIds};

/// Counts up, also across restarts of its user.
#[derive(Debug, Default)]
pub struct CountedTaskIds(AtomicU64);

impl TaskIds for CountedTaskIds {
    fn fresh(&self, now: Timestamp) -> TaskId {
        let mut counter = [0; 10];
        counter[2..].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        TaskId::fresh(now, &counter)
    }
}
