//! The `taskline` program as a library: the crate `operations` as a command line and as a page.
//!
//! `target` finds the pipeline that the arguments name. `commands` is the command line, a folder for each noun and a file
//! for each verb; `terminal` reads and prints for it. `console` is the page.

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
