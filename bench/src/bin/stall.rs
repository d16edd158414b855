//! `stall`: measures how long a failing task stops its line.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    Document, exit_code,
    stall::{self, StallOptions},
};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(measure(&StallOptions::parse()).await)
}

async fn measure(options: &StallOptions) -> anyhow::Result<()> {
    // A missing document must fail now, not after minutes of measuring.
    let document = options.docs.as_deref().map(|path| Document::open(path, "make stall-docs")).transpose()?;
    let report = stall::run(options).await?.to_string();
    write!(io::stdout(), "{report}")?;
    document.map_or(Ok(()), |document| document.write(&report))
}
