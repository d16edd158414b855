//! Holds the functions to what they cost: what can't depend on the machine's mood is measured and compared with bounds
//! in one file.

mod bounds;
mod cost;

pub use bounds::{Bounds, count};
pub use cost::{Cost, costs, least};
