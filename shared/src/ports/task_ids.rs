//! Identities for tasks whose callers gave no key.

use crate::{TaskId, Timestamp};

/// Where fresh task ids come from.
pub trait TaskIds: Send + Sync {
    /// An id that no other call, process or machine gives.
    fn fresh(&self, now: Timestamp) -> TaskId;
}
