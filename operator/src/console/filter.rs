//! The filter of a page, from its query.

use chrono::TimeDelta;
use operations::Filter;
use serde::Deserialize;
use shared::{FailureClass, Priority, Timestamp};

/// A dead letter must match all members.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FilterQuery {
    class: Option<FailureClass>,
    code: Option<String>,
    priority: Option<Priority>,
    r#type: Option<String>,
    submitter: Option<String>,
    title: Option<String>,
    /// Given up within so many seconds.
    died_within: Option<u32>,
}

impl FilterQuery {
    /// The filter at the time `now`.
    pub fn at(self, now: Timestamp) -> Filter {
        let Self { class, code, priority, r#type: task_type, submitter, title, died_within } = self;
        let died_after = died_within.map(|seconds| now - TimeDelta::seconds(seconds.into()));
        Filter { class, code, died_before: None, died_after, priority, task_type, submitter, title }
    }
}
