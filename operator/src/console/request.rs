//! What a page asks for: an action of the command line, or a new task.

use std::collections::HashSet;

use operations::Action;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use shared::{Rejection, Submission, TaskId, lifecycle::Force};

/// A change of one task, of several, or of the line.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum ActionRequest {
    /// `dead-letters redrive`, in this order.
    Redrive {
        #[serde(deserialize_with = "each_once")]
        ids: Vec<TaskId>,
        #[serde(default)]
        force: bool,
    },
    /// `dead-letters discard`, `held discard`.
    Discard {
        #[serde(deserialize_with = "each_once")]
        ids: Vec<TaskId>,
    },
    /// `dead-letters amend`, `held amend`.
    Amend { id: TaskId, task: Value },
    /// `held resume`.
    Resume { id: TaskId },
    /// `held skip`.
    Skip { id: TaskId },
    /// `submit`. The key makes it safe to send again if the answer got lost.
    Submit { task: Value, key: String },
    /// `line pause`.
    PauseLine,
    /// `line resume`.
    ResumeLine,
    /// `dead-letters reconcile`.
    Reconcile,
}

/// A request that was read: submitting goes through the intake, everything else is an [`Action`].
pub enum Requested {
    Submission { submission: Box<Submission>, key: String },
    Action(Action),
}

impl ActionRequest {
    /// Validates the task, if there is one.
    ///
    /// # Errors
    /// Everything that is wrong with the task.
    pub fn read(self) -> Result<Requested, Rejection> {
        Ok(Requested::Action(match self {
            Self::Submit { task, key } => {
                return Ok(Requested::Submission { submission: Box::new(read_task(&task)?), key });
            }
            Self::Redrive { ids, force } => {
                Action::Redrive { task_ids: ids, force: if force { Force::Yes } else { Force::No } }
            }
            Self::Discard { ids } => Action::Discard { task_ids: ids },
            Self::Amend { id, task } => {
                let submission = read_task(&task)?;
                let sanitised = submission.sanitised();
                Action::Amend { task_id: id, task: Box::new(submission.task().clone()), sanitised }
            }
            Self::Resume { id } => Action::Resume { task_id: id },
            Self::Skip { id } => Action::Skip { task_id: id },
            Self::PauseLine => Action::PauseLine,
            Self::ResumeLine => Action::ResumeLine,
            Self::Reconcile => Action::Reconcile,
        }))
    }
}

/// The ids in the order of their first occurrence.
fn each_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TaskId>, D::Error> {
    let mut ids = Vec::deserialize(deserializer)?;
    let mut known = HashSet::new();
    ids.retain(|id| known.insert(*id));
    Ok(ids)
}

fn read_task(task: &Value) -> Result<Submission, Rejection> {
    Submission::parse(task.to_string().as_bytes())
}
