//! `functions`: the Lambda functions beside those that people would otherwise write, measured.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    Plotted, exit,
    functions::{self, Plan, plot},
};
use clap::Parser;

/// One thread for the harness; the other processor is the function's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    exit(measure(&Plan::parse()).await)
}

async fn measure(plan: &Plan) -> anyhow::Result<()> {
    // Before the minutes that it takes, not after them.
    let open = |folder: &std::path::PathBuf| Plotted::open(folder, "performance");
    let document = plan.docs.as_ref().map(open).transpose()?;
    let report = functions::run(plan).await?;
    let mut out = io::stdout().lock();
    match plan.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        false => writeln!(out, "{report}")?,
    }
    let caption = "cold start, processor time and memory of each function, on logarithmic scales";
    document.map_or(Ok(()), |document| document.write(&report.to_string(), caption, &plot(&report)?))
}
