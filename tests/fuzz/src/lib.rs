//! What comes from outside, against what must hold of it whatever it is. A target takes any bytes, panics if something
//! does not hold, and says what they came to, so that a run can show that it was not all thrown away at the door.
//!
//! Inputs are the files in `corpus/`, and those files changed by a few [`Edit`]s: in `tests/` as many as take seconds,
//! the same each time; in `guided.rs` without end, led by coverage.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a target fails by panicking"
)]

mod node;
mod edit;
mod corpus;
mod mutant;
pub mod targets;

pub use corpus::{Seed, keep, seeds};
pub use edit::Edit;
pub use mutant::{Mutant, mutants};
pub use targets::{TARGETS, Target};
