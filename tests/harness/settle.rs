//! Waits for work that was begun and whose caller is gone.

use std::sync::Arc;

use local::{QueueTerms, SqliteTaskQueue, Store};
use shared::{Receipt, ports::TaskQueue};

use crate::TestClock;

/// Waits until a store has done everything that was requested, also by callers that no longer wait: it writes in the
/// order of the requests, and this requests a write that changes nothing.
pub async fn settle(store: Store, clock: &TestClock) {
    let terms = QueueTerms { visibility_seconds: 1, max_receive_count: 1 };
    let line = SqliteTaskQueue::line(store, Arc::new(clock.clone()), terms);
    line.delete(&Receipt::new("0.0")).await.unwrap();
}
