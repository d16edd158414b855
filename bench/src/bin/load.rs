//! `load`: the pipeline on one machine under load, measured and proven.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    Plotted, exit,
    load::{self, Plan, plot},
};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    exit(measure(&Plan::parse()).await)
}

async fn measure(plan: &Plan) -> anyhow::Result<()> {
    // Before the minutes that it takes, not after them.
    let document = plan.docs.as_deref().map(|folder| Plotted::open(folder, "load")).transpose()?;
    let report = load::run(plan).await?;
    let mut out = io::stdout().lock();
    match plan.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        false => writeln!(out, "{report}")?,
    }
    document.map_or(Ok(()), |document| {
        document.write(
            &report.to_string(),
            "accept latency by backlog, and memory over time",
            &plot(&report)?,
        )
    })
}
