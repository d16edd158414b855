//! Which dead letters: by what they failed of, how long they are dead, and what is known of their tasks.

use shared::{FailureClass, Priority, Status, TaskRecord, Timestamp};

/// Lets a dead letter through that is all that is asked for; by default every one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Its last failure is of this class.
    pub class: Option<FailureClass>,
    /// Its last failure is of this code.
    pub code: Option<String>,
    /// It was given up before.
    pub died_before: Option<Timestamp>,
    /// It was given up after.
    pub died_after: Option<Timestamp>,
    /// Its task is of this priority.
    pub priority: Option<Priority>,
    /// This caller submitted it.
    pub submitter: Option<String>,
    /// Its title holds this text, in whatever case.
    pub title: Option<String>,
}

impl Filter {
    /// Whether it asks for nothing in particular.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a record is a dead letter that is let through. One whose redrive was interrupted is.
    pub fn admits(&self, record: &TaskRecord) -> bool {
        let Self { class, code, died_before, died_after, priority, submitter, title } = self;
        let failure = record.last_failure();
        let task = record.task();
        let died = record.finished_at;
        matches!(record.status, Status::DeadLettered | Status::Redriving)
            && class.is_none_or(|wanted| failure.is_some_and(|failure| failure.class == wanted))
            && code.as_ref().is_none_or(|wanted| failure.is_some_and(|failure| failure.code == *wanted))
            && died_before.is_none_or(|moment| died.is_some_and(|died| died <= moment))
            && died_after.is_none_or(|moment| died.is_some_and(|died| died >= moment))
            && priority.is_none_or(|wanted| task.is_some_and(|task| task.priority() == wanted))
            && submitter.as_ref().is_none_or(|wanted| record.submitted_by.as_str() == wanted)
            && title.as_ref().is_none_or(|text| task.is_some_and(|task| holds(task.title(), text)))
    }
}

fn holds(title: &str, text: &str) -> bool {
    title.to_lowercase().contains(&text.to_lowercase())
}
