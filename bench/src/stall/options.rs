//! What is measured.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Parser, value_parser};

/// Measures for how long a line stands when a task fails in passing: by our backoff, and when the message just comes back
/// as its visibility times out, which takes minutes.
#[derive(Debug, Clone, Parser)]
#[command(name = "stall")]
pub struct Plan {
    /// How often the task fails before it succeeds
    #[arg(long, default_value_t = 4, value_parser = value_parser!(u32).range(1..))]
    pub failures: u32,
    /// On how many lines at the same time; the figures are medians
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=25))]
    pub repeat: u32,
    /// Write the table into this document, between its marks
    #[arg(long, value_name = "FILE")]
    pub docs: Option<PathBuf>,
}

impl Plan {
    /// How far it is, to who waits.
    pub(super) fn tell(&self, what: &str) {
        let _ = writeln!(io::stderr(), "{what}, {} lines", self.repeat);
    }
}
