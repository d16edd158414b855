//! Input from outside, and the properties that hold for every input. A target takes any bytes, panics if a property
//! does not hold, and returns the outcome, so that a run can show that not every input was refused at once.
//!
//! Inputs are the files in `corpus/`, and those files changed by a few [`Edit`]s: in `tests/` as many as take seconds,
//! the same each time; in `guided.rs` without end, guided by coverage.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a target fails by panicking"
)]

mod target;
mod node;
mod edit;
mod corpus;
mod mutant;
pub mod targets;

pub use corpus::{Seed, keep, seeds};
pub use edit::Edit;
pub use mutant::{Mutant, mutants};
pub use target::Target;
pub use targets::TARGETS;
