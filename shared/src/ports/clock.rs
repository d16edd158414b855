//! Time.

use std::pin::Pin;

use crate::Timestamp;

/// Where time comes from. Tests own one that they move.
pub trait Clock: Send + Sync {
    /// The present moment, in whole microseconds, as records and queues keep it. MUST NOT go back, except where it is the
    /// machine's own clock and that was set back ([`Self::wall`]).
    fn now(&self) -> Timestamp;

    /// The present moment as the machine's own clock shows it: for what others compare with their clocks. It steps, in
    /// both directions, when that clock is set.
    fn wall(&self) -> Timestamp {
        self.now()
    }

    /// Ends when the time between now and `at` has passed, and not before. A wait becomes neither longer nor shorter by
    /// the machine's clock being set.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
