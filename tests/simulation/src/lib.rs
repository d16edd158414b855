//! Deterministic simulation: the real API, processor and operations, in a world without threads or real time in which a seed
//! decides who acts next and what goes wrong. A fault can strike between any two calls.
//!
//! What is simulated is only what is not ours: SQS FIFO with its freedoms, DynamoDB, Lambda. What is promised is watched
//! throughout; once nothing goes wrong any more, everything must come to its end.

#![allow(missing_docs, reason = "the tests' own")]

mod chance;
mod plan;
mod world;
mod executor;
mod call;
mod clock;
mod queue;
mod records;
mod line;
mod handler;
mod actors;
mod promises;
mod run;
mod shrink;

pub use plan::{Fault, Plan};
pub use promises::Seen;
pub use run::{keep_panics_quiet, run};
pub use shrink::shrink;
