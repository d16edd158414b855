//! The machine's clock and source of randomness.

mod clock;
mod task_ids;

pub use clock::SystemClock;
pub use task_ids::RandomTaskIds;
