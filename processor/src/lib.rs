//! The processor: one function from an SQS event to a batch response.
//!
//! On AWS the Lambda runtime calls it; on one machine the local worker does, for one message at a time, and does itself
//! what is next with it. It knows the queue and the records only as ports. The modules follow a delivery.

mod settings;
mod receive;
mod process;
mod claim;
mod report;
mod handle;
mod settle;
mod hold;
pub mod handlers;
#[cfg(feature = "lambda")]
pub mod lambda;

pub use handle::{Handler, HandlerFailure, Handling, Run};
pub use process::{Invocation, Next, Processor};
pub use receive::{MalformedEvent, sqs_event};
pub use report::Report;
pub use settings::{CODE_VERSION, ProcessorSettings};
