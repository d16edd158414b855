//! One machine: the ports over one SQLite file, and the whole pipeline in one process.
//!
//! It doesn't emulate AWS. It keeps the same promises; `tests/conformance` runs the same tests on both.

#[macro_use]
mod statements;
mod file_names;
mod data_directory;
mod lock;
mod open_error;
mod webhook_secret;
mod header;
mod files;
mod schema;
mod upgrade;
#[cfg(feature = "failpoints")]
mod failpoint;
mod durability;
mod connection;
mod writer;
mod record_changes;
mod store;
mod backup;
mod expiry;
mod steady_clock;
mod clock_watch;
mod row;
mod queue_name;
mod visibility;
mod dedupe;
mod messages;
mod delivery;
mod departures;
mod records;
mod head;
mod throughput;
mod pause;
mod queue;
mod delivery_switch;
mod task_rules;
mod recover;
mod worker;
mod jwt;
mod connection_limit;
mod waiting;
mod serve;
mod pipeline;

pub use backup::{BackedUp, BackupError, BackupProgress};
pub use connection_limit::ConnectionLimit;
pub use data_directory::DataDirectory;
pub use delivery::QueueTerms;
pub use delivery_switch::SqliteDeliverySwitch;
pub use files::{FileChanged, is_open_database};
pub use jwt::{Authorizer, InvalidKeys, JwtKeys};
pub use lock::{InUse, Lock};
pub use open_error::{OpenError, refused_by_system};
pub use pipeline::{Pipeline, PipelineFailure, PipelineOptions, StartError};
pub use queue::SqliteTaskQueue;
pub use records::SqliteTaskRecords;
pub use serve::serve;
pub use steady_clock::SteadyClock;
pub use store::Store;
pub use system::{RandomTaskIds, SystemClock};
pub use throughput::Throughput;
pub use webhook_secret::{SecretFileError, WebhookSecret};
