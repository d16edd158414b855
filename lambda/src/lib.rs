//! What the Lambda functions of the pipeline start with, so that `api`, `processor` and `watch` only say what they do: settings
//! from the environment, clients of AWS, logs of one JSON object a line, metrics in CloudWatch's embedded format.

mod settings;
mod log;
mod metrics;
mod deadline;
mod invocations;
mod start;

pub use deadline::{OutOfTime, in_time};
pub use invocations::{Invocations, xray_trace_id};
pub use settings::FunctionSettings;
pub use start::{Function, StartError, run};
