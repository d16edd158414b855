//! The `taskline` program as a library: the crate `operations` as a command line and as a page.
//!
//! `target` finds the pipeline that the arguments name. `commands` is the command line, a folder for each noun and a file
//! for each verb; `terminal` reads and prints for it. `console` is the page.

mod address;
mod arguments;
mod permission_arguments;
mod target;
mod loopback;
mod commands;
mod console;
mod misuse;
mod terminal;
mod view;

pub use arguments::Arguments;
pub use commands::run;
pub use terminal::Outcome;
