//! `guard`: fails when the Lambda functions cost more than their bounds.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::ensure;
use bench::{
    exit_code,
    functions::Locations,
    guard::{Bounds, Cost, costs, count, least},
};
use clap::Parser;

/// Compares the cost of the Lambda functions with bounds: instructions, calls, bytes and crates.
#[derive(Debug, Parser)]
#[command(name = "guard")]
struct GuardOptions {
    #[command(flatten)]
    locations: Locations,
    /// The file with the bounds
    #[arg(long, default_value = "bench/bounds.json")]
    bounds: PathBuf,
    /// Write bounds that these costs just meet, instead of comparing
    #[arg(long)]
    update: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(guard(&GuardOptions::parse()).await)
}

/// A stalled machine can make a function wait, retry or give up. Both only add instructions or fail. So a measurement that fails
/// or exceeds a bound is repeated, and the lowest cost counts.
const TRIES: u32 = 3;

async fn guard(options: &GuardOptions) -> anyhow::Result<()> {
    if options.update {
        let measured = costs(&options.locations).await?;
        tell(&measured)?;
        return Bounds::around(&measured).write(&options.bounds);
    }
    let bounds = Bounds::read(&options.bounds)?;
    let mut measured = costs(&options.locations).await;
    for _ in 1..TRIES {
        measured = match measured {
            Ok(enough) if bounds.violations(&enough).is_empty() => Ok(enough),
            Ok(too_much) => costs(&options.locations).await.map(|again| least(too_much, again)),
            Err(error) => {
                writeln!(io::stderr(), "measured again: {error:#}")?;
                costs(&options.locations).await
            }
        };
    }
    let measured = measured?;
    tell(&measured)?;
    let violations = bounds.violations(&measured);
    ensure!(
        violations.is_empty(),
        "more than {} allows; `make bounds` allows it:\n{}",
        options.bounds.display(),
        violations.join("\n")
    );
    Ok(())
}

fn tell(costs: &[Cost]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    costs.iter().try_for_each(|cost| writeln!(out, "{}: {}", cost.name, count(cost.figure)))
}
