//! The ports: traits for the queue, the store, the clock and ids. `tests/conformance` tests the implementations.
//!
//! They promise what SQS FIFO and DynamoDB guarantee, which is less than SQLite does: one message group, at-least-once
//! delivery, a conditional write of one item. No type of an SDK or a database is part of a port.

mod error;
mod clock;
mod departures;
mod delivery_switch;
mod handler_function;
mod task_ids;
mod task_queue;
mod task_records;

pub use clock::Clock;
pub use delivery_switch::{DeliverySwitch, Head, LineStatus, Switched};
pub use departures::{Departures, NumberedPage, NumberedRecord};
pub use error::PortError;
pub use handler_function::{HandlerFunction, InvokeError, Invoked};
pub use task_ids::TaskIds;
pub use task_queue::{Depth, TaskQueue, Visibility};
pub use task_records::{Change, Cursor, Expected, Page, TaskRecords, Written};
