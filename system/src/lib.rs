//! The machine that the pipeline runs on, as it sees it: its time and its chance.

mod clock;
mod task_ids;

pub use clock::SystemClock;
pub use task_ids::RandomTaskIds;
