//! The ports on AWS: one SQS FIFO queue, its dead-letter queue and one DynamoDB table.
//!
//! Only this crate uses the AWS SDK, and no type of the SDK crosses a port. `local` implements the same ports on one
//! machine, and `tests/conformance` tests both with the same cases. What only an operator needs is behind the feature
//! `operator`.

#![allow(missing_docs, reason = "only Taskline's own crates use this one")]

mod authorities;
mod port_error;
mod configuration;
mod endpoint;
mod connections;
mod function;
pub mod table;
mod item;
mod sqs_task_queue;
mod dynamodb_task_records;
mod clients;
#[cfg(feature = "secrets")]
mod secret;

#[cfg(feature = "invoke")]
mod invoke_answer;
#[cfg(feature = "invoke")]
mod lambda_endpoint;
#[cfg(feature = "invoke")]
mod valid_credentials;
#[cfg(feature = "invoke")]
mod kept_alive;
#[cfg(feature = "invoke")]
mod handler_function;

#[cfg(feature = "operator")]
mod deployment;
#[cfg(feature = "operator")]
mod event_source_mapping;
#[cfg(feature = "operator")]
mod session;

pub use clients::Clients;
pub use configuration::defaults;
pub use connections::Connections;
pub use dynamodb_task_records::DynamoDbTaskRecords;
pub use function::function_connections;
#[cfg(feature = "invoke")]
pub use handler_function::LambdaFunction;
pub use sqs_task_queue::SqsTaskQueue;

#[cfg(feature = "operator")]
pub use deployment::{Deployment, MissingOutput, OutputsFileError};
#[cfg(feature = "operator")]
pub use event_source_mapping::EventSourceMapping;
#[cfg(feature = "operator")]
pub use session::{Session, SessionError, SessionOptions, StackError};
