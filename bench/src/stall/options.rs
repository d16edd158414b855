//! The options of `stall`.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Parser, value_parser};

/// Measures how long a line stops when a task fails and is retried: with backoff, and when the message is redelivered after its
/// visibility timeout, which takes minutes.
#[derive(Debug, Clone, Parser)]
#[command(name = "stall")]
pub struct StallOptions {
    /// How often the task fails before it succeeds
    #[arg(long, default_value_t = 4, value_parser = value_parser!(u32).range(1..))]
    pub failures: u32,
    /// How many lines run at the same time; the results are medians
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=25))]
    pub repeat: u32,
    /// Write the tables into this document, between its marks
    #[arg(long, value_name = "FILE")]
    pub docs: Option<PathBuf>,
}

impl StallOptions {
    /// Prints progress to stderr.
    pub(super) fn report_progress(&self, what: &str) {
        let _ = writeln!(io::stderr(), "{what}, {} lines", self.repeat);
    }
}
