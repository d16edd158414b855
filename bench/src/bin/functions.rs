//! `functions`: measures the Lambda functions beside the same functions in Python and Node.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    DocumentWithPlot, exit_code,
    functions::{self, FunctionsOptions, plot},
};
use clap::Parser;

/// One thread for the harness; the function gets the other processor.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    exit_code(measure(&FunctionsOptions::parse()).await)
}

async fn measure(options: &FunctionsOptions) -> anyhow::Result<()> {
    // A missing document must fail now, not after minutes of measuring.
    let open = |folder: &std::path::PathBuf| DocumentWithPlot::open(folder, "performance");
    let document = options.docs.as_ref().map(open).transpose()?;
    let report = functions::run(options).await?;
    let mut out = io::stdout().lock();
    match options.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        false => writeln!(out, "{report}")?,
    }
    let caption = "cold start, processor time and memory of each function, on logarithmic scales";
    document.map_or(Ok(()), |document| document.write(&report.to_string(), caption, &plot(&report)?))
}
