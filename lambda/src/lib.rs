//! What the Lambda functions of `api`, `processor` and `watch` have in common: settings from the environment, AWS clients,
//! logs as one JSON object per line, metrics in CloudWatch's embedded format.

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
