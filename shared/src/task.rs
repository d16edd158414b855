//! A task: what a client submits and a handler handles.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::{Priority, due_date};

/// A task as it is enqueued and handled: valid, sanitised plain text.
///
/// Only [`crate::sanitise`] makes one. Reading one back from a message or a record trusts what was once sanitised:
/// to judge it again by the rules of a newer version would make waiting tasks undecodable on an upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    title: String,
    description: String,
    priority: Priority,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "due_date::deserialise")]
    due_date: Option<DateTime<FixedOffset>>,
}

impl Task {
    /// Reserved for `sanitise`, which alone knows that the texts are clean.
    pub(crate) fn from_clean_parts(
        title: String,
        description: String,
        priority: Priority,
        due_date: Option<DateTime<FixedOffset>>,
    ) -> Self {
        Self { title, description, priority, due_date }
    }

    /// One line of plain text, 1 to 200 characters.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Plain text, 1 to 10,000 characters.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The submitter's word on urgency.
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// When the submitter wants it done, with the offset they gave; never in a leap second.
    pub fn due_date(&self) -> Option<DateTime<FixedOffset>> {
        self.due_date
    }
}
