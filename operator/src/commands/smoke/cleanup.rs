//! Decides whether the test passed, and cleans up after its task: no one else knows that the task can be dropped.
//!
//! The record of a completed task stays until it expires, like any other: it makes a duplicate delivery harmless.

use api::CancelError;
use operations::{LineState, PipelineStatus};
use serde::Serialize;
use shared::{
    Reason, Status, TaskId, TaskRecord,
    ports::{PortError, TaskRecords},
};

use crate::target::{PipelineOperations, intake};

use super::stopped::why_stopped;

const REASON: &str = "the task of a smoke test, which failed";

/// Whether the pipeline works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    Failed,
    /// The line is stopped, paused or held, which says nothing about the pipeline.
    NotTried,
}

/// The result of the test after the cleanup.
pub struct Cleanup {
    pub verdict: Verdict,
    pub leftover: Leftover,
    /// Why it did not pass.
    pub why: Option<String>,
}

/// What is left of the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leftover {
    /// A finished record, until it expires.
    Completed,
    /// A finished record: the task was cancelled before it began or between two attempts, and its message is acknowledged
    /// when it is delivered.
    Cancelled,
    /// A finished record: the task was discarded, and the line goes on.
    Discarded,
    /// An attempt is running, or nothing is known of the task. No further attempt follows a running one.
    UnderWay,
}

/// Cleans up after the task. `finished` is its record, or none if the time was over first.
pub async fn clean_up(
    operations: &PipelineOperations,
    task_id: TaskId,
    finished: Option<TaskRecord>,
) -> anyhow::Result<Cleanup> {
    let Some(record) = finished else {
        return cancel_late(operations, task_id).await;
    };
    match record.status {
        Status::Completed => {
            Ok(Cleanup { verdict: Verdict::Passed, leftover: Leftover::Completed, why: None })
        }
        Status::Discarded => Ok(failed(Leftover::Discarded, "somebody discarded it".to_owned())),
        status => {
            operations.discard(task_id, &Reason::of_the_program(REASON)).await?;
            operations.purge_stale().await?;
            let failure = record.last_failure();
            let failure =
                failure.map_or_else(String::new, |it| format!(": {} {}: {}", it.class, it.code, it.message));
            Ok(failed(Leftover::Discarded, format!("it was {status}{failure}")))
        }
    }
}

/// A line that was paused meanwhile says nothing about the pipeline.
async fn cancel_late(operations: &PipelineOperations, task_id: TaskId) -> anyhow::Result<Cleanup> {
    let status = operations.status().await?;
    match cancel(operations, task_id).await? {
        Cancelled::Yes(record) if record.attempt > 0 => Ok(failed(
            Leftover::Cancelled,
            format!("{}; it was not completed in time", last_failure(&record)),
        )),
        Cancelled::Yes(_) if matches!(status.state, LineState::Stopped | LineState::Paused) => Ok(Cleanup {
            verdict: Verdict::NotTried,
            leftover: Leftover::Cancelled,
            why: why_stopped(&status),
        }),
        Cancelled::Yes(_) => {
            Ok(failed(Leftover::Cancelled, format!("it did not begin in time; {}", line_in_words(&status))))
        }
        Cancelled::HasBegun(status) => {
            Ok(failed(Leftover::UnderWay, format!("it is {status}, and was not completed in time")))
        }
        Cancelled::NoRecord => {
            Ok(failed(Leftover::UnderWay, "it has no record yet, and was not completed in time".to_owned()))
        }
    }
}

enum Cancelled {
    Yes(Box<TaskRecord>),
    HasBegun(Status),
    NoRecord,
}

async fn cancel(operations: &PipelineOperations, task_id: TaskId) -> Result<Cancelled, PortError> {
    let Some(record) = operations.records.find(task_id).await? else {
        return Ok(Cancelled::NoRecord);
    };
    match intake(operations).cancel(&record.submitted_by, task_id).await {
        Ok(cancelled) if cancelled.status == Status::Discarded => Ok(Cancelled::Yes(Box::new(cancelled))),
        Ok(cancelled) => Ok(Cancelled::HasBegun(cancelled.status)),
        Err(CancelError::HasBegun(status)) => Ok(Cancelled::HasBegun(status)),
        Err(CancelError::NoSuchTask) => Ok(Cancelled::NoRecord),
        Err(CancelError::Unavailable(error)) => Err(error),
    }
}

fn last_failure(record: &TaskRecord) -> String {
    record.last_failure().map_or_else(
        || "its attempt did not end".to_owned(),
        |it| format!("its attempt {} failed: {} {}: {}", it.attempt, it.class, it.code, it.message),
    )
}

fn line_in_words(status: &PipelineStatus) -> String {
    let in_line = status.waiting + status.in_flight;
    let retried = status.head.as_ref().filter(|_| status.state == LineState::Retrying);
    let retried = retried.and_then(|head| Some((head, head.last_failure()?)));
    match (why_stopped(status), retried) {
        (Some(why), _) => why,
        (None, Some((head, failure))) => format!(
            "{in_line} are in the line, including it, and the line retries {}, whose attempt {} failed: {} {}: {}",
            head.task_id, failure.attempt, failure.class, failure.code, failure.message
        ),
        (None, None) => format!("{in_line} are in the line, including it"),
    }
}

fn failed(leftover: Leftover, why: String) -> Cleanup {
    Cleanup { verdict: Verdict::Failed, leftover, why: Some(why) }
}
