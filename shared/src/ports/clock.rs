//! The port to a clock.

use std::pin::Pin;

use crate::Timestamp;

/// A clock. Tests use one that they set.
pub trait Clock: Send + Sync {
    /// The current time in whole microseconds, as records and queues store it. MUST NOT go back, unless it is the machine's
    /// clock and that was set back ([`Self::wall`]).
    fn now(&self) -> Timestamp;

    /// The time of the machine's clock, for values that other machines compare with their clocks. It steps in both directions
    /// when that clock is set.
    fn wall(&self) -> Timestamp {
        self.now()
    }

    /// Returns when the time between now and `at` has passed, not earlier. Setting the machine's clock does not change the
    /// length of the wait.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
