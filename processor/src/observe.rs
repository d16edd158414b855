//! observe: the metrics and log lines of a task that was received and of one that was completed.

use metrics::{counter, histogram};
use shared::{Delivery, TaskRecord, Timestamp, metric};
use tracing::info;

/// Records how long a message waited in the queue. Only the first receive counts: a later one would include earlier
/// attempts.
pub(crate) fn note_wait(delivery: &Delivery, now: Timestamp) {
    if delivery.receive_count == 1 {
        let waited = (now - delivery.sent_at).num_milliseconds().max(0);
        histogram!(metric::QUEUE_WAIT).record(waited as f64);
    }
}

/// Counts a task whose record says that it is completed. `duration_ms` is None if no handler ran.
pub(crate) fn note_completed(record: &TaskRecord, duration_ms: Option<u64>) {
    counter!(metric::COMPLETED).increment(1);
    info!(attempt = record.attempt, duration_ms, "completed");
}
