//! The body of a request: the task as JSON, in the envelope of the Standard Webhooks specification.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use shared::{Priority, TaskId, Timestamp};

use crate::{HandlerFailure, Run};

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    task_id: TaskId,
    attempt: u32,
    title: &'a str,
    description: &'a str,
    priority: Priority,
    due_date: Option<DateTime<FixedOffset>>,
}

pub fn body(run: &Run, now: Timestamp) -> Result<Vec<u8>, HandlerFailure> {
    let data = Data {
        task_id: run.task_id,
        attempt: run.attempt,
        title: run.task.title(),
        description: run.task.description(),
        priority: run.task.priority(),
        due_date: run.task.due_date(),
    };
    serde_json::to_vec(&Body { r#type: "task", timestamp: now, data }).map_err(|_| {
        HandlerFailure::Permanent {
            code: "unserialisable".to_owned(),
            message: "the task can't be written as JSON".to_owned(),
        }
    })
}
