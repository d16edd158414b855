//! What Taskline asks of the world. Each trait is a promise; `tests/conformance` holds every implementation to it.
//!
//! The promises are those of SQS FIFO and DynamoDB, which are the weaker ones: one group, at-least-once delivery, a
//! conditional write of one item. No type of any SDK or database crosses a port.

mod clock;
mod departures;
mod delivery_switch;
mod task_ids;
mod task_queue;
mod task_records;

use std::error::Error;

use crate::EncodingError;

pub use clock::Clock;
pub use delivery_switch::{DeliverySwitch, Head, LineStatus, Switched};
pub use departures::{Departures, NumberedPage, NumberedRecord};
pub use task_ids::TaskIds;
pub use task_queue::{Depth, TaskQueue, Visibility};
pub use task_records::{Cursor, Expected, Page, TaskRecords, Written};

/// The world did not answer as asked. Whether the asked-for change was made is unknown: an answer can be lost after
/// the change. Every caller is written so that asking again is safe.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// It asks to be asked less often.
    #[error("{what} is throttled")]
    Throttled {
        /// Which part of the world.
        what: &'static str,
    },
    /// It can't be reached, is out of order, or answered what can't be understood.
    #[error("failed to use {what}")]
    Unavailable {
        /// Which part of the world.
        what: &'static str,
        /// Why, for the log only.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The caller's cursor is not one that this store returned.
    #[error("the cursor is not one that this store returned")]
    InvalidCursor,
    /// The change could not be encoded, and nothing was asked of the queue or store.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
}

impl PortError {
    /// An opaque failure of `what`.
    pub fn unavailable(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { what, source: source.into() }
    }
}
