//! The `taskline` program as a library: a command line and a console for the crate `operations`.
//!
//! `cli` is the top level of the command line, and `commands` has a folder for each noun and a file for each verb. `target`
//! connects to the pipeline that the arguments name. `terminal` asks and prints. `console` serves the page.

#![allow(missing_docs, reason = "only `main` uses the library")]

mod address;
mod advice;
mod cli;
mod target;
mod loopback;
mod commands;
mod console;
mod invalid_arguments;
mod not_blank;
mod run;
mod submission;
mod terminal;
mod view;

pub use cli::Arguments;
pub use run::run;
pub use terminal::ExitStatus;
