//! The `taskline` program as a library: what an operator can do with a pipeline, and how it is said and shown.
//!
//! `desk` holds the verbs, over the ports only: the command line and the console call them on any pipeline.
//! `pipeline` finds the one that is meant. `commands` is the command line, a folder a noun, a file a verb. `terminal` is how it speaks.
//! `console` is the same as a page.

pub mod desk;
mod address;
mod arguments;
mod pipeline;
mod commands;
mod console;
mod misuse;
mod terminal;
mod view;

pub use arguments::Arguments;
pub use commands::run;
pub use terminal::Outcome;
