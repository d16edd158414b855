//! `taskline smoke`: does the pipeline work? One harmless task goes all the way, and leaves nothing behind that anybody
//! has to see to.

mod end;
mod report;
mod way;

use operations::{PipelineStatus, State};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use shared::{TaskId, ports::TaskRecords};

use crate::{
    target::{Choice, PipelineOperations, open},
    terminal::{Format, Outcome, say},
};

use end::settle;
use report::{Report, Verdict};
use way::Way;

#[derive(Debug, Args)]
pub struct SmokeArguments {
    /// How long to wait for the task, including all tasks before it, such as 90s or 5m
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    pub timeout: humantime::Duration,
}

pub async fn run(given: &SmokeArguments, choice: Choice, format: Format) -> anyhow::Result<Outcome> {
    let operations = open(choice).await?;
    let report = match why_it_stands(&operations.status().await?) {
        Some(why) => Report::not_tried(why),
        None => try_it(given, &operations).await?,
    };
    report.print(format)?;
    Ok(match report.verdict {
        Verdict::Passed => Outcome::Done,
        Verdict::Failed => Outcome::Failed,
        Verdict::NotTried => Outcome::NotTried,
    })
}

/// Why no task could be completed now, whatever the pipeline is worth.
fn why_it_stands(status: &PipelineStatus) -> Option<String> {
    match status.state {
        State::Stopped => {
            Some("no `taskline local` runs on this data; `taskline local --data DIR` starts it".to_owned())
        }
        State::Paused => Some("the line is paused; `taskline line resume` lets it go on".to_owned()),
        State::Held => {
            let at = status.held.first().map_or_else(String::new, |record| format!(" at {}", record.task_id));
            Some(format!("the line is held{at}; `taskline held show` says why"))
        }
        State::Idle | State::Retrying | State::Moving | State::Unknown => None,
    }
}

async fn try_it(given: &SmokeArguments, operations: &PipelineOperations) -> anyhow::Result<Report> {
    let way = Way::find(operations).await?;
    let task_id = way.submit(operations).await?;
    say(format!("Submitted {task_id}. It is waited for at most {}.", given.timeout));
    see_through(given, operations, &way, task_id)
        .await
        .with_context(|| format!("task {task_id} was submitted"))
}

async fn see_through(
    given: &SmokeArguments,
    operations: &PipelineOperations,
    way: &Way,
    task_id: TaskId,
) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let over = tokio::time::timeout(given.timeout.into(), until_over(operations, task_id)).await;
    let end = settle(operations, task_id, over.ok().transpose()?).await?;
    if end.verdict == Verdict::Passed {
        way.look(task_id).await?;
    }
    Ok(Report::of(end, task_id, way.tried(), begun.elapsed()))
}

/// Waits until the task is finished, or needs attention.
async fn until_over(operations: &PipelineOperations, task_id: TaskId) -> anyhow::Result<shared::TaskRecord> {
    loop {
        // The message of a task without a key can be accepted before its record is.
        if let Some(record) = operations.records.find(task_id).await?
            && (record.status.is_final() || record.status.needs_attention())
        {
            return Ok(record);
        }
        tokio::time::sleep(operations.poll_interval).await;
    }
}
