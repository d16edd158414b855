//! `guard`: fails when the Lambda functions cost more than they may.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::ensure;
use bench::{
    exit,
    functions::Place,
    guard::{Bounds, costs, count},
};
use clap::Parser;

/// Compares what the Lambda functions cost with their bounds: instructions, calls, bytes and crates.
#[derive(Debug, Parser)]
#[command(name = "guard")]
struct Options {
    #[command(flatten)]
    place: Place,
    /// The file of the bounds
    #[arg(long, default_value = "bench/bounds.json")]
    bounds: PathBuf,
    /// Write bounds that are just kept, instead of comparing
    #[arg(long)]
    update: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit(guard(&Options::parse()).await)
}

async fn guard(options: &Options) -> anyhow::Result<()> {
    let costs = costs(&options.place).await?;
    let mut out = io::stdout().lock();
    for cost in &costs {
        writeln!(out, "{}: {}", cost.name, count(cost.figure))?;
    }
    if options.update {
        return Bounds::around(&costs).write(&options.bounds);
    }
    let violations = Bounds::read(&options.bounds)?.violations(&costs);
    ensure!(
        violations.is_empty(),
        "more than {} allows; `make bounds` allows it:\n{}",
        options.bounds.display(),
        violations.join("\n")
    );
    Ok(())
}
