//! The watch: on a schedule it reads the tasks that need attention and the head of the line, and emits metrics.
//!
//! Alarms on these metrics stay in ALARM as long as a problem lasts, and report missing data if the watch does not run. The
//! computation is pure ([`observe`]); the function only reads and emits.

mod canary;
mod gauges;
mod observe;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "lambda")]
mod pipeline;

pub use canary::{Canary, CanaryError};
pub use gauges::Gauges;
pub use observe::{Attention, Observation, observe};
