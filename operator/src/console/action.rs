//! What a page asks to be done: the verbs of the command line.

use std::collections::HashSet;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use shared::{Rejection, Submission, TaskId, lifecycle::Force};

/// One change, of one task, of several, or of the line.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
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
    /// `submit`; the key makes it safe to say again when its answer got lost.
    Submit { task: Value, key: String },
    /// `line pause`.
    PauseLine,
    /// `line resume`.
    ResumeLine,
    /// `dead-letters reconcile`.
    Reconcile,
}

impl Action {
    /// Whether it is kept with its reason, in the record of the task that it changes, or with the line. A repair gives its
    /// own, and a task is its own reason.
    pub fn keeps_a_reason(&self) -> bool {
        match self {
            Self::Redrive { .. }
            | Self::Discard { .. }
            | Self::Amend { .. }
            | Self::Resume { .. }
            | Self::Skip { .. }
            | Self::PauseLine
            | Self::ResumeLine => true,
            Self::Submit { .. } | Self::Reconcile => false,
        }
    }

    /// Whether it is done to the line, and not to a task in it.
    pub fn switches_the_line(&self) -> bool {
        matches!(self, Self::PauseLine | Self::ResumeLine)
    }
}

/// Ids in the order in which they come first.
fn each_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TaskId>, D::Error> {
    let mut ids = Vec::deserialize(deserializer)?;
    let mut named = HashSet::new();
    ids.retain(|id| named.insert(*id));
    Ok(ids)
}

/// A task by the rules of a request.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_task(task: &Value) -> Result<Submission, Rejection> {
    Submission::parse(task.to_string().as_bytes())
}

/// As a page says it.
pub fn force(forced: bool) -> Force {
    if forced { Force::Yes } else { Force::No }
}
