//! What is measured, and how often.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Parser, value_parser};

use super::place::Place;

/// Measures the Lambda functions beside what people would otherwise write.
#[derive(Debug, Clone, Parser)]
#[command(name = "functions")]
pub struct Plan {
    #[command(flatten)]
    pub(super) place: Place,
    /// How often all is measured; the figures are medians
    #[arg(long, default_value_t = 11, value_parser = value_parser!(u32).range(1..=101))]
    pub repeat: u32,
    /// How many invocations follow the first
    #[arg(long, default_value_t = 500, value_parser = value_parser!(u32).range(10..=100_000))]
    pub warm: u32,
    /// How long distant services take to answer, in milliseconds
    #[arg(long, default_value_t = 3)]
    pub latency_ms: u64,
    /// Only those whose name holds this
    #[arg(long, default_value = "")]
    pub only: String,
    /// Count instructions, too, by valgrind: slow
    #[arg(long)]
    pub instructions: bool,
    /// Write the figures as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the tables into DIR/performance.md, between its marks, and the plot to DIR/performance.svg
    #[arg(long, value_name = "DIR")]
    pub docs: Option<PathBuf>,
}

impl Plan {
    /// How far it is, to who waits.
    pub(super) fn tell(&self, what: &str) {
        let _ = writeln!(io::stderr(), "{what}");
    }
}
