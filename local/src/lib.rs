//! One machine: the ports over one SQLite file, and the pipeline in one process.
//!
//! It is no emulator of AWS but another line with the same promises; `tests/conformance` holds both to them. It names
//! no AWS SDK.

mod data_directory;
mod schema;
#[cfg(feature = "failpoints")]
mod failpoint;
mod durability;
mod store;
mod records;
mod queue;
mod line;
mod recover;
mod worker;
mod jwt;
mod room;
mod serve;
mod pipeline;

pub use data_directory::{DataDirectory, InUse, OpenError};
pub use jwt::{Authorizer, InvalidKeys, JwtKeys};
pub use line::{SqliteLine, Throughput};
pub use pipeline::{Pipeline, PipelineOptions, StartError};
pub use queue::{QueueTerms, SqliteTaskQueue};
pub use records::SqliteTaskRecords;
pub use room::Room;
pub use serve::serve;
pub use store::Store;
pub use system::{RandomTaskIds, SystemClock};
