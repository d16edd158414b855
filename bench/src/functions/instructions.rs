//! Counts instructions with callgrind. The result doesn't depend on the machine's load.

use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::{
    aws::Aws,
    measure::{event, invoke},
    subject::Subject,
};

/// Warm invocations after the first.
const WARM: u64 = 50;
/// Functions are about fifty times slower under callgrind.
const PATIENCE: Duration = Duration::from_secs(600);

/// Instructions of a function.
#[derive(Debug, Clone, Copy)]
pub struct Instructions {
    /// From the start of the process to its first response.
    pub cold: u64,
    /// Per invocation after that.
    pub warm: u64,
}

/// Counts two runs that differ only by the warm invocations.
pub async fn count(subject: &Subject, aws: &Aws) -> Result<Instructions> {
    let cold = run(subject, aws, 1).await?;
    let all = run(subject, aws, 1 + WARM).await?;
    Ok(Instructions { cold, warm: all.saturating_sub(cold) / WARM })
}

async fn run(subject: &Subject, aws: &Aws, invocations: u64) -> Result<u64> {
    let event = event(subject, aws).await?;
    let log = tempfile::NamedTempFile::new()?;
    let log_file = format!("--log-file={}", log.path().display());
    let under = [
        "/usr/bin/env",
        "valgrind",
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        "--smc-check=all-non-file",
        &log_file,
    ];
    let mut function = subject.start(&under, aws).await?.with_patience(PATIENCE);
    function.ready().await;
    for _ in 0..invocations {
        invoke(&mut function, &event).await?;
    }
    let process =
        i32::try_from(function.id()).ok().and_then(Pid::from_raw).context("the function has no process")?;
    kill_process(process, Signal::TERM)?;
    function.ends().await;
    let output = std::fs::read_to_string(log.path())?;
    let collected = output.lines().find_map(|line| line.split_once("Collected : "));
    let (_, counted) = collected.context("callgrind counted nothing: is valgrind installed?")?;
    Ok(counted.trim().parse()?)
}
