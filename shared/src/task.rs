//! A task.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::{Json, Priority, TaskType, due_date};

/// A task as it is enqueued and handled: valid, its texts sanitised, its payload as sent.
///
/// Only [`crate::sanitise`] makes one. A task that is read from a message or a record is not validated again: a newer
/// version's rules would make tasks that wait in the line undecodable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    title: String,
    description: String,
    priority: Priority,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "due_date::deserialise")]
    due_date: Option<DateTime<FixedOffset>>,
    #[serde(rename = "type", default, skip_serializing_if = "TaskType::is_default")]
    task_type: TaskType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload: Option<Json>,
}

impl Task {
    /// For `sanitise` only, which has cleaned the texts.
    pub(crate) fn from_clean_parts(
        title: String,
        description: String,
        priority: Priority,
        due_date: Option<DateTime<FixedOffset>>,
        task_type: TaskType,
        payload: Option<Json>,
    ) -> Self {
        Self { title, description, priority, due_date, task_type, payload }
    }

    /// One line of plain text, 1 to 200 characters.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Plain text, 1 to 10,000 characters.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The priority that the submitter gave; without effect on the order.
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// The due date that the submitter gave, with its offset; never in a leap second.
    pub fn due_date(&self) -> Option<DateTime<FixedOffset>> {
        self.due_date
    }

    /// The type that the submitter gave, or `task`.
    pub fn task_type(&self) -> &TaskType {
        &self.task_type
    }

    /// The payload that the submitter gave.
    pub fn payload(&self) -> Option<&Json> {
        self.payload.as_ref()
    }
}
