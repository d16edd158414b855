//! `load`: measures the pipeline on one machine under load, and proves the order.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    DocumentWithPlot, exit_code,
    load::{self, LoadOptions, plot},
};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(measure(&LoadOptions::parse()).await)
}

async fn measure(options: &LoadOptions) -> anyhow::Result<()> {
    // A missing document must fail now, not after minutes of measuring.
    let document =
        options.docs.as_deref().map(|folder| DocumentWithPlot::open(folder, "load")).transpose()?;
    let report = load::run(options).await?;
    let mut out = io::stdout().lock();
    match options.json {
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
