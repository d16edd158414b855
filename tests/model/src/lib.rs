//! The protocol of lines, explored exhaustively: the real functions of `shared::lifecycle`, in a small world with the freedoms of
//! SQS FIFO, conditional writes, and a crash between any two calls.

mod action;
mod command;
mod environment;
mod explore;
mod interned;
mod lines;
mod model;
mod operator;
mod processor;
mod promise;
mod rest;
mod rules;
mod settings;
mod situation;
mod work;
mod world;

pub use explore::{Explored, explore};
pub use settings::Settings;
pub use world::Budget;
