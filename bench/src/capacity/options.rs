//! The options of `capacity`.

use std::path::PathBuf;

use clap::Parser;

/// Simulates one line and many lines on AWS, and prints the results beside those of the formulas.
#[derive(Debug, Clone, Parser)]
#[command(name = "capacity")]
pub struct CapacityOptions {
    /// Seed of the random numbers
    #[arg(long, default_value_t = Self::SEED)]
    pub seed: u64,
    /// Write the tables into this document, between its marks
    #[arg(long, value_name = "FILE")]
    pub docs: Option<PathBuf>,
}

impl CapacityOptions {
    /// The seed of the tables in docs/capacity.md.
    pub const SEED: u64 = 1;
    /// The command that writes them.
    pub const COMMAND: &'static str = "make capacity-docs";
}
