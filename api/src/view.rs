//! What a submitter sees of a task: its own words, where it stands, and why. Nothing of how it is run.

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;
use shared::{AuditAction, Failure, FailureClass, Priority, Status, Task, TaskRecord};
use utoipa::ToSchema;

use crate::Accepted;

/// The answer to `POST /tasks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskAccepted {
    /// The task's id.
    #[schema(format = "uuid")]
    task_id: String,
    /// Its place in the line, a decimal number of up to 128 bits; null when a replay does not know it.
    #[schema(examples("18849496460467696128"))]
    sequence_number: Option<String>,
    /// How it stands.
    status: Status,
    /// The same in words.
    message: &'static str,
    /// JSON pointers (RFC 6901) to the members whose text was changed: markup, control characters or outer spaces were
    /// removed, characters composed, a leap second moved. Absent when the task is as it was sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, min_items = 1, examples("/title"))]
    sanitised: Vec<&'static str>,
}

impl TaskAccepted {
    /// The answer to a request, of which cleaning changed these members.
    pub fn new(accepted: &Accepted, sanitised: Vec<&'static str>) -> Self {
        Self {
            task_id: accepted.task_id.to_string(),
            sequence_number: accepted.sequence_number.map(|number| number.to_string()),
            status: accepted.status,
            message: match accepted.replayed {
                false => "accepted: it will be handled after every task accepted before it",
                true => "accepted before under the same Idempotency-Key",
            },
            sanitised,
        }
    }
}

/// The answer to `GET /tasks/{task_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskView {
    /// The task's id.
    #[schema(format = "uuid")]
    task_id: String,
    /// How it stands.
    status: Status,
    /// Why it stands so, in words; null where there is nothing to explain.
    reason: Option<String>,
    /// Its place in the line, a decimal number of up to 128 bits; null until it was first delivered.
    sequence_number: Option<String>,
    /// How often it was sent to the line again.
    generation: u32,
    /// How often it was tried.
    attempt: u32,
    /// What will be, is or was handled.
    task: TaskContent,
    /// When it was accepted.
    accepted_at: DateTime<Utc>,
    /// When its handling began.
    started_at: Option<DateTime<Utc>>,
    /// When the line could go on.
    finished_at: Option<DateTime<Utc>>,
    /// What went wrong, newest last.
    failures: Vec<FailureView>,
}

/// A task's own words, sanitised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct TaskContent {
    title: String,
    description: String,
    priority: Priority,
    due_date: Option<DateTime<FixedOffset>>,
}

/// A failure as the submitter sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailureView {
    /// What kind it was.
    class: FailureClass,
    /// A short name for the cause.
    code: String,
    /// The cause in words; null where the words are for operators only.
    message: Option<String>,
    /// Which attempt failed.
    attempt: u32,
    /// When.
    at: DateTime<Utc>,
}

impl TaskView {
    /// The view of a record; none for one without a task, which nobody submitted.
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
            failures: record.failures.iter().map(FailureView::from).collect(),
        })
    }
}

/// What the last failure said, or who gave it up. An operator's own words are for operators.
fn reason(record: &TaskRecord) -> Option<String> {
    match record.status {
        Status::Accepted | Status::Processing | Status::Completed => None,
        Status::Discarded if was_cancelled(record) => Some("cancelled before it began".to_owned()),
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

fn was_cancelled(record: &TaskRecord) -> bool {
    record.audit.last().is_some_and(|entry| entry.action == AuditAction::Cancel)
}

impl From<&Task> for TaskContent {
    fn from(task: &Task) -> Self {
        Self {
            title: task.title().to_owned(),
            description: task.description().to_owned(),
            priority: task.priority(),
            due_date: task.due_date(),
        }
    }
}

impl From<&Failure> for FailureView {
    fn from(failure: &Failure) -> Self {
        // A panic's text can tell about our insides; the others are written for the submitter.
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
