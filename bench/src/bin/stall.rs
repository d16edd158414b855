//! `stall`: for how long a failing task stops its line.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    Document, exit,
    stall::{self, Plan},
};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    exit(measure(&Plan::parse()).await)
}

async fn measure(plan: &Plan) -> anyhow::Result<()> {
    // Before the minutes that it takes, not after them.
    let document = plan.docs.as_deref().map(|path| Document::open(path, "make stall-docs")).transpose()?;
    let report = stall::run(plan).await?.to_string();
    write!(io::stdout(), "{report}")?;
    document.map_or(Ok(()), |document| document.write(&report))
}
