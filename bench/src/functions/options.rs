//! The options of `functions`.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Parser, value_parser};

use super::locations::Locations;

/// Measures the Lambda functions beside the same functions in Python and Node.
#[derive(Debug, Clone, Parser)]
#[command(name = "functions")]
pub struct FunctionsOptions {
    #[command(flatten)]
    pub(super) locations: Locations,
    /// How often to measure; the results are medians
    #[arg(long, default_value_t = 11, value_parser = value_parser!(u32).range(1..=101))]
    pub repeat: u32,
    /// How many invocations follow the first
    #[arg(long, default_value_t = 500, value_parser = value_parser!(u32).range(10..=100_000))]
    pub warm: u32,
    /// How long distant services take to answer, in milliseconds
    #[arg(long, default_value_t = 3)]
    pub latency_ms: u64,
    /// Only the functions whose name contains this
    #[arg(long, default_value = "")]
    pub only: String,
    /// Also count instructions with valgrind, which is slow
    #[arg(long)]
    pub instructions: bool,
    /// Print the results as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the tables into DIR/performance.md, between its marks, and the plot to DIR/performance.svg
    #[arg(long, value_name = "DIR")]
    pub docs: Option<PathBuf>,
}

impl FunctionsOptions {
    /// Prints progress to stderr.
    pub(super) fn report_progress(&self, what: &str) {
        let _ = writeln!(io::stderr(), "{what}");
    }
}
