//! What an operator can do to a pipeline. The command line and the console preview and perform the same actions; to submit
//! a task is not one of them, it goes through the API's intake.

use shared::{Task, TaskId, lifecycle::Force};

/// A change that an operator asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Sends dead letters to the end of the line, in this order.
    Redrive { task_ids: Vec<TaskId>, force: Force },
    /// Discards dead letters, or the held task.
    Discard { task_ids: Vec<TaskId> },
    /// Replaces the contents of a dead letter or of the held task. `sanitised` are JSON pointers to the members of the new
    /// task that cleaning changed.
    Amend { task_id: TaskId, task: Box<Task>, sanitised: Vec<&'static str> },
    /// Runs the held task again, at the front of the line.
    Resume { task_id: TaskId },
    /// Sends the held task to the dead-letter queue.
    Skip { task_id: TaskId },
    /// Stops deliveries.
    PauseLine,
    /// Starts deliveries.
    ResumeLine,
    /// Repairs the differences between the queues and the records.
    Reconcile,
}

/// Where the reason of an action is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonStore {
    /// In the record of each task that it changes.
    Task,
    /// With the line, if the line has a place for it.
    Line,
    /// Nowhere: the action needs no reason.
    None,
}

impl Action {
    /// Where the reason is stored. A repair writes its own.
    pub fn reason_store(&self) -> ReasonStore {
        match self {
            Self::Redrive { .. }
            | Self::Discard { .. }
            | Self::Amend { .. }
            | Self::Resume { .. }
            | Self::Skip { .. } => ReasonStore::Task,
            Self::PauseLine | Self::ResumeLine => ReasonStore::Line,
            Self::Reconcile => ReasonStore::None,
        }
    }

    /// What happened to a task once the action is done to it.
    pub fn past(&self) -> &'static str {
        match self {
            Self::Redrive { .. } => "redriven",
            Self::Discard { .. } => "discarded",
            Self::Amend { .. } => "amended",
            Self::Resume { .. } | Self::ResumeLine => "resumed",
            Self::Skip { .. } => "skipped",
            Self::PauseLine => "paused",
            Self::Reconcile => "repaired",
        }
    }

    pub(crate) fn task_ids(&self) -> &[TaskId] {
        match self {
            Self::Redrive { task_ids, .. } | Self::Discard { task_ids } => task_ids,
            Self::Amend { task_id, .. } | Self::Resume { task_id } | Self::Skip { task_id } => {
                std::slice::from_ref(task_id)
            }
            Self::PauseLine | Self::ResumeLine | Self::Reconcile => &[],
        }
    }
}
