//! How the task ended, and what is done about it: nobody else knows that it does not matter.
//!
//! A completed task's record stays until it expires, as every other's: by it a duplicate delivery is harmless.

use api::CancelError;
use operations::{PipelineStatus, State};
use serde::Serialize;
use shared::{
    Reason, Status, TaskId, TaskRecord,
    ports::{PortError, TaskRecords},
};

use crate::target::{PipelineOperations, intake};

use super::{report::Verdict, why_it_stands};

const REASON: &str = "the task of a smoke test, which failed";

pub struct End {
    pub verdict: Verdict,
    pub left: Left,
    /// In words, unless it passed.
    pub why: Option<String>,
}

/// What stays of the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// A finished record, until it expires.
    Completed,
    /// A finished record: it was taken back before it began, and its message is acknowledged when it comes.
    Cancelled,
    /// A finished record: it was given up for good, and the line goes on.
    Discarded,
    /// It began, or nothing is known of it: it goes on by itself.
    UnderWay,
}

/// Cleans up behind the task that ended as `over`, or did not end in time.
pub async fn settle(
    operations: &PipelineOperations,
    task_id: TaskId,
    over: Option<TaskRecord>,
) -> anyhow::Result<End> {
    let Some(record) = over else {
        return give_up(operations, task_id).await;
    };
    match record.status {
        Status::Completed => Ok(End { verdict: Verdict::Passed, left: Left::Completed, why: None }),
        Status::Discarded => Ok(failed(Left::Discarded, "somebody discarded it".to_owned())),
        status => {
            operations.discard(task_id, &Reason::of_the_program(REASON)).await?;
            operations.purge_stale().await?;
            let failure = record.last_failure();
            let failure =
                failure.map_or_else(String::new, |it| format!(": {} {}: {}", it.class, it.code, it.message));
            Ok(failed(Left::Discarded, format!("it was {status}{failure}")))
        }
    }
}

/// A line that was paused meanwhile says nothing against what runs there.
async fn give_up(operations: &PipelineOperations, task_id: TaskId) -> anyhow::Result<End> {
    let status = operations.status().await?;
    match take_back(operations, task_id).await? {
        Ok(()) if matches!(status.state, State::Stopped | State::Paused) => {
            Ok(End { verdict: Verdict::NotTried, left: Left::Cancelled, why: why_it_stands(&status) })
        }
        Ok(()) => Ok(failed(Left::Cancelled, format!("it did not begin in time; {}", what_stands(&status)))),
        Err(Some(status)) => Ok(failed(Left::UnderWay, format!("it is {status}, and not completed in time"))),
        Err(None) => {
            Ok(failed(Left::UnderWay, "it has no record yet, and was not completed in time".to_owned()))
        }
    }
}

/// Cancels it, or says how it stands.
async fn take_back(
    operations: &PipelineOperations,
    task_id: TaskId,
) -> Result<Result<(), Option<Status>>, PortError> {
    let Some(record) = operations.records.find(task_id).await? else {
        return Ok(Err(None));
    };
    match intake(operations).cancel(&record.submitted_by, task_id).await {
        Ok(_) => Ok(Ok(())),
        Err(CancelError::HasBegun(status)) => Ok(Err(Some(status))),
        Err(CancelError::NoSuchTask) => Ok(Err(None)),
        Err(CancelError::Unavailable(error)) => Err(error),
    }
}

fn what_stands(status: &PipelineStatus) -> String {
    let in_line = status.waiting + status.in_flight;
    let retried = status.head.as_ref().filter(|_| status.state == State::Retrying);
    let retried = retried.and_then(|head| Some((head, head.last_failure()?)));
    match (why_it_stands(status), retried) {
        (Some(why), _) => why,
        (None, Some((head, failure))) => format!(
            "{in_line} are in the line, with it, and it retries {}, whose attempt {} failed: {} {}: {}",
            head.task_id, failure.attempt, failure.class, failure.code, failure.message
        ),
        (None, None) => format!("{in_line} are in the line, with it"),
    }
}

fn failed(left: Left, why: String) -> End {
    End { verdict: Verdict::Failed, left, why: Some(why) }
}
