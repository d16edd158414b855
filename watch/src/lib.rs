//! The watch: reads on a schedule what needs attention and what the head of the line does, and writes it as metrics.
//!
//! Alarms on these metrics say that something is wrong for as long as it is, and that the watch itself is silent. What an
//! observation comes to is pure ([`observe`]); the function only reads, and writes the result.

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
