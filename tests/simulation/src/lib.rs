//! Deterministic simulation: the real API, processor and operations, in a world without threads or real time in which a
//! seed decides who acts next and which faults occur. A fault can occur between any two calls.
//!
//! Only external services are simulated: SQS FIFO, DynamoDB and Lambda. The promises are checked throughout; once no
//! faults occur, everything must finish.

#![allow(missing_docs, reason = "the tests' own")]

mod chance;
mod plan;
mod actor;
mod observations;
mod queue_model;
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

pub use observations::Seen;
pub use plan::{Fault, Plan};
pub use run::{keep_panics_quiet, run};
pub use shrink::shrink;
