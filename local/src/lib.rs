//! One machine: the ports over one SQLite file, and the pipeline in one process.
//!
//! It is no emulator of AWS but another line with the same promises; `tests/conformance` holds both to them. It names
//! no AWS SDK.

#![warn(missing_docs)]

mod data_directory;
mod lock;
mod open_error;
mod header;
mod files;
mod schema;
mod upgrade;
#[cfg(feature = "failpoints")]
mod failpoint;
mod durability;
mod connection;
mod writer;
mod store;
mod backup;
mod expiry;
mod steady_clock;
mod clock_watch;
mod row;
mod departures;
mod records;
mod queue;
mod front;
mod undelivered;
mod line;
mod recover;
mod worker;
mod jwt;
mod connection_limit;
mod serve;
mod pipeline;

pub use backup::{BackedUp, BackupError, BackupProgress};
pub use connection_limit::ConnectionLimit;
pub use data_directory::DataDirectory;
pub use files::{FileChanged, is_open_database};
pub use jwt::{Authorizer, InvalidKeys, JwtKeys};
pub use line::{SqliteLine, Throughput};
pub use lock::{InUse, Lock};
pub use open_error::{OpenError, refused_by_system};
pub use pipeline::{Ended, Pipeline, PipelineOptions, StartError};
pub use queue::{QueueTerms, SqliteTaskQueue};
pub use records::SqliteTaskRecords;
pub use serve::serve;
pub use steady_clock::SteadyClock;
pub use store::Store;
pub use system::{RandomTaskIds, SystemClock};
