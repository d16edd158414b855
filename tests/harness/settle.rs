//! What was begun and not waited for is over.

use std::sync::Arc;

use local::{QueueTerms, SqliteTaskQueue, Store};
use shared::{Receipt, ports::TaskQueue};

use crate::TestClock;

/// Waits until a store has done what it was asked to, also by who no longer waits for it: it makes writes in the order
/// they were asked for, and this asks for one that changes nothing.
pub async fn settle(store: Store, clock: &TestClock) {
    let terms = QueueTerms { visibility_seconds: 1, max_receive_count: 1 };
    let line = SqliteTaskQueue::line(store, Arc::new(clock.clone()), terms);
    line.delete(&Receipt::new("0.0")).await.unwrap();
}
