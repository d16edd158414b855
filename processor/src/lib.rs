//! The processor: one function from an SQS event to a batch response.
//!
//! On AWS, the Lambda runtime calls it with a batch. On one machine, the local worker calls it with one message at a
//! time and carries out what it decides. It uses the queue and the records only through ports. The modules follow the
//! way of a message.

#![warn(missing_docs)]

mod settings;
mod attempt_terms;
mod report;
mod handler;
mod handlers_by_type;
mod redact;
mod task_data;
mod attempt_failure;
mod processor;
mod receive;
mod process;
mod observe;
mod claim;
mod renew;
mod run;
mod settle;
mod hold;
pub mod handlers;
#[cfg(feature = "lambda")]
pub mod lambda;

pub use attempt_terms::AttemptTerms;
pub use handler::{Completed, Handler, HandlerFailure, Handling, Outcome, Run};
pub use handlers_by_type::Handlers;
pub use processor::{Invocation, Next, Processor};
pub use receive::{MalformedEvent, sqs_event};
pub use report::Report;
pub use settings::{CODE_VERSION, ProcessorSettings};
pub use task_data::TaskData;
