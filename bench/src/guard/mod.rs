//! Compares the costs of the functions with bounds in a file. Only costs that don't depend on the machine's load are compared.

mod bounds;
mod cost;

pub use bounds::{Bounds, count};
pub use cost::{Cost, costs, least};
