//! AWS: the ports over one SQS FIFO queue, its dead-letter queue and one DynamoDB table.
//!
//! The only crate that names an AWS SDK, and no type of one crosses a port. It is the twin of `local`;
//! `tests/conformance` holds both to the same promises. What only an operator needs stands behind the feature
//! `operator`.

mod authorities;
mod clients;
mod connections;
mod function;
mod fault;
mod item;
mod sqs_task_queue;
mod dynamodb_task_records;
#[cfg(feature = "secrets")]
mod secret;

#[cfg(feature = "operator")]
mod deployment;
#[cfg(feature = "operator")]
mod event_source_line;
#[cfg(feature = "operator")]
mod session;

pub use clients::{Clients, defaults};
pub use connections::Connections;
pub use dynamodb_task_records::DynamoDbTaskRecords;
pub use function::of_function;
pub use sqs_task_queue::SqsTaskQueue;

#[cfg(feature = "operator")]
pub use deployment::{Deployment, MissingOutput, OutputsFileError};
#[cfg(feature = "operator")]
pub use event_source_line::EventSourceLine;
#[cfg(feature = "operator")]
pub use session::{Session, SessionError, SessionOptions, StackError};
