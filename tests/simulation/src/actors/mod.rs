//! The actors: clients, the mapping that delivers, the processors it starts, and operators.

mod client;
mod delivery;
mod operator;

pub use client::client;
pub use delivery::deliver;
pub use operator::{calm, operate};
