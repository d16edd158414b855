//! The port to new ids, for tasks without an idempotency key.

use crate::{TaskId, Timestamp};

/// A source of new task ids.
pub trait TaskIds: Send + Sync {
    /// A new id, unique across calls, processes and machines.
    fn fresh(&self, now: Timestamp) -> TaskId;
}
