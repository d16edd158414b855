//! A task as its submitter sees it: its text, its status and the reason for it, without operational details.

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;
use shared::{
    DroppedResult, Failure, FailureClass, Json, Priority, Status, Task, TaskRecord, TaskType,
    lifecycle::is_cancelled,
};
use utoipa::ToSchema;

use crate::accept::Acceptance;

/// The answer to `POST /tasks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskAccepted {
    /// The task's id.
    #[schema(format = "uuid")]
    task_id: String,
    /// The task's position in the line, a decimal number of up to 128 bits; null if a replay does not know it.
    #[schema(examples("18849496460467696128"))]
    sequence_number: Option<String>,
    /// The task's status.
    status: Status,
    /// What the status means.
    message: &'static str,
    /// JSON pointers (RFC 6901) to the members whose text was changed: markup, control characters or outer spaces were
    /// removed, characters composed, a leap second moved. Absent if nothing was changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, min_items = 1, examples("/title"))]
    sanitised: Vec<&'static str>,
}

impl From<&Acceptance> for TaskAccepted {
    fn from(accepted: &Acceptance) -> Self {
        Self {
            task_id: accepted.task_id.to_string(),
            sequence_number: accepted.sequence_number.map(|number| number.to_string()),
            status: accepted.status,
            message: match accepted.replayed {
                false => "accepted: it will be handled after every task accepted before it",
                true => "accepted before under the same Idempotency-Key",
            },
            sanitised: accepted.sanitised.clone(),
        }
    }
}

/// The answer to `GET /tasks/{task_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskView {
    /// The task's id.
    #[schema(format = "uuid")]
    task_id: String,
    /// The task's status.
    status: Status,
    /// Why the task has this status; null if there is nothing to explain.
    reason: Option<String>,
    /// The task's position in the line, a decimal number of up to 128 bits; null until it is first delivered.
    sequence_number: Option<String>,
    /// How many times the task was sent to the line again.
    generation: u32,
    /// The number of the last attempt; 0 before the first.
    attempt: u32,
    /// The task that is handled.
    task: TaskContent,
    /// When the task was accepted.
    accepted_at: DateTime<Utc>,
    /// When the first attempt began.
    started_at: Option<DateTime<Utc>>,
    /// When the task left the line.
    finished_at: Option<DateTime<Utc>>,
    /// When its submitter asked to cancel it while an attempt handled it; null if never.
    cancel_requested_at: Option<DateTime<Utc>>,
    /// What the handler returned when it completed the task: any JSON value of at most 32 KiB; null if it returned nothing.
    #[schema(value_type = serde_json::Value)]
    result: Option<Json>,
    /// Why the result that the handler returned is not stored. Absent if it is stored, or there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_dropped: Option<DroppedResult>,
    /// The last failures, newest last.
    failures: Vec<FailureView>,
}

/// The content of a task: its texts sanitised, its payload as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct TaskContent {
    title: String,
    description: String,
    priority: Priority,
    due_date: Option<DateTime<FixedOffset>>,
    /// The kind of task.
    #[schema(value_type = String, examples("invoice.send"))]
    r#type: TaskType,
    /// The payload as it was sent; null if there is none.
    #[schema(value_type = Option<serde_json::Value>)]
    payload: Option<Json>,
}

/// A failure as the submitter sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailureView {
    /// The kind of failure.
    class: FailureClass,
    /// A short name of the cause.
    code: String,
    /// A description of the cause; null if it is for operators only.
    message: Option<String>,
    /// The number of the attempt that failed.
    attempt: u32,
    /// When the attempt failed.
    at: DateTime<Utc>,
}

impl TaskView {
    /// The view of a record; `None` for the record of an undecodable body, which has no submitter.
    pub fn of(record: &TaskRecord) -> Option<Self> {
        let task = record.task()?;
        Some(Self {
            task_id: record.task_id.to_string(),
            status: record.status,
            reason: reason(record),
            sequence_number: record.sequence_number.map(|number| number.to_string()),
            generation: record.generation,
            attempt: record.attempt,
            task: TaskContent::from(task),
            accepted_at: record.accepted_at,
            started_at: record.started_at,
            finished_at: record.finished_at,
            cancel_requested_at: record.cancel_requested_at,
            result: record.result.clone(),
            result_dropped: record.result_dropped,
            failures: record.failures.iter().map(FailureView::from).collect(),
        })
    }
}

/// The last failure, or who discarded the task. The reason that an operator gave is for operators only.
fn reason(record: &TaskRecord) -> Option<String> {
    match record.status {
        Status::Accepted | Status::Processing | Status::Completed => None,
        Status::Discarded if is_cancelled(record) => Some(match record.attempt {
            0 => "cancelled before it began".to_owned(),
            attempt => format!("cancelled after attempt {attempt}"),
        }),
        Status::Discarded => Some("given up by an operator".to_owned()),
        Status::Retrying
        | Status::Held
        | Status::DeadLettering
        | Status::DeadLettered
        | Status::Redriving => {
            let FailureView { code, message, .. } = FailureView::from(record.last_failure()?);
            Some(message.map_or_else(|| code.clone(), |message| format!("{code}: {message}")))
        }
    }
}

impl From<&Task> for TaskContent {
    fn from(task: &Task) -> Self {
        Self {
            title: task.title().to_owned(),
            description: task.description().to_owned(),
            priority: task.priority(),
            due_date: task.due_date(),
            r#type: task.task_type().clone(),
            payload: task.payload().cloned(),
        }
    }
}

impl From<&Failure> for FailureView {
    fn from(failure: &Failure) -> Self {
        // A panic's text can reveal internals; the other messages are written for the submitter.
        let message = (failure.class != FailureClass::Panicked).then(|| failure.message.clone());
        Self {
            class: failure.class,
            code: failure.code.clone(),
            message,
            attempt: failure.attempt,
            at: failure.at,
        }
    }
}
