//! A task as JSON, for a handler that is another program.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use shared::{Caller, Json, Priority, SequenceNumber, TaskId, TaskType};

use crate::handler::Run;

/// One attempt at a task: the members that every handler in another program gets, by whichever way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskData<'a> {
    task_id: TaskId,
    attempt: u32,
    generation: u32,
    sequence_number: SequenceNumber,
    submitted_by: &'a Caller,
    r#type: &'a TaskType,
    title: &'a str,
    description: &'a str,
    priority: Priority,
    due_date: Option<DateTime<FixedOffset>>,
    /// As it was sent.
    payload: Option<&'a Json>,
}

impl<'a> TaskData<'a> {
    /// The task of an attempt.
    pub fn of(run: &'a Run) -> Self {
        Self {
            task_id: run.task_id,
            attempt: run.attempt,
            generation: run.generation,
            sequence_number: run.sequence_number,
            submitted_by: &run.submitted_by,
            r#type: run.task.task_type(),
            title: run.task.title(),
            description: run.task.description(),
            priority: run.task.priority(),
            due_date: run.task.due_date(),
            payload: run.task.payload(),
        }
    }

    /// The same without the payload, whose numbers not every type can hold.
    pub fn without_payload(self) -> Self {
        Self { payload: None, ..self }
    }
}
