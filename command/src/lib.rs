//! Handlers that are programs on the machine of the pipeline: one process for each task, or one server for all of them.
//!
//! No shell reads a command line, and nothing of a task is part of one: a program gets a task on its standard input and in its
//! environment. Nothing that this crate logs holds a payload, a result or the output of a program.

#![warn(missing_docs)]

mod command_line;
mod executable;
mod script;
mod environment;
mod predecessors;
mod process_group;
mod output;
mod exit;
mod process;
mod attempt;
mod turn;
mod handler;
mod answer;
mod server;
mod server_handler;

#[cfg(test)]
mod fixture;

pub use command_line::{CommandLine, InvalidCommand};
pub use environment::Environment;
pub use executable::NotExecutable;
pub use handler::{CommandHandler, CommandOptions};
pub use script::MissingScript;
pub use server_handler::ServerHandler;
pub use turn::Turn;
