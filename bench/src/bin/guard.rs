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
    guard::{Bounds, Cost, costs, count, least},
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

/// A machine that stands still makes a function wait and try again, which only ever adds, or give up: what failed or is too
/// much is measured again, and the least counts.
const TRIES: u32 = 3;

async fn guard(options: &Options) -> anyhow::Result<()> {
    if options.update {
        let measured = costs(&options.place).await?;
        tell(&measured)?;
        return Bounds::around(&measured).write(&options.bounds);
    }
    let bounds = Bounds::read(&options.bounds)?;
    let mut measured = costs(&options.place).await;
    for _ in 1..TRIES {
        measured = match measured {
            Ok(enough) if bounds.violations(&enough).is_empty() => Ok(enough),
            Ok(too_much) => costs(&options.place).await.map(|again| least(too_much, again)),
            Err(error) => {
                writeln!(io::stderr(), "measured again: {error:#}")?;
                costs(&options.place).await
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
