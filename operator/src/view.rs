//! A record as JSON for an operator. The contents of the task are included only on request.

use serde::Serialize;
use serde_json::{Value, json};
use shared::{Content, Failure, Json, SequenceNumber, Status, Task, TaskId, TaskRecord, TaskType, Timestamp};

/// Whether to show the contents of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadView {
    Hidden,
    Shown,
}

impl From<bool> for PayloadView {
    fn from(shown: bool) -> Self {
        if shown { Self::Shown } else { Self::Hidden }
    }
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub task_id: TaskId,
    pub status: Status,
    /// Absent if the body can't be decoded.
    pub r#type: Option<TaskType>,
    pub first_sequence_number: Option<SequenceNumber>,
    pub generation: u32,
    pub attempts: u32,
    pub failure: Option<FailureSummary>,
    pub submitted_by: String,
    pub accepted_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// The short form of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureSummary {
    pub class: &'static str,
    pub code: String,
    pub message: String,
    pub at: Timestamp,
}

impl From<&TaskRecord> for Summary {
    fn from(record: &TaskRecord) -> Self {
        Self {
            task_id: record.task_id,
            status: record.status,
            r#type: record.task().map(|task| task.task_type().clone()),
            first_sequence_number: record.first_sequence_number,
            generation: record.generation,
            attempts: record.attempt,
            failure: record.last_failure().map(FailureSummary::from),
            submitted_by: record.submitted_by.as_str().to_owned(),
            accepted_at: record.accepted_at,
            finished_at: record.finished_at,
        }
    }
}

impl From<&Failure> for FailureSummary {
    fn from(failure: &Failure) -> Self {
        let Failure { class, code, message, at, .. } = failure;
        Self { class: class.as_str(), code: code.clone(), message: message.clone(), at: *at }
    }
}

/// How many attempts the present generation has left. None for a task that left the line: a redrive begins a new budget.
pub fn attempts_left(record: &TaskRecord) -> Option<u32> {
    let is_at_the_head = matches!(record.status, Status::Processing | Status::Retrying | Status::Held);
    record.attempts_left.filter(|_| is_at_the_head)
}

/// A whole record. The contents are not part of a [`Value`], which would change the digits of a payload and of a result.
#[derive(Debug, Serialize)]
pub struct Detail<'a> {
    #[serde(flatten)]
    pub facts: Value,
    #[serde(flatten)]
    contents: Option<Contents<'a>>,
}

#[derive(Debug, Serialize)]
struct Contents<'a> {
    payload: &'a Content,
    original_payload: Option<&'a Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Json>,
}

/// A whole record.
pub fn detail(record: &TaskRecord, payload: PayloadView) -> Detail<'_> {
    let contents = Contents {
        payload: &record.content,
        original_payload: record.amendment.as_ref().map(|amendment| &amendment.original),
        result: record.result.as_ref(),
    };
    Detail { facts: facts(record), contents: (payload == PayloadView::Shown).then_some(contents) }
}

/// A whole record without its contents.
pub fn facts(record: &TaskRecord) -> Value {
    json!({
        "task_id": record.task_id,
        "status": record.status,
        "type": record.task().map(Task::task_type),
        "sequence_number": record.sequence_number,
        "first_sequence_number": record.first_sequence_number,
        "generation": record.generation,
        "attempts": record.attempt,
        "attempts_left": attempts_left(record),
        "lease_until": record.lease_until,
        "cancel_requested_at": record.cancel_requested_at,
        "submitted_by": record.submitted_by,
        "trace": record.trace,
        "accepted_at": record.accepted_at,
        "enqueued_at": record.enqueued_at,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "expires_at": record.expires_at,
        "failure": record.last_failure().map(FailureSummary::from),
        "failures": record.failures,
        "handler_version": record.handler_version,
        "has_result": record.result.is_some(),
        "result_dropped": record.result_dropped,
        "amended_at": record.amendment.as_ref().map(|amendment| amendment.at),
        "audit": record.audit,
    })
}
