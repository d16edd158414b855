//! What is played.

use std::path::PathBuf;

use clap::Parser;

/// Plays one line and many, as they would be on AWS, and prints what came of it beside what the formulas say.
#[derive(Debug, Clone, Parser)]
#[command(name = "capacity")]
pub struct Plan {
    /// What decides all chance
    #[arg(long, default_value_t = Self::SEED)]
    pub seed: u64,
    /// Write the tables into this document, between its marks
    #[arg(long, value_name = "FILE")]
    pub docs: Option<PathBuf>,
}

impl Plan {
    /// The one that docs/capacity.md is of.
    pub const SEED: u64 = 1;
    /// What writes it there.
    pub const COMMAND: &'static str = "make capacity-docs";
}
