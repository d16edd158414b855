//! `taskline smoke`: tests a pipeline with one harmless task, and leaves nothing behind that needs attention.

mod cleanup;
mod entry_point;
mod report;
mod stopped;

use std::time::Instant;

use anyhow::Context;
use clap::Args;
use shared::{TaskId, TaskRecord, ports::TaskRecords};

use crate::{
    target::{Choice, PipelineOperations, open},
    terminal::{ExitStatus, Format, say},
};

use cleanup::{Verdict, clean_up};
use entry_point::EntryPoint;
use report::Report;
use stopped::why_stopped;

#[derive(Debug, Args)]
pub struct SmokeArguments {
    /// How long to wait for the task, including all tasks before it, such as 90s or 5m
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    timeout: humantime::Duration,
}

pub async fn run(arguments: &SmokeArguments, choice: Choice, format: Format) -> anyhow::Result<ExitStatus> {
    let operations = open(choice).await?;
    let report = match why_stopped(&operations.status().await?) {
        Some(why) => Report::not_tried(why),
        None => test(arguments, &operations).await?,
    };
    report.print(format)?;
    Ok(match report.verdict {
        Verdict::Passed => ExitStatus::Done,
        Verdict::Failed => ExitStatus::Failed,
        Verdict::NotTried => ExitStatus::NotTried,
    })
}

async fn test(arguments: &SmokeArguments, operations: &PipelineOperations) -> anyhow::Result<Report> {
    let entry_point = EntryPoint::find(operations).await?;
    let task_id = entry_point.submit(operations).await?;
    say(format!("Submitted {task_id}. Waiting for it, at most {}.", arguments.timeout));
    follow(arguments, operations, &entry_point, task_id)
        .await
        .with_context(|| format!("task {task_id} was submitted"))
}

async fn follow(
    arguments: &SmokeArguments,
    operations: &PipelineOperations,
    entry_point: &EntryPoint,
    task_id: TaskId,
) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let finished = tokio::time::timeout(arguments.timeout.into(), until_finished(operations, task_id)).await;
    let cleanup = clean_up(operations, task_id, finished.ok().transpose()?).await?;
    if cleanup.verdict == Verdict::Passed {
        entry_point.check_completed(task_id).await?;
    }
    Ok(Report::of(cleanup, task_id, entry_point.api_check(), begun.elapsed()))
}

/// Waits until the task is finished or needs attention.
async fn until_finished(operations: &PipelineOperations, task_id: TaskId) -> anyhow::Result<TaskRecord> {
    loop {
        // The message of a task without a key can be accepted before its record exists.
        if let Some(record) = operations.records.find(task_id).await?
            && (record.status.is_final() || record.status.needs_attention())
        {
            return Ok(record);
        }
        tokio::time::sleep(operations.poll_interval).await;
    }
}
