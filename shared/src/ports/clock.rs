//! Time.

use std::pin::Pin;

use crate::Timestamp;

/// Where time comes from. Tests own one that they move.
pub trait Clock: Send + Sync {
    /// The present moment, in whole microseconds. MUST NOT go back.
    fn now(&self) -> Timestamp;

    /// Ends when `now` has reached `at`, and not before.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
